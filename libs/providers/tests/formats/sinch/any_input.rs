//! Whatever comes can be read.

use acuse_providers::Format;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::any::{check, damaged, json as any_json};
use crate::sinch::rig::{TIME, envelope};

const KEYS: &[&str] = &[
    "app_id",
    "event_time",
    "message_delivery_report",
    "message_submit_notification",
    "message",
    "event",
    "message_id",
    "status",
    "reason",
    "code",
    "channel_identity",
    "channel",
    "identity",
    "contact_id",
    "metadata",
    "contact_message",
    "text_message",
    "text",
    "choice_response_message",
    "postback_data",
    "media_message",
    "url",
    "contact_message_event",
    "reaction_event",
    "app_message",
    "id",
    "type",
    "batch_id",
    "recipient",
    "recipients",
    "statuses",
    "at",
    "notifications",
    "state",
    "from",
    "to",
    "body",
    "media",
    "errors",
    "in_group",
    "replying_to",
    "timestamp",
];

const WORDS: &[&str] = &[
    "WHATSAPP",
    "MESSENGER",
    "FAILED",
    "READ",
    "Delivered",
    "whatsapp",
    "mo_media",
    "mo_text",
    "recipient_delivery_report_sms",
    "TO_CONTACT",
    "error",
    "interactive",
    "",
    "\0",
    "51977452931",
    "+51 977 452 931",
    TIME,
];

fn sound() -> Vec<Value> {
    let identity = json!({"channel": "WHATSAPP", "identity": "51977452931", "app_id": "a"});
    vec![
        envelope(
            "message_delivery_report",
            json!({
                "message_id": "m", "conversation_id": "c", "status": "FAILED", "channel_identity": identity.clone(),
                "reason": {"code": "C", "description": "D", "sub_code": "S", "channel_code": "1"}, "metadata": "x",
            }),
        ),
        envelope(
            "message",
            json!({
                "id": "m", "channel_identity": identity.clone(), "accept_time": TIME,
                "contact_message": {
                    "choice_response_message": {"message_id": "o", "postback_data": "o_T"}, "reply_to": {"message_id": "o"},
                },
            }),
        ),
        envelope(
            "event",
            json!({
                "id": "e", "channel_identity": identity, "contact_message_event": {"reaction_event": {"emoji": "x", "message_id": "o"}},
            }),
        ),
        json!({
            "type": "delivery_report_sms", "batch_id": "b", "client_reference": "r",
            "statuses": [{"code": 1, "status": "Failed", "count": 1, "recipients": ["51977452931"]}],
        }),
        json!({
            "type": "mo_media", "id": "m", "from": "51977452931", "to": "2020", "received_at": TIME,
            "body": {"subject": "s", "message": "m", "media": [{"url": "u", "content_type": "image/png"}]},
        }),
        json!({
            "type": "whatsapp",
            "contacts": [{"wa_id": "51977452931", "profile": {"name": "Ana"}}],
            "statuses": [{"state": "failed", "message_id": "m", "recipient": "51977452931", "errors": [{"code": 1, "title": "t"}]}],
            "notifications": [{
                "from": "51977452931", "to": "b", "message_id": "n", "message": {"type": "button", "text": "t", "payload": "p"},
            }],
        }),
    ]
}

proptest! {
    #[test]
    fn any_json_can_be_read(body in any_json(KEYS, WORDS)) {
        check(Format::Sinch, body.to_string().as_bytes())?;
    }

    #[test]
    fn a_damaged_body_can_be_read(body in damaged(sound(), any_json(KEYS, WORDS))) {
        check(Format::Sinch, body.to_string().as_bytes())?;
    }

    #[test]
    fn any_bytes_can_be_read(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check(Format::Sinch, &bytes)?;
    }
}
