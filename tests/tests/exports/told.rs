//! What is said of messages.

use std::time::Duration;

use acuse_proto::convert::timestamp;
use acuse_proto::message_state::{Event, event};
use acuse_proto::types::outbound_registration::Subtype;
use acuse_proto::types::{
    AgentRef, Channel, ContactRef, Content, ContentType, MessageType, NamedRef,
    OutboundRegistration, Provider, ProviderMessageId, Source, StatusEvidence, StatusKind,
    TemplateRef,
};

use crate::rig::NOW;

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn wamid(number: usize) -> ProviderMessageId {
    ProviderMessageId {
        provider: Provider::MetaWhatsapp.into(),
        scope: None,
        id: format!("wamid.{number}"),
    }
}

/// A template that went out an hour ago, from the department of its number, and was delivered where that is even.
pub(crate) fn events(number: usize) -> Vec<Event> {
    let at = |minutes: u64| Some(timestamp(NOW - Duration::from_secs(3_600 - 60 * minutes)));
    let registration = OutboundRegistration {
        sender_message_id: text(&number.to_string()),
        provider_message_id: Some(wamid(number)),
        channel: Channel::Whatsapp.into(),
        channel_account_id: "104996122399160".to_owned(),
        contact: Some(ContactRef {
            phone: text("+51977452931"),
            ..ContactRef::default()
        }),
        source: Source::User.into(),
        r#type: MessageType::Template.into(),
        subtype: Some(Subtype::Template(TemplateRef {
            id: text("1795801177"),
            name: text("chattigo_bienvenida"),
            ..TemplateRef::default()
        })),
        agent: Some(AgentRef {
            id: "a1".to_owned(),
            name: text("Diana Huapaya"),
            email: None,
        }),
        department: Some(NamedRef {
            id: ["ventas", "soporte"][number % 2].to_owned(),
            name: None,
        }),
        content_type: ContentType::Template.into(),
        content: Some(Content {
            body: text("=HOLA()"),
            ..Content::default()
        }),
        queued_at: at(0),
        ..OutboundRegistration::default()
    };
    let status = |kind: StatusKind, minutes| StatusEvidence {
        provider_message_id: Some(wamid(number)),
        kind: kind.into(),
        happened_at: at(minutes),
        provider: Some(Provider::MetaWhatsapp.into()),
        ..StatusEvidence::default()
    };
    let mut items = vec![
        event::Event::Registration(registration),
        event::Event::Status(status(StatusKind::Sent, 1)),
    ];
    if number.is_multiple_of(2) {
        items.push(event::Event::Status(status(StatusKind::Delivered, 2)));
    }
    let received = Some(timestamp(NOW));
    items
        .into_iter()
        .map(|item| Event {
            received_at: received,
            event: Some(item),
            ..Event::default()
        })
        .collect()
}
