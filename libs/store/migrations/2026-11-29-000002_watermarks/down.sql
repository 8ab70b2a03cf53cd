ALTER TABLE message_state.messages DROP COLUMN delivery_mark_at, DROP COLUMN read_mark_at;
COMMENT ON COLUMN message_state.messages.delivered_at IS 'Earliest evidence, as all times here; may lie beyond the 30-day window, then it counts nowhere';
DROP TABLE message_state.watermarks;
