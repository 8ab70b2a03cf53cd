-- What maintenance needs: rollups rebuilt beside those in use, rows dropped by retention, contacts erased.

ALTER TABLE message_state.workspaces
    ADD COLUMN facet_zone text,
    ADD COLUMN rollup_set int2 NOT NULL DEFAULT 0;
COMMENT ON COLUMN message_state.workspaces.facet_zone IS 'IANA name of the zone whose days the facets in use are cut by; null where that is time_zone';
COMMENT ON COLUMN message_state.workspaces.rollup_set IS 'Which tables hold the rollups in use: 0 totals, facets and histograms, 1 those that end in _spare';

ALTER TABLE message_state.fold_positions ADD COLUMN rows_dropped int8 NOT NULL DEFAULT 0;
COMMENT ON COLUMN message_state.fold_positions.rows_dropped IS 'Messages whose rows retention dropped; what they count stays in the rollups';

-- A second set of rollups, in which those of a workspace are rebuilt while the first is read, and a third for what rows
-- counted that were dropped: a recount finds the rest.
DO $$
DECLARE
    name text;
    suffix text;
BEGIN
    FOREACH name IN ARRAY ARRAY['totals', 'facets', 'histograms'] LOOP
        FOREACH suffix IN ARRAY ARRAY['spare', 'dropped'] LOOP
            EXECUTE format('CREATE TABLE message_state.%I (LIKE message_state.%I INCLUDING ALL) WITH (fillfactor = 70)',
                name || '_' || suffix, name);
        END LOOP;
    END LOOP;
END
$$;
COMMENT ON TABLE message_state.totals_spare IS 'As totals, of workspaces whose rollup_set is 1, or is about to be';
COMMENT ON TABLE message_state.facets_spare IS 'As facets, of workspaces whose rollup_set is 1, or is about to be';
COMMENT ON TABLE message_state.histograms_spare IS 'As histograms, of workspaces whose rollup_set is 1, or is about to be';
COMMENT ON TABLE message_state.totals_dropped IS 'What messages count in totals whose rows were dropped';
COMMENT ON TABLE message_state.facets_dropped IS 'What messages count in facets whose rows were dropped, by days of the zone of then';
COMMENT ON TABLE message_state.histograms_dropped IS 'What messages count in histograms whose rows were dropped';

CREATE TABLE message_state.rollup_rebuilds (
    workspace_id int4 PRIMARY KEY,
    reason text NOT NULL,
    zone text NOT NULL,
    target_set int2 NOT NULL,
    phase int2 NOT NULL,
    after_id uuid NOT NULL,
    sequence int8 NOT NULL,
    messages int8 NOT NULL,
    begun_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
COMMENT ON TABLE message_state.rollup_rebuilds IS 'Rebuilds of rollups under way, and how far they are; gone when done';
COMMENT ON COLUMN message_state.rollup_rebuilds.phase IS 'Code of what is done: clear the target, count outbound messages, inbound ones, catch up with the changes, clear what was in use';
COMMENT ON COLUMN message_state.rollup_rebuilds.after_id IS 'The last message counted in this phase';
COMMENT ON COLUMN message_state.rollup_rebuilds.sequence IS 'No change up to this one is needed any more';

CREATE TABLE message_state.rollup_rebuild_pages (
    workspace_id int4 NOT NULL,
    inbound bool NOT NULL,
    last_id uuid NOT NULL,
    sequence int8 NOT NULL,
    PRIMARY KEY (workspace_id, inbound, last_id)
);
COMMENT ON TABLE message_state.rollup_rebuild_pages IS 'Which messages a rebuild counted as of which change: later changes of them are added after';
COMMENT ON COLUMN message_state.rollup_rebuild_pages.last_id IS 'The greatest id of the page';

CREATE TABLE message_state.erasures (
    workspace_id int4 NOT NULL,
    contact_id int8 NOT NULL,
    after_id uuid NOT NULL,
    begun_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, contact_id)
);
COMMENT ON TABLE message_state.erasures IS 'Contacts whose messages are being erased, and how far that is; gone when done';

-- Drops the partitions of the month that begins at the first of `month` (UTC), where they are there and empty of messages.
-- Says whether they are gone. Whoever uses them is not waited for long, because others wait behind. Parents are locked first,
-- as readers do: dropping a partition locks its parent anyway.
CREATE FUNCTION message_state.drop_partitions(month date) RETURNS bool
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '200ms' AS $$
DECLARE
    suffix text := to_char(date_trunc('month', month), 'YYYY_MM');
    parent text;
    child text;
    is_used bool;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('message_state.ensure_partitions'));
    FOREACH parent IN ARRAY ARRAY['messages', 'inbound_messages', 'contents', 'timeline'] LOOP
        child := parent || '_' || suffix;
        CONTINUE WHEN to_regclass(format('message_state.%I', child)) IS NULL;
        EXECUTE format('SELECT EXISTS (SELECT FROM message_state.%I)', child) INTO is_used;
        IF is_used THEN
            RETURN false;
        END IF;
    END LOOP;
    LOCK TABLE ONLY message_state.messages, ONLY message_state.inbound_messages, ONLY message_state.contents,
        ONLY message_state.timeline IN ACCESS EXCLUSIVE MODE;
    FOREACH parent IN ARRAY ARRAY['messages', 'inbound_messages', 'contents', 'timeline'] LOOP
        child := parent || '_' || suffix;
        CONTINUE WHEN to_regclass(format('message_state.%I', child)) IS NULL;
        EXECUTE format('LOCK TABLE message_state.%I IN ACCESS EXCLUSIVE MODE', child);
        EXECUTE format('SELECT EXISTS (SELECT FROM message_state.%I)', child) INTO is_used;
        IF is_used THEN
            RETURN false;
        END IF;
    END LOOP;
    FOREACH parent IN ARRAY ARRAY['messages', 'inbound_messages', 'contents', 'timeline'] LOOP
        EXECUTE format('DROP TABLE IF EXISTS message_state.%I', parent || '_' || suffix);
    END LOOP;
    RETURN true;
END
$$;
COMMENT ON FUNCTION message_state.drop_partitions IS 'Drops the partitions of a month where they hold nothing';
REVOKE EXECUTE ON FUNCTION message_state.drop_partitions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION message_state.drop_partitions TO acuse_message_state;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['totals_spare', 'facets_spare', 'histograms_spare', 'totals_dropped', 'facets_dropped',
            'histograms_dropped', 'rollup_rebuilds', 'rollup_rebuild_pages', 'erasures'] LOOP
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON message_state.%I TO acuse_message_state', name);
        EXECUTE format('GRANT SELECT ON message_state.%I TO acuse_message_state_reader', name);
        EXECUTE format('ALTER TABLE message_state.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY writer ON message_state.%I TO acuse_message_state USING (true) WITH CHECK (true)', name);
        EXECUTE format('CREATE POLICY reader ON message_state.%I FOR SELECT TO acuse_message_state_reader '
            'USING (workspace_id = (SELECT nullif(current_setting(''acuse.workspace_id'', true), '''')::int4))', name);
    END LOOP;
END
$$;
