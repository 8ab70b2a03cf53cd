-- Members of groups, and what is left to erase of them.
CREATE TABLE message_state.member_erasures (
    workspace_id int4 NOT NULL,
    member uuid NOT NULL,
    digests uuid[] NOT NULL,
    after_id uuid NOT NULL,
    after_digest uuid NOT NULL,
    begun_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, member)
);
COMMENT ON TABLE message_state.member_erasures IS 'People who are being erased as members of groups, and how far that is; gone when done';
COMMENT ON COLUMN message_state.member_erasures.member IS 'Digest of the address that was given and of when';
COMMENT ON COLUMN message_state.member_erasures.digests IS 'Digests of all their addresses, as in contact_addresses';
COMMENT ON COLUMN message_state.member_erasures.after_id IS 'Evidence up to that of this message with after_digest is done';

GRANT SELECT, INSERT, UPDATE, DELETE ON message_state.member_erasures TO acuse_message_state;
GRANT SELECT ON message_state.member_erasures TO acuse_message_state_reader;
ALTER TABLE message_state.member_erasures ENABLE ROW LEVEL SECURITY;
CREATE POLICY writer ON message_state.member_erasures TO acuse_message_state USING (true) WITH CHECK (true);
CREATE POLICY reader ON message_state.member_erasures FOR SELECT TO acuse_message_state_reader
    USING (workspace_id = (SELECT nullif(current_setting('acuse.workspace_id', true), '')::int4));

-- Hardly any evidence names a member; whoever is erased is looked for in what does.
CREATE INDEX timeline_participant ON message_state.timeline (workspace_id, message_id, digest)
    WHERE detail -> 'participant' IS NOT NULL;
