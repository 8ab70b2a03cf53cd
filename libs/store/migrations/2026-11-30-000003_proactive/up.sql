-- A facet of proactive sends, by their kind. Its rows are made as messages are counted.

-- Messages counted before this are in no row of it.
DO $$
BEGIN
    IF EXISTS (SELECT FROM message_state.messages) THEN
        RAISE EXCEPTION 'this database was filled by an earlier version, whose rollups cannot be carried over'
            USING HINT = 'Until version 0.1 no data is carried over: make a new database, and tell it everything again.';
    END IF;
END $$;
