DROP TABLE message_state.restagings;
COMMENT ON COLUMN message_state.messages.reportable IS 'Stages that the channel can report, as the same bits';
ALTER TABLE message_state.workspaces DROP COLUMN reported_stages;
