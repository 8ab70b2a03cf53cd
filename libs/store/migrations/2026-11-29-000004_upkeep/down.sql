-- Facets by the zone of before, or in the spare tables, would be read as something else.
DO $$
BEGIN
    IF EXISTS (SELECT FROM message_state.workspaces WHERE rollup_set <> 0 OR facet_zone IS NOT NULL) THEN
        RAISE EXCEPTION 'rebuild the rollups of workspaces whose rollup_set is not 0 before this is taken back';
    END IF;
END
$$;
DROP FUNCTION message_state.drop_partitions;
DROP TABLE message_state.totals_spare, message_state.facets_spare, message_state.histograms_spare,
    message_state.totals_dropped, message_state.facets_dropped, message_state.histograms_dropped,
    message_state.rollup_rebuilds, message_state.rollup_rebuild_pages, message_state.erasures;
ALTER TABLE message_state.fold_positions DROP COLUMN rows_dropped;
ALTER TABLE message_state.workspaces DROP COLUMN facet_zone, DROP COLUMN rollup_set;
