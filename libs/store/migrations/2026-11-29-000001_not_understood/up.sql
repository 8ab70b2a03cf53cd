-- What was not understood is found and counted by its reasons, and kept for as long as its workspace says.

ALTER TABLE ingestion.not_understood ADD COLUMN reasons jsonb NOT NULL DEFAULT '[]';
COMMENT ON COLUMN ingestion.not_understood.reasons IS 'Array of the reasons in findings, each once and in order; empty in a row written by a build that knew no such column';
UPDATE ingestion.not_understood SET reasons = (
    SELECT coalesce(jsonb_agg(DISTINCT finding -> 'reason'), '[]') FROM jsonb_array_elements(findings) AS finding
    WHERE finding ->> 'reason' IS NOT NULL);

ALTER TABLE message_state.workspaces ADD COLUMN not_understood_retention_days int4 NOT NULL DEFAULT 90;
COMMENT ON COLUMN message_state.workspaces.not_understood_retention_days IS 'How many days payloads are kept that were not understood, from when they last came';
GRANT SELECT (not_understood_retention_days) ON message_state.workspaces TO acuse_ingestion;
