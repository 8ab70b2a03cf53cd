-- The writer keeps its plans for look-ups by primary key. Of indexes that seem alike, as all do while a table is nearly empty,
-- the planner takes the one that was made last: that has to be the primary key. Otherwise a plan would stay that finds a row
-- by going through its workspace, until the table is analysed.

ALTER TABLE message_state.contact_addresses DROP CONSTRAINT contact_addresses_pkey;
ALTER TABLE message_state.contact_addresses ADD PRIMARY KEY (workspace_id, digest);
ALTER TABLE message_state.united_messages DROP CONSTRAINT united_messages_pkey;
ALTER TABLE message_state.united_messages ADD PRIMARY KEY (workspace_id, gone_id);

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
        -- The primary key is made last, see above.
        IF parent IN ('messages', 'inbound_messages') THEN
            EXECUTE format('ALTER TABLE message_state.%I DROP CONSTRAINT %I', child, child || '_pkey');
            EXECUTE format('ALTER TABLE message_state.%I ADD PRIMARY KEY (workspace_id, message_id)', child);
        END IF;
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
