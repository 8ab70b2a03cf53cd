DROP INDEX message_state.contents_ticket, message_state.contents_conversation, message_state.contents_correlation,
    message_state.contents_scoped_id;
DROP POLICY reader_by_slug ON message_state.workspaces;
