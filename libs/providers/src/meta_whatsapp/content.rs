//! What a message says, by its type.

use acuse_domain::kinds::{ContentType, InboundKind};
use acuse_domain::registration::Content;

use crate::json::Node;
use crate::limits::{SHORT, TEXT};
use crate::said::{Said, advertise, cards, medium, place};
use crate::typed::{self, Typed};

/// How a type of message is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Text,
    Medium(ContentType),
    Location,
    Contacts,
    Interactive,
    Button,
    Reaction,
    Order,
    Template,
    /// A notice about the contact, or their first opening of the chat.
    System,
    /// New words for an earlier message.
    Edit,
    /// The contact took back an earlier message.
    Revoke,
    /// A message was put at the top of a chat, or taken from there.
    Pin,
    /// Something that Meta does not pass on.
    Unsupported,
    /// A type that nobody has described.
    Unknown,
}

/// The types by Meta's words for them. A message without a type has the first of these that it has a member of.
const TYPES: [(&str, Type); 26] = [
    ("text", Type::Text),
    ("image", Type::Medium(ContentType::Image)),
    ("audio", Type::Medium(ContentType::Audio)),
    ("voice", Type::Medium(ContentType::Audio)),
    ("video", Type::Medium(ContentType::Video)),
    ("document", Type::Medium(ContentType::Document)),
    ("sticker", Type::Medium(ContentType::Sticker)),
    ("location", Type::Location),
    ("contacts", Type::Contacts),
    ("interactive", Type::Interactive),
    ("button", Type::Button),
    ("reaction", Type::Reaction),
    ("order", Type::Order),
    ("template", Type::Template),
    ("hsm", Type::Template),
    ("system", Type::System),
    ("request_welcome", Type::System),
    ("edit", Type::Edit),
    ("revoke", Type::Revoke),
    ("pin", Type::Pin),
    ("unsupported", Type::Unsupported),
    ("unknown", Type::Unsupported),
    ("ephemeral", Type::Unsupported),
    ("media_placeholder", Type::Unsupported),
    ("errors", Type::Unsupported),
    ("none", Type::Unsupported),
];

/// The most buttons of one message that are kept.
const MAX_BUTTONS: usize = 10;

/// The type of a message: as it says, else as its members do.
pub(super) fn typed(message: Node<'_>) -> Typed<Type> {
    typed::of(message, message.get("type").word(), &TYPES, Type::Unknown)
}

/// What a message says, advertisement included through which the contact came.
pub(super) fn said(message: Node<'_>, typed: &Typed<Type>) -> Said {
    let mut said = of_type(message, message.get(&typed.word), typed.is);
    let referral = message.get("referral");
    advertise(
        &mut said.content,
        referral.get("headline"),
        referral.get("source_url"),
    );
    said
}

fn of_type(message: Node<'_>, holder: Node<'_>, is: Type) -> Said {
    match is {
        Type::Text => Said::text(ContentType::Text, text(holder)),
        Type::Template => Said::text(ContentType::Template, text(holder)),
        Type::Medium(content_type) => Said::new(content_type, media(holder)),
        Type::Location => Said::text(ContentType::Location, point(holder)),
        Type::Contacts => Said::text(ContentType::Contacts, cards(holder)),
        Type::Interactive => interactive(holder),
        Type::Button => button(holder),
        Type::Reaction => {
            Said::reaction(holder.get("emoji").cut(TEXT)).about(holder.get("message_id"))
        }
        Type::Order => Said::text(ContentType::Order, holder.get("text").cut(TEXT)),
        Type::System => system(holder),
        Type::Edit => edit(holder),
        Type::Revoke => Said::nothing()
            .of_kind(InboundKind::System)
            .about(holder.get("original_message_id")),
        Type::Pin => Said::nothing()
            .of_kind(InboundKind::System)
            .about(holder.get("message_id")),
        Type::Unsupported => unsupported(message, holder),
        Type::Unknown => Said::text(ContentType::Unsupported, text(message.get("text"))),
    }
}

/// Text, which belongs into a body.
fn text(holder: Node<'_>) -> Option<String> {
    holder.get("body").cut(TEXT).or_else(|| holder.cut(TEXT))
}

fn media(holder: Node<'_>) -> Content {
    Content {
        file_name: holder.get("filename").cut(SHORT),
        ..medium(
            holder.get("id"),
            holder.get("mime_type"),
            holder.get("caption"),
        )
    }
}

fn point(holder: Node<'_>) -> Option<String> {
    let names = [holder.get("name"), holder.get("address")];
    place(&names, holder.get("latitude"), holder.get("longitude"))
}

/// A choice from what was offered: a reply button or a row of a list. Flows and other things answer with words at most. What
/// the business offers has texts and buttons.
fn interactive(interactive: Node<'_>) -> Said {
    let replies = ["button_reply", "list_reply"];
    let reply = interactive.first(&replies);
    if reply.is_object() {
        let (id, title) = (reply.get("id"), reply.get("title"));
        let description = reply.get("description");
        return Said::choice(ContentType::Interactive, id, title, description);
    }
    let offered = interactive.get("body").get("text").cut(TEXT);
    if offered.is_some() {
        let text = |key| interactive.get(key).get("text").cut(TEXT);
        let buttons = interactive.get("action").get("buttons").elements();
        let title = |button: Node<'_>| button.get("reply").get("title").cut(SHORT);
        let content = Content {
            header: text("header"),
            body: offered,
            footer: text("footer"),
            buttons: buttons.take(MAX_BUTTONS).filter_map(title).collect(),
            ..Content::default()
        };
        return Said::new(ContentType::Interactive, content);
    }
    let kind = interactive
        .get("type")
        .text()
        .unwrap_or_else(|| "nfm_reply".to_owned());
    let answer = interactive.get(&kind);
    let words = answer.first(&["body", "title", "text", "response", "name"]);
    Said::text(ContentType::Interactive, words.cut(TEXT))
}

/// A click on a template's quick-reply button.
fn button(button: Node<'_>) -> Said {
    let title = match button.get("text") {
        title if title.exists() => title,
        _ => button,
    };
    let (id, nothing) = (button.get("payload"), Node::default());
    Said::choice(ContentType::Button, id, title, nothing)
}

fn system(notice: Node<'_>) -> Said {
    let body = text(notice);
    let content_type = match body {
        Some(_) => ContentType::Text,
        None => ContentType::Unsupported,
    };
    Said::text(content_type, body).of_kind(InboundKind::System)
}

/// An edit has an id and a time of its own, and is no further message of the contact's.
fn edit(edit: Node<'_>) -> Said {
    let message = edit.get("message");
    let new = of_type(
        message,
        message.get(&typed(message).word),
        typed(message).is,
    );
    new.of_kind(InboundKind::System)
        .about(edit.get("original_message_id"))
}

/// What Meta does not pass on may be an edit, or a message taken back: no further message either.
fn unsupported(message: Node<'_>, holder: Node<'_>) -> Said {
    let said = Said::text(ContentType::Unsupported, text(message.get("text")));
    match holder.get("type").word().as_deref() {
        Some("edit" | "revoke" | "pin") => said.of_kind(InboundKind::System),
        _ => said,
    }
}
