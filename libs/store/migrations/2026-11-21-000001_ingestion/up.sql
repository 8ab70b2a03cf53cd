-- The records of ingestion: which providers report to whom, the webhooks that could not be applied at once, and what was
-- not understood.
--
-- Every primary key begins with workspace_id, so that the schema can be distributed by workspace.

-- The role belongs to the whole cluster; another database may have made it already, or be making it now.
DO $$
BEGIN
    IF to_regrole('acuse_ingestion') IS NULL THEN
        CREATE ROLE acuse_ingestion NOLOGIN NOINHERIT;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;
END
$$;
DO $$
BEGIN
    IF NOT pg_has_role(current_user, 'acuse_ingestion', 'MEMBER') THEN
        GRANT acuse_ingestion TO current_user;
    END IF;
END
$$;

CREATE SCHEMA ingestion;
COMMENT ON SCHEMA ingestion IS 'Written by the ingestion service alone';

-- Integrations ---------------------------------------------------------------------------------------------------------

CREATE TABLE ingestion.integrations (
    workspace_id int4 NOT NULL,
    integration_id uuid NOT NULL,
    provider int2 NOT NULL,
    display_name text NOT NULL,
    channel_accounts jsonb NOT NULL DEFAULT '[]',
    secrets_key text NOT NULL,
    secrets bytea NOT NULL,
    secrets_set jsonb NOT NULL DEFAULT '[]',
    request_id uuid,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, integration_id),
    UNIQUE (workspace_id, request_id)
);
-- A webhook's URL names nothing but the integration. An index that is unique without the workspace cannot be distributed
-- by it; a table of at most some thousand rows that seldom change is copied to every node instead.
CREATE UNIQUE INDEX integrations_id ON ingestion.integrations (integration_id);
COMMENT ON TABLE ingestion.integrations IS 'Accounts at providers that report to a workspace by webhooks. Small and seldom written: where the schema is distributed, a reference table';
COMMENT ON COLUMN ingestion.integrations.integration_id IS 'UUIDv7, also the end of the webhook''s path; the secrets are sealed for it alone';
COMMENT ON COLUMN ingestion.integrations.provider IS 'Code of the provider whose webhooks it takes; never changes';
COMMENT ON COLUMN ingestion.integrations.channel_accounts IS 'Array of the sending identities that it is known to report on: id, channel and, where known, name and phone';
COMMENT ON COLUMN ingestion.integrations.secrets_key IS 'Id of the key that sealed the secrets';
COMMENT ON COLUMN ingestion.integrations.secrets IS 'Sealed; nothing here can open them';
COMMENT ON COLUMN ingestion.integrations.secrets_set IS 'Array of the names of the secrets that are set';
COMMENT ON COLUMN ingestion.integrations.request_id IS 'Id of the request that created it: the same request again creates no second one';

-- Inbox ----------------------------------------------------------------------------------------------------------------

CREATE TABLE ingestion.inbox (
    workspace_id int4 NOT NULL,
    entry_id uuid NOT NULL,
    integration_id uuid NOT NULL,
    provider int2 NOT NULL,
    received_at timestamptz NOT NULL,
    content_type text,
    body bytea NOT NULL,
    due_at timestamptz NOT NULL,
    attempts int4 NOT NULL DEFAULT 0,
    last_failure text,
    PRIMARY KEY (workspace_id, entry_id)
);
-- Holds the time of receipt as well, so that the backlog is counted without reading bodies.
CREATE INDEX inbox_due ON ingestion.inbox (workspace_id, due_at) INCLUDE (received_at);
COMMENT ON TABLE ingestion.inbox IS 'Webhooks that were checked and answered but not yet applied; an entry is deleted once it is';
COMMENT ON COLUMN ingestion.inbox.entry_id IS 'UUIDv7 of the time of receipt';
COMMENT ON COLUMN ingestion.inbox.integration_id IS 'May be gone meanwhile; its entries are applied all the same';
COMMENT ON COLUMN ingestion.inbox.body IS 'Byte for byte as it came';
COMMENT ON COLUMN ingestion.inbox.due_at IS 'From when on it may be claimed: its receipt, then the end of the claim''s lease, then whatever it was postponed to';
COMMENT ON COLUMN ingestion.inbox.attempts IS 'How often it was claimed; the number of a claim, by which one that was overtaken is known';
COMMENT ON COLUMN ingestion.inbox.last_failure IS 'Why the last attempt failed, without anything of the body';

-- What was not understood ----------------------------------------------------------------------------------------------

CREATE TABLE ingestion.not_understood (
    workspace_id int4 NOT NULL,
    digest uuid NOT NULL,
    integration_id uuid NOT NULL,
    provider int2 NOT NULL,
    content_type text,
    body bytea NOT NULL,
    findings jsonb NOT NULL DEFAULT '[]',
    first_received_at timestamptz NOT NULL,
    last_received_at timestamptz NOT NULL,
    times int8 NOT NULL,
    PRIMARY KEY (workspace_id, digest)
);
CREATE INDEX not_understood_received ON ingestion.not_understood (workspace_id, first_received_at, digest);
COMMENT ON TABLE ingestion.not_understood IS 'Payloads with something in them that was not understood, each once; the rest of them was applied';
COMMENT ON COLUMN ingestion.not_understood.digest IS 'Digest of the integration and the body';
COMMENT ON COLUMN ingestion.not_understood.body IS 'Byte for byte as it came';
COMMENT ON COLUMN ingestion.not_understood.findings IS 'Array of path, reason and detail: what the latest reading did not understand';
COMMENT ON COLUMN ingestion.not_understood.times IS 'How often it came';

-- Who may do what ------------------------------------------------------------------------------------------------------

GRANT USAGE ON SCHEMA ingestion TO acuse_ingestion;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ingestion TO acuse_ingestion;

-- Tokens name a workspace by its slug, rows by its number; nothing else of message-state is ingestion's business.
GRANT USAGE ON SCHEMA message_state TO acuse_ingestion;
GRANT SELECT (workspace_id, slug) ON message_state.workspaces TO acuse_ingestion;
CREATE POLICY ingestion ON message_state.workspaces FOR SELECT TO acuse_ingestion USING (true);

-- Webhooks name no workspace before their integration is found, and the inbox is worked through for all of them.
ALTER TABLE ingestion.integrations ENABLE ROW LEVEL SECURITY;
ALTER TABLE ingestion.inbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE ingestion.not_understood ENABLE ROW LEVEL SECURITY;
CREATE POLICY writer ON ingestion.integrations TO acuse_ingestion USING (true) WITH CHECK (true);
CREATE POLICY writer ON ingestion.inbox TO acuse_ingestion USING (true) WITH CHECK (true);
CREATE POLICY writer ON ingestion.not_understood TO acuse_ingestion USING (true) WITH CHECK (true);
