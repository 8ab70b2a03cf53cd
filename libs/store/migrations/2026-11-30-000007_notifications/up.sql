-- What people are told of exports that they asked for.

CREATE TABLE export.notification_heads (
    workspace_id int4 NOT NULL,
    recipient text NOT NULL,
    last int8 NOT NULL,
    PRIMARY KEY (workspace_id, recipient)
);
COMMENT ON TABLE export.notification_heads IS 'One row a person, locked while they are told something: numbers follow the order of commits, without a gap';

CREATE TABLE export.notifications (
    workspace_id int4 NOT NULL,
    recipient text NOT NULL,
    sequence int8 NOT NULL,
    notification_id uuid NOT NULL,
    kind int2 NOT NULL,
    export_id uuid,
    schedule_id uuid,
    request bytea NOT NULL,
    asked_at timestamptz NOT NULL,
    failure_reason text,
    failure_message text,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    read_at timestamptz,
    PRIMARY KEY (workspace_id, recipient, sequence)
);
CREATE INDEX notifications_expiring ON export.notifications (expires_at);
COMMENT ON TABLE export.notifications IS 'What people are told of exports that they asked for';
COMMENT ON COLUMN export.notifications.recipient IS 'Subject of the token of who is told';
COMMENT ON COLUMN export.notifications.sequence IS 'Counts what a person is told, in the order of commits';
COMMENT ON COLUMN export.notifications.kind IS '1 an export succeeded, 2 an export failed, 3 a run of a schedule could not be made';
COMMENT ON COLUMN export.notifications.request IS 'What was asked for: an encoded acuse.export.v1.ExportRequest, from which name and period are read';
COMMENT ON COLUMN export.notifications.asked_at IS 'When it was asked for: a period by name is the one of then';

GRANT SELECT, INSERT, UPDATE, DELETE ON export.notification_heads, export.notifications TO acuse_export;
ALTER TABLE export.notification_heads ENABLE ROW LEVEL SECURITY;
CREATE POLICY writer ON export.notification_heads TO acuse_export
    USING ((SELECT current_setting('acuse.workspace_id', true)) IN (workspace_id::text, '*'))
    WITH CHECK ((SELECT current_setting('acuse.workspace_id', true)) IN (workspace_id::text, '*'));
ALTER TABLE export.notifications ENABLE ROW LEVEL SECURITY;
CREATE POLICY writer ON export.notifications TO acuse_export
    USING ((SELECT current_setting('acuse.workspace_id', true)) IN (workspace_id::text, '*'))
    WITH CHECK ((SELECT current_setting('acuse.workspace_id', true)) IN (workspace_id::text, '*'));
