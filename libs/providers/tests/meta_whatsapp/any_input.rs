//! Whatever comes, reading it never fails in another way than it says, and what is read can be taken in.

use acuse_domain::event::Item;
use acuse_domain::time::Timestamp;
use acuse_proto::convert::{event, inbound_event, status_event};
use acuse_providers::{Meaning, explain};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::rig::{RECEIVED_AT, body, message, read_bytes, status, value};

/// Names of members that mean something somewhere.
const KEYS: [&str; 30] = [
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

fn any_json() -> impl Strategy<Value = Value> {
    let key = prop::sample::select(&KEYS[..]).prop_map(str::to_owned);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        "x{250,300}".prop_map(Value::from),
        prop::sample::select(WORDS).prop_map(Value::from),
    ];
    leaf.prop_recursive(8, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(key.clone(), inner, 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// A sound body of which one value, anywhere, is another.
fn damaged() -> impl Strategy<Value = Value> {
    let sound = body(
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
    );
    (any::<prop::sample::Index>(), any_json()).prop_map(move |(index, other)| {
        let mut body = sound.clone();
        let pointers = pointers(&body);
        *body.pointer_mut(index.get(&pointers).as_str()).unwrap() = other;
        body
    })
}

fn pointers(value: &Value) -> Vec<String> {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(key, it)| (key.clone(), it)).collect(),
        Value::Array(elements) => elements
            .iter()
            .enumerate()
            .map(|(index, it)| (index.to_string(), it))
            .collect(),
        _ => Vec::new(),
    };
    let below = inner.into_iter().flat_map(|(key, it)| {
        pointers(it)
            .into_iter()
            .map(move |rest| format!("/{key}{rest}"))
    });
    std::iter::once(String::new()).chain(below).collect()
}

/// Reads a body twice, and hands what it says on as ingestion does.
fn check(bytes: &[u8], account: Option<&str>) -> Result<(), TestCaseError> {
    let reading = read_bytes(bytes, account);
    prop_assert_eq!(&read_bytes(bytes, account), &reading);
    prop_assert!(!explain(&reading).is_empty());
    for finding in reading.map(|reading| reading.findings).unwrap_or_default() {
        let (wire, item) = match finding.meaning {
            Meaning::NotUnderstood(what) => {
                prop_assert!(what.detail.len() < 1_000);
                continue;
            }
            Meaning::Watermark(it) => panic!("WhatsApp has none: {it:?}"),
            Meaning::Status(it) => (status_event(*it.clone(), RECEIVED_AT), Item::Status(it)),
            Meaning::Inbound(it) => (inbound_event(*it.clone(), RECEIVED_AT), Item::Inbound(it)),
        };
        let taken = event(wire, RECEIVED_AT);
        prop_assert_eq!(taken.map(|event| event.item), Ok(item));
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_json_can_be_read(body in any_json()) {
        check(body.to_string().as_bytes(), Some("1"))?;
        check(body.to_string().as_bytes(), None)?;
    }

    #[test]
    fn a_damaged_body_can_be_read(body in damaged()) {
        check(body.to_string().as_bytes(), None)?;
    }

    #[test]
    fn any_bytes_can_be_read(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&bytes, None)?;
    }

    #[test]
    fn half_characters_can_be_read(escapes in "(\\\\u[dD][89a-fA-F][0-9a-f]{2}|\\\\\\\\|\\\\n|x){0,12}") {
        let body = format!(r#"{{"messages":[{{"from":"51977452931","text":{{"body":"{escapes}"}}}}]}}"#);
        prop_assert!(read_bytes(body.as_bytes(), Some("1")).is_ok());
        check(body.as_bytes(), Some("1"))?;
    }
}

#[test]
fn a_time_of_receipt_is_the_one_that_goes_on() {
    let late = Timestamp::from_seconds(RECEIVED_AT.micros() / 1_000_000 + 60);
    let it = crate::rig::of_message(json!({"timestamp": null}));
    let taken = event(inbound_event(it, RECEIVED_AT), late).unwrap();
    assert_eq!(taken.received_at, RECEIVED_AT);
}
