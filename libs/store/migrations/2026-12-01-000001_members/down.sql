DROP INDEX message_state.timeline_participant;
DROP TABLE message_state.member_erasures;
