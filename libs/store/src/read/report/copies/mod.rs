//! Copies: workspaces' messages held in memory, so that what no rollup tells is counted without reading rows.
//!
//! A copy is made for workspaces of which something is asked that only rows can answer, day by day as far as it is asked about,
//! and kept as long as it is. It is that of a sequence; the changes after it are read in the snapshot of whoever counts, so that
//! a copy is never older than what stands beside it, and whoever took one before its snapshot never finds it newer. Retention
//! drops rows without a change: a copy knows how many had been dropped, and is of no use once there are more. One that does
//! not add up is dropped, and rows are counted.

mod load;
mod refresh;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use acuse_domain::calendar::Interval;
use acuse_domain::ids::WorkspaceId;
use acuse_domain::report::{Columns, Query, Tally, TooManyCells};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::statement::MOST_CELLS;
use super::tail::Head;
use crate::error::StoreError;
use crate::pool::Database;

/// How copies are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CopiesConfig {
    /// Bytes that all copies take at most. With none, rows are counted.
    pub bytes: usize,
    /// How often one that is asked is brought up to date.
    pub refresh: Duration,
    /// After how long without a question one is dropped.
    pub idle: Duration,
}

impl Default for CopiesConfig {
    fn default() -> Self {
        Self {
            bytes: 256 << 20,
            refresh: Duration::from_millis(500),
            idle: Duration::from_secs(5 * 60),
        }
    }
}

/// How many times as long one is left alone of which nothing was asked since it was last brought up to date.
const UNASKED: u32 = 20;

/// So long ago a copy that is used was brought up to date at most: changes are not kept for ever.
const STALE: Duration = Duration::from_secs(5 * 60);

/// Intervals of a workspace at most that are noted to be loaded.
const MOST_WISHES: usize = 16;

/// The copies of one process.
#[derive(Debug, Clone)]
pub struct Copies(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    database: Database,
    config: CopiesConfig,
    kept: Mutex<HashMap<WorkspaceId, Kept>>,
    wished: Notify,
}

/// What is kept of a workspace.
#[derive(Debug)]
struct Kept {
    copy: Option<Arc<Copy>>,
    /// Intervals that were asked about and are not held.
    wished: Vec<Interval>,
    /// As many days are loaded at once.
    pace: usize,
    asked_at: Instant,
    refreshed_at: Option<Instant>,
    /// Until when nothing is loaded: it is too much.
    refused_until: Option<Instant>,
}

/// The messages of a workspace as of one sequence.
#[derive(Debug, Clone)]
pub(super) struct Copy {
    columns: Columns,
    sequence: i64,
    /// How many rows had been dropped by then.
    rows_dropped: i64,
}

impl Copies {
    /// Copies of what the database holds; [`Self::refresh`] makes them and brings them up to date.
    pub fn new(database: Database, config: CopiesConfig) -> Self {
        Self(Arc::new(Shared {
            database,
            config,
            kept: Mutex::default(),
            wished: Notify::new(),
        }))
    }

    /// Bytes that the copies take, about.
    pub fn bytes(&self) -> usize {
        let kept = self.kept();
        let copies = kept.values().filter_map(|kept| kept.copy.as_ref());
        copies.map(|copy| copy.columns.bytes()).sum()
    }

    /// Workspaces of which there is a copy.
    pub fn held(&self) -> usize {
        let kept = self.kept();
        kept.values().filter(|kept| kept.copy.is_some()).count()
    }

    /// Waits until it is time to refresh: for so long as is configured, or until something is asked that is not held.
    pub async fn due(&self) {
        tokio::select! {
            () = tokio::time::sleep(self.0.config.refresh) => {}
            () = self.0.wished.notified() => {}
        }
    }

    /// The copy of a workspace of which intervals are asked that only rows can answer; `None` where there is none. What is
    /// not held is noted, to be loaded.
    pub(super) fn of(&self, workspace: WorkspaceId, intervals: &[Interval]) -> Option<Arc<Copy>> {
        let config = self.0.config;
        if config.bytes == 0 || intervals.is_empty() {
            return None;
        }
        let now = Instant::now();
        let mut kept = self.kept();
        let kept = kept.entry(workspace).or_insert_with(|| Kept::new(now));
        kept.asked_at = now;
        for interval in intervals {
            let is_missing = kept.copy.as_ref().is_none_or(|copy| copy.misses(*interval));
            let is_noted = kept.wished.len() == MOST_WISHES || kept.wished.contains(interval);
            if is_missing && !is_noted && kept.refused_until.is_none_or(|until| until <= now) {
                kept.wished.push(*interval);
                self.0.wished.notify_one();
            }
        }
        let is_fresh = kept
            .refreshed_at
            .is_some_and(|at| now.duration_since(at) < STALE);
        kept.copy.clone().filter(|_| is_fresh)
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<WorkspaceId, Kept>> {
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Copy {
    /// Whether all messages of an interval are held, for a head that it can be brought up to by the changes after it.
    pub(super) fn answers(&self, interval: Interval, head: &Head, longest_tail: i64) -> bool {
        let behind = head.last_sequence - self.sequence;
        (0..=longest_tail).contains(&behind)
            && head.rows_dropped == self.rows_dropped
            && self.columns.missing(interval).is_empty()
    }

    /// The sequence that it is of.
    pub(super) fn sequence(&self) -> i64 {
        self.sequence
    }

    /// Adds what a query counts to a tally.
    ///
    /// # Errors
    /// [`StoreError::TooManyCells`].
    pub(super) fn count(&self, query: &Query, tally: &mut Tally) -> Result<(), StoreError> {
        let counted = self.columns.count(query, tally, MOST_CELLS);
        counted.map_err(|TooManyCells| StoreError::TooManyCells(MOST_CELLS))
    }

    fn misses(&self, interval: Interval) -> bool {
        !self.columns.missing(interval).is_empty()
    }
}

impl Kept {
    fn new(now: Instant) -> Self {
        Self {
            copy: None,
            wished: Vec::new(),
            pace: 1,
            asked_at: now,
            refreshed_at: None,
            refused_until: None,
        }
    }

    /// Whether it is to be brought up to date, or loaded further.
    fn is_due(&self, now: Instant, config: CopiesConfig) -> bool {
        let wishes = !self.wished.is_empty();
        let age = self.refreshed_at.map(|at| now.duration_since(at));
        let is_asked = self.refreshed_at.is_some_and(|at| self.asked_at >= at);
        let pause = config.refresh * if is_asked { 1 } else { UNASKED };
        wishes || (self.copy.is_some() && age.is_none_or(|age| age >= pause))
    }
}
