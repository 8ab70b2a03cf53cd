-- The role stays: it belongs to the whole cluster, and other databases may use it.
DROP POLICY export ON message_state.workspaces;
REVOKE SELECT (workspace_id, slug, language, time_zone, export_max_concurrent) ON message_state.workspaces FROM acuse_export;
REVOKE USAGE ON SCHEMA message_state FROM acuse_export;
DROP SCHEMA export CASCADE;
