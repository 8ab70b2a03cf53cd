-- Watermarks: what happened to all that was sent to a contact up to a time, and what they say of each message.

CREATE TABLE message_state.watermarks (
    workspace_id int4 NOT NULL,
    contact_id int8 NOT NULL,
    channel_account_id int4 NOT NULL,
    up_to timestamptz NOT NULL,
    kind int2 NOT NULL,
    at timestamptz NOT NULL,
    provider int2 NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, contact_id, channel_account_id, up_to, kind, at, provider)
);
CREATE INDEX watermarks_up_to ON message_state.watermarks (workspace_id, up_to);
COMMENT ON TABLE message_state.watermarks IS 'Evidence about every message to a contact on a channel account that was sent by a time and is at most 30 days older than it, also about those stored later; each once';
COMMENT ON COLUMN message_state.watermarks.up_to IS 'It covers what was sent by then, this instant included. Retention goes by it: one from before the oldest message covers nothing';
COMMENT ON COLUMN message_state.watermarks.kind IS 'Code of the status: delivered or read';
COMMENT ON COLUMN message_state.watermarks.at IS 'When it happened; up_to where the provider gave no time';

ALTER TABLE message_state.messages ADD COLUMN delivery_mark_at timestamptz, ADD COLUMN read_mark_at timestamptz;
COMMENT ON COLUMN message_state.messages.delivered_at IS 'Earliest evidence of its own, as all times here; may lie beyond the 30-day window, then it counts nowhere';
COMMENT ON COLUMN message_state.messages.delivery_mark_at IS 'When the earliest watermark happened that covers it and says delivered; counts beside delivered_at, within the window. Derived anew whenever the message or the watermarks of its thread change';
COMMENT ON COLUMN message_state.messages.read_mark_at IS 'The same of those that say read';

GRANT SELECT, INSERT, UPDATE, DELETE ON message_state.watermarks TO acuse_message_state;
GRANT SELECT ON message_state.watermarks TO acuse_message_state_reader;

ALTER TABLE message_state.watermarks ENABLE ROW LEVEL SECURITY;
CREATE POLICY writer ON message_state.watermarks TO acuse_message_state USING (true) WITH CHECK (true);
CREATE POLICY reader ON message_state.watermarks FOR SELECT TO acuse_message_state_reader
    USING (workspace_id = (SELECT nullif(current_setting('acuse.workspace_id', true), '')::int4));
