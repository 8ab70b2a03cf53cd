DROP INDEX ingestion.inbox_waiting;
DROP POLICY reader ON ingestion.inbox;
REVOKE SELECT (workspace_id, provider, received_at) ON ingestion.inbox FROM acuse_message_state_reader;
REVOKE USAGE ON SCHEMA ingestion FROM acuse_message_state_reader;
DROP TABLE message_state.provider_lags;
