//! Vonage.

mod messages;
mod signatures;
mod sms;
mod statuses;

use acuse_providers::{Finding, Format};
use serde_json::{Value, json};

use crate::aggregators::rig::{findings, with};

/// What a status with these members over its own says; null takes one away.
fn of_status(members: Value) -> Vec<Finding> {
    let status = json!({
        "message_uuid": "u1", "to": "51977452931", "from": "14155238886", "channel": "whatsapp",
        "timestamp": "2026-05-04T11:59:00.000Z", "status": "delivered",
    });
    findings(Format::Vonage, &with(status, members).to_string())
}

/// What a message with these members over its own says; null takes one away.
fn of_message(members: Value) -> Vec<Finding> {
    let message = json!({
        "message_uuid": "u2", "to": "14155238886", "from": "51977452931", "channel": "whatsapp",
        "timestamp": "2026-05-04T11:59:00Z", "message_type": "text", "text": "Hola",
    });
    findings(Format::Vonage, &with(message, members).to_string())
}
