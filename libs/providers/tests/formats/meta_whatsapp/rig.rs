//! Payloads, and what is read in them.

use acuse_domain::event::StatusItem;
use acuse_domain::inbound::InboundEvidence;
use acuse_providers::{
    Delivery, Finding, Format, Malformed, Meaning, NotUnderstood, Reading, read,
};
use serde_json::{Value, json};

use crate::found::with;
pub(crate) use crate::found::{
    HAPPENED_AT, RECEIVED_AT, only_message, only_status, only_unknown, text,
};

/// [`HAPPENED_AT`] as Meta writes it.
pub(crate) const EPOCH: &str = "1777895940";

/// The number that everything is about.
pub(crate) const NUMBER: &str = "104996122399160";

/// What bytes say, where the delivery stands for `channel_account`.
pub(crate) fn read_bytes(body: &[u8], channel_account: Option<&str>) -> Result<Reading, Malformed> {
    let delivery = Delivery {
        body,
        headers: &[],
        received_at: RECEIVED_AT,
        channel_account,
        url: None,
        query: &[],
    };
    read(Format::MetaWhatsApp, &delivery)
}

/// What a body says.
pub(crate) fn findings(body: &Value) -> Vec<Finding> {
    read_bytes(body.to_string().as_bytes(), None)
        .unwrap()
        .findings
}

/// A body with this value under this field.
pub(crate) fn body(field: &str, value: Value) -> Value {
    json!({
        "object": "whatsapp_business_account",
        "entry": [{"id": "waba-1", "changes": [{"field": field, "value": value}]}],
    })
}

/// A value with the number's metadata and these members.
pub(crate) fn value(members: Value) -> Value {
    let value = json!({
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550001111", "phone_number_id": NUMBER},
    });
    with(value, members)
}

/// What a body with these members in its value says.
pub(crate) fn of_value(members: Value) -> Vec<Finding> {
    findings(&body("messages", value(members)))
}

/// A delivered status with these members over its own; null takes one away.
pub(crate) fn status(members: Value) -> Value {
    let status = json!({
        "id": "wamid.out", "status": "delivered", "timestamp": EPOCH, "recipient_id": "51977452931",
    });
    with(status, members)
}

/// A text with these members over its own; null takes one away.
pub(crate) fn message(members: Value) -> Value {
    let message = json!({
        "id": "wamid.in", "from": "51977452931", "timestamp": EPOCH, "type": "text", "text": {"body": "Hola"},
    });
    with(message, members)
}

/// What a body with this one status says of it.
pub(crate) fn of_status(members: Value) -> StatusItem {
    only_status(of_value(json!({"statuses": [status(members)]})))
}

/// What a body with this one message says of it.
pub(crate) fn of_message(members: Value) -> InboundEvidence {
    only_message(of_value(json!({"messages": [message(members)]})))
}

/// What was not understood, with where it stands.
pub(crate) fn unknown(findings: &[Finding]) -> Vec<(&str, &NotUnderstood)> {
    findings
        .iter()
        .filter_map(|finding| match &finding.meaning {
            Meaning::NotUnderstood(what) => Some((finding.path.as_str(), what)),
            _ => None,
        })
        .collect()
}
