//! Sound events to begin with.

use std::time::Duration;

use acuse_domain::time::{Timestamp, hours};
use acuse_proto::convert::timestamp;
use acuse_proto::message_state::Event;
use acuse_proto::message_state::event::Event as Item;
use acuse_proto::types::outbound_registration::Subtype;
use acuse_proto::types::{
    AgentRef, Channel, ContactRef, Content, ContentType, InboundKind, InboundMessage, MessageType,
    NamedRef, OutboundRegistration, Provider, ProviderMessageId, Source, StatusEvidence,
    StatusKind, TemplateCategory, TemplateRef,
};

/// What the service's clock shows at first: 2026-11-15T12:00:00Z.
pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_794_744_000);

/// When things happened, unless a test says otherwise.
pub(crate) fn earlier() -> Timestamp {
    NOW - hours(1)
}

/// So many minutes after [`earlier`].
pub(crate) fn minute(count: u64) -> Timestamp {
    earlier() + Duration::from_secs(60 * count)
}

pub(crate) fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

pub(crate) fn wamid(id: &str) -> ProviderMessageId {
    ProviderMessageId {
        provider: Provider::MetaWhatsapp.into(),
        scope: None,
        id: id.to_owned(),
    }
}

pub(crate) fn named(id: &str) -> NamedRef {
    NamedRef {
        id: id.to_owned(),
        name: Some(format!("Name of {id}")),
    }
}

fn contact() -> ContactRef {
    ContactRef {
        name: text("Ana"),
        phone: text("+51977452931"),
        ..ContactRef::default()
    }
}

/// A template that goes out to Ana, from the department `ventas`.
pub(crate) fn outbound(sender_id: &str) -> OutboundRegistration {
    OutboundRegistration {
        sender_message_id: text(sender_id),
        provider_message_id: Some(wamid(&format!("wamid.{sender_id}"))),
        channel: Channel::Whatsapp.into(),
        channel_account_id: "104996122399160".to_owned(),
        contact: Some(contact()),
        source: Source::User.into(),
        r#type: MessageType::Template.into(),
        subtype: Some(Subtype::Template(TemplateRef {
            id: text("1795801177"),
            name: text("bienvenida"),
            language: text("es"),
            category: Some(TemplateCategory::Utility.into()),
        })),
        account: Some(named("norte")),
        campaign: Some(named("octubre")),
        broadcast: Some(named("b1")),
        agent: Some(AgentRef {
            id: "diana".to_owned(),
            name: text("Diana"),
            email: text("diana@example.com"),
        }),
        team: Some(named("mañana")),
        department: Some(named("ventas")),
        content_type: ContentType::Template.into(),
        content: Some(Content {
            body: text("Te damos la bienvenida"),
            ..Content::default()
        }),
        ticket_id: text("T-7"),
        opened_ticket: true,
        conversation_id: None,
        correlation_id: text("lote 7"),
        session_open: None,
        queued_at: Some(timestamp(earlier())),
        dispatched_at: Some(timestamp(earlier())),
    }
}

pub(crate) fn event(item: Item) -> Event {
    Event {
        event: Some(item),
        received_at: None,
        time_is_receipt: false,
    }
}

pub(crate) fn registration(sender_id: &str) -> Event {
    event(Item::Registration(outbound(sender_id)))
}

/// Registrations that go by `prefix` and a number.
pub(crate) fn registrations(prefix: &str, count: usize) -> Vec<Event> {
    (0..count)
        .map(|number| registration(&format!("{prefix}{number}")))
        .collect()
}

pub(crate) fn status(sender_id: &str, kind: StatusKind, at: Timestamp) -> Event {
    event(Item::Status(StatusEvidence {
        provider_message_id: Some(wamid(&format!("wamid.{sender_id}"))),
        kind: kind.into(),
        happened_at: Some(timestamp(at)),
        ..StatusEvidence::default()
    }))
}

/// Ana's answer, which quotes the message of `sender_id`.
pub(crate) fn reply(sender_id: &str, body: &str, at: Timestamp) -> Event {
    event(Item::Inbound(InboundMessage {
        provider_message_id: Some(wamid(&format!("wamid.in.{body}"))),
        channel: Channel::Whatsapp.into(),
        channel_account_id: "104996122399160".to_owned(),
        contact: Some(contact()),
        received_at: Some(timestamp(at)),
        kind: InboundKind::Regular.into(),
        content_type: ContentType::Text.into(),
        content: Some(Content {
            body: text(body),
            ..Content::default()
        }),
        quoted_message_id: Some(wamid(&format!("wamid.{sender_id}"))),
        button: None,
        deleted: false,
        channel_account_phone: None,
    }))
}
