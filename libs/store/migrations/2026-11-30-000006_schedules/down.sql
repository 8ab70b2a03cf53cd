DROP POLICY export ON message_state.directory;
REVOKE SELECT (workspace_id, dimension, external_id, label) ON message_state.directory FROM acuse_export;
DROP TABLE export.schedule_runs;
DROP TABLE export.schedules;
ALTER TABLE export.jobs DROP COLUMN schedule_id;
