//! What a message says: as text, as one thing of a type, or in parts.

use acuse_domain::kinds::ContentType;
use acuse_domain::registration::Content;

use crate::json::Node;
use crate::limits::{SHORT, TEXT};
use crate::said::{Said, cards, lines, medium, medium_type, place};

/// How a type of message is read.
#[derive(Clone, Copy)]
enum Type {
    Text,
    Medium(ContentType),
    Location,
    Contacts,
    Button,
    Choice,
    Answer,
    Reaction,
    Order,
    /// Something that the channel does not pass on.
    Unsupported,
}

/// The types by Infobip's words for them, on all channels.
const TYPES: [(&str, Type); 27] = [
    ("text", Type::Text),
    ("image", Type::Medium(ContentType::Image)),
    ("audio", Type::Medium(ContentType::Audio)),
    ("voice", Type::Medium(ContentType::Audio)),
    ("video", Type::Medium(ContentType::Video)),
    ("document", Type::Medium(ContentType::Document)),
    ("file", Type::Medium(ContentType::Document)),
    ("sticker", Type::Medium(ContentType::Sticker)),
    ("location", Type::Location),
    ("contact", Type::Contacts),
    ("contacts", Type::Contacts),
    ("button", Type::Button),
    ("quick_reply", Type::Button),
    ("interactive_button_reply", Type::Choice),
    ("interactive_list_reply", Type::Choice),
    ("button_reply", Type::Choice),
    ("list_reply", Type::Choice),
    ("suggestion", Type::Choice),
    ("postback", Type::Choice),
    ("interactive_flow_reply", Type::Answer),
    ("flow_response", Type::Answer),
    ("flow_reply", Type::Answer),
    ("reaction", Type::Reaction),
    ("order", Type::Order),
    ("unsupported", Type::Unsupported),
    ("placeholder", Type::Unsupported),
    ("infected_content", Type::Unsupported),
];

/// What was read of a message.
pub(super) struct Read {
    pub(super) said: Said,
    /// Infobip's word for its type, in lower case; empty where there is none.
    pub(super) word: String,
    /// Whether somebody has described that type.
    pub(super) is_known: bool,
    /// How many of its parts were not taken in.
    pub(super) more: usize,
}

/// What an item says.
pub(super) fn said(item: Node<'_>) -> Read {
    let holder = match item.get("message") {
        message if message.exists() => message,
        _ => item.get("content"),
    };
    let is_list = holder.value().is_some_and(serde_json::Value::is_array);
    if is_list {
        return in_parts(holder);
    }
    if holder.is_object() {
        return of_thing(holder);
    }
    // Plain text: that of an SMS stands beside its parts.
    let text = item.get("text").cut(TEXT);
    let text = text
        .or_else(|| item.get("cleanText").cut(TEXT))
        .or_else(|| holder.cut(TEXT));
    known("text", Said::text(ContentType::Text, text))
}

/// A message of several parts: its words, and the first thing that is more than words.
fn in_parts(parts: Node<'_>) -> Read {
    let is_words = |part: &Node<'_>| match part.get("contentType").word() {
        Some(mime_type) => mime_type.starts_with("text/plain"),
        None => part.get("type").word().is_none_or(|word| word == "text"),
    };
    let words = parts.elements().filter(is_words);
    let words = lines(words.map(|part| {
        let text = part.first(&["text", "value"]).cut(TEXT);
        text.or_else(|| part.get("cleanText").cut(TEXT))
    }));
    // Of an MMS the layout comes with the media.
    let is_layout = |part: &Node<'_>| {
        let mime_type = part.get("contentType").word();
        mime_type.is_some_and(|it| it.starts_with("application/smil"))
    };
    let mut things = parts
        .elements()
        .filter(|it| !is_words(it) && !is_layout(it));
    let Some(first) = things.next() else {
        return known("text", Said::text(ContentType::Text, words));
    };
    let mut read = of_thing(first);
    let content = &mut read.said.content;
    content.body = content.body.take().or(words);
    read.more = things.count();
    read
}

/// A message, or a part of one, by its type; a part of an MMS has a MIME type in its place.
fn of_thing(thing: Node<'_>) -> Read {
    let word = thing.get("type").word();
    let Some(word) = word else {
        return without_type(thing);
    };
    let is = TYPES.iter().find(|(known, _)| *known == word);
    let Some((_, is)) = is else {
        return Read {
            is_known: false,
            ..known(&word, Said::text(ContentType::Unsupported, text(thing)))
        };
    };
    let said = match is {
        Type::Text => Said::text(ContentType::Text, text(thing)),
        Type::Medium(content_type) => Said::new(*content_type, media(thing)),
        Type::Location => {
            let names = [thing.get("name"), thing.get("address")];
            let point = place(&names, thing.get("latitude"), thing.get("longitude"));
            Said::text(ContentType::Location, point)
        }
        Type::Contacts => Said::text(ContentType::Contacts, cards(thing.get("contacts"))),
        Type::Button => choice(thing, ContentType::Button),
        Type::Choice => choice(thing, ContentType::Interactive),
        Type::Answer => {
            let words = thing.first(&["text", "body", "response"]);
            Said::text(ContentType::Interactive, words.cut(TEXT))
        }
        Type::Reaction => Said::reaction(thing.first(&["emoji", "reaction"]).cut(TEXT))
            .about(thing.first(&["messageId", "reactedTo"])),
        Type::Order => Said::text(ContentType::Order, text(thing)),
        Type::Unsupported => Said::text(ContentType::Unsupported, text(thing)),
    };
    known(&word, said)
}

/// A thing without a type: a medium where it has a URL, else its words.
fn without_type(thing: Node<'_>) -> Read {
    let (url, mime_type) = (thing.get("url"), thing.get("contentType"));
    let words = text(thing).or_else(|| thing.get("value").cut(TEXT));
    let said = if url.exists() || mime_type.exists() {
        let content = Content {
            body: words.filter(|_| url.exists()),
            ..medium(url, mime_type, Node::default())
        };
        Said::new(
            medium_type(mime_type.text().as_deref(), url.text().as_deref()),
            content,
        )
    } else if words.is_some() {
        Said::text(ContentType::Text, words)
    } else {
        return Read {
            is_known: false,
            ..known("", Said::text(ContentType::Unsupported, None))
        };
    };
    known("", said)
}

fn known(word: &str, said: Said) -> Read {
    Read {
        said,
        word: word.to_owned(),
        is_known: true,
        more: 0,
    }
}

/// Words; without the keyword where nothing else is there.
fn text(thing: Node<'_>) -> Option<String> {
    thing
        .get("text")
        .cut(TEXT)
        .or_else(|| thing.get("cleanText").cut(TEXT))
}

/// A medium; on RCS it stands in `file`.
fn media(thing: Node<'_>) -> Content {
    let holder = match thing.get("file") {
        file if file.is_object() => file,
        _ => thing,
    };
    let mime_type = holder.first(&["contentType", "mimeType"]);
    let caption = thing.first(&["caption", "text"]);
    Content {
        file_name: holder.first(&["name", "fileName", "filename"]).cut(SHORT),
        ..medium(holder.first(&["url", "mediaUrl"]), mime_type, caption)
    }
}

/// A choice from what was offered.
fn choice(choice: Node<'_>, content_type: ContentType) -> Said {
    let title = choice.first(&["title", "text"]);
    let id = choice.first(&["id", "payload", "postbackData"]);
    Said::choice(content_type, id, title, choice.get("description"))
}
