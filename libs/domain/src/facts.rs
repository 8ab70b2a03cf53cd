//! Facts: a set of evidence, boiled down to what decides a message's state.
//!
//! Facts form a join-semilattice: [`Facts::merge`] is commutative, associative and idempotent, because every member
//! is the least of what was said. Whatever order evidence comes in, however often, the facts end the same. The 30-day
//! window is not applied here but when a state is derived: which evidence is late depends on the origin, and the
//! origin may still become known.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::evidence::{
    Conversation, Echoed, Failure, Pricing, Ranked, Recipient, SenderIdentity, StatusEvidence,
};
use crate::kinds::StatusKind;
use crate::time::{Timestamp, days};

/// Evidence of what happened longer than this after a message's origin changes neither its state nor any count.
pub const STATUS_WINDOW: Duration = days(30);

/// The least of everything said about one outbound message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// The earliest time of each kind.
    pub times: Times,
    /// Attributes that evidence states beside its time.
    pub stated: Stated,
}

/// The earliest time of each kind of evidence; `None` where there was none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Times([Option<Timestamp>; StatusKind::ALL.len()]);

/// Attributes stated by evidence, each by the least piece that has one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Stated {
    /// The provider gave up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// The platform could not send it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispatch_failure: Option<Failure>,
    /// What the provider charges.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pricing: Option<Ranked<Pricing>>,
    /// The provider's conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<Ranked<Conversation>>,
    /// The sending identity; a registration knows better.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<Ranked<SenderIdentity>>,
    /// The recipient; a registration knows better.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<Ranked<Recipient>>,
    /// The sender's own text; a registration knows better.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<Ranked<String>>,
    /// What it holds, as its provider echoes it; a registration knows better.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub echo: Option<Echoed>,
}

impl Stated {
    /// Whether nothing was stated.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Forgets who sent it to whom, the sender's text and what it holds: of a registered message the registration knows better.
    pub fn forget_identity(&mut self) {
        self.sender = None;
        self.recipient = None;
        self.correlation_id = None;
        self.echo = None;
    }
}

impl Times {
    /// The earliest time of `kind`.
    pub fn get(&self, kind: StatusKind) -> Option<Timestamp> {
        self.0[index(kind)]
    }

    /// Sets the earliest time of `kind`, as read back from storage.
    pub fn set(&mut self, kind: StatusKind, at: Option<Timestamp>) {
        self.0[index(kind)] = at;
    }

    /// Takes in that something of `kind` happened at `at`: the earlier time stays.
    pub(crate) fn note(&mut self, kind: StatusKind, at: Timestamp) {
        self.set(kind, least(self.get(kind), Some(at)));
    }

    /// The times up to and including `end`; later ones are taken for unknown.
    fn until(mut self, end: Timestamp) -> Self {
        for time in &mut self.0 {
            *time = time.filter(|at| *at <= end);
        }
        self
    }
}

fn index(kind: StatusKind) -> usize {
    usize::from(kind.code().unsigned_abs()) - 1
}

impl Facts {
    /// What one piece of evidence says.
    pub fn of(evidence: &StatusEvidence) -> Self {
        let mut facts = Self::default();
        facts.times.set(evidence.kind, Some(evidence.at));
        let stated = &mut facts.stated;
        match evidence.kind {
            StatusKind::Failed => stated.failure = evidence.as_failure(),
            StatusKind::DispatchFailed => stated.dispatch_failure = evidence.as_failure(),
            _ => {}
        }
        stated.pricing = evidence.pricing.clone().map(|v| evidence.ranked(v));
        stated.conversation = evidence.conversation.clone().map(|v| evidence.ranked(v));
        stated.sender = evidence.sender.clone().map(|v| evidence.ranked(v));
        stated.recipient = evidence.recipient.clone().map(|v| evidence.ranked(v));
        stated.correlation_id = evidence.correlation_id.clone().map(|v| evidence.ranked(v));
        facts
    }

