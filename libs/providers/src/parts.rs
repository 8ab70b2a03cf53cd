//! Parts of items that several providers write alike: addresses, texts of the sender's own, media.

use acuse_domain::contact::ContactRef;
use acuse_domain::inbound::ButtonClick;
use acuse_domain::kinds::{ContentType, InboundKind, Provider};
use acuse_domain::phone;
use acuse_domain::registration::Content;
use acuse_domain::time::Timestamp;

use crate::item;
use crate::json::{self, Moment, Node, moment};
use crate::limits::{SHORT, TEXT, cut};
use crate::reading::{Findings, NotUnderstood, Reason};

/// What an id begins with that was made here, for a message that came without one.
const DERIVED: &str = "derived:";

/// What a message says.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) kind: InboundKind,
    pub(crate) content_type: ContentType,
    pub(crate) content: Content,
    pub(crate) button: Option<ButtonClick>,
    /// What of it is not understood; the message is taken in all the same.
    pub(crate) note: Option<NotUnderstood>,
}

impl Said {
    /// A message with this content.
    pub(crate) fn new(content_type: ContentType, content: Content) -> Self {
        Self {
            kind: InboundKind::Regular,
            content_type,
            content,
            button: None,
            note: None,
        }
    }

    /// A message that is a text, or is shown as one.
    pub(crate) fn text(content_type: ContentType, body: Option<String>) -> Self {
        let content = Content {
            body,
            ..Content::default()
        };
        Self::new(content_type, content)
    }

    /// A message that is a choice from what was offered.
    pub(crate) fn choice(content_type: ContentType, id: Node<'_>, title: Node<'_>) -> Self {
        Self {
            button: click(id.short(), title.cut(SHORT)),
            ..Self::text(content_type, title.cut(TEXT))
        }
    }

    /// The same as another kind of message.
    pub(crate) fn of_kind(self, kind: InboundKind) -> Self {
        Self { kind, ..self }
    }

    /// The same with a note.
    pub(crate) fn noted(self, reason: Reason, detail: impl Into<String>) -> Self {
        Self {
            note: Some(NotUnderstood::new(reason, detail)),
            ..self
        }
    }
}

/// A click, where anything is known of it.
pub(crate) fn click(id: Option<String>, title: Option<String>) -> Option<ButtonClick> {
    let click = ButtonClick { id, title };
    (click.id.is_some() || click.title.is_some()).then_some(click)
}

/// A person by their address on a channel that knows people by their phone numbers. What is no number is an id.
pub(crate) fn by_phone(address: Node<'_>) -> Option<ContactRef> {
    let address = address.short()?;
    let digits = address.strip_prefix('+').unwrap_or(&address);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let mut person = ContactRef::default();
    if is_number || phone::canonical(&address).is_some() {
        person.phone = Some(address);
    } else {
        person.channel_user_id = Some(address);
    }
    Some(person)
}

/// The first of these members that holds a text: providers send empty ones for what they do not know.
pub(crate) fn filled<'a>(node: Node<'a>, keys: &[&str]) -> Node<'a> {
    let mut members = keys.iter().map(|key| node.get(key));
    members
        .find(|member| member.text().is_some())
        .unwrap_or_default()
}

/// When something happened, by the first of these that gives a time.
///
/// # Errors
///
/// What to note where that time is implausible.
pub(crate) fn when(
    nodes: &[Node<'_>],
    received_at: Timestamp,
) -> Result<(Timestamp, bool), NotUnderstood> {
    let telling = nodes
        .iter()
        .find(|node| moment(**node, received_at) != Moment::Receipt);
    item::when(telling.copied().unwrap_or_default(), received_at)
}

/// The sender's own text, by the first of these that holds one. What was handed over as JSON may come back as such. One
/// that is too long to be kept is noted: a part of it would be another.
pub(crate) fn own_text(
    nodes: &[Node<'_>],
    id: &str,
    path: &str,
    findings: &mut Findings,
) -> Option<String> {
    let text = nodes.iter().find_map(|node| match node.value()? {
        structured @ (serde_json::Value::Object(_) | serde_json::Value::Array(_)) => {
            Some(structured.to_string())
        }
        _ => node.text().filter(|_| !node.is_inexact()),
    })?;
    if text.len() <= SHORT {
        return Some(text);
    }
    let detail = format!("a text of the sender's own of {} bytes", text.len());
    let what = NotUnderstood {
        id: Some(id.to_owned()),
        ..NotUnderstood::new(Reason::TooLong, detail)
    };
    findings.not_understood(path, what);
    None
}

/// The id of an inbound message; for one without the digest of all that it says, so that its repetitions are found.
///
/// # Errors
///
/// What to note of an id that is longer than what is kept.
pub(crate) fn inbound_id(
    id: Node<'_>,
    message: Node<'_>,
    provider: Provider,
    channel_account: &str,
) -> Result<String, NotUnderstood> {
    match (item::id(id), message.value()) {
        (Err(what), Some(value)) if what.reason == Reason::MissingId => {
            let digest = json::digest(&[provider.as_str(), channel_account], value);
            Ok(format!("{DERIVED}{digest:?}"))
        }
        (id, _) => id,
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

/// What there is of these, a line each.
fn lines(lines: impl IntoIterator<Item = Option<String>>) -> Option<String> {
    let lines: Vec<String> = lines.into_iter().flatten().collect();
    cut(lines.join("\n"), TEXT)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_told_from_ids() {
        let of = |value: serde_json::Value| by_phone(Node::of(&value));
        for number in [
            "+51977452931",
            "51977452931",
            "0732001122",
            "2020",
            "+51 977 452 931",
        ] {
            let person = of(json!(number)).unwrap();
            assert_eq!(person.phone.as_deref(), Some(number));
            assert_eq!(person.channel_user_id, None);
        }
        assert_eq!(
            of(json!(51_977_452_931_i64)).unwrap().phone.as_deref(),
            Some("51977452931")
        );
        for id in ["MTN", "9KC0p+pi4zPGDO99ACDxoQ==", "+", "group:18058-1569"] {
            let person = of(json!(id)).unwrap();
            assert_eq!(person.channel_user_id.as_deref(), Some(id));
        }
        assert_eq!(of(json!("")), None);
        assert_eq!(of(json!({"number": 1})), None);
    }

    #[test]
    fn the_first_time_that_is_one_counts() {
        let now = Timestamp::from_seconds(1_750_000_000);
        let value = json!([
            "<now>",
            null,
            "2025-06-08T20:59:43Z",
            "2025-06-08T21:00:00Z",
            "1"
        ]);
        let nodes: Vec<Node<'_>> = Node::of(&value).elements().collect();
        let at = Timestamp::from_seconds(1_749_416_383);
        assert_eq!(when(&nodes, now), Ok((at, false)));
        assert_eq!(when(&nodes[..2], now), Ok((now, true)));
        assert_eq!(when(&[], now), Ok((now, true)));
        let what = when(&nodes[4..], now).unwrap_err();
        assert_eq!(what.reason, Reason::ImplausibleTime);
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
