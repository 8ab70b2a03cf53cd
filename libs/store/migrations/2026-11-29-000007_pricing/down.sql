COMMENT ON COLUMN message_state.messages.stated IS 'Failure, pricing and conversation, each with the rank of the evidence that stated it';
ALTER TABLE message_state.messages DROP COLUMN pricing_category_id, DROP COLUMN pricing_type_id;
