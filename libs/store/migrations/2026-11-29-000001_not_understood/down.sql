REVOKE SELECT (not_understood_retention_days) ON message_state.workspaces FROM acuse_ingestion;
ALTER TABLE message_state.workspaces DROP COLUMN not_understood_retention_days;
ALTER TABLE ingestion.not_understood DROP COLUMN reasons;
