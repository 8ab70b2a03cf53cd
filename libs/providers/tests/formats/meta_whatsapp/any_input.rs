//! Whatever comes, reading it never fails in another way than it says, and what is read can be taken in.

use acuse_domain::time::Timestamp;
use acuse_proto::convert::{event, inbound_event};
use acuse_providers::Format;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::any::{check, damaged, json as any_json};
use crate::meta_whatsapp::rig::{RECEIVED_AT, body, message, read_bytes, status, value};

const FORMAT: Format = Format::MetaWhatsApp;

/// Names of members that mean something somewhere.
const KEYS: &[&str] = &[
    "entry",
    "changes",
    "value",
    "field",
    "statuses",
    "messages",
    "contacts",
    "errors",
    "metadata",
    "phone_number_id",
    "id",
    "status",
    "timestamp",
    "type",
    "from",
    "recipient_id",
    "text",
    "body",
    "wa_id",
    "user_id",
    "profile",
    "name",
    "code",
    "pricing",
    "conversation",
    "interactive",
    "edit",
    "message",
    "revoke",
    "original_message_id",
];

/// Words that mean something somewhere.
const WORDS: &[&str] = &[
    "messages",
    "failed",
    "read",
    "text",
    "edit",
    "revoke",
    "group",
    "",
    "\0",
    "51977452931",
];

fn sound() -> Value {
    body(
        "messages",
        value(json!({
            "contacts": [{"wa_id": "51977452931", "profile": {"name": "Ana"}}],
            "statuses": [status(json!({
                "status": "failed", "errors": [{"code": 1, "error_data": {"details": "x"}}],
                "pricing": {"billable": true}, "conversation": {"id": "c", "origin": {"type": "x"}},
            }))],
            "messages": [
                message(json!({})),
                message(json!({"type": "revoke", "revoke": {"original_message_id": "o"}})),
                message(json!({"type": "interactive", "interactive": {"button_reply": {"id": "b"}}})),
            ],
        })),
    )
}

proptest! {
    #[test]
    fn any_json_can_be_read(body in any_json(KEYS, WORDS)) {
        check(FORMAT, body.to_string().as_bytes())?;
    }

    #[test]
    fn a_damaged_body_can_be_read(body in damaged(vec![sound()], any_json(KEYS, WORDS))) {
        check(FORMAT, body.to_string().as_bytes())?;
    }

    #[test]
    fn any_bytes_can_be_read(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check(FORMAT, &bytes)?;
    }

    #[test]
    fn half_characters_can_be_read(escapes in "(\\\\u[dD][89a-fA-F][0-9a-f]{2}|\\\\\\\\|\\\\n|x){0,12}") {
        let body = format!(r#"{{"messages":[{{"from":"51977452931","text":{{"body":"{escapes}"}}}}]}}"#);
        prop_assert!(read_bytes(body.as_bytes(), Some("1")).is_ok());
        check(FORMAT, body.as_bytes())?;
    }
}

#[test]
fn a_time_of_receipt_is_the_one_that_goes_on() {
    let late = Timestamp::from_seconds(RECEIVED_AT.micros() / 1_000_000 + 60);
    let it = crate::meta_whatsapp::rig::of_message(json!({"timestamp": null}));
    let taken = event(inbound_event(it, RECEIVED_AT), late).unwrap();
    assert_eq!(taken.received_at, RECEIVED_AT);
}
