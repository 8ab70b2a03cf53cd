//! What is found in payloads, and payloads from others.

use acuse_domain::event::StatusItem;
use acuse_domain::inbound::InboundEvidence;
use acuse_domain::time::Timestamp;
use acuse_providers::{Delivery, Finding, Format, Meaning, NotUnderstood, explain, read};
use serde_json::Value;

/// 2026-05-04T12:00:00Z, when everything arrives.
pub(crate) const RECEIVED_AT: Timestamp = Timestamp::from_seconds(1_777_896_000);

/// A minute before, when everything happened.
pub(crate) const HAPPENED_AT: Timestamp = Timestamp::from_seconds(1_777_895_940);

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
pub(crate) fn only_unknown(findings: impl AsRef<[Finding]>) -> NotUnderstood {
    match findings.as_ref() {
        [
            Finding {
                meaning: Meaning::NotUnderstood(what),
                ..
            },
        ] => what.clone(),
        other => panic!("one thing not understood, not {other:?}"),
    }
}

/// The statuses among findings, and what is not understood among them.
pub(crate) fn parted(findings: Vec<Finding>) -> (Vec<StatusItem>, Vec<NotUnderstood>) {
    let mut statuses = Vec::new();
    let mut unknown = Vec::new();
    for finding in findings {
        match finding.meaning {
            Meaning::Status(status) => statuses.push(*status),
            Meaning::NotUnderstood(what) => unknown.push(what),
            other => panic!("neither: {other:?}"),
        }
    }
    (statuses, unknown)
}

/// What people are shown of a body, without where it stands, and without the channel, which is one of these where there is one.
pub(crate) fn told(format: Format, body: &[u8], channels: &[&str]) -> Vec<Value> {
    let delivery = Delivery::of(body, RECEIVED_AT);
    let mut told: Vec<Value> = explain(&read(format, &delivery))
        .iter()
        .map(|it| serde_json::to_value(it).unwrap())
        .collect();
    for one in &mut told {
        let one = one.as_object_mut().unwrap();
        one.remove("path");
        if let Some(channel) = one.remove("channel") {
            assert!(channels.iter().any(|it| channel == *it), "{channel}");
        }
    }
    told
}

/// `base` with these members over its own; null takes one away.
pub(crate) fn with(mut base: Value, members: Value) -> Value {
    let target = base.as_object_mut().unwrap();
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
    base
}

pub(crate) fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}
