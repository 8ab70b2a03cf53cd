//! What a message says, as all formats have it.

use acuse_domain::inbound::ButtonClick;
use acuse_domain::kinds::{ContentType, InboundKind};
use acuse_domain::registration::Content;

use crate::json::Node;
use crate::limits::{SHORT, TEXT, cut};
use crate::reading::{NotUnderstood, Reason};

/// What a message says.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) kind: InboundKind,
    pub(crate) content_type: ContentType,
    pub(crate) content: Content,
    pub(crate) button: Option<ButtonClick>,
    /// The message that this one is about: a reaction's, an edit's. It goes before one that is quoted.
    pub(crate) about: Option<String>,
    /// What of it is not understood; the message is taken in all the same.
    pub(crate) notes: Vec<NotUnderstood>,
}

impl Said {
    /// A message with this content.
    pub(crate) fn new(content_type: ContentType, content: Content) -> Self {
        Self {
            kind: InboundKind::Regular,
            content_type,
            content,
            button: None,
            about: None,
            notes: Vec::new(),
        }
    }

    /// A message that says nothing.
    pub(crate) fn nothing() -> Self {
        Self::new(ContentType::Unsupported, Content::default())
    }

    /// A message that is a text, or is shown as one.
    pub(crate) fn text(content_type: ContentType, body: Option<String>) -> Self {
        let content = Content {
            body,
            ..Content::default()
        };
        Self::new(content_type, content)
    }

    /// A reaction; one that was taken back has no emoji.
    pub(crate) fn reaction(emoji: Option<String>) -> Self {
        Self::text(ContentType::Reaction, emoji).of_kind(InboundKind::Reaction)
    }

    /// A choice from what was offered.
    pub(crate) fn choice(
        content_type: ContentType,
        id: Node<'_>,
        title: Node<'_>,
        description: Node<'_>,
    ) -> Self {
        let content = Content {
            body: title.cut(TEXT),
            footer: description.cut(TEXT),
            ..Content::default()
        };
        Self::new(content_type, content).clicked(id, title)
    }

    /// The same with a click on a button or a list row; without an id and a title there was none.
    pub(crate) fn clicked(self, id: Node<'_>, title: Node<'_>) -> Self {
        let button = click(id.short(), title.cut(SHORT));
        Self { button, ..self }
    }

    /// The same as another kind of message.
    pub(crate) fn of_kind(self, kind: InboundKind) -> Self {
        Self { kind, ..self }
    }

    /// The same about the message `id`.
    pub(crate) fn about(self, id: Node<'_>) -> Self {
        let about = id.short();
        Self { about, ..self }
    }

    /// The same with a note.
    pub(crate) fn noted(mut self, reason: Reason, detail: impl Into<String>) -> Self {
        self.notes.push(NotUnderstood::new(reason, detail));
        self
    }
}

/// A click, where anything is known of it.
pub(crate) fn click(id: Option<String>, title: Option<String>) -> Option<ButtonClick> {
    let click = ButtonClick { id, title };
    (click.id.is_some() || click.title.is_some()).then_some(click)
}

/// Adds the advertisement or the link by which somebody came, where the content has no header or footer of its own.
pub(crate) fn advertise(content: &mut Content, title: Node<'_>, address: Node<'_>) {
    content.header = content.header.take().or_else(|| title.cut(TEXT));
    content.footer = content.footer.take().or_else(|| address.cut(TEXT));
}

/// A medium by its id; where the provider gives it none, by its address.
pub(crate) fn medium(id: Node<'_>, mime_type: Node<'_>, caption: Node<'_>) -> Content {
    Content {
        body: caption.cut(TEXT),
        media_id: id.short(),
        media_type: mime_type.cut(SHORT),
        ..Content::default()
    }
}

