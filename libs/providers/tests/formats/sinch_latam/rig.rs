//! Payloads, and what is read in them.

use acuse_providers::{Delivery, Finding, Format, read};
use serde_json::{Value, json};

pub(crate) use crate::found::{
    RECEIVED_AT, only_message, only_unknown, parted as statuses, text, with,
};

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
