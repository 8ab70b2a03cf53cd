//! What the lanes have done, for whoever wants to know.

use std::sync::atomic::{AtomicU64, Ordering};

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
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.items.fetch_add(items as u64, Ordering::Relaxed);
    }

    pub(super) fn retried(&self) {
        self.retries.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn split(&self) {
        self.splits.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn unstorable(&self) {
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