/// What a medium is, by its MIME type; where that names no kind, by the ending of its address; a document where neither
/// tells.
pub(crate) fn medium_type(mime: Option<&str>, address: Option<&str>) -> ContentType {
    let mime = mime.map(|mime| mime.trim().to_ascii_lowercase());
    let mime = mime.unwrap_or_default();
    match mime.split(['/', ';']).next().unwrap_or_default() {
        "image" => return ContentType::Image,
        "audio" => return ContentType::Audio,
        "video" => return ContentType::Video,
        _ if mime.contains("vcard") => return ContentType::Contacts,
        "text" => return ContentType::Document,
        // Bytes of any kind.
        "application" if mime.contains("octet-stream") => {}
        "application" => return ContentType::Document,
        _ => {}
    }
    let path = address.map(|it| it.split(['?', '#']).next().unwrap_or(it));
    let ending = path.and_then(|path| path.rsplit_once('.'));
    let ending = ending.map(|(_, ending)| ending.to_ascii_lowercase());
    match ending.as_deref() {
        Some("jpg" | "jpeg" | "png" | "gif" | "webp" | "heic" | "bmp") => ContentType::Image,
        Some("mp3" | "ogg" | "oga" | "opus" | "aac" | "amr" | "m4a" | "wav") => ContentType::Audio,
        Some("mp4" | "3gp" | "3gpp" | "mov" | "webm" | "mpeg") => ContentType::Video,
        Some("vcf") => ContentType::Contacts,
        _ => ContentType::Document,
    }
}

/// A place as people read it: its name, its address, latitude and longitude, a line each.
pub(crate) fn place(names: &[Node<'_>], latitude: Node<'_>, longitude: Node<'_>) -> Option<String> {
    let point = latitude.text().zip(longitude.text());
    let point = point.map(|(latitude, longitude)| format!("{latitude},{longitude}"));
    let names = names.iter().map(|name| name.text());
    lines(names.chain([point]))
}

/// Contact cards, a line each: the name, then the numbers. Providers write their members' names in several ways.
pub(crate) fn cards(cards: Node<'_>) -> Option<String> {
    lines(cards.elements().map(|card| {
        let holder = card.get("name");
        let keys = [
            "formatted_name",
            "formattedName",
            "full_name",
            "first_name",
            "firstName",
        ];
        let name = holder.first(&keys).text().or_else(|| holder.text());
        let numbers = card.first(&["phones", "phone_numbers"]).elements();
        let keys = ["phone", "phone_number", "wa_id", "waId"];
        let numbers = numbers.filter_map(|number| number.first(&keys).text());
        let words: Vec<String> = name.into_iter().chain(numbers).collect();
        Some(words.join(", ")).filter(|line| !line.is_empty())
    }))
}

/// Those of the lines that are there, below each other.
pub(crate) fn lines(lines: impl IntoIterator<Item = Option<String>>) -> Option<String> {
    let lines: Vec<String> = lines.into_iter().flatten().collect();
    cut(lines.join("\n"), TEXT)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn cards_are_a_line_each() {
        let of = |value: serde_json::Value| cards(Node::of(&value));
        for name in [
            json!({"formatted_name": "Ana Paz", "first_name": "Ana"}),
            json!({"formattedName": "Ana Paz"}),
            json!({"formatted_name": "", "full_name": "Ana Paz"}),
            json!("Ana Paz"),
        ] {
            let card = json!({"name": name, "phones": [{"phone": "+51 1"}, {"waId": "512"}, {}]});
            assert_eq!(of(card).as_deref(), Some("Ana Paz, +51 1, 512"), "{name}");
        }
        let two = json!([{"phone_numbers": {"phone_number": "1"}}, {}, 7, {"name": {"firstName": "Luz"}}]);
        assert_eq!(of(two).as_deref(), Some("1\nLuz"));
        assert_eq!(of(json!([])), None);
    }

    #[test]
    fn media_are_what_they_say() {
        for (mime, address, is) in [
            (Some("image/JPG"), None, ContentType::Image),
            (Some("audio/ogg; codecs=opus"), None, ContentType::Audio),
            (Some("text/x-vCard"), None, ContentType::Contacts),
            (
                Some("content/type"),
                Some("https://a/b.mp4"),
                ContentType::Video,
            ),
            (
                None,
                Some("https://a.b/c.JPEG?Expires=1.mp3"),
                ContentType::Image,
            ),
            (
                Some("application/pdf"),
                Some("https://a.b/c.jpg"),
                ContentType::Document,
            ),
            (
                Some("application/octet-stream"),
                Some("https://a.b/c.heic"),
                ContentType::Image,
            ),
            (Some(""), Some("https://a.b/c.opus"), ContentType::Audio),
            (None, Some("https://a.b/c.3gpp"), ContentType::Video),
            (None, Some("https://h.mp4/cat"), ContentType::Document),
            (None, Some("https://a.b/c"), ContentType::Document),
            (None, None, ContentType::Document),
        ] {
            assert_eq!(medium_type(mime, address), is, "{mime:?} {address:?}");
        }
    }
}
