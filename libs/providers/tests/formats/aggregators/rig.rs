//! Payloads, and what is read in them.

use acuse_domain::contact::ContactRef;
use acuse_domain::inbound::InboundEvidence;
use acuse_providers::{Delivery, Finding, Format, Malformed, NotUnderstood, Reading, read};

pub(crate) use crate::found::{
    HAPPENED_AT, RECEIVED_AT, only_message, only_status, only_unknown, parted, text, with,
};

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
