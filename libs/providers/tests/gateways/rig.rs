//! What is read in payloads.

use acuse_domain::event::StatusItem;
use acuse_domain::inbound::InboundEvidence;
use acuse_domain::time::Timestamp;
use acuse_providers::{Delivery, Finding, Format, Meaning, NotUnderstood, explain, read};
use serde_json::Value;

/// 2026-05-04T12:00:00Z, when everything arrives.
pub(crate) const RECEIVED_AT: Timestamp = Timestamp::from_seconds(1_777_896_000);

/// A minute before, when everything happened, in seconds.
pub(crate) const HAPPENED: i64 = 1_777_895_940;

/// [`HAPPENED`] as people are shown it.
pub(crate) const HAPPENED_AT: &str = "2026-05-04T11:59:00Z";

/// What bytes say, where the delivery stands for `account`.
pub(crate) fn findings_in(format: Format, body: &[u8], account: Option<&str>) -> Vec<Finding> {
    let delivery = Delivery {
        channel_account: account,
        ..Delivery::of(body, RECEIVED_AT)
    };
    read(format, &delivery).unwrap().findings
}

/// What a body says where nothing else tells the channel account.
pub(crate) fn findings(format: Format, body: &Value) -> Vec<Finding> {
    findings_in(format, body.to_string().as_bytes(), None)
}

/// What people are shown of bytes, without where it stands, and without the channel, which is WhatsApp where there is one.
pub(crate) fn told(format: Format, body: &[u8]) -> Vec<Value> {
    let delivery = Delivery::of(body, RECEIVED_AT);
    let mut told: Vec<Value> = explain(&read(format, &delivery))
        .iter()
        .map(|it| serde_json::to_value(it).unwrap())
        .collect();
    for one in &mut told {
        let one = one.as_object_mut().unwrap();
        one.remove("path");
        let channel = one.remove("channel");
        assert!(
            channel.as_ref().is_none_or(|it| it == "whatsapp"),
            "{channel:?}"
        );
    }
    told
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
        other => panic!("one thing not understood, not {other:?}"),
    }
}
