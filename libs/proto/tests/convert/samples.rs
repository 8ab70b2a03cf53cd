//! Sound items to begin with.

use acuse_domain::time::Timestamp;
use acuse_proto::convert::timestamp;
use acuse_proto::message_state::Event;
use acuse_proto::message_state::event::Event as Item;
use acuse_proto::types::outbound_registration::Subtype;
use acuse_proto::types::{
    AgentRef, ButtonReply, Channel, ContactRef, Content, ContentType, Conversation, Failure,
    InboundKind, InboundMessage, MessageType, NamedRef, OutboundRegistration, Pricing, Provider,
    ProviderMessageId, Source, Stage, StatusEvidence, StatusKind, TemplateCategory, TemplateRef,
    Watermark,
};

/// 2022-10-01T12:00:00Z.
pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_664_625_600);

pub(crate) fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

pub(crate) fn seconds(seconds: i64) -> Option<prost_types::Timestamp> {
    Some(prost_types::Timestamp { seconds, nanos: 0 })
}

pub(crate) fn wamid(id: &str) -> ProviderMessageId {
    ProviderMessageId {
        provider: Provider::MetaWhatsapp.into(),
        scope: None,
        id: id.to_owned(),
    }
}

pub(crate) fn contact() -> ContactRef {
    ContactRef {
        name: text("Ana"),
        phone: text("+51977452931"),
        ..ContactRef::default()
    }
}

/// A template with everything that a registration can say.
pub(crate) fn registration() -> OutboundRegistration {
    let named = |id: &str, name: &str| {
        Some(NamedRef {
            id: id.to_owned(),
            name: text(name),
        })
    };
    OutboundRegistration {
        sender_message_id: text("1795830683"),
        provider_message_id: Some(wamid("wamid.out")),
        channel: Channel::Whatsapp.into(),
        channel_account_id: "104996122399160".to_owned(),
        contact: Some(contact()),
        source: Source::User.into(),
        r#type: MessageType::Template.into(),
        subtype: Some(Subtype::Template(TemplateRef {
            id: text("1795801177"),
            name: text("chattigo_bienvenida"),
            language: text("es"),
            category: Some(TemplateCategory::Utility.into()),
        })),
        account: named("norte", "Zona norte"),
        campaign: named("c1", "Campaña chattigo"),
        broadcast: named("b1", "Octubre"),
        agent: Some(AgentRef {
            id: "diana".to_owned(),
            name: text("Diana Huapaya"),
            email: text("diana@example.com"),
        }),
        team: named("t1", "Mañana"),
        department: named("ventas", "Ventas"),
        content_type: ContentType::Template.into(),
        content: Some(Content {
            header: text("Hola"),
            body: text("Te damos la bienvenida"),
            footer: text("Chattigo"),
            buttons: vec!["Sí".to_owned(), "No".to_owned()],
            media_id: None,
            media_type: None,
            file_name: None,
        }),
        ticket_id: text("T-7"),
        opened_ticket: true,
        conversation_id: text("conv"),
        correlation_id: text("lote 7"),
        session_open: Some(false),
        queued_at: Some(timestamp(NOW)),
        dispatched_at: Some(timestamp(NOW)),
    }
}

/// A failure with everything that a status can say.
pub(crate) fn status() -> StatusEvidence {
    StatusEvidence {
        sender_message_id: None,
        provider_message_id: Some(wamid("wamid.out")),
        kind: StatusKind::Failed.into(),
        happened_at: Some(timestamp(NOW)),
        provider: Some(Provider::MetaWhatsapp.into()),
        failure: Some(Failure {
            code: text("131026"),
            title: text("Message undeliverable"),
            detail: text("Not on WhatsApp"),
            stage: Some(Stage::Delivery.into()),
            dispatch_reason: None,
        }),
        pricing: Some(Pricing {
            billable: Some(true),
            model: text("PMP"),
            category: text("utility"),
            r#type: text("regular"),
        }),
        conversation: Some(Conversation {
            id: text("conv"),
            origin_type: text("utility"),
            expires_at: Some(timestamp(Timestamp::from_seconds(1_700_000_000))),
        }),
        recipient: Some(contact()),
        channel: Some(Channel::Whatsapp.into()),
        channel_account_id: text("104996122399160"),
        correlation_id: text("lote 7"),
        participant_id: text("member"),
        echo: None,
        channel_account_phone: text("15550783881"),
    }
}

/// All that was sent to a contact was read.
pub(crate) fn watermark() -> Watermark {
    Watermark {
        kind: StatusKind::Read.into(),
        up_to: Some(timestamp(NOW)),
        happened_at: Some(timestamp(NOW)),
        provider: Provider::MetaMessenger.into(),
        channel: Channel::Messenger.into(),
        channel_account_id: "page".to_owned(),
        contact: Some(contact()),
    }
}

/// A click on a button that quotes the message above.
pub(crate) fn inbound() -> InboundMessage {
    InboundMessage {
        provider_message_id: Some(wamid("wamid.in")),
        channel: Channel::Whatsapp.into(),
        channel_account_id: "104996122399160".to_owned(),
        contact: Some(contact()),
        received_at: Some(timestamp(NOW)),
        kind: InboundKind::Regular.into(),
        content_type: ContentType::Button.into(),
        content: Some(Content {
            body: text("Sí"),
            ..Content::default()
        }),
        quoted_message_id: Some(wamid("wamid.out")),
        button: Some(ButtonReply {
            id: text("si"),
            title: text("Sí"),
        }),
        deleted: false,
        channel_account_phone: text("15550783881"),
    }
}

pub(crate) fn event(item: Item) -> Event {
    Event {
        event: Some(item),
        received_at: None,
        time_is_receipt: false,
    }
}
