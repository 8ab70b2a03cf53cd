//! Evidence as the events state it, each piece once.

use std::collections::BTreeSet;

use acuse_proto::message_state::Event;
use acuse_proto::message_state::event::Event as Item;
use acuse_proto::types::{
    Channel, ContactRef, Conversation, DispatchFailureReason, Echo, Failure, InboundMessage,
    MessageType, OutboundRegistration, Pricing, Provider, StatusEvidence, StatusKind, Watermark,
};

use super::channel::{is_phone_channel, is_possible_phone};
use super::identity::{Address, Groups, Key, addresses, keys};

/// A time of the wire in microseconds; finer parts are cut off.
#[must_use]
pub fn micros(at: &prost_types::Timestamp) -> i64 {
    at.seconds * 1_000_000 + i64::from(at.nanos / 1_000)
}

/// One thing that happened to an outbound message.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub(super) kind: StatusKind,
    pub(super) at: i64,
    /// Whether that is when it was received, for want of a better time.
    pub(super) at_is_receipt: bool,
    /// Number on the wire.
    pub(super) provider: i32,
    pub(super) failure: Option<Failure>,
    pub(super) pricing: Option<Pricing>,
    pub(super) conversation: Option<Conversation>,
    pub(super) correlation_id: Option<String>,
    pub(super) sender: Option<(Channel, String)>,
    pub(super) recipient: Option<ContactRef>,
    pub(super) echo: Option<Echo>,
}

/// Everything that the events say, sorted out.
#[derive(Debug)]
pub(super) struct Evidence<'a> {
    /// What names one message.
    pub(super) messages: Groups<Key>,
    /// What names one contact.
    pub(super) contacts: Groups<Address>,
    pub(super) registrations: Vec<(Key, &'a OutboundRegistration)>,
    pub(super) pieces: Vec<(Key, Piece)>,
    pub(super) inbound: Vec<(i64, &'a InboundMessage)>,
    pub(super) watermarks: Vec<&'a Watermark>,
}

impl<'a> Evidence<'a> {
    pub(super) fn of(events: &'a [Event]) -> Self {
        let mut named = Vec::new();
        let mut addressed = BTreeSet::new();
        let mut registrations = Vec::new();
        let mut pieces = Vec::new();
        let mut inbound = Vec::new();
        let mut watermarks = Vec::new();
        for event in events {
            let receipt = event.received_at.as_ref().map(micros);
            match &event.event {
                Some(Item::Registration(item)) => {
                    let keys = keys(
                        item.sender_message_id.as_ref(),
                        item.provider_message_id.as_ref(),
                    );
                    let contact = item.contact.as_ref();
                    addressed.extend(contact.map(|contact| {
                        addresses(contact, item.channel(), &item.channel_account_id)
                    }));
                    for piece in of_registration(item) {
                        pieces.push((keys[0].clone(), piece));
                    }
                    registrations.push((keys[0].clone(), item));
                    named.push(keys);
                }
                Some(Item::Status(item)) => {
                    let keys = keys(
                        item.sender_message_id.as_ref(),
                        item.provider_message_id.as_ref(),
                    );
                    let piece = of_status(item, receipt);
                    if let (Some(to), Some((channel, account))) = (&piece.recipient, &piece.sender)
                    {
                        addressed.insert(addresses(to, *channel, account));
                    }
                    pieces.push((keys[0].clone(), piece));
                    named.push(keys);
                }
                Some(Item::Inbound(item)) => {
                    let contact = item.contact.as_ref();
                    addressed.extend(contact.map(|contact| {
                        addresses(contact, item.channel(), &item.channel_account_id)
                    }));
                    let at = item.received_at.as_ref().map(micros).or(receipt);
                    inbound.push((at.unwrap_or_default(), item));
                }
                Some(Item::Watermark(item)) => {
                    let contact = item.contact.as_ref();
                    addressed.extend(contact.map(|contact| {
                        addresses(contact, item.channel(), &item.channel_account_id)
                    }));
                    watermarks.push(item);
                }
                None => {}
            }
        }
        Self {
            messages: Groups::of(named),
            contacts: Groups::of(addressed),
            registrations,
            pieces,
            inbound,
            watermarks,
        }
    }

    /// The contact that someone on a channel account is.
    pub(super) fn contact(
        &self,
        who: &ContactRef,
        channel: Channel,
        account: &str,
    ) -> Option<usize> {
        let addresses = addresses(who, channel, account);
        self.contacts.group(addresses.first()?)
    }
}

fn of_status(item: &StatusEvidence, receipt: Option<i64>) -> Piece {
    let said_by = item.provider_message_id.as_ref().map(|id| id.provider);
    let happened = item.happened_at.as_ref().map(micros).or(receipt);
    let account = item.channel_account_id.clone();
    Piece {
        kind: item.kind(),
        at: happened.unwrap_or_default(),
        at_is_receipt: item.happened_at.is_none(),
        provider: item
            .provider
            .or(said_by)
            .unwrap_or_else(|| Provider::Sender.into()),
        failure: item.failure.clone().or_else(|| {
            let failed = item.kind() == StatusKind::Failed;
            failed.then(Failure::default)
        }),
        pricing: item.pricing.clone(),
        conversation: item.conversation.clone(),
        correlation_id: item.correlation_id.clone(),
        sender: account.map(|account| (item.channel(), account)),
        recipient: item.recipient.clone(),
        echo: item.echo.as_deref().cloned(),
    }
}

/// A registration says that the message was queued, when it left, and where it has not: what keeps it from leaving.
fn of_registration(item: &OutboundRegistration) -> Vec<Piece> {
    let piece = |kind, at: &prost_types::Timestamp| Piece {
        kind,
        at: micros(at),
        at_is_receipt: false,
        provider: Provider::Sender.into(),
        failure: None,
        pricing: None,
        conversation: None,
        correlation_id: None,
        sender: None,
        recipient: None,
        echo: None,
    };
    let mut pieces = Vec::new();
    if let Some(at) = &item.queued_at {
        pieces.push(piece(StatusKind::Queued, at));
        // What has a provider's id has left, though nobody says when.
        let fault = fault(item).filter(|_| item.provider_message_id.is_none());
        match (&item.dispatched_at, fault) {
            (Some(at), _) => pieces.push(piece(StatusKind::Dispatched, at)),
            (None, None) => {}
            (None, Some(reason)) => pieces.push(Piece {
                failure: Some(Failure {
                    dispatch_reason: Some(reason.into()),
                    ..Failure::default()
                }),
                ..piece(StatusKind::DispatchFailed, at)
            }),
        }
    }
    pieces
}

fn fault(item: &OutboundRegistration) -> Option<DispatchFailureReason> {
    let phone = item
        .contact
        .as_ref()
        .and_then(|contact| contact.phone.as_ref());
    if is_phone_channel(item.channel()) && phone.is_some_and(|phone| !is_possible_phone(phone)) {
        return Some(DispatchFailureReason::InvalidNumber);
    }
    let content = item.content.as_ref()?;
    if item.r#type() != MessageType::Template {
        return None;
    }
    let chars = |text: &Option<String>| text.as_ref().map_or(0, |text| text.chars().count());
    if chars(&content.header) > 60 {
        return Some(DispatchFailureReason::HeaderTooLong);
    }
    let others =
        content.header.is_some() || content.footer.is_some() || !content.buttons.is_empty();
    (others && chars(&content.body) > 1024).then_some(DispatchFailureReason::BodyTooLong)
}
