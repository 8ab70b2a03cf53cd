DELETE FROM message_state.facets WHERE facet = 17;
DELETE FROM message_state.facets_spare WHERE facet = 17;
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_class WHERE oid = to_regclass('message_state.facets_dropped')) THEN
        DELETE FROM message_state.facets_dropped WHERE facet = 17;
    END IF;
END $$;
