//! Payloads, and what is read in them.

use acuse_domain::inbound::InboundEvidence;
use acuse_domain::time::Timestamp;
use acuse_providers::{Delivery, Finding, Format, Meaning, NotUnderstood, explain, read};
use serde_json::{Map, Value, json};

/// 2026-05-04T12:00:00Z, when everything arrives.
pub(crate) const RECEIVED_AT: Timestamp = Timestamp::from_seconds(1_777_896_000);

/// A minute before, in milliseconds, when everything happened.
pub(crate) const HAPPENED: i64 = 1_777_895_940_000;

/// [`HAPPENED`] as people are shown it.
pub(crate) const HAPPENED_AT: &str = "2026-05-04T11:59:00Z";

/// The page or account.
pub(crate) const PAGE: &str = "1751036168465324";

/// The person.
pub(crate) const PERSON: &str = "982337261802700";

/// What a body says.
pub(crate) fn findings(format: Format, body: &Value) -> Vec<Finding> {
    let body = body.to_string();
    let delivery = Delivery::of(body.as_bytes(), RECEIVED_AT);
    read(format, &delivery).unwrap().findings
}

/// A body of Messenger's with these events.
pub(crate) fn body(events: Value) -> Value {
    json!({"object": "page", "entry": [{"id": PAGE, "time": HAPPENED, "messaging": events}]})
}

/// An event from the person with these members over its own; null takes one away.
pub(crate) fn event(members: Value) -> Value {
    let mut event =
        json!({"sender": {"id": PERSON}, "recipient": {"id": PAGE}, "timestamp": HAPPENED});
    merge(&mut event, members);
    event
}

/// An event from the page.
pub(crate) fn of_page(members: Value) -> Value {
    let mut event = event(json!({"sender": {"id": PAGE}, "recipient": {"id": PERSON}}));
    merge(&mut event, members);
    event
}

/// What people are shown of a body, without where it stands, and without the channel, which is one of these two where there is
/// one.
pub(crate) fn told(format: Format, body: &Value) -> Vec<Value> {
    let body = body.to_string();
    let delivery = Delivery::of(body.as_bytes(), RECEIVED_AT);
    let mut told: Vec<Value> = explain(&read(format, &delivery))
        .iter()
        .map(|it| serde_json::to_value(it).unwrap())
        .collect();
    for one in &mut told {
        let one = one.as_object_mut().unwrap();
        one.remove("path");
        let channel = one.remove("channel");
        assert!(
            channel
                .as_ref()
                .is_none_or(|it| it == "messenger" || it == "instagram"),
            "{channel:?}"
        );
    }
    told
}

/// The same of one event of Messenger's.
pub(crate) fn told_of(event: Value) -> Vec<Value> {
    told(Format::MetaMessenger, &body(json!([event])))
}

/// What is told of something by or to the person, with these members.
pub(crate) fn telling(kind: &str, members: Value) -> Value {
    let (from, to) = match kind {
        "inbound" => (PERSON, PAGE),
        _ => (PAGE, PERSON),
    };
    let mut telling = json!({"kind": kind, "happened_at": HAPPENED_AT, "from": from, "to": to});
    merge(&mut telling, members);
    telling
}

/// The message that is the only finding.
pub(crate) fn only_message(event: Value) -> InboundEvidence {
    let findings = findings(Format::MetaMessenger, &body(json!([event])));
    match <[Finding; 1]>::try_from(findings).map(|[only]| only.meaning) {
        Ok(Meaning::Inbound(inbound)) => *inbound,
        other => panic!("one message, not {other:?}"),
    }
}

/// What is not understood, and is the only finding.
pub(crate) fn only_unknown(findings: &[Finding]) -> &NotUnderstood {
    match findings {
        [
            Finding {
                meaning: Meaning::NotUnderstood(what),
                ..
            },
        ] => what,
        other => panic!("one thing not understood, not {other:?}"),
    }
}

fn merge(target: &mut Value, members: Value) {
    let target: &mut Map<String, Value> = target.as_object_mut().unwrap();
    let Value::Object(members) = members else {
        panic!("members are an object");
    };
    for (key, member) in members {
        if member.is_null() {
            target.remove(&key);
        } else {
            target.insert(key, member);
        }
    }
}
