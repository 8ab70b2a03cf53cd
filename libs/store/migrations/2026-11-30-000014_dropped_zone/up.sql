-- By which zone's days the facets of dropped messages are cut, so that reports by the days of another one do not take them for theirs.
ALTER TABLE message_state.fold_positions ADD COLUMN dropped_zone text;
COMMENT ON COLUMN message_state.fold_positions.dropped_zone IS 'IANA name of the zone whose days cut what dropped messages count in facets; empty where several do, null where none was dropped';
-- Which it was is not known; hardly any workspace ever changes its zone.
UPDATE message_state.fold_positions AS positions SET dropped_zone = coalesce(settings.facet_zone, settings.time_zone)
FROM message_state.workspaces AS settings
WHERE settings.workspace_id = positions.workspace_id AND positions.rows_dropped > 0;
