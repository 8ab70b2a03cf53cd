//! What the lanes have done, for whoever wants to know.

use std::sync::atomic::{AtomicU64, Ordering};

use acuse_store::apply::Outcome;
use acuse_telemetry::metrics::catalog::{
    COMMIT_ITEMS, COMMIT_RETRIES, COMMIT_SPLITS, COMMIT_UNSTORABLE, EVENTS, FOLDED,
};

/// Counts of the group commit, added to by every lane.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    commits: AtomicU64,
    items: AtomicU64,
    retries: AtomicU64,
    splits: AtomicU64,
    unstorable: AtomicU64,
}

/// The group commit's counts since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CommitCounts {
    /// Transactions committed.
    pub commits: u64,
    /// Items in them.
    pub items: u64,
    /// Transactions begun again because they lost against another.
    pub retries: u64,
    /// Batches split in two to find what could not be stored.
    pub splits: u64,
    /// Items that could not be stored even alone.
    pub unstorable: u64,
}

impl Counters {
    pub(super) fn committed(&self, items: usize) {
        COMMIT_ITEMS.record(number(items), []);
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.items.fetch_add(items as u64, Ordering::Relaxed);
    }

    pub(super) fn retried(&self) {
        COMMIT_RETRIES.one([]);
        self.retries.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn split(&self) {
        COMMIT_SPLITS.one([]);
        self.splits.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn unstorable(&self) {
        COMMIT_UNSTORABLE.one([]);
        self.unstorable.fetch_add(1, Ordering::Relaxed);
    }

    /// The counts as they are now.
    pub(crate) fn read(&self) -> CommitCounts {
        CommitCounts {
            commits: self.commits.load(Ordering::Relaxed),
            items: self.items.load(Ordering::Relaxed),
            retries: self.retries.load(Ordering::Relaxed),
            splits: self.splits.load(Ordering::Relaxed),
            unstorable: self.unstorable.load(Ordering::Relaxed),
        }
    }
}

/// Has metrics tell what did not happen yet.
pub(super) fn exist() {
    for counter in [&COMMIT_RETRIES, &COMMIT_SPLITS, &COMMIT_UNSTORABLE, &FOLDED] {
        counter.exists([]);
    }
}

/// What became of items, for metrics.
pub(super) fn measure(outcomes: &[Outcome]) {
    let [mut applied, mut duplicate, mut late, mut rejected] = [0; 4];
    for outcome in outcomes {
        *match outcome {
            Outcome::Applied(_) | Outcome::Watermark { is_new: true } => &mut applied,
            Outcome::Duplicate(_) | Outcome::Watermark { is_new: false } => &mut duplicate,
            Outcome::Late(_) => &mut late,
            Outcome::Refused(_) => &mut rejected,
        } += 1;
    }
    EVENTS.add(applied, ["applied".into()]);
    EVENTS.add(duplicate, ["duplicate".into()]);
    EVENTS.add(late, ["late".into()]);
    EVENTS.add(rejected, ["rejected".into()]);
}

/// A number of things, as metrics take it.
pub(super) fn number(count: usize) -> f64 {
    u32::try_from(count).unwrap_or(u32::MAX).into()
}
