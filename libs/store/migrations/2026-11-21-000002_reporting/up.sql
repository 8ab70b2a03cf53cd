-- A reader opens a workspace by its slug, before it knows the number by which it then sees everything else.
CREATE POLICY reader_by_slug ON message_state.workspaces FOR SELECT TO acuse_message_state_reader
    USING (slug = (SELECT current_setting('acuse.workspace_slug', true)));

-- What filters of reports look up in the texts of messages. Each index holds the messages that have such an id, and is
-- partitioned with them, so that what is written is one month's.

CREATE INDEX contents_ticket ON message_state.contents (workspace_id, ticket_id) WHERE ticket_id IS NOT NULL;
CREATE INDEX contents_conversation ON message_state.contents (workspace_id, conversation_id)
    WHERE conversation_id IS NOT NULL;
CREATE INDEX contents_correlation ON message_state.contents (workspace_id, correlation_id)
    WHERE correlation_id IS NOT NULL;
-- Of ids that a provider makes unique by a scope alone: all others are found by their digest.
CREATE INDEX contents_scoped_id ON message_state.contents (workspace_id, provider_message_id) WHERE provider_scope <> '';
