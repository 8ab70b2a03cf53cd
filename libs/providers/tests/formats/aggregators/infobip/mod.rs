//! Infobip.

mod messages;
mod reports;

use acuse_providers::{Delivery, Finding, Format, read};
use serde_json::{Value, json};

use crate::aggregators::rig::{RECEIVED_AT, findings, with};

/// A report with these members over its own; null takes one away.
fn report(members: Value) -> Value {
    let report = json!({
        "bulkId": "b1", "messageId": "m1", "to": "51977452931", "from": "ACME", "channel": "SMS",
        "sentAt": "2026-05-04T11:58:00.000+0000", "doneAt": "2026-05-04T08:59:00.000-0300",
        "status": {"groupId": 3, "groupName": "DELIVERED", "id": 5, "name": "DELIVERED_TO_HANDSET"},
        "error": {"groupId": 0, "groupName": "OK", "id": 0, "name": "NO_ERROR", "permanent": false},
        "price": {"pricePerMessage": 0.01, "currency": "EUR"},
    });
    with(report, members)
}

/// What a body with this one report says.
fn of_report(members: Value) -> Vec<Finding> {
    findings(
        Format::Infobip,
        &json!({"results": [report(members)]}).to_string(),
    )
}

/// What a body with this one message says, over a WhatsApp text's members.
fn of_message(members: Value) -> Vec<Finding> {
    let message = json!({
        "from": "51977452931", "to": "14155238886", "integrationType": "WHATSAPP", "messageId": "m2",
        "receivedAt": "2026-05-04T11:59:00.000+0000", "message": {"type": "TEXT", "text": "Hola"},
    });
    let body = json!({"results": [with(message, members)], "messageCount": 1});
    findings(Format::Infobip, &body.to_string())
}

/// What a body says that came to a URL with this channel.
fn at_url_of(channel: &str, body: &Value) -> Vec<Finding> {
    let query = [("channel".to_owned(), channel.to_owned())];
    let body = body.to_string();
    let delivery = Delivery {
        query: &query,
        ..Delivery::of(body.as_bytes(), RECEIVED_AT)
    };
    read(Format::Infobip, &delivery).unwrap().findings
}
