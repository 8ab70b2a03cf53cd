//! What a message says.

use acuse_domain::kinds::ContentType;
use acuse_domain::registration::Content;

use crate::json::Node;
use crate::limits::{SHORT, TEXT, shown};
use crate::reading::{NotUnderstood, Reason};
use crate::said::{self, Said, place};

/// Takes out what of the message `mid` is not understood.
pub(super) fn notes(said: &mut Said, mid: Node<'_>, kind: &str) -> Vec<NotUnderstood> {
    let notes = std::mem::take(&mut said.notes).into_iter();
    let notes = notes.map(|note| NotUnderstood {
        kind: Some(kind.to_owned()),
        ..note.about(mid)
    });
    notes.collect()
}

/// The types of attachments by Meta's words for them. What is shared is shown as a picture, whatever is behind it.
const TYPES: [(&str, ContentType); 25] = [
    ("image", ContentType::Image),
    ("animated_image_share", ContentType::Image),
    ("audio", ContentType::Audio),
    ("video", ContentType::Video),
    ("reel", ContentType::Video),
    ("ig_reel", ContentType::Video),
    ("clip", ContentType::Video),
    ("file", ContentType::Document),
    ("location", ContentType::Location),
    ("sticker", ContentType::Sticker),
    ("like_heart", ContentType::Sticker),
    ("template", ContentType::Interactive),
    ("appointment_booking", ContentType::Interactive),
    ("product", ContentType::Interactive),
    ("fallback", ContentType::Text),
    ("link", ContentType::Text),
    ("share", ContentType::Image),
    ("post", ContentType::Image),
    ("ig_post", ContentType::Image),
    ("story_mention", ContentType::Image),
    ("story", ContentType::Image),
    ("ig_story", ContentType::Image),
    ("media_share", ContentType::Image),
    ("ephemeral", ContentType::Unsupported),
    ("unsupported_type", ContentType::Unsupported),
];

/// What is sent as it is, and not shared from elsewhere.
const MEDIA: [&str; 6] = ["image", "audio", "video", "file", "sticker", "like_heart"];

/// The most buttons of one message that are kept.
const MAX_BUTTONS: usize = 10;

/// What a message says. Of several attachments the first says what it holds; a link's preview does so only where there is
/// nothing else.
pub(super) fn said(message: Node<'_>) -> Said {
    let text = message.get("text").cut(TEXT);
    let given = message.first(&["attachments", "attachment"]);
    let attachments = || given.elements().filter(|it| it.is_object());
    let media = || attachments().filter(|it| !is_preview(*it));
    let (attachment, count) = match media().next() {
        Some(first) => (first, media().count()),
        None => (
            attachments().next().unwrap_or_default(),
            attachments().count(),
        ),
    };
    let (content_type, unknown) = content_type(message, attachment, text.is_some());
    let mut content = if attachment.exists() {
        attached(attachment, content_type)
    } else {
        Content::default()
    };
    content.body = text.clone().or(content.body);
    advertise(&mut content, message.get("referral"));
    let mut said = Said::new(content_type, content);
    let payload = message.get("quick_reply").get("payload");
    if payload.exists() {
        said = said.clicked(payload, message.get("text"));
    }
    if let Some(detail) = unknown {
        said = said.noted(Reason::UnknownMessageType, detail);
    }
    match count.saturating_sub(1) {
        0 => said,
        more => said.noted(
            Reason::NotSupportedYet,
            format!("{more} more media in one message"),
        ),
    }
}

/// Whether an attachment is no more than what a link in the text leads to.
fn is_preview(attachment: Node<'_>) -> bool {
    attachment.get("type").word().as_deref() == Some("fallback")
}

/// What the message holds, and what about it is not known.
fn content_type(
    message: Node<'_>,
    attachment: Node<'_>,
    has_text: bool,
) -> (ContentType, Option<String>) {
    if message.get("is_unsupported").flag() == Some(true) {
        return (ContentType::Unsupported, None);
    }
    if message.get("quick_reply").exists() {
        return (ContentType::Button, None);
    }
    let payload = attachment.get("payload");
    if message.get("sticker_id").exists() || payload.get("sticker_id").exists() {
        return (ContentType::Sticker, None);
    }
    if !attachment.exists() {
        return match has_text || message.get("commands").exists() {
            true => (ContentType::Text, None),
            false => {
                let detail = "message without text and attachments";
                (ContentType::Unsupported, Some(detail.to_owned()))
            }
        };
    }
    let word = attachment.get("type").word().unwrap_or_default();
    let known = TYPES.iter().find(|(name, _)| *name == word);
    match known {
        Some((_, is)) => (*is, None),
        None => {
            let detail = format!("attachment of type {}", shown(&word));
            (ContentType::Unsupported, Some(detail))
        }
    }
}

/// What an attachment says: a place its point, anything else its title. Media are known by where they are for some time,
/// which is no id; what is shared by its address.
fn attached(attachment: Node<'_>, is: ContentType) -> Content {
    let payload = attachment.get("payload");
    let title = match payload.get("title") {
        given if given.exists() => given,
        _ => attachment.get("title"),
    };
    let word = attachment.get("type").word().unwrap_or_default();
    let address = match payload.get("url") {
        given if given.exists() => given,
        _ => attachment.first(&["url", "URL"]),
    };
    let mut content = Content {
        body: title.cut(TEXT),
        media_id: payload
            .first(&[
                "sticker_id",
                "attachment_id",
                "reel_video_id",
                "ig_post_media_id",
            ])
            .short(),
        ..Content::default()
    };
    match is {
        ContentType::Location => {
            let point = payload.get("coordinates");
            let latitude = point.first(&["lat", "latitude"]);
            let longitude = point.first(&["long", "lng", "longitude"]);
            content.body = place(&[title], latitude, longitude);
        }
        ContentType::Interactive => offered(payload, &mut content),
        _ if MEDIA.contains(&word.as_str()) => {}
        _ => content.footer = address.cut(TEXT),
    }
    content
}

/// A structured message: its own texts, else those of its first element.
fn offered(payload: Node<'_>, content: &mut Content) {
    let element = payload.get("elements");
    let element = element.elements().next().unwrap_or_default();
    let text = payload.get("text").cut(TEXT);
    content.body = text
        .or_else(|| content.body.take())
        .or_else(|| element.get("title").cut(TEXT));
    content.footer = element.get("subtitle").cut(TEXT);
    let buttons = match payload.get("buttons") {
        given if given.exists() => given,
        _ => element.get("buttons"),
    };
    content.buttons = buttons
        .elements()
        .take(MAX_BUTTONS)
        .filter_map(|button| button.get("title").cut(SHORT))
        .collect();
}

/// Adds the advertisement or link by which the person came.
pub(super) fn advertise(content: &mut Content, referral: Node<'_>) {
    let title = referral.get("ads_context_data").get("ad_title");
    let address = referral.first(&["referer_uri", "source_url"]);
    said::advertise(content, title, address);
}
