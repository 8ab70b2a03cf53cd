-- Exports that are made by themselves, again and again.

ALTER TABLE export.jobs ADD COLUMN schedule_id uuid;
COMMENT ON COLUMN export.jobs.schedule_id IS 'The schedule that asked for it; null where a caller did';

CREATE TABLE export.schedules (
    workspace_id int4 NOT NULL,
    schedule_id uuid NOT NULL,
    request_id uuid,
    owner text NOT NULL,
    role text NOT NULL,
    departments jsonb,
    accounts jsonb,
    agents jsonb,
    name text NOT NULL,
    definition bytea NOT NULL,
    is_paused bool NOT NULL,
    next_due_at timestamptz,
    look_at timestamptz,
    revision int8 NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, schedule_id),
    UNIQUE (workspace_id, owner, request_id),
    CHECK (next_due_at IS NULL OR NOT is_paused),
    CHECK ((next_due_at IS NULL) = (look_at IS NULL))
);
CREATE INDEX schedules_due ON export.schedules (look_at) WHERE look_at IS NOT NULL;
COMMENT ON TABLE export.schedules IS 'Exports that are made again and again, and when the next one is due';
COMMENT ON COLUMN export.schedules.schedule_id IS 'UUIDv7 of the time of creation';
COMMENT ON COLUMN export.schedules.request_id IS 'Id of the request that created it: the same request of the same caller creates no second one';
COMMENT ON COLUMN export.schedules.owner IS 'Subject of the token of who created it; every run is theirs';
COMMENT ON COLUMN export.schedules.role IS 'Role of the owner, as tokens name it, when they last wrote to it';
COMMENT ON COLUMN export.schedules.departments IS 'Array of the departments that the owner saw when they last wrote to it; null where there was no limit, and so for accounts and agents';
COMMENT ON COLUMN export.schedules.definition IS 'What is exported and when: an encoded acuse.export.v1.Schedule with nothing else in it';
COMMENT ON COLUMN export.schedules.next_due_at IS 'When the next run is due; null while it is paused';
COMMENT ON COLUMN export.schedules.look_at IS 'From when on it may be claimed: when the next run is due, then the end of the claim';
COMMENT ON COLUMN export.schedules.revision IS 'How often it was written, from 1 on: who changes it says which one they have seen';

CREATE TABLE export.schedule_runs (
    workspace_id int4 NOT NULL,
    schedule_id uuid NOT NULL,
    run_id uuid NOT NULL,
    request_id uuid,
    due_at timestamptz,
    state int2 NOT NULL,
    export_id uuid,
    period_start timestamptz,
    period_end timestamptz,
    failure_reason text,
    failure_message text,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, schedule_id, run_id),
    UNIQUE (workspace_id, schedule_id, due_at),
    UNIQUE (workspace_id, schedule_id, request_id),
    CHECK ((state = 1) = (export_id IS NOT NULL))
);
CREATE INDEX schedule_runs_created ON export.schedule_runs (created_at);
COMMENT ON TABLE export.schedule_runs IS 'Each time that a schedule was due, once, and what came of it';
COMMENT ON COLUMN export.schedule_runs.run_id IS 'UUIDv7 of the time at which it was due, or asked for by hand';
COMMENT ON COLUMN export.schedule_runs.request_id IS 'Id of the request that asked for it by hand: the same request asks for no second one';
COMMENT ON COLUMN export.schedule_runs.due_at IS 'When it was due: there is one run of each time. Null where somebody asked for it';
COMMENT ON COLUMN export.schedule_runs.state IS '1 an export was asked for, 2 none could be, 3 missed';
COMMENT ON COLUMN export.schedule_runs.period_start IS 'What it covers; null where it was missed, or could not tell';

-- Who may do what ------------------------------------------------------------------------------------------------------

GRANT SELECT, INSERT, UPDATE, DELETE ON export.schedules, export.schedule_runs TO acuse_export;

-- A run is cut to what the directory says of its owner by then: of agents, and of nothing else.
GRANT SELECT (workspace_id, dimension, external_id, label) ON message_state.directory TO acuse_export;
CREATE POLICY export ON message_state.directory FOR SELECT TO acuse_export
    USING (dimension = 3 AND (SELECT current_setting('acuse.workspace_id', true)) = workspace_id::text);

ALTER TABLE export.schedules ENABLE ROW LEVEL SECURITY;
CREATE POLICY writer ON export.schedules TO acuse_export
    USING ((SELECT current_setting('acuse.workspace_id', true)) IN (workspace_id::text, '*'))
    WITH CHECK ((SELECT current_setting('acuse.workspace_id', true)) IN (workspace_id::text, '*'));
ALTER TABLE export.schedule_runs ENABLE ROW LEVEL SECURITY;
CREATE POLICY writer ON export.schedule_runs TO acuse_export
    USING ((SELECT current_setting('acuse.workspace_id', true)) IN (workspace_id::text, '*'))
    WITH CHECK ((SELECT current_setting('acuse.workspace_id', true)) IN (workspace_id::text, '*'));
