//! What is read in payloads.

use acuse_providers::{Delivery, Finding, Format, read};
use serde_json::Value;

use crate::found;
pub(crate) use crate::found::{RECEIVED_AT, only_message, only_status, only_unknown};

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

/// What people are shown of bytes, which are about WhatsApp.
pub(crate) fn told(format: Format, body: &[u8]) -> Vec<Value> {
    found::told(format, body, &["whatsapp"])
}
