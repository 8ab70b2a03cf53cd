-- What a channel account can report, where that is not what its channel does.
ALTER TABLE message_state.workspaces ADD COLUMN reported_stages jsonb NOT NULL DEFAULT '[]';
COMMENT ON COLUMN message_state.workspaces.reported_stages IS 'What channel accounts can report: pairs of the account''s number and stages, as the bits of messages.reportable. Of others their channels decide';
COMMENT ON COLUMN message_state.messages.reportable IS 'Stages that its channel account can report, as the same bits';

CREATE TABLE message_state.restagings (
    workspace_id int4 PRIMARY KEY,
    after_id uuid NOT NULL,
    messages_seen int8 NOT NULL,
    messages_changed int8 NOT NULL,
    begun_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
COMMENT ON TABLE message_state.restagings IS 'Workspaces whose messages are being brought to what their channel accounts can report, and how far that is; gone when done';
COMMENT ON COLUMN message_state.restagings.after_id IS 'Messages up to this one are as reported_stages says';
COMMENT ON COLUMN message_state.restagings.messages_seen IS 'How many those are';
COMMENT ON COLUMN message_state.restagings.messages_changed IS 'How many of those were not, and were changed';

GRANT SELECT, INSERT, UPDATE, DELETE ON message_state.restagings TO acuse_message_state;
GRANT SELECT ON message_state.restagings TO acuse_message_state_reader;

ALTER TABLE message_state.restagings ENABLE ROW LEVEL SECURITY;
CREATE POLICY writer ON message_state.restagings TO acuse_message_state USING (true) WITH CHECK (true);
CREATE POLICY reader ON message_state.restagings FOR SELECT TO acuse_message_state_reader
    USING (workspace_id = (SELECT nullif(current_setting('acuse.workspace_id', true), '')::int4));
