//! An entry of `messages`, and the contact beside it.

use acuse_proto::types::{ContentType, InboundMessage, ProviderMessageId};
use serde_json::{Value, json};

use super::{Line, seconds};
use crate::{
    business::wamid,
    dice::{Dice, key_of},
};

/// The entry of `contacts` for who sent a message.
pub(super) fn contact(inbound: &InboundMessage) -> Value {
    let contact = inbound.contact.as_ref();
    json!({
        "profile": {"name": contact.and_then(|contact| contact.name.as_ref())},
        "wa_id": wa_id(inbound),
    })
}

/// The entry for a message: what the contact sent, or that they took it back.
pub(super) fn message(line: &Line, inbound: &InboundMessage) -> Value {
    let id = inbound
        .provider_message_id
        .as_ref()
        .map(|id| id.id.as_str());
    let mut told = json!({
        "from": wa_id(inbound),
        "timestamp": seconds(inbound.received_at.as_ref()),
    });
    if inbound.deleted {
        // Taking back is a message with an id of its own, which says what it takes back.
        told["id"] = json!(id.map(|id| wamid(&mut Dice::new(key_of(id)))));
        told["type"] = json!("revoke");
        told["revoke"] = json!({"original_message_id": id});
        return told;
    }
    told["id"] = json!(id);
    let quoted = inbound.quoted_message_id.as_ref();
    let text = inbound
        .content
        .as_ref()
        .and_then(|content| content.body.as_deref())
        .unwrap_or_default();
    let (kind, content) = match inbound.content_type() {
        ContentType::Reaction => ("reaction", reaction(quoted, text)),
        ContentType::Button => ("button", button(inbound, text)),
        _ => ("text", json!({"body": text})),
    };
    if let Some(quoted) = quoted.filter(|_| kind != "reaction") {
        told["context"] = json!({"from": line.display_phone_number, "id": quoted.id});
    }
    told["type"] = json!(kind);
    told[kind] = content;
    told
}

fn reaction(to: Option<&ProviderMessageId>, emoji: &str) -> Value {
    json!({"message_id": to.map(|id| &id.id), "emoji": emoji})
}

/// A click on a button of a template.
fn button(inbound: &InboundMessage, text: &str) -> Value {
    let clicked = inbound.button.as_ref();
    json!({
        "payload": clicked.and_then(|button| button.id.as_ref()),
        "text": clicked.and_then(|button| button.title.as_deref()).unwrap_or(text),
    })
}

fn wa_id(inbound: &InboundMessage) -> Option<&str> {
    inbound.contact.as_ref()?.channel_user_id.as_deref()
}
