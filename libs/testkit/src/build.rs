//! Builders: items with everything usual in them, so that a test states only what it is about.

use std::sync::Arc;

use acuse_domain::contact::ContactRef;
use acuse_domain::event::{Event, Item, StatusItem};
use acuse_domain::evidence::{SenderIdentity, StatusEvidence};
use acuse_domain::identity::{MessageNames, ProviderMessageId};
use acuse_domain::ids::NameId;
use acuse_domain::inbound::InboundEvidence;
use acuse_domain::kinds::{
    Channel, ContentType, InboundKind, MessageType, Provider, Source, StatusKind,
};
use acuse_domain::registration::{Content, NamedRef, Registration};
use acuse_domain::time::Timestamp;

/// The channel account of everything built here.
pub const CHANNEL_ACCOUNT: &str = "business-line";

/// The contact of everything built here: a phone number in Peru.
pub const PHONE: &str = "51977452931";

/// A reference without a name.
#[must_use]
pub fn named(id: &str) -> NamedRef {
    NamedRef {
        id: id.to_owned(),
        ..NamedRef::default()
    }
}

/// A WhatsApp id.
#[must_use]
pub fn wamid(id: &str) -> ProviderMessageId {
    ProviderMessageId {
        provider: Provider::MetaWhatsApp,
        scope: String::new(),
        id: id.to_owned(),
    }
}

/// A session message over WhatsApp by the API, queued at `at`, known to its sender as `id`.
#[must_use]
pub fn registration(id: &str, at: Timestamp) -> Registration {
    Registration {
        names: MessageNames {
            sender: Some(id.to_owned()),
            provider: None,
        },
        channel: Channel::WhatsApp,
        channel_account: named(CHANNEL_ACCOUNT),
        account: None,
        contact: phone(PHONE),
        source: Source::Api,
        kind: MessageType::Session,
        template: None,
        message_tag: None,
        campaign: None,
        broadcast: None,
        agent: None,
        team: None,
        department: None,
        content_type: ContentType::Text,
        content: Content {
            body: Some("Tu pedido va en camino".to_owned()),
            ..Content::default()
        },
        ticket_id: None,
        opened_ticket: false,
        conversation_id: None,
        correlation_id: None,
        session_open: None,
        queued_at: at,
        dispatched_at: None,
    }
}

/// A contact known by a phone number.
#[must_use]
pub fn phone(number: &str) -> ContactRef {
    ContactRef {
        phone: Some(number.to_owned()),
        ..ContactRef::default()
    }
}

/// A status by WhatsApp of the message that it knows as `id`.
#[must_use]
pub fn status(id: &str, kind: StatusKind, at: Timestamp) -> StatusItem {
    let mut evidence = StatusEvidence::new(kind, at, Provider::MetaWhatsApp);
    evidence.sender = Some(SenderIdentity {
        channel: Channel::WhatsApp,
        external_id: CHANNEL_ACCOUNT.to_owned(),
        name: NameId::default(),
    });
    StatusItem {
        names: MessageNames {
            sender: None,
            provider: Some(wamid(id)),
        },
        evidence,
        recipient: Some(phone(PHONE)),
        sender_phone: None,
        echo: None,
    }
}

/// A text from the contact, received at `at`.
#[must_use]
pub fn inbound(id: &str, at: Timestamp) -> InboundEvidence {
    InboundEvidence {
        id: wamid(id),
        channel: Channel::WhatsApp,
        channel_account: named(CHANNEL_ACCOUNT),
        channel_account_phone: None,
        contact: phone(PHONE),
        at,
        at_is_receipt: false,
        kind: InboundKind::Regular,
        content_type: ContentType::Text,
        content: Content {
            body: Some("Gracias".to_owned()),
            ..Content::default()
        },
        quoted: None,
        button: None,
        deleted: false,
    }
}

/// The item as an event that was received when it happened.
pub trait IntoEvent {
    /// The event.
    fn event(self) -> Event;
}

impl IntoEvent for Registration {
    fn event(self) -> Event {
        Event {
            received_at: self.queued_at,
            item: Item::Registration(Arc::new(self)),
        }
    }
}

impl IntoEvent for StatusItem {
    fn event(self) -> Event {
        Event {
            received_at: self.evidence.at,
            item: Item::Status(Arc::new(self)),
        }
    }
}

impl IntoEvent for InboundEvidence {
    fn event(self) -> Event {
        Event {
            received_at: self.at,
            item: Item::Inbound(Arc::new(self)),
        }
    }
}
