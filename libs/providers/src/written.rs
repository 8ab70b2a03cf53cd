//! What contacts wrote, as all providers have it.

use acuse_domain::contact::ContactRef;
use acuse_domain::inbound::{ButtonClick, InboundEvidence};
use acuse_domain::kinds::{Channel, ContentType, InboundKind, Provider};
use acuse_domain::registration::{Content, NamedRef};
use acuse_domain::time::Timestamp;

use crate::item::message_id;
use crate::json::Node;
use crate::limits::{SHORT, TEXT, cut};

/// What a message says of itself apart from its content.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) provider: Provider,
    pub(crate) channel: Channel,
    pub(crate) id: String,
    pub(crate) channel_account: String,
    pub(crate) contact: ContactRef,
    /// When it was received, and whether that is only known from when its webhook was.
    pub(crate) at: (Timestamp, bool),
}

/// What a message says.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) kind: InboundKind,
    pub(crate) content_type: ContentType,
    pub(crate) content: Content,
    pub(crate) button: Option<ButtonClick>,
}

impl Said {
    /// Something with this content.
    pub(crate) fn new(content_type: ContentType, content: Content) -> Self {
        Self {
            kind: InboundKind::Regular,
            content_type,
            content,
            button: None,
        }
    }

    /// Something with these words at most.
    pub(crate) fn text(content_type: ContentType, body: Option<String>) -> Self {
        let content = Content {
            body,
            ..Content::default()
        };
        Self::new(content_type, content)
    }

    /// A reaction.
    pub(crate) fn reaction(emoji: Option<String>) -> Self {
        Self {
            kind: InboundKind::Reaction,
            ..Self::text(ContentType::Reaction, emoji)
        }
    }

    /// The same with a click on a button or a list row; without an id and a title there was none.
    pub(crate) fn clicked(self, id: Node<'_>, title: Node<'_>) -> Self {
        let click = ButtonClick {
            id: id.short(),
            title: title.cut(SHORT),
        };
        let button = (click.id.is_some() || click.title.is_some()).then_some(click);
        Self { button, ..self }
    }
}

/// The evidence that a message was received, which quotes or is about the message `quoted`, an id of the same provider.
pub(crate) fn evidence(head: Head, said: Said, quoted: Option<String>) -> InboundEvidence {
    let (at, at_is_receipt) = head.at;
    InboundEvidence {
        id: message_id(head.provider, head.id),
        channel: head.channel,
        channel_account: NamedRef {
            id: head.channel_account,
            ..NamedRef::default()
        },
        contact: head.contact,
        at,
        at_is_receipt,
        kind: said.kind,
        content_type: said.content_type,
        content: said.content,
        quoted: quoted.map(|id| message_id(head.provider, id)),
        button: said.button,
        deleted: false,
    }
}

/// A medium by its URL, which is its id where the provider gives no other.
pub(crate) fn medium(url: Node<'_>, mime_type: Node<'_>, caption: Node<'_>) -> Content {
    Content {
        body: caption.cut(TEXT),
        media_id: url.short(),
        media_type: mime_type.cut(SHORT),
        ..Content::default()
    }
}

/// A place as people read it: its name, its address, latitude and longitude, a line each.
pub(crate) fn place(
    name: Node<'_>,
    address: Node<'_>,
    latitude: Node<'_>,
    longitude: Node<'_>,
) -> Option<String> {
    let point = latitude.text().zip(longitude.text());
    let point = point.map(|(latitude, longitude)| format!("{latitude},{longitude}"));
    lines([name.text(), address.text(), point])
}

/// Those of the lines that are there, below each other.
pub(crate) fn lines(lines: impl IntoIterator<Item = Option<String>>) -> Option<String> {
    let lines: Vec<String> = lines.into_iter().flatten().collect();
    cut(lines.join("\n"), TEXT)
}
