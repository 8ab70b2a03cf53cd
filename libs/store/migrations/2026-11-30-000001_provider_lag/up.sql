-- How far behind what happened each provider's word of it comes, and what of it waits to be applied.

CREATE TABLE message_state.provider_lags (
    workspace_id int4 NOT NULL,
    slice timestamptz NOT NULL,
    provider int2 NOT NULL,
    events int8 NOT NULL,
    total_seconds float8 NOT NULL,
    longest_seconds float8 NOT NULL,
    bins int4[] NOT NULL,
    PRIMARY KEY (workspace_id, slice, provider)
) WITH (fillfactor = 50);
COMMENT ON TABLE message_state.provider_lags IS 'How late the evidence of the latest hours came, received minus happened, each piece once; that of providers whose time is their own';
COMMENT ON COLUMN message_state.provider_lags.slice IS 'The five minutes in which it was received, by their beginning';
COMMENT ON COLUMN message_state.provider_lags.events IS 'How many pieces of evidence there were';
COMMENT ON COLUMN message_state.provider_lags.total_seconds IS 'How late they came together; what was received before it happened came without delay';
COMMENT ON COLUMN message_state.provider_lags.longest_seconds IS 'How late the latest of them came';
COMMENT ON COLUMN message_state.provider_lags.bins IS 'How many came how late, by the bins of histograms from the first on; those beyond the end hold none';

GRANT SELECT, INSERT, UPDATE, DELETE ON message_state.provider_lags TO acuse_message_state;
GRANT SELECT ON message_state.provider_lags TO acuse_message_state_reader;

ALTER TABLE message_state.provider_lags ENABLE ROW LEVEL SECURITY;
CREATE POLICY writer ON message_state.provider_lags TO acuse_message_state USING (true) WITH CHECK (true);
CREATE POLICY reader ON message_state.provider_lags FOR SELECT TO acuse_message_state_reader
    USING (workspace_id = (SELECT nullif(current_setting('acuse.workspace_id', true), '')::int4));

-- Of the inbox a reader sees how much waits in the workspace that its transaction names, by provider, and since when. Nothing
-- of what came is in these columns, and no other is granted.
GRANT USAGE ON SCHEMA ingestion TO acuse_message_state_reader;
GRANT SELECT (workspace_id, provider, received_at) ON ingestion.inbox TO acuse_message_state_reader;
CREATE POLICY reader ON ingestion.inbox FOR SELECT TO acuse_message_state_reader
    USING (workspace_id = (SELECT nullif(current_setting('acuse.workspace_id', true), '')::int4));

-- A provider's oldest entry is found at once, however many wait.
CREATE INDEX inbox_waiting ON ingestion.inbox (workspace_id, provider, received_at);
