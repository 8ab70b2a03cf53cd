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
    let mut value = json!({
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550001111", "phone_number_id": NUMBER},
    });
    merge(&mut value, members);
    value
}

/// What a body with these members in its value says.
pub(crate) fn of_value(members: Value) -> Vec<Finding> {
    findings(&body("messages", value(members)))
}

/// A delivered status with these members over its own; null takes one away.
pub(crate) fn status(members: Value) -> Value {
    let mut status = json!({
        "id": "wamid.out", "status": "delivered", "timestamp": EPOCH, "recipient_id": "51977452931",
    });
    merge(&mut status, members);
    status
}

/// A text with these members over its own; null takes one away.
pub(crate) fn message(members: Value) -> Value {
    let mut message = json!({
        "id": "wamid.in", "from": "51977452931", "timestamp": EPOCH, "type": "text", "text": {"body": "Hola"},
    });
    merge(&mut message, members);
    message
}

/// What a body with this one status says of it.
pub(crate) fn of_status(members: Value) -> StatusItem {
    only_status(of_value(json!({"statuses": [status(members)]})))
}

/// What a body with this one message says of it.
pub(crate) fn of_message(members: Value) -> InboundEvidence {
    only_message(of_value(json!({"messages": [message(members)]})))
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

/// What is not understood, and is the only finding.
pub(crate) fn only_unknown(findings: &[Finding]) -> &NotUnderstood {
    match unknown(findings).as_slice() {
        [(_, only)] if findings.len() == 1 => only,
        _ => panic!("one thing not understood, not {findings:?}"),
    }
}

pub(crate) fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn merge(target: &mut Value, members: Value) {
    let target = target.as_object_mut().unwrap();
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
}
