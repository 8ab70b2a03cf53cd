//! Bodies of Meta's webhooks.

use acuse_domain::time::Timestamp;
use serde_json::{Value, json};

/// The sending identity of these tests.
pub(crate) const PHONE_NUMBER_ID: &str = "1001";

/// The person at the other end, unless a test says otherwise.
const CONTACT: &str = "56912345678";

/// Seconds since 1970, so many ago.
pub(crate) fn ago(seconds: i64) -> i64 {
    Timestamp::now().micros() / 1_000_000 - seconds
}

pub(crate) fn status(id: &str, status: &str, at: i64) -> Value {
    json!({ "id": id, "status": status, "timestamp": at.to_string(), "recipient_id": CONTACT })
}

pub(crate) fn text(id: &str, body: &str, at: i64) -> Value {
    json!({
        "from": CONTACT, "id": id, "timestamp": at.to_string(), "type": "text", "text": { "body": body }
    })
}

/// The same to, or from, another person.
pub(crate) fn with(mut item: Value, contact: &str) -> Value {
    for member in ["recipient_id", "from"] {
        if let Some(value) = item.get_mut(member) {
            *value = json!(contact);
        }
    }
    item
}

/// A body with statuses and messages.
pub(crate) fn body(statuses: &[Value], messages: &[Value]) -> Vec<u8> {
    let value = json!({
        "messaging_product": "whatsapp",
        "metadata": { "display_phone_number": "56221234567", "phone_number_id": PHONE_NUMBER_ID },
        "statuses": statuses,
        "messages": messages,
    });
    let change = json!({ "field": "messages", "value": value });
    json!({
        "object": "whatsapp_business_account",
        "entry": [{ "id": "102290129340398", "changes": [change] }],
    })
    .to_string()
    .into_bytes()
}
