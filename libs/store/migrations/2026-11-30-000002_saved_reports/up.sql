-- What people keep of reporting: reports to run again. The reporting service writes here, and reads everything else.

-- The role belongs to the whole cluster; another database may have made it already, or be making it now.
DO $$
BEGIN
    IF to_regrole('acuse_reporting') IS NULL THEN
        BEGIN
            CREATE ROLE acuse_reporting NOLOGIN NOINHERIT;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
    END IF;
    IF NOT pg_has_role(current_user, 'acuse_reporting', 'MEMBER') THEN
        GRANT acuse_reporting TO current_user;
    END IF;
END
$$;

CREATE SCHEMA reporting;
COMMENT ON SCHEMA reporting IS 'Written by the reporting service alone';

CREATE TABLE reporting.saved_reports (
    workspace_id int4 NOT NULL,
    report_id uuid NOT NULL,
    request_id uuid,
    owner text NOT NULL,
    name text NOT NULL,
    is_shared bool NOT NULL,
    kind text NOT NULL,
    request bytea NOT NULL,
    revision int8 NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, report_id),
    UNIQUE (workspace_id, owner, request_id)
);
-- Two people may each call one of theirs the same; what is shared is told apart by its name.
CREATE UNIQUE INDEX saved_reports_own_name ON reporting.saved_reports (workspace_id, owner, name) WHERE NOT is_shared;
CREATE UNIQUE INDEX saved_reports_shared_name ON reporting.saved_reports (workspace_id, name) WHERE is_shared;
COMMENT ON TABLE reporting.saved_reports IS 'Reports to run again, each its owner''s own or shared with the workspace';
COMMENT ON COLUMN reporting.saved_reports.report_id IS 'UUIDv7 of the time of creation';
COMMENT ON COLUMN reporting.saved_reports.request_id IS 'Id of the request that created it: the same request of the same caller creates no second one';
COMMENT ON COLUMN reporting.saved_reports.owner IS 'Subject of the token of who created it';
COMMENT ON COLUMN reporting.saved_reports.is_shared IS 'Whether everybody of the workspace sees and runs it';
COMMENT ON COLUMN reporting.saved_reports.kind IS 'Which report: the name of its field in acuse.reporting.v1.SavedReport';
COMMENT ON COLUMN reporting.saved_reports.request IS 'What the report asks: the encoded message of that field';
COMMENT ON COLUMN reporting.saved_reports.revision IS 'How often it was written, from 1 on: who changes it says which one they have seen';

GRANT USAGE ON SCHEMA reporting TO acuse_reporting;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA reporting TO acuse_reporting;

-- A transaction sees the workspace that it names, and no other.
ALTER TABLE reporting.saved_reports ENABLE ROW LEVEL SECURITY;
CREATE POLICY writer ON reporting.saved_reports TO acuse_reporting
    USING (workspace_id = (SELECT nullif(current_setting('acuse.workspace_id', true), '')::int4))
    WITH CHECK (workspace_id = (SELECT nullif(current_setting('acuse.workspace_id', true), '')::int4));
