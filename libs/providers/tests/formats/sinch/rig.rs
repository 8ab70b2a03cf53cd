//! Payloads, and what is read in them.

use acuse_domain::inbound::InboundEvidence;
use acuse_providers::{
    Delivery, Finding, Format, Malformed, Meaning, NotUnderstood, Reading, read,
};
use serde_json::{Value, json};

pub(crate) use crate::found::{
    HAPPENED_AT, RECEIVED_AT, only_message, only_status, only_unknown, text, with,
};

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

/// The message that is the first finding, and what is noted of it.
pub(crate) fn noted_message(findings: Vec<Finding>) -> (InboundEvidence, NotUnderstood) {
    let [first, second] = <[Finding; 2]>::try_from(findings).unwrap();
    match (first.meaning, second.meaning) {
        (Meaning::Inbound(inbound), Meaning::NotUnderstood(what)) => (*inbound, what),
        other => panic!("a message and a note, not {other:?}"),
    }
}
