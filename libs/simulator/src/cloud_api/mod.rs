//! Webhooks of WhatsApp's Cloud API, as Meta sends them.
//!
//! Written from Meta's reference of the webhook `messages`, and from nothing that reads such webhooks.

mod message;
mod signature;
mod status;

use acuse_proto::types::{InboundMessage, Provider, ProviderMessageId, StatusEvidence};
use prost_types::Timestamp;
use serde_json::{Value, json};

pub use signature::{SIGNATURE, Signer};

/// Updates that Meta puts into one webhook at most.
pub const MAX_UPDATES: usize = 1_000;

/// A WhatsApp number of a business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Id of the WhatsApp Business account that it belongs to.
    pub account_id: String,
    /// Its id, which messages are sent from.
    pub phone_number_id: String,
    /// The number itself, in digits.
    pub display_phone_number: String,
}

/// One thing that Meta tells.
#[derive(Debug, Clone, PartialEq)]
pub enum Update {
    /// What became of a message.
    Status(StatusEvidence),
    /// What a contact sent, or took back.
    Message(InboundMessage),
}

/// Whether Meta itself tells such a status: one of a provider's kinds, about a message with Meta's id.
pub fn tells_status(status: &StatusEvidence) -> bool {
    status.provider.is_none()
        && is_metas(status.provider_message_id.as_ref())
        && status::word(status.kind()).is_some()
}

/// Whether Meta itself tells of such a message.
pub fn tells_message(message: &InboundMessage) -> bool {
    is_metas(message.provider_message_id.as_ref())
}

fn is_metas(id: Option<&ProviderMessageId>) -> bool {
    id.is_some_and(|id| id.provider() == Provider::MetaWhatsapp)
}

/// The body of a webhook that tells these updates of a line, in their order.
pub fn body(line: &Line, updates: &[Update]) -> String {
    let is_status = |update: &Update| matches!(update, Update::Status(_));
    let changes: Vec<_> = updates
        .chunk_by(|one, next| is_status(one) == is_status(next))
        .map(|alike| change(line, alike))
        .collect();
    json!({
        "object": "whatsapp_business_account",
        "entry": [{"id": line.account_id, "changes": changes}],
    })
    .to_string()
}

/// Updates of one kind.
fn change(line: &Line, updates: &[Update]) -> Value {
    let mut value = json!({
        "messaging_product": "whatsapp",
        "metadata": {
            "display_phone_number": line.display_phone_number,
            "phone_number_id": line.phone_number_id,
        },
    });
    let mut statuses = Vec::new();
    let mut messages = Vec::new();
    let mut contacts = Vec::new();
    for update in updates {
        match update {
            Update::Status(evidence) => statuses.push(status::status(evidence)),
            Update::Message(inbound) => {
                let contact = message::contact(inbound);
                if !contacts.contains(&contact) {
                    contacts.push(contact);
                }
                messages.push(message::message(line, inbound));
            }
        }
    }
    for (name, list) in [
        ("contacts", contacts),
        ("messages", messages),
        ("statuses", statuses),
    ] {
        if !list.is_empty() {
            value[name] = Value::Array(list);
        }
    }
    json!({"value": value, "field": "messages"})
}

/// Unix seconds, as Meta writes them.
fn seconds(at: Option<&Timestamp>) -> Option<String> {
    at.map(|at| at.seconds.to_string())
}

#[cfg(test)]
mod tests;
