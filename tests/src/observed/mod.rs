//! What a database shows of one workspace, in the words of the reference, and where the two differ.

mod compare;
mod read;

use std::collections::{BTreeMap, BTreeSet};

use crate::reference::{Counts, FacetKey, HistogramKey, Key, TotalKey};

pub use compare::differences;
pub use read::read;

/// What is said of one message, by names.
pub type Fields = BTreeMap<&'static str, String>;

/// One message as stored.
#[derive(Debug, Clone, Default)]
pub struct Stored {
    /// Those of its keys that are stored as text: at least one.
    pub keys: Vec<Key>,
    /// What is said of it; what is absent is left out.
    pub fields: Fields,
    /// Number of its contact.
    pub contact: Option<i64>,
    /// Its first reply, or the message that it answers, as the first of that message's keys that is stored.
    pub other: Option<Key>,
    /// Kind, time (absent where it is that of receipt) and provider of every piece of evidence.
    pub timeline: BTreeSet<(i64, Option<i64>, i64)>,
}

/// What a database shows of one workspace.
#[derive(Debug, Default)]
pub struct Observed {
    /// Outbound messages.
    pub messages: Vec<Stored>,
    /// Inbound messages.
    pub inbound: Vec<Stored>,
    /// Totals, without rows in which everything is zero.
    pub totals: BTreeMap<TotalKey, Counts>,
    /// Facets, likewise.
    pub facets: BTreeMap<FacetKey, Counts>,
    /// Histograms, likewise.
    pub histograms: BTreeMap<HistogramKey, i64>,
}
