-- The role stays: it belongs to the whole cluster, and other databases may use it.
DROP POLICY ingestion ON message_state.workspaces;
REVOKE SELECT (workspace_id, slug) ON message_state.workspaces FROM acuse_ingestion;
REVOKE USAGE ON SCHEMA message_state FROM acuse_ingestion;
DROP SCHEMA ingestion CASCADE;
