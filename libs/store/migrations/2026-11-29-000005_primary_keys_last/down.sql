-- Which index was made last is nothing that older code relies on; the tables keep theirs.

CREATE OR REPLACE FUNCTION message_state.ensure_partitions(month date) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    first_day date := date_trunc('month', month)::date;
    next_month date := (date_trunc('month', month) + interval '1 month')::date;
    lower_id uuid := message_state.least_id(first_day);
    upper_id uuid := message_state.least_id(next_month);
    suffix text := to_char(first_day, 'YYYY_MM');
    parent text;
    child text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('message_state.ensure_partitions'));
    FOREACH parent IN ARRAY ARRAY['messages', 'inbound_messages', 'contents', 'timeline'] LOOP
        child := parent || '_' || suffix;
        CONTINUE WHEN to_regclass(format('message_state.%I', child)) IS NOT NULL;
        EXECUTE format('CREATE TABLE message_state.%I (LIKE message_state.%I INCLUDING ALL)', child, parent);
        IF parent = 'messages' THEN
            EXECUTE format('ALTER TABLE message_state.%I SET (fillfactor = 60)', child);
        ELSIF parent = 'inbound_messages' THEN
            EXECUTE format('ALTER TABLE message_state.%I SET (fillfactor = 80)', child);
        END IF;
        -- Rows that change are changed in their partition, by name.
        IF parent IN ('messages', 'inbound_messages') THEN
            EXECUTE format('GRANT SELECT, UPDATE ON message_state.%I TO acuse_message_state', child);
        END IF;
        EXECUTE format('ALTER TABLE message_state.%I ATTACH PARTITION message_state.%I FOR VALUES FROM (%L) TO (%L)',
            parent, child, lower_id, upper_id);
    END LOOP;
END
$$;
