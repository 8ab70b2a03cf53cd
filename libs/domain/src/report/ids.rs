//! Ids: what filters ask of a message that only its own row, its texts or its contact know.

use std::collections::BTreeSet;

use crate::ids::Digest;
use crate::kinds::{Direction, vocabulary};

vocabulary! {
    /// By what a message can be named in a filter.
    IdKind {
        /// An address of its contact, or the business's own id of them.
        Contact = 1, "contact";
        /// A phone number of its contact, written in any way.
        Phone = 2, "phone";
        /// The sender's own text; of outbound ones.
        CorrelationId = 3, "correlation_id";
        /// The provider's conversation; of outbound ones.
        ConversationId = 4, "conversation_id";
        /// The ticket that it is part of; of outbound ones.
        TicketId = 5, "ticket_id";
        /// Acuse's id of it, its sender's, or one that a provider gave it.
        MessageId = 6, "message_id";
    }
}

impl IdKind {
    /// The kinds of which statuses may tell an id.
    pub const TOLD: [Self; 2] = [Self::CorrelationId, Self::ConversationId];

    /// By what a message is found of which statuses told this id.
    pub fn told_digest(self, id: &str) -> Digest {
        Digest::of(&[b"told", &self.code().to_le_bytes(), id.as_bytes()])
    }

    /// Whether messages of that direction have it.
    pub const fn applies_to(self, direction: Direction) -> bool {
        match direction {
            Direction::Outbound => true,
            Direction::Inbound => matches!(self, Self::Contact | Self::Phone | Self::MessageId),
        }
    }
}

/// A condition on one kind of ids. A message without one has none of any set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdCondition {
    /// The kind.
    pub kind: IdKind,
    /// Whether messages with one of the ids are left out; otherwise they are the ones that stay.
    pub negated: bool,
    /// The ids, as people write them.
    pub ids: BTreeSet<String>,
}

impl IdCondition {
    /// Any of a set of ids.
    pub fn any_of<T: Into<String>>(kind: IdKind, ids: impl IntoIterator<Item = T>) -> Self {
        Self {
            kind,
            negated: false,
            ids: ids.into_iter().map(Into::into).collect(),
        }
    }

    /// None of a set of ids.
    pub fn none_of<T: Into<String>>(kind: IdKind, ids: impl IntoIterator<Item = T>) -> Self {
        Self {
            negated: true,
            ..Self::any_of(kind, ids)
        }
    }

    /// Whether a message with this id, if it has one, meets it.
    pub fn admits(&self, id: Option<&str>) -> bool {
        id.is_some_and(|id| self.ids.contains(id)) != self.negated
    }
}
