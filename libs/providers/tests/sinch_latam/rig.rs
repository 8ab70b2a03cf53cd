//! Payloads, and what is read in them.

use acuse_domain::event::StatusItem;
use acuse_domain::inbound::InboundEvidence;
use acuse_domain::time::Timestamp;
use acuse_providers::{Delivery, Finding, Format, Meaning, NotUnderstood, read};
use serde_json::{Value, json};

/// 2026-05-04T12:00:00Z, when everything arrives.
pub(crate) const RECEIVED_AT: Timestamp = Timestamp::from_seconds(1_777_896_000);

/// Milliseconds a minute before, when the first thing happened.
pub(crate) const MILLIS: i64 = 1_777_895_940_123;

/// What a body says, where the delivery stands for the channel account `2020`.
pub(crate) fn findings(body: &Value) -> Vec<Finding> {
    of_bytes(body.to_string().as_bytes())
}

/// The same of bytes.
pub(crate) fn of_bytes(body: &[u8]) -> Vec<Finding> {
    let delivery = Delivery {
        channel_account: Some("2020"),
        ..Delivery::of(body, RECEIVED_AT)
    };
    read(Format::SinchLatam, &delivery).unwrap().findings
}

/// The body of a callback on WhatsApp with this record.
pub(crate) fn whatsapp(record: Value) -> Value {
    json!({"total": 1, "data": [record], "clientInfo": {"customerId": 42, "subAccountId": 1291, "userId": 1}})
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

/// The statuses found, and the places of what is not understood.
pub(crate) fn statuses(findings: Vec<Finding>) -> (Vec<StatusItem>, Vec<NotUnderstood>) {
    let mut statuses = Vec::new();
    let mut unknown = Vec::new();
    for finding in findings {
        match finding.meaning {
            Meaning::Status(status) => statuses.push(*status),
            Meaning::NotUnderstood(what) => unknown.push(what),
            other => panic!("statuses, not {other:?}"),
        }
    }
    (statuses, unknown)
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

pub(crate) fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}
