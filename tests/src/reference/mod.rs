//! An independent answer to "what should be known now?": plain loops over the events of one workspace, taken as a set.
//!
//! It is written from the meaning of the words alone and shares no rule with the product: nothing here calls the
//! domain's logic, so that a rule turned round there makes the two differ. It is slow on purpose, and has no storage,
//! no order of arrival and no incremental step that could be wrong in the same way.

mod attribution;
mod channel;
mod echo;
mod evidence;
mod identity;
mod message;
mod replies;
pub mod report;
mod rollup;
mod standing;
mod watermarks;

use std::collections::BTreeMap;

use acuse_proto::message_state::Event;

pub use channel::Reported;
pub use evidence::micros;
pub use identity::Key;
pub use message::{Message, TimelineEntry};
pub use replies::{Answer, Inbound};
pub use rollup::{Counts, FacetKey, HistogramKey, TotalKey};
pub use standing::{Failure, Standing};

use evidence::Evidence;

/// Microseconds in a second.
pub(crate) const SECOND: i64 = 1_000_000;

/// Microseconds in 24 hours.
pub(crate) const DAY: i64 = 24 * 60 * 60 * SECOND;

/// What of a workspace's settings changes its figures.
#[derive(Debug, Clone)]
pub struct Settings {
    /// IANA name of its time zone.
    pub time_zone: String,
    /// Length of the attribution window in microseconds.
    pub attribution_window: i64,
    /// What channel accounts can report, where that was said of them.
    pub reported: Reported,
}

/// Everything that should be known of one workspace.
#[derive(Debug, Default)]
pub struct Expected {
    /// Outbound messages by their least key.
    pub messages: BTreeMap<Key, Message>,
    /// Inbound messages by their id.
    pub inbound: BTreeMap<Key, Inbound>,
    /// Totals, without rows in which everything is zero.
    pub totals: BTreeMap<TotalKey, Counts>,
    /// Facets, without rows in which everything is zero.
    pub facets: BTreeMap<FacetKey, Counts>,
    /// Histograms, without empty bins.
    pub histograms: BTreeMap<HistogramKey, i64>,
    /// What the meaning of words leaves open: inbound messages for which two outbound ones of the very same origin are
    /// equally the latest, and messages that nobody registered, that were deleted and of whose beginning nothing is
    /// known. What follows for these is not to be compared.
    pub undecided: Vec<Key>,
}

/// What should be known once all of `events` are.
#[must_use]
pub fn expect(events: &[Event], settings: &Settings) -> Expected {
    let evidence = Evidence::of(events);
    let mut messages = message::all(&evidence, &settings.reported);
    let mut inbound = replies::all(&evidence);
    let mut undecided = replies::attribute(&mut messages, &mut inbound, settings);
    let vague = messages.iter().filter(|message| message.is_vague());
    undecided.extend(vague.filter_map(|message| message.keys.first().cloned()));
    message::derive_sessions(&mut messages, &inbound);
    let rollups = rollup::count(&messages, &inbound, settings);
    Expected {
        messages: by_key(messages, |message| message.keys.first()),
        inbound: by_key(inbound, |inbound| Some(&inbound.key)),
        totals: rollups.totals,
        facets: rollups.facets,
        histograms: rollups.histograms,
        undecided,
    }
}

fn by_key<T>(items: Vec<T>, key: impl Fn(&T) -> Option<&Key>) -> BTreeMap<Key, T> {
    items
        .into_iter()
        .filter_map(|item| Some((key(&item)?.clone(), item)))
        .collect()
}

#[cfg(test)]
mod tests;
