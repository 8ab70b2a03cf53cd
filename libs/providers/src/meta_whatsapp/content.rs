//! What a message says, by its type.

use acuse_domain::inbound::ButtonClick;
use acuse_domain::kinds::{ContentType, InboundKind};
use acuse_domain::registration::Content;

use crate::json::Node;
use crate::limits::{SHORT, TEXT, cut, shown};

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

/// The type of a message, with Meta's word for it.
#[derive(Debug)]
pub(super) struct Typed {
    pub(super) word: String,
    pub(super) is: Type,
}

/// What a message says.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) kind: InboundKind,
    pub(super) content_type: ContentType,
    pub(super) content: Content,
    pub(super) button: Option<ButtonClick>,
    /// The message that this one is about: a reaction's, an edit's.
    pub(super) about: Option<String>,
    /// The message that was deleted.
    pub(super) revoked: Option<String>,
}

impl Said {
    fn new(content_type: ContentType, content: Content) -> Self {
        Self {
            kind: InboundKind::Regular,
            content_type,
            content,
            button: None,
            about: None,
            revoked: None,
        }
    }

    fn text(content_type: ContentType, body: Option<String>) -> Self {
        let content = Content {
            body,
            ..Content::default()
        };
        Self::new(content_type, content)
    }

    fn of_kind(self, kind: InboundKind) -> Self {
        Self { kind, ..self }
    }
}

/// The type of a message: as it says, else as its members do.
pub(super) fn typed(message: Node<'_>) -> Typed {
    let given = message.get("type").word();
    let known = TYPES.iter().find(|(word, _)| match &given {
        Some(given) => given == word,
        None => message.get(word).exists(),
    });
    match (known, given) {
        (Some((word, is)), _) => Typed {
            word: (*word).to_owned(),
            is: *is,
        },
        (None, given) => Typed {
            word: given.unwrap_or_default(),
            is: Type::Unknown,
        },
    }
}

/// What to note of a message whose type is not known.
pub(super) fn unknown(typed: &Typed) -> String {
    match typed.word.as_str() {
        "" => "message without a type".to_owned(),
        word => format!("message of type {}", shown(word)),
    }
}

/// What a message says, advertisement included through which the contact came.
pub(super) fn said(message: Node<'_>, typed: &Typed) -> Said {
    let mut said = of_type(message, message.get(&typed.word), typed.is);
    let referral = message.get("referral");
    let content = &mut said.content;
    content.header = content
        .header
        .take()
        .or_else(|| referral.get("headline").cut(TEXT));
    content.footer = content
        .footer
        .take()
        .or_else(|| referral.get("source_url").cut(TEXT));
    said
}

fn of_type(message: Node<'_>, holder: Node<'_>, is: Type) -> Said {
    match is {
        Type::Text => Said::text(ContentType::Text, text(holder)),
        Type::Template => Said::text(ContentType::Template, text(holder)),
        Type::Medium(content_type) => Said::new(content_type, medium(holder)),
        Type::Location => Said::text(ContentType::Location, place(holder)),
        Type::Contacts => Said::text(ContentType::Contacts, cards(holder)),
        Type::Interactive => interactive(holder),
        Type::Button => button(holder),
        Type::Reaction => Said {
            about: holder.get("message_id").short(),
            ..Said::text(ContentType::Reaction, holder.get("emoji").cut(TEXT))
                .of_kind(InboundKind::Reaction)
        },
        Type::Order => Said::text(ContentType::Order, holder.get("text").cut(TEXT)),
        Type::System => system(holder),
        Type::Edit => edit(holder),
        Type::Revoke => {
            let original = holder.get("original_message_id").short();
            Said {
                about: original.clone(),
                revoked: original,
                ..Said::text(ContentType::Unsupported, None).of_kind(InboundKind::System)
            }
        }
        Type::Pin => Said {
            about: holder.get("message_id").short(),
            ..Said::text(ContentType::Unsupported, None).of_kind(InboundKind::System)
        },
        Type::Unsupported => unsupported(message, holder),
        Type::Unknown => Said::text(ContentType::Unsupported, text(message.get("text"))),
    }
}

/// Text, which belongs into a body.
fn text(holder: Node<'_>) -> Option<String> {
    holder.get("body").cut(TEXT).or_else(|| holder.cut(TEXT))
}

fn medium(holder: Node<'_>) -> Content {
    Content {
        body: holder.get("caption").cut(TEXT),
        media_id: holder.get("id").short(),
        media_type: holder.get("mime_type").cut(SHORT),
        file_name: holder.get("filename").cut(SHORT),
        ..Content::default()
    }
}

/// A place as people read it: its name, its address, latitude and longitude, a line each.
fn place(place: Node<'_>) -> Option<String> {
    let latitude = place.get("latitude").text();
    let point = latitude
        .zip(place.get("longitude").text())
        .map(|(latitude, longitude)| format!("{latitude},{longitude}"));
    lines([place.get("name").text(), place.get("address").text(), point])
}

/// Contact cards, a line each: the name, then the numbers.
fn cards(cards: Node<'_>) -> Option<String> {
    lines(cards.elements().map(|card| {
        let name = card.get("name");
        let name = name.first(&["formatted_name", "first_name"]).text();
        let phones = card.get("phones").elements();
        let phones = phones.filter_map(|phone| phone.first(&["phone", "wa_id"]).text());
        let words: Vec<String> = name.into_iter().chain(phones).collect();
        Some(words.join(", ")).filter(|line| !line.is_empty())
    }))
}

fn lines(lines: impl IntoIterator<Item = Option<String>>) -> Option<String> {
    let lines: Vec<String> = lines.into_iter().flatten().collect();
    cut(lines.join("\n"), TEXT)
}

/// A choice from what was offered: a reply button or a row of a list. Flows and other things answer with words at most. What
/// the business offers has texts and buttons.
fn interactive(interactive: Node<'_>) -> Said {
    let replies = ["button_reply", "list_reply"];
    let reply = interactive.first(&replies);
    if reply.is_object() {
        let title = reply.get("title");
        let content = Content {
            body: title.cut(TEXT),
            footer: reply.get("description").cut(TEXT),
            ..Content::default()
        };
        return Said {
            button: click(reply.get("id"), title),
            ..Said::new(ContentType::Interactive, content)
        };
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
    Said {
        button: click(button.get("payload"), title),
        ..Said::text(ContentType::Button, title.cut(TEXT))
    }
}

fn click(id: Node<'_>, title: Node<'_>) -> Option<ButtonClick> {
    let click = ButtonClick {
        id: id.short(),
        title: title.cut(SHORT),
    };
    (click.id.is_some() || click.title.is_some()).then_some(click)
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
    Said {
        about: edit.get("original_message_id").short(),
        revoked: None,
        ..new.of_kind(InboundKind::System)
    }
}

/// What Meta does not pass on may be an edit, or a message taken back: no further message either.
fn unsupported(message: Node<'_>, holder: Node<'_>) -> Said {
    let said = Said::text(ContentType::Unsupported, text(message.get("text")));
    match holder.get("type").word().as_deref() {
        Some("edit" | "revoke" | "pin") => said.of_kind(InboundKind::System),
        _ => said,
    }
}
