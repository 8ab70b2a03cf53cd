//! Payloads, and what is read in them.

use acuse_domain::event::StatusItem;
use acuse_domain::inbound::InboundEvidence;
use acuse_domain::time::Timestamp;
use acuse_providers::{
    Delivery, Finding, Format, Malformed, Meaning, NotUnderstood, Reading, read,
};
use serde_json::{Value, json};

/// 2026-05-04T12:00:00Z, when everything arrives.
pub(crate) const RECEIVED_AT: Timestamp = Timestamp::from_seconds(1_777_896_000);

/// A minute before, when everything happened.
pub(crate) const HAPPENED_AT: Timestamp = Timestamp::from_seconds(1_777_895_940);

/// [`HAPPENED_AT`] as Sinch writes it.
pub(crate) const TIME: &str = "2026-05-04T11:59:00.000Z";

/// The app that everything is about.
pub(crate) const APP: &str = "01ACUSEAPP";

/// What bytes say, where the delivery stands for `channel_account`.
pub(crate) fn read_bytes(body: &[u8], channel_account: Option<&str>) -> Result<Reading, Malformed> {
    let delivery = Delivery {
        channel_account,
        ..Delivery::of(body, RECEIVED_AT)
    };
    read(Format::Sinch, &delivery)
}

/// What a body says.
pub(crate) fn findings(body: &Value) -> Vec<Finding> {
    read_bytes(body.to_string().as_bytes(), None)
        .unwrap()
        .findings
}

/// An envelope with this event in it.
pub(crate) fn envelope(key: &str, event: Value) -> Value {
    let mut body = json!({
        "app_id": APP, "project_id": "p-1", "event_time": TIME,
        "accepted_time": "2026-05-04T11:59:01.123456Z", "message_metadata": "",
    });
    body[key] = event;
    body
}

/// `sound` with these members over its own; null takes one away.
pub(crate) fn with(mut sound: Value, members: Value) -> Value {
    let target = sound.as_object_mut().unwrap();
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
    sound
}

/// The status that is the only finding.
pub(crate) fn only_status(findings: Vec<Finding>) -> StatusItem {
    match <[Finding; 1]>::try_from(findings).map(|[only]| only.meaning) {
        Ok(Meaning::Status(status)) => *status,
        other => panic!("one status, not {other:?}"),
    }
}

/// The message that is the only finding.
pub(crate) fn only_message(findings: Vec<Finding>) -> InboundEvidence {
    match <[Finding; 1]>::try_from(findings).map(|[only]| only.meaning) {
        Ok(Meaning::Inbound(inbound)) => *inbound,
        other => panic!("one message, not {other:?}"),
    }
}

/// What is not understood, and is the only finding.
pub(crate) fn only_unknown(findings: Vec<Finding>) -> NotUnderstood {
    match <[Finding; 1]>::try_from(findings).map(|[only]| only.meaning) {
        Ok(Meaning::NotUnderstood(what)) => what,
        other => panic!("one thing not understood, not {other:?}"),
    }
}

/// The message that is the first finding, and what is noted of it.
pub(crate) fn noted_message(findings: Vec<Finding>) -> (InboundEvidence, NotUnderstood) {
    let [first, second] = <[Finding; 2]>::try_from(findings).unwrap();
    match (first.meaning, second.meaning) {
        (Meaning::Inbound(inbound), Meaning::NotUnderstood(what)) => (*inbound, what),
        other => panic!("a message and a note, not {other:?}"),
    }
}

pub(crate) fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}
