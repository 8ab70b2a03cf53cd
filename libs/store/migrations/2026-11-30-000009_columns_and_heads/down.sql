REVOKE SELECT (display_name) ON message_state.workspaces FROM acuse_export;
ALTER TABLE reporting.saved_reports DROP COLUMN columns;
