-- The records of export: which files were asked for, who works on them, and what became of them.
--
-- Every primary key begins with workspace_id, so that the schema can be distributed by workspace.

-- The role belongs to the whole cluster; another database may have made it already, or be making it now.
DO $$
BEGIN
    IF to_regrole('acuse_export') IS NULL THEN
        BEGIN
            CREATE ROLE acuse_export NOLOGIN NOINHERIT;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
    END IF;
    IF NOT pg_has_role(current_user, 'acuse_export', 'MEMBER') THEN
        GRANT acuse_export TO current_user;
    END IF;
END
$$;

CREATE SCHEMA export;
COMMENT ON SCHEMA export IS 'Written by the export service alone';

-- Jobs -----------------------------------------------------------------------------------------------------------------

CREATE TABLE export.jobs (
    workspace_id int4 NOT NULL,
    job_id uuid NOT NULL,
    request_id uuid,
    request bytea NOT NULL,
    requested_by text NOT NULL,
    role text NOT NULL,
    departments jsonb,
    accounts jsonb,
    agents jsonb,
    state int2 NOT NULL,
    due_at timestamptz,
    fence int8 NOT NULL DEFAULT 0,
    attempts int4 NOT NULL DEFAULT 0,
    failures int4 NOT NULL DEFAULT 0,
    failure_reason text,
    failure_message text,
    rows_expected int8,
    rows int8 NOT NULL DEFAULT 0,
    file_key text,
    file_name text,
    media_type text,
    size_bytes int8,
    sha256 bytea,
    expires_at timestamptz,
    created_at timestamptz NOT NULL,
    started_at timestamptz,
    ended_at timestamptz,
    PRIMARY KEY (workspace_id, job_id),
    UNIQUE (workspace_id, requested_by, request_id),
    CHECK ((due_at IS NULL) = (state > 2))
);
-- Those that are not over: few, and what every claim looks through.
CREATE INDEX jobs_due ON export.jobs (workspace_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX jobs_expiring ON export.jobs (expires_at) WHERE state = 3;
COMMENT ON TABLE export.jobs IS 'Exports that were asked for, and what became of them';
COMMENT ON COLUMN export.jobs.job_id IS 'UUIDv7 of the time of creation';
COMMENT ON COLUMN export.jobs.request_id IS 'Id of the request that created it: the same request of the same caller creates no second one';
COMMENT ON COLUMN export.jobs.request IS 'What was asked for, with what was left out filled in: an encoded acuse.export.v1.ExportRequest';
COMMENT ON COLUMN export.jobs.requested_by IS 'Subject of the token of who asked';
COMMENT ON COLUMN export.jobs.role IS 'Role of who asked, as tokens name it';
COMMENT ON COLUMN export.jobs.departments IS 'Array of the departments that who asked may see; null where there is no limit, and so for accounts and agents';
COMMENT ON COLUMN export.jobs.state IS '1 queued, 2 running, 3 succeeded, 4 failed, 5 expired';
COMMENT ON COLUMN export.jobs.due_at IS 'From when on it may be claimed: its creation, then the end of the claim''s lease, then whatever it was postponed to. Null once it is over';
COMMENT ON COLUMN export.jobs.fence IS 'Number of its latest claim; what an earlier claim still writes is refused';
COMMENT ON COLUMN export.jobs.attempts IS 'How often it was claimed';
COMMENT ON COLUMN export.jobs.failures IS 'How often a claim failed, or ended without a word';
COMMENT ON COLUMN export.jobs.failure_reason IS 'Stable reason of its failure, once it is over';
COMMENT ON COLUMN export.jobs.failure_message IS 'What its latest failure was, for people';
COMMENT ON COLUMN export.jobs.rows IS 'Rows written by the latest claim, then rows of the file';
COMMENT ON COLUMN export.jobs.file_key IS 'Key of the file in the object store; every claim writes to one of its own';

-- Who may do what ------------------------------------------------------------------------------------------------------

GRANT USAGE ON SCHEMA export TO acuse_export;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA export TO acuse_export;

-- Tokens name a workspace by its slug, rows by its number; what else a workspace says of exports is read with it.
GRANT USAGE ON SCHEMA message_state TO acuse_export;
GRANT SELECT (workspace_id, slug, language, time_zone, export_max_concurrent) ON message_state.workspaces TO acuse_export;
CREATE POLICY export ON message_state.workspaces FOR SELECT TO acuse_export USING (true);

-- A transaction sees the workspace that it names, and no other. What is done without being asked for, such as claiming,
-- names all of them with a star.
ALTER TABLE export.jobs ENABLE ROW LEVEL SECURITY;
CREATE POLICY writer ON export.jobs TO acuse_export
    USING ((SELECT current_setting('acuse.workspace_id', true)) IN (workspace_id::text, '*'))
    WITH CHECK ((SELECT current_setting('acuse.workspace_id', true)) IN (workspace_id::text, '*'));
