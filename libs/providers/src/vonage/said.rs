//! What a message says, by its type.

use acuse_domain::kinds::ContentType;
use acuse_domain::registration::Content;

use crate::json::Node;
use crate::limits::{SHORT, TEXT};
use crate::said::{Said, cards, lines, medium, place};
use crate::typed::{self, Typed};

/// How a type of message is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Text,
    Medium(ContentType),
    Location,
    Contacts,
    Reply,
    Button,
    Reaction,
    Order,
    /// Several parts: those of an MMS.
    Content,
    /// Something that Vonage does not pass on.
    Unsupported,
    /// A type that nobody has described.
    Unknown,
}

/// The types by Vonage's words for them. A message without a type has the first of these that it has a member of.
const TYPES: [(&str, Type); 18] = [
    ("image", Type::Medium(ContentType::Image)),
    ("audio", Type::Medium(ContentType::Audio)),
    ("video", Type::Medium(ContentType::Video)),
    ("file", Type::Medium(ContentType::Document)),
    ("sticker", Type::Medium(ContentType::Sticker)),
    ("vcard", Type::Medium(ContentType::Contacts)),
    ("location", Type::Location),
    ("contacts", Type::Contacts),
    ("contact", Type::Contacts),
    ("reply", Type::Reply),
    ("button", Type::Button),
    ("reaction", Type::Reaction),
    ("order", Type::Order),
    ("content", Type::Content),
    ("text", Type::Text),
    ("unsupported", Type::Unsupported),
    ("unknown", Type::Unsupported),
    ("random", Type::Unsupported),
];

/// The type of a message: as it says, else as its members do.
pub(super) fn typed(message: Node<'_>) -> Typed<Type> {
    let given = message.first(&["message_type", "type"]).word();
    typed::of(message, given, &TYPES, Type::Unknown)
}

/// What a message says.
pub(super) fn said(message: Node<'_>, typed: &Typed<Type>) -> Said {
    let holder = message.get(&typed.word);
    match typed.is {
        Type::Text => Said::text(ContentType::Text, text(holder)),
        Type::Medium(content_type) => Said::new(content_type, media(holder)),
        Type::Location => {
            let latitude = holder.first(&["lat", "latitude"]);
            let longitude = holder.first(&["long", "lng", "longitude"]);
            let names = [holder.get("name"), holder.get("address")];
            Said::text(ContentType::Location, place(&names, latitude, longitude))
        }
        Type::Contacts => Said::text(ContentType::Contacts, cards(holder)),
        Type::Reply => reply(holder),
        Type::Button => {
            let (id, title) = (holder.get("payload"), holder.get("text"));
            Said::choice(ContentType::Button, id, title, Node::default())
        }
        Type::Reaction => Said::reaction(holder.get("emoji").cut(TEXT)),
        Type::Order => Said::text(ContentType::Order, holder.get("text").cut(TEXT)),
        Type::Content => parts(holder),
        Type::Unsupported | Type::Unknown => {
            Said::text(ContentType::Unsupported, text(message.get("text")))
        }
    }
}

/// Text by itself, or with a body.
fn text(holder: Node<'_>) -> Option<String> {
    holder.cut(TEXT).or_else(|| holder.get("body").cut(TEXT))
}

fn media(holder: Node<'_>) -> Content {
    let url = match holder.is_object() {
        true => holder.first(&["url", "id"]),
        false => holder,
    };
    let mime_type = holder.first(&["mime_type", "content_type"]);
    Content {
        file_name: holder.first(&["name", "filename"]).cut(SHORT),
        ..medium(url, mime_type, holder.first(&["caption", "text"]))
    }
}

/// A row of a list or a suggested reply that the contact chose.
fn reply(reply: Node<'_>) -> Said {
    let (id, title) = (
        reply.first(&["id", "payload"]),
        reply.first(&["title", "text"]),
    );
    let description = reply.get("description");
    Said::choice(ContentType::Interactive, id, title, description)
}

/// An MMS of several parts: its words, and the first of its media.
fn parts(parts: Node<'_>) -> Said {
    let captions = parts.elements().map(|part| {
        let words = part.first(&["caption", "text"]);
        words.cut(TEXT)
    });
    let body = lines(captions);
    let first = parts.elements().find_map(|part| {
        let word = part.get("type").word()?;
        TYPES.iter().find_map(|(known, is)| match is {
            Type::Medium(content_type) if *known == word => Some((*content_type, part)),
            _ => None,
        })
    });
    match first {
        Some((content_type, part)) => {
            let content = Content {
                body,
                ..media(part)
            };
            Said::new(content_type, content)
        }
        None => Said::text(ContentType::Text, body),
    }
}
