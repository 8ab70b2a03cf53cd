//! Notifications: what contacts wrote to a bot.

use acuse_domain::contact::ContactRef;
use acuse_domain::inbound::InboundEvidence;
use acuse_domain::kinds::{Channel, ContentType, InboundKind, Provider};
use acuse_domain::registration::Content;

use crate::item::message_id;
use crate::json::Node;
use crate::limits::{SHORT, TEXT, shown};
use crate::parts::{filled, when};
use crate::party::by_phone;
use crate::reading::{Delivery, Findings, Meaning, NotUnderstood, Reason};
use crate::said::{Said, cards, medium, place};
use crate::written::{self, Head, inbound_id};

const PROVIDER: Provider = Provider::SinchConversation;

/// Reads one notification.
pub(super) fn read(
    notification: Node<'_>,
    body: Node<'_>,
    path: &str,
    delivery: &Delivery<'_>,
    findings: &mut Findings,
) {
    let word = notification.get("message").get("type").text();
    let about = |what, id| NotUnderstood {
        id,
        kind: word.as_deref().map(shown),
        ..what
    };
    match inbound(notification, body, delivery) {
        Ok((inbound, participant, notes)) => {
            let id = inbound.id.id.clone();
            findings.add_of(path, Meaning::Inbound(Box::new(inbound)), participant);
            for note in notes {
                findings.not_understood(path, about(note, Some(id.clone())));
            }
        }
        Err(what) => {
            let id = notification.get("message_id").short();
            findings.not_understood(path, about(what, id));
        }
    }
}

/// A message, in a group who of it wrote, and what of it is not understood.
type Read = (InboundEvidence, Option<String>, Vec<NotUnderstood>);

fn inbound(
    notification: Node<'_>,
    body: Node<'_>,
    delivery: &Delivery<'_>,
) -> Result<Read, NotUnderstood> {
    let account = notification.get("to").short();
    let account = account.or_else(|| delivery.channel_account.map(str::to_owned));
    let Some(account) = account else {
        let detail = "no to, and no channel account that it could only be";
        return Err(NotUnderstood::new(Reason::MissingChannelAccount, detail));
    };
    let (contact, participant) = contact(notification, body)?;
    let at = when(&[notification.get("timestamp")], delivery.received_at)?;
    let id = notification.get("message_id");
    let id = inbound_id(id, notification, PROVIDER, &account)?;
    let mut said = said(notification.get("message"));
    let notes = std::mem::take(&mut said.notes);
    let head = Head {
        id: message_id(PROVIDER, id),
        channel: Channel::WhatsApp,
        channel_account: account,
        contact,
        at,
    };
    let quoted = notification.get("replying_to").get("message_id").short();
    Ok((written::evidence(head, said, quoted), participant, notes))
}

/// With whom the conversation is, and, where that is a group, who of it wrote.
fn contact(
    notification: Node<'_>,
    body: Node<'_>,
) -> Result<(ContactRef, Option<String>), NotUnderstood> {
    let from = notification.get("from");
    let groups = [
        notification.get("in_group"),
        notification.get("message").get("in_group"),
    ];
    if let Some(group) = groups.into_iter().find_map(Node::short) {
        let group = ContactRef {
            channel_user_id: Some(group),
            ..ContactRef::default()
        };
        return Ok((group, from.short()));
    }
    let people = || body.get("contacts").elements();
    let from = match (from.short(), people().next()) {
        (None, Some(only)) if people().count() == 1 => only.get("wa_id"),
        _ => from,
    };
    let Some(mut contact) = by_phone(from) else {
        return Err(NotUnderstood::new(Reason::MissingContact, "no from"));
    };
    let same = people().find(|person| person.get("wa_id").text() == from.text());
    let profile = same.unwrap_or_default().get("profile");
    contact.name = profile.get("name").cut(SHORT);
    Ok((contact, None))
}

fn said(message: Node<'_>) -> Said {
    let word = message.get("type").word().unwrap_or_default();
    match word.as_str() {
        "text" => Said::text(
            ContentType::Text,
            filled(message, &["body", "text"]).cut(TEXT),
        ),
        "image" => media(ContentType::Image, message),
        "audio" | "voice" => media(ContentType::Audio, message),
        "video" => media(ContentType::Video, message),
        "document" => media(ContentType::Document, message),
        "sticker" => media(ContentType::Sticker, message),
        "location" => {
            let names = [message.get("name"), message.get("address")];
            let latitude = filled(message, &["lat", "latitude"]);
            let longitude = filled(message, &["lng", "longitude"]);
            Said::text(ContentType::Location, place(&names, latitude, longitude))
        }
        "contacts" => Said::text(ContentType::Contacts, cards(message.get("contacts"))),
        "button" => {
            let (id, title) = (message.get("payload"), message.get("text"));
            Said::choice(ContentType::Button, id, title, Node::default())
        }
        "interactive" => interactive(message),
        "order" => Said::text(ContentType::Order, message.get("text").cut(TEXT)),
        "group_event" => {
            let body = message.get("body").cut(TEXT);
            Said::text(ContentType::Text, body).of_kind(InboundKind::System)
        }
        // The contact wrote something that Sinch could not read.
        "error" => {
            let why = message.get("details").text();
            let why = why.map_or_else(|| "an error without details".to_owned(), |why| shown(&why));
            Said::text(ContentType::Unsupported, None).noted(Reason::ProviderError, why)
        }
        other => {
            let detail = format!("message of type {}", shown(other));
            Said::text(ContentType::Unsupported, message.get("body").cut(TEXT))
                .noted(Reason::UnknownMessageType, detail)
        }
    }
}

/// Media have an address, which stands for their id.
fn media(content_type: ContentType, message: Node<'_>) -> Said {
    let (url, mime_type) = (message.get("url"), message.get("mime_type"));
    let content = Content {
        file_name: message.get("filename").cut(SHORT),
        ..medium(url, mime_type, message.get("caption"))
    };
    Said::new(content_type, content)
}

/// A row of a list or a reply button; their members may stand a level deeper.
fn interactive(message: Node<'_>) -> Said {
    let reply = match message.first(&["message", "interactive"]) {
        deeper if deeper.is_object() => deeper,
        _ => message,
    };
    Said::choice(
        ContentType::Interactive,
        filled(reply, &["id", "payload"]),
        filled(reply, &["title", "text"]),
        reply.get("description"),
    )
}
