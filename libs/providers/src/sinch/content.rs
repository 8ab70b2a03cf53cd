//! What a message says, by the one member that holds it.

use acuse_domain::kinds::ContentType;
use acuse_domain::registration::Content;

use super::status;
use crate::json::Node;
use crate::limits::{SHORT, TEXT, shown};
use crate::parts::filled;
use crate::reading::Reason;
use crate::said::{Said, cards, click, medium, medium_type, place};

/// What a message says, and which other one it quotes.
pub(super) struct Quoting {
    pub(super) said: Said,
    pub(super) quoted: Option<String>,
}

/// Members of a `contact_message` that hold what it says.
const TELLING: [&str; 9] = [
    "choice_response_message",
    "text_message",
    "media_message",
    "media_card_message",
    "location_message",
    "product_response_message",
    "contact_info_message",
    "channel_specific_message",
    "fallback_message",
];

/// What a `contact_message` says.
pub(super) fn of_contact(message: Node<'_>) -> Quoting {
    let known = TELLING.iter().find(|key| message.get(key).exists());
    let (said, about) = match known {
        None => (unknown(message), None),
        Some(&key) => {
            let holder = message.get(key);
            let about = (key == "choice_response_message")
                .then(|| holder.get("message_id").short())
                .flatten();
            (of_member(key, message, holder), about)
        }
    };
    let quoted = message.get("reply_to").get("message_id").short();
    Quoting {
        said,
        quoted: quoted.or(about),
    }
}

fn of_member(key: &str, message: Node<'_>, holder: Node<'_>) -> Said {
    match key {
        "choice_response_message" => choice(message, holder),
        "text_message" => Said::text(ContentType::Text, text(holder)),
        "media_message" | "media_card_message" => media(holder),
        "location_message" => Said::text(ContentType::Location, point(holder)),
        "product_response_message" => Said::text(ContentType::Order, holder.get("title").cut(TEXT)),
        "contact_info_message" => Said::text(ContentType::Contacts, cards(holder)),
        "channel_specific_message" => of_channel(holder),
        _ => {
            let why = status::reason(holder.get("reason"));
            let why = why.map(|reason| format!(": {}", status::note(&reason)));
            let detail = format!(
                "a message that Sinch has no form for{}",
                why.unwrap_or_default()
            );
            Said::text(ContentType::Unsupported, None).noted(Reason::UnknownMessageType, detail)
        }
    }
}

fn unknown(message: Node<'_>) -> Said {
    let key = message.keys().find(|key| *key != "reply_to");
    let detail = match key {
        Some(key) => format!("message with {}", shown(key)),
        None => "message without content".to_owned(),
    };
    let words = key.map(|key| message.get(key));
    let words = words.and_then(|holder| filled(holder, &["text", "title", "caption"]).cut(TEXT));
    Said::text(ContentType::Unsupported, words).noted(Reason::UnknownMessageType, detail)
}

fn text(holder: Node<'_>) -> Option<String> {
    holder.get("text").cut(TEXT).or_else(|| holder.cut(TEXT))
}

/// Media have an address, which stands for their id, and no type.
fn media(holder: Node<'_>) -> Said {
    let url = holder.get("url");
    let name = holder.first(&["filename_override", "filename"]);
    let mime = filled(holder, &["mime_type", "content_type"]);
    let address = name.text().filter(|name| name.contains('.'));
    let address = address.or_else(|| url.text());
    let content_type = medium_type(mime.cut(SHORT).as_deref(), address.as_deref());
    let content = Content {
        file_name: name.cut(SHORT),
        ..medium(url, mime, holder.get("caption"))
    };
    Said::new(content_type, content)
}

fn point(holder: Node<'_>) -> Option<String> {
    let coordinates = holder.get("coordinates");
    place(
        &[holder.get("title"), holder.get("label")],
        coordinates.get("latitude"),
        coordinates.get("longitude"),
    )
}

/// A choice from what was offered. Where the app gave it no data of its own, Sinch makes them of the message's id and the
/// choice's title, which is told nowhere else.
fn choice(message: Node<'_>, holder: Node<'_>) -> Said {
    let data = holder.get("postback_data");
    let made = holder.get("message_id").text().zip(data.text());
    let made = made.and_then(|(id, data)| {
        let title = data.strip_prefix(&id)?.strip_prefix('_')?;
        Some(title.to_owned()).filter(|title| !title.is_empty())
    });
    let stated = filled(holder, &["title", "text"]).text();
    let title = stated
        .or_else(|| text(message.get("text_message")))
        .or(made)
        .and_then(|title| crate::limits::cut(title, TEXT));
    Said {
        button: click(
            data.short(),
            title
                .clone()
                .and_then(|title| crate::limits::cut(title, SHORT)),
        ),
        ..Said::text(ContentType::Button, title)
    }
}

/// What only one channel has: an answer to a form on WhatsApp. It may stand under the channel's name.
fn of_channel(holder: Node<'_>) -> Said {
    let holder = if holder.get("message").exists() || holder.get("message_type").exists() {
        holder
    } else {
        let inner = holder.keys().next().map(|key| holder.get(key));
        inner.unwrap_or(holder)
    };
    let word = holder.get("message_type").word();
    let word = word.or_else(|| holder.get("message").get("type").word());
    let word = word.unwrap_or_default();
    let answer = holder.get("message").get(&word);
    let words = filled(answer, &["body", "text", "title", "name"]).cut(TEXT);
    if word == "nfm_reply" {
        return Said::text(ContentType::Interactive, words);
    }
    let detail = format!("message of type {}", shown(&word));
    Said::text(ContentType::Unsupported, words).noted(Reason::UnknownMessageType, detail)
}

/// What an `app_message` says.
pub(super) fn of_app(message: Node<'_>) -> Said {
    let of = |key| Some(message.get(key)).filter(|holder| holder.exists());
    let titled = |holder: Node<'_>| {
        let words = [holder.first(&["title", "text"]), holder.get("description")];
        let inner = holder.get("text_message");
        let words = words.into_iter().find_map(|words| words.cut(TEXT));
        words.or_else(|| text(inner))
    };
    if let Some(holder) = of("text_message") {
        Said::text(ContentType::Text, text(holder))
    } else if let Some(holder) = of("media_message") {
        media(holder)
    } else if let Some(holder) = of("location_message") {
        Said::text(ContentType::Location, point(holder))
    } else if let Some(holder) = of("template_message") {
        Said::text(ContentType::Template, titled(holder))
    } else if let Some(holder) = of("contact_info_message") {
        Said::text(ContentType::Contacts, cards(holder))
    } else {
        let offers = [
            "card_message",
            "choice_message",
            "list_message",
            "carousel_message",
        ];
        match offers.into_iter().find_map(of) {
            Some(holder) => Said::text(ContentType::Interactive, titled(holder)),
            None => Said::text(ContentType::Unsupported, None),
        }
    }
}
