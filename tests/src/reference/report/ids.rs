//! By what a message can be named in a filter.

use std::collections::BTreeSet;

use crate::reference::channel::one_spelling;
use crate::reference::evidence::{Evidence, Piece};
use crate::reference::identity::Address;
use crate::reference::message::{Message, first};
use crate::reference::replies::Inbound;
use crate::reference::{DAY, Key};

/// A kind of ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum IdKind {
    /// The business's own id of the contact.
    Contact,
    /// A phone number of the contact.
    Phone,
    /// The sender's own text, as registered; of unregistered messages as statuses tell it.
    Correlation,
    /// The provider's conversation, as registered, else as statuses tell it.
    Conversation,
    /// The ticket.
    Ticket,
    /// The message itself: the sender's id, or a provider's that needs no scope.
    Message,
}

impl IdKind {
    /// All kinds.
    pub const ALL: &'static [Self] = &[
        Self::Contact,
        Self::Phone,
        Self::Correlation,
        Self::Conversation,
        Self::Ticket,
        Self::Message,
    ];

    /// Whether inbound messages have it.
    #[must_use]
    pub fn is_of_inbound(self) -> bool {
        matches!(self, Self::Contact | Self::Phone | Self::Message)
    }
}

/// A filter by ids: messages with one of them stay.
#[derive(Debug, Clone)]
pub struct IdFilter {
    /// Of what.
    pub kind: IdKind,
    /// The ids, as people write them.
    pub any_of: BTreeSet<String>,
}

impl IdFilter {
    pub(super) fn admits(&self, ids: &BTreeSet<(IdKind, String)>) -> bool {
        self.any_of.iter().any(|id| {
            let id = match self.kind {
                IdKind::Phone => one_spelling(id),
                _ => id.clone(),
            };
            ids.contains(&(self.kind, id))
        })
    }
}

pub(super) fn of_outbound(
    message: &Message,
    evidence: &Evidence<'_>,
) -> BTreeSet<(IdKind, String)> {
    let mut ids = of_contact(message.contact, evidence);
    ids.extend(message.keys.iter().filter_map(of_key));
    let of_message = |key: &Key| message.keys.contains(key);
    let mut registrations = evidence.registrations.iter();
    let registration = registrations
        .find(|(key, _)| of_message(key))
        .map(|(_, it)| *it);
    let pieces = evidence.pieces.iter().filter(|(key, _)| of_message(key));
    let pieces: Vec<&Piece> = pieces.map(|(_, piece)| piece).collect();
    let counted: Vec<&Piece> = pieces
        .iter()
        .copied()
        .filter(|piece| piece.at - message.origin <= 30 * DAY)
        .collect();
    // The sender's own words are no status: they are never too late, and a registration knows better.
    let correlation = match registration {
        Some(it) => it.correlation_id.clone(),
        None => first(&pieces, |piece| piece.correlation_id.clone()),
    };
    let conversation = registration
        .and_then(|it| it.conversation_id.clone())
        .or_else(|| first(&counted, |piece| piece.conversation.clone())?.id);
    let ticket = registration.and_then(|it| it.ticket_id.clone());
    for (kind, id) in [
        (IdKind::Correlation, correlation),
        (IdKind::Conversation, conversation),
        (IdKind::Ticket, ticket),
    ] {
        ids.extend(id.map(|id| (kind, id)));
    }
    ids
}

pub(super) fn of_inbound(inbound: &Inbound, evidence: &Evidence<'_>) -> BTreeSet<(IdKind, String)> {
    let mut ids = of_contact(Some(inbound.contact), evidence);
    ids.extend(of_key(&inbound.key));
    ids
}

fn of_key(key: &Key) -> Option<(IdKind, String)> {
    match key {
        Key::Sender(id) => Some((IdKind::Message, id.clone())),
        Key::Provider(_, scope, id) if scope.is_empty() => Some((IdKind::Message, id.clone())),
        Key::Provider(..) => None,
    }
}

fn of_contact(contact: Option<usize>, evidence: &Evidence<'_>) -> BTreeSet<(IdKind, String)> {
    let addresses = evidence.contacts.of_group(contact);
    addresses
        .into_iter()
        .filter_map(|address| match address {
            Address::External(id) => Some((IdKind::Contact, id)),
            Address::Phone(phone) => Some((IdKind::Phone, phone)),
            _ => None,
        })
        .collect()
}
