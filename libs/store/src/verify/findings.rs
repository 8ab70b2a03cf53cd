//! What a verification finds.

use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;

use acuse_domain::counts::Counts;
use acuse_domain::rollup::Deltas;

/// A count that is not what the messages say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The rollup; `messages` for a row that contradicts its own evidence or the rows that decide it, `told_ids` for an id.
    pub rollup: &'static str,
    /// The row.
    pub key: String,
    /// The count; of a message what it is about.
    pub count: &'static str,
    /// What is stored; times in microseconds since 1970, 0 for none.
    pub stored: i64,
    /// What the messages say.
    pub recounted: i64,
}

/// Differences found: all are counted, the first are listed.
pub(super) struct Findings {
    pub(super) count: u64,
    pub(super) listed: Vec<Difference>,
    max: usize,
}

impl Findings {
    pub(super) fn new(max: usize) -> Self {
        Self {
            count: 0,
            listed: Vec::new(),
            max,
        }
    }

    /// Takes one that was found elsewhere.
    pub(super) fn take(&mut self, found: Difference) {
        self.count += 1;
        if self.listed.len() < self.max {
            self.listed.push(found);
        }
    }

    pub(super) fn add(
        &mut self,
        rollup: &'static str,
        key: impl FnOnce() -> String,
        count: &'static str,
        stored: i64,
        recounted: i64,
    ) {
        self.count += 1;
        if self.listed.len() < self.max {
            self.listed.push(Difference {
                rollup,
                key: key(),
                count,
                stored,
                recounted,
            });
        }
    }
}

pub(super) fn compare_counts<K: Hash + Eq + Debug>(
    rollup: &'static str,
    held: &HashMap<K, Counts>,
    counted: &HashMap<K, Counts>,
    findings: &mut Findings,
) {
    let zero = Counts::default();
    let missing = counted.keys().filter(|key| !held.contains_key(*key));
    for key in held.keys().chain(missing) {
        let stored = held.get(key).unwrap_or(&zero).values();
        let recounted = counted.get(key).unwrap_or(&zero).values();
        for ((name, stored), recounted) in Counts::NAMES.iter().zip(stored).zip(recounted) {
            if stored != recounted {
                findings.add(rollup, || format!("{key:?}"), name, stored, recounted);
            }
        }
    }
}

pub(super) fn compare_histograms(held: &Deltas, counted: &Deltas, findings: &mut Findings) {
    let (held, counted) = (&held.histograms, &counted.histograms);
    let missing = counted.keys().filter(|key| !held.contains_key(*key));
    for key in held.keys().chain(missing) {
        let stored = held.get(key).copied().unwrap_or(0);
        let recounted = counted.get(key).copied().unwrap_or(0);
        if stored != recounted {
            findings.add(
                "histograms",
                || format!("{key:?}"),
                "messages",
                stored,
                recounted,
            );
        }
    }
}