    /// What both sets of evidence say together.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.absorb(other);
        self
    }

    /// Takes in what another set of evidence says.
    pub(crate) fn absorb(&mut self, other: Self) {
        for (mine, theirs) in self.times.0.iter_mut().zip(other.times.0) {
            *mine = least(*mine, theirs);
        }
        let (mine, theirs) = (&mut self.stated, other.stated);
        take_lesser(&mut mine.failure, theirs.failure);
        take_lesser(&mut mine.dispatch_failure, theirs.dispatch_failure);
        take_lesser(&mut mine.pricing, theirs.pricing);
        take_lesser(&mut mine.conversation, theirs.conversation);
        take_lesser(&mut mine.sender, theirs.sender);
        take_lesser(&mut mine.recipient, theirs.recipient);
        take_lesser(&mut mine.correlation_id, theirs.correlation_id);
        take_lesser(&mut mine.echo, theirs.echo);
    }

    /// The time that the message belongs to: dispatched; where that is unknown sent; else queued; else the earliest
    /// other status. `None` only where nothing is known at all.
    pub fn origin(&self) -> Option<Timestamp> {
        [StatusKind::Dispatched, StatusKind::Sent, StatusKind::Queued]
            .into_iter()
            .find_map(|kind| self.times.get(kind))
            .or_else(|| self.times.0.iter().flatten().min().copied())
    }

    /// What remains within the window after the origin: what a state is derived from. Who sent it to whom, the
    /// sender's own text and what the message holds are no statuses and stay.
    pub fn within_window(&self) -> Cow<'_, Self> {
        let Some(end) = self.origin().map(|origin| origin + STATUS_WINDOW) else {
            return Cow::Borrowed(self);
        };
        let stated = &self.stated;
        let is_late = |at: Option<Timestamp>| at.is_some_and(|at| at > end);
        let late = [
            is_late(stated.failure.as_ref().map(|failure| failure.at)),
            is_late(stated.dispatch_failure.as_ref().map(|failure| failure.at)),
            is_late(stated.pricing.as_ref().map(|ranked| ranked.at)),
            is_late(stated.conversation.as_ref().map(|ranked| ranked.at)),
        ];
        // Next to no message has late evidence, and this is asked of each of them several times.
        if !late.contains(&true) && !self.times.0.iter().any(|at| is_late(*at)) {
            return Cow::Borrowed(self);
        }
        let mut counted = self.clone();
        counted.times = self.times.until(end);
        let stated = &mut counted.stated;
        let [failure, dispatch_failure, pricing, conversation] = late;
        stated.failure = stated.failure.take().filter(|_| !failure);
        stated.dispatch_failure = stated.dispatch_failure.take().filter(|_| !dispatch_failure);
        stated.pricing = stated.pricing.take().filter(|_| !pricing);
        stated.conversation = stated.conversation.take().filter(|_| !conversation);
        Cow::Owned(counted)
    }

    /// Whether evidence of something that happened at `at` is too late to count.
    pub fn is_late(&self, at: Timestamp) -> bool {
        self.origin()
            .is_some_and(|origin| at > origin + STATUS_WINDOW)
    }

    /// Whether anything is known of the message's beginning: that it was queued, left, could not leave, or was sent. Of one
    /// that was never registered and is known only by what happened at its end, nobody knows when it began.
    pub fn tell_its_beginning(&self) -> bool {
        [
            StatusKind::Queued,
            StatusKind::Dispatched,
            StatusKind::DispatchFailed,
            StatusKind::Sent,
        ]
        .into_iter()
        .any(|kind| self.times.get(kind).is_some())
    }
}

/// The lesser of what is there.
pub(crate) fn least<T: Ord>(a: Option<T>, b: Option<T>) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// Leaves the lesser of what is there.
fn take_lesser<T: Ord>(mine: &mut Option<T>, theirs: Option<T>) {
    if let Some(theirs) = theirs
        && mine.as_ref().is_none_or(|mine| theirs < *mine)
    {
        *mine = Some(theirs);
    }
}

impl FromIterator<StatusEvidence> for Facts {
    fn from_iter<I: IntoIterator<Item = StatusEvidence>>(pieces: I) -> Self {
        pieces.into_iter().fold(Self::default(), |facts, piece| {
            facts.merge(Self::of(&piece))
        })
    }
}
