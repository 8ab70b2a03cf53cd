//! Packing what arrives: which of it goes together, by which door, and after what.

use std::{
    collections::{HashMap, hash_map::Entry},
    num::NonZeroUsize,
};

use acuse_proto::types::{
    InboundMessage, OutboundRegistration, Provider, ProviderMessageId, StatusEvidence,
};

use crate::{
    cloud_api::{MAX_UPDATES, Update, tells_message, tells_status},
    dice::Dice,
    traffic::What,
};

/// What is sent in one call, or one webhook.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Parcel {
    /// To `RegisterMessages`.
    Registrations(Vec<OutboundRegistration>),
    /// To `RecordStatuses`.
    Statuses(Vec<StatusEvidence>),
    /// To `RecordInboundMessages`.
    Inbound(Vec<InboundMessage>),
    /// In a webhook of Meta's.
    Webhook(Vec<Update>),
}

impl Parcel {
    /// How many events it holds.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Registrations(all) => all.len(),
            Self::Statuses(all) => all.len(),
            Self::Inbound(all) => all.len(),
            Self::Webhook(all) => all.len(),
        }
    }
}

/// Events in a row, in parcels. Those of a stage may go at the same time, and each stage waits for the one before it, so that
/// packing adds no disorder of its own: a message's registration stays before or after its statuses as it arrived.
#[derive(Debug, Default)]
pub(super) struct Round {
    pub(super) stages: [Vec<Parcel>; 4],
}

impl Round {
    /// Packs events, at most `batch` to a call.
    pub(super) fn pack(events: Vec<What>, batch: NonZeroUsize, dice: &mut Dice) -> Self {
        let early = early(&events);
        let mut piles: [Pile; 4] = Default::default();
        for (what, is_early) in events.into_iter().zip(early) {
            let stage = match &what {
                // They came before the message that they are about.
                _ if is_early => 0,
                What::Registered(_) => 1,
                // The business's own word, which links its id to the provider's.
                What::Status(status) if status.provider() == Provider::Sender => 2,
                What::Status(_) | What::Inbound(_) => 3,
            };
            piles[stage].add(what);
        }
        Self {
            stages: piles.map(|pile| pile.parcels(batch, dice)),
        }
    }
}

/// Events by the door that they go through.
#[derive(Debug, Default)]
struct Pile {
    registrations: Vec<OutboundRegistration>,
    statuses: Vec<StatusEvidence>,
    inbound: Vec<InboundMessage>,
    updates: Vec<Update>,
}

impl Pile {
    fn add(&mut self, what: What) {
        match what {
            What::Registered(registration) => self.registrations.push(registration),
            What::Status(status) if tells_status(&status) => {
                self.updates.push(Update::Status(status));
            }
            What::Status(status) => self.statuses.push(status),
            What::Inbound(message) if tells_message(&message) => {
                self.updates.push(Update::Message(message));
            }
            What::Inbound(message) => self.inbound.push(message),
        }
    }

    fn parcels(self, batch: NonZeroUsize, dice: &mut Dice) -> Vec<Parcel> {
        let mut parcels = Vec::new();
        let batch = batch.get();
        parcels.extend(cut(self.registrations, || batch).map(Parcel::Registrations));
        parcels.extend(cut(self.statuses, || batch).map(Parcel::Statuses));
        parcels.extend(cut(self.inbound, || batch).map(Parcel::Inbound));
        parcels.extend(cut(self.updates, || updates(dice)).map(Parcel::Webhook));
        parcels
    }
}

/// How many updates Meta puts into a webhook: nearly always one, more after it had to wait.
fn updates(dice: &mut Dice) -> usize {
    let count = dice
        .weigh(&[(960, 1..=1), (35, 2..=6), (4, 7..=40), (1, 41..=200)])
        .clone();
    usize::try_from(dice.between(count)).map_or(1, |count| count.min(MAX_UPDATES))
}

/// Pieces of a list in order, each as long as `length` says.
fn cut<T>(list: Vec<T>, mut length: impl FnMut() -> usize) -> impl Iterator<Item = Vec<T>> {
    let mut list = list.into_iter();
    std::iter::from_fn(move || {
        let piece: Vec<_> = list.by_ref().take(length().max(1)).collect();
        (!piece.is_empty()).then_some(piece)
    })
}

/// A name by which an event knows its message: the sender's, or a provider's.
#[derive(PartialEq, Eq, Hash)]
enum Name<'a> {
    Sender(&'a str),
    Provider(i32, Option<&'a str>, &'a str),
}

fn names<'a>(
    sender: Option<&'a String>,
    provider: Option<&'a ProviderMessageId>,
) -> impl Iterator<Item = Name<'a>> {
    let sender = sender.map(|id| Name::Sender(id));
    let provider =
        provider.map(|id| Name::Provider(id.provider, id.scope.as_deref(), id.id.as_str()));
    sender.into_iter().chain(provider)
}

/// Of each event, whether it tells of a message that is introduced only after it.
fn early(events: &[What]) -> Vec<bool> {
    let mut introduced = HashMap::new();
    for (index, what) in events.iter().enumerate() {
        let (sender, provider) = match what {
            What::Registered(message) => (
                message.sender_message_id.as_ref(),
                message.provider_message_id.as_ref(),
            ),
            // It tells the provider's id of a message that was registered without.
            What::Status(status) if status.sender_message_id.is_some() => {
                (None, status.provider_message_id.as_ref())
            }
            What::Status(_) | What::Inbound(_) => continue,
        };
        for name in names(sender, provider) {
            if let Entry::Vacant(vacant) = introduced.entry(name) {
                vacant.insert(index);
            }
        }
    }
    let is_early = |(index, what): (usize, &What)| match what {
        What::Status(status) => names(
            status.sender_message_id.as_ref(),
            status.provider_message_id.as_ref(),
        )
        .any(|name| introduced.get(&name).is_some_and(|first| *first > index)),
        What::Registered(_) | What::Inbound(_) => false,
    };
    events.iter().enumerate().map(is_early).collect()
}

#[cfg(test)]
mod tests;
