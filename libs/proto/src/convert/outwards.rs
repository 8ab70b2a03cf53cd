//! Events for the wire, as ingestion hands them on.

use acuse_domain::event::StatusItem;
use acuse_domain::inbound::InboundEvidence;
use acuse_domain::time::Timestamp;
use acuse_domain::watermark::WatermarkEvidence;

use super::time::timestamp;
use super::{content, evidence};
use crate::message_state;
use crate::message_state::event::Event as Wire;
use crate::types;

/// A status that was received at `received_at`, which is its time where it has none of its own. What the domain alone
/// knows of it, the numbers of names and contacts, is left out.
pub fn status_event(item: StatusItem, received_at: Timestamp) -> message_state::Event {
    let StatusItem {
        names,
        evidence,
        recipient,
        sender_phone,
        echo,
    } = item;
    let time_is_receipt = evidence.at_is_receipt;
    let wire = evidence::status(evidence, recipient);
    let wire = types::StatusEvidence {
        sender_message_id: names.sender,
        provider_message_id: names.provider.map(Into::into),
        happened_at: wire.happened_at.filter(|_| !time_is_receipt),
        channel_account_phone: sender_phone,
        echo: echo.map(|echo| {
            Box::new(types::Echo {
                content_type: types::ContentType::from(echo.content_type).into(),
                content: content::to_wire(echo.content),
            })
        }),
        ..wire
    };
    event(Wire::Status(wire), received_at, time_is_receipt)
}

/// An inbound message that was received at `received_at`, which is its time where it has none of its own. The channel
/// account goes out by its id alone.
pub fn inbound_event(inbound: InboundEvidence, received_at: Timestamp) -> message_state::Event {
    let time_is_receipt = inbound.at_is_receipt;
    let wire = types::InboundMessage {
        provider_message_id: Some(inbound.id.into()),
        channel: types::Channel::from(inbound.channel).into(),
        channel_account_id: inbound.channel_account.id,
        contact: Some(inbound.contact.into()),
        received_at: (!time_is_receipt).then(|| timestamp(inbound.at)),
        kind: types::InboundKind::from(inbound.kind).into(),
        content_type: types::ContentType::from(inbound.content_type).into(),
        content: content::to_wire(inbound.content),
        quoted_message_id: inbound.quoted.map(Into::into),
        button: inbound.button.map(Into::into),
        deleted: inbound.deleted,
        channel_account_phone: inbound.channel_account_phone,
    };
    event(Wire::Inbound(wire), received_at, time_is_receipt)
}

/// A watermark that was received at `received_at`. The channel account goes out by its id alone.
pub fn watermark_event(
    watermark: WatermarkEvidence,
    received_at: Timestamp,
) -> message_state::Event {
    let wire = types::Watermark {
        kind: types::StatusKind::from(watermark.kind).into(),
        up_to: Some(timestamp(watermark.up_to)),
        happened_at: Some(timestamp(watermark.at)),
        provider: types::Provider::from(watermark.provider).into(),
        channel: types::Channel::from(watermark.channel).into(),
        channel_account_id: watermark.channel_account.id,
        contact: Some(watermark.contact.into()),
    };
    event(Wire::Watermark(wire), received_at, false)
}

fn event(event: Wire, received_at: Timestamp, time_is_receipt: bool) -> message_state::Event {
    message_state::Event {
        event: Some(event),
        received_at: Some(timestamp(received_at)),
        time_is_receipt,
    }
}
