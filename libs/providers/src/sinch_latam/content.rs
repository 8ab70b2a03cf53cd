//! What a message says, by its type.

use acuse_domain::kinds::{ContentType, InboundKind};
use acuse_domain::registration::Content;

use crate::json::Node;
use crate::limits::{SHORT, TEXT, shown};
use crate::parts::filled;
use crate::reading::{NotUnderstood, Reason};
use crate::said::{Said, cards, medium, medium_type, place};

/// What a record says: an SMS has its text beside all else, a WhatsApp message an object of its own.
pub(super) fn of(record: Node<'_>) -> Said {
    let message = record.get("message");
    if !message.is_object() {
        let text = filled(record, &["messageText", "message"]).cut(TEXT);
        return Said::text(ContentType::Text, text);
    }
    let Some(word) = message.get("type").word() else {
        return untyped(message);
    };
    match word.as_str() {
        "text" => Said::text(ContentType::Text, text(message)),
        "image" => media(ContentType::Image, message),
        "audio" | "voice" | "ptt" => media(ContentType::Audio, message),
        "video" => media(ContentType::Video, message),
        "document" | "file" => media(ContentType::Document, message),
        "sticker" => media(ContentType::Sticker, message),
        "location" => Said::text(ContentType::Location, point(message)),
        "contacts" | "contact" | "vcard" => {
            let holder = message.first(&["contacts", "contact"]);
            Said::text(
                ContentType::Contacts,
                cards(holder).or_else(|| text(message)),
            )
        }
        "button" | "quick_reply" => choice(ContentType::Button, message),
        "interactive" | "list" | "list_reply" | "button_reply" => {
            choice(ContentType::Interactive, message)
        }
        "order" => Said::text(ContentType::Order, text(message)),
        "reaction" => {
            let holder = deeper(message, &["reaction"]);
            let emoji = filled(holder, &["emoji", "messageText", "text"]).cut(TEXT);
            Said::reaction(emoji)
        }
        "system" => Said::text(ContentType::Text, text(message)).of_kind(InboundKind::System),
        "unsupported" | "unknown" => Said::text(ContentType::Unsupported, text(message)),
        other => {
            let detail = format!("message of type {}", shown(other));
            let mut said = Said::text(ContentType::Unsupported, text(message));
            said.notes.push(NotUnderstood {
                kind: Some(shown(other)),
                ..NotUnderstood::new(Reason::UnknownMessageType, detail)
            });
            said
        }
    }
}

/// A message that does not say what it is: places and contact cards do not.
fn untyped(message: Node<'_>) -> Said {
    if message.get("mediaUrl").exists() {
        let mime = message.get("mimeType").text();
        let url = message.get("mediaUrl").text();
        let content_type = medium_type(mime.as_deref(), url.as_deref());
        return media(content_type, message);
    }
    if message.get("location").is_object() {
        return Said::text(ContentType::Location, point(message));
    }
    if message.get("contacts").exists() {
        return Said::text(ContentType::Contacts, cards(message.get("contacts")));
    }
    match text(message) {
        Some(text) => Said::text(ContentType::Text, Some(text)),
        None => Said::text(ContentType::Unsupported, None)
            .noted(Reason::UnknownMessageType, "message without a type"),
    }
}

fn text(message: Node<'_>) -> Option<String> {
    let words = filled(message, &["messageText", "text", "body", "caption"]);
    words
        .cut(TEXT)
        .or_else(|| message.get("text").get("body").cut(TEXT))
}

/// Media have an address, which stands for their id.
fn media(content_type: ContentType, message: Node<'_>) -> Said {
    let content = Content {
        file_name: filled(message, &["fileName", "filename"]).cut(SHORT),
        ..medium(
            filled(message, &["mediaUrl", "mediaId", "url"]),
            filled(message, &["mimeType", "mime_type"]),
            filled(message, &["caption", "messageText"]),
        )
    };
    Said::new(content_type, content)
}

/// A place, whose point may be one text: latitude and longitude with a comma between.
fn point(message: Node<'_>) -> Option<String> {
    let holder = deeper(message, &["location"]);
    let point = holder.first(&["geoPoint", "geopoint"]);
    let names = [holder.get("name"), holder.get("address"), point];
    let latitude = filled(holder, &["latitude", "lat"]);
    let longitude = filled(holder, &["longitude", "lng", "lon"]);
    place(&names, latitude, longitude)
}

/// A choice from what was offered, whose members may stand a level or two deeper.
fn choice(content_type: ContentType, message: Node<'_>) -> Said {
    let holder = deeper(message, &["interactive", "button", "list"]);
    let holder = deeper(
        holder,
        &["list_reply", "button_reply", "listReply", "buttonReply"],
    );
    let id = filled(holder, &["id", "payload"]);
    let title = match filled(holder, &["title", "text", "messageText", "description"]) {
        title if title.exists() => title,
        _ => filled(message, &["messageText", "text"]),
    };
    Said::choice(content_type, id, title, Node::default())
}

/// The first of these members that is an object, else `node` itself.
fn deeper<'a>(node: Node<'a>, keys: &[&str]) -> Node<'a> {
    let mut inner = keys.iter().map(|key| node.get(key));
    inner.find(|it| it.is_object()).unwrap_or(node)
}
