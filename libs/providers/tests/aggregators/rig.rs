//! Payloads, and what is read in them.

use acuse_domain::contact::ContactRef;
use acuse_domain::event::StatusItem;
use acuse_domain::inbound::InboundEvidence;
use acuse_domain::time::Timestamp;
use acuse_providers::{
    Delivery, Finding, Format, Malformed, Meaning, NotUnderstood, Reading, read,
};
use serde_json::Value;

/// 2026-05-04T12:00:00Z, when everything arrives.
pub(crate) const RECEIVED_AT: Timestamp = Timestamp::from_seconds(1_777_896_000);

/// A minute before, when everything happened.
pub(crate) const HAPPENED_AT: Timestamp = Timestamp::from_seconds(1_777_895_940);

/// What bytes say, where the delivery stands for `channel_account`.
pub(crate) fn read_bytes(
    format: Format,
    body: &[u8],
    channel_account: Option<&str>,
) -> Result<Reading, Malformed> {
    let delivery = Delivery {
        channel_account,
        ..Delivery::of(body, RECEIVED_AT)
    };
    read(format, &delivery)
}

/// What a body says.
pub(crate) fn findings(format: Format, body: &str) -> Vec<Finding> {
    read_bytes(format, body.as_bytes(), None).unwrap().findings
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
pub(crate) fn only_unknown(findings: &[Finding]) -> &NotUnderstood {
    match findings {
        [
            Finding {
                meaning: Meaning::NotUnderstood(what),
                ..
            },
        ] => what,
        _ => panic!("one thing not understood, not {findings:?}"),
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

/// The first finding as a message, and what is noted beside it.
pub(crate) fn noted(findings: Vec<Finding>) -> (InboundEvidence, Vec<NotUnderstood>) {
    let mut findings = findings.into_iter();
    let message = only_message(findings.next().into_iter().collect());
    (message, parted(findings.collect()).1)
}

pub(crate) fn phone(number: &str) -> ContactRef {
    ContactRef {
        phone: text(number),
        ..ContactRef::default()
    }
}

pub(crate) fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// `members` over those of `base`; null takes one away.
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
