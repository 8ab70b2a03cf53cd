//! Reports: how what they ask is read from rollups, from rows and from the log of changes.
//!
//! A [`Question`] carries the limits of the scope that it was asked in as conditions, and there is no other way to make
//! one. All questions of one report are answered in one snapshot, so that its figures agree. Which [`Path`] answers a
//! question is for the planner to say; a path that cannot express it refuses, and those that can give the same figures.

mod answer;
mod axis;
mod columns;
mod copies;
mod fit;
mod hsm;
mod ids;
mod lag;
mod moves;
mod names;
mod pages;
mod rollups;
mod rows;
mod said;
mod statement;
mod table;
mod tail;

use std::collections::{BTreeMap, BTreeSet};

use acuse_domain::calendar::Interval;
use acuse_domain::ids::WorkspaceId;
use acuse_domain::report::{Cells, Condition, Dimension, IdCondition, Key, Query, Value};
use acuse_domain::rollup::{Facet, Span};
use acuse_domain::time::Timestamp;
pub(super) use answer::{Outset, plan_for_values};
pub use copies::{Copies, CopiesConfig};
pub use fit::Unfit;
pub use hsm::{HsmRow, HsmRows};
pub(crate) use ids::contacts as contacts_of;
pub use lag::ProviderLag;
pub(super) use names::numbers_of;
pub use pages::{Order, Pages, Place};
pub use tail::Kept;
pub(super) use tail::LONGEST as LONGEST_TAIL;

use super::{Limits, Scoped};

/// A query of one workspace, as far as a scope shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    workspace: WorkspaceId,
    query: Query,
    ids: Vec<IdCondition>,
}

impl Question {
    /// What is counted; the limits of the scope are among its conditions.
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// All conditions on dimensions, those that the scope adds among them.
    pub fn conditions(&self) -> &[Condition] {
        &self.query.conditions
    }

    /// The conditions on ids.
    pub fn ids(&self) -> &[IdCondition] {
        &self.ids
    }

    /// The same of a part of the interval; see [`Query::within`].
    #[must_use]
    pub fn within(&self, part: Interval) -> Self {
        Self {
            query: self.query.within(part),
            ..self.clone()
        }
    }
}

/// Where a question is answered from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Path {
    /// The totals by quarter hour: conditions on, and groups by, direction, channel and department alone, everything in
    /// time at quarter hours. Durations need whole days of the workspace's zone, and know departments alone.
    Totals,
    /// The facets by day: conditions on, and groups by, direction, department and the facet's own dimension alone,
    /// everything in time at the days of the workspace's zone. Durations in which that dimension plays a part need a
    /// facet that has histograms.
    Facets(Facet),
    /// The rows of the messages, or copies of them in memory: every question.
    Rows,
}

/// A question with what is wanted of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The question.
    pub question: Question,
    /// Where the answer is to come from.
    pub path: Path,
    /// Whether the times to deliver, read and reply are wanted.
    pub durations: bool,
    /// Whether the departments that each cell's messages were sent from are wanted.
    pub departments: bool,
}

/// What was asked, answered as of one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// When the newest event that is included was taken in; `None` where there never was one.
    pub as_of: Option<Timestamp>,
    /// The sequence of the newest change that is included.
    pub last_sequence: i64,
    /// The sequence up to which the rollups held everything; the changes from there to `last_sequence` were added, or, where
    /// they are too many, rows were counted instead.
    pub folded_sequence: i64,
    /// How far behind the workspace's providers are, whatever is asked and whatever the scope shows; empty unless asked, see
    /// [`Scoped::telling_lag`].
    pub provider_lags: Vec<ProviderLag>,
    /// How many of the questions that only rows can answer were answered from copies in memory.
    pub from_copies: usize,
    /// An answer for each question, in order.
    pub answered: Vec<Answered>,
}

/// What was counted for one question. What counts nothing is left out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answered {
    /// The counts by cell.
    pub cells: Cells,
    /// Messages by cell, by which time and by bin (ascending, see [`acuse_domain::metrics::bin_of`]); empty unless asked.
    pub durations: BTreeMap<Key, BTreeMap<Span, Vec<(u16, u64)>>>,
    /// The departments that a cell's messages were sent from, those without any left out; empty unless asked.
    pub departments: BTreeMap<Key, BTreeSet<Value>>,
}

impl Scoped {
    /// The same, with another limit on how many changes that the rollups do not hold yet a report reads: where there are
    /// more, whatever the path, it counts rows, which gives the same figures. 50,000 unless set.
    #[must_use]
    pub fn with_longest_tail(mut self, changes: u32) -> Self {
        self.longest_tail = i64::from(changes);
        self
    }

    /// The same, whose reports count copies of the messages where those are held, instead of rows.
    #[must_use]
    pub fn with_copies(mut self, copies: Copies) -> Self {
        self.copies = Some(copies);
        self
    }

    /// The same, whose reports also tell how far behind providers are, within the hour before `now`.
    #[must_use]
    pub fn telling_lag(mut self, now: Timestamp) -> Self {
        self.lag_until = Some(now);
        self
    }

    /// A question: a query with the scope's limits added as conditions, of the messages that also meet all of `ids`.
    pub fn question(&self, mut query: Query, ids: Vec<IdCondition>) -> Question {
        query.conditions.extend(self.limits.conditions());
        Question {
            workspace: self.workspace.id,
            query,
            ids,
        }
    }
}

impl Limits {
    /// The limits as conditions. (A message without a department is in none of a list of departments.)
    pub(super) fn conditions(&self) -> impl Iterator<Item = Condition> + '_ {
        [
            (Dimension::Department, &self.departments),
            (Dimension::Account, &self.accounts),
            (Dimension::Agent, &self.agents),
        ]
        .into_iter()
        .filter_map(|(dimension, limit)| {
            Some(Condition::any_of(
                dimension,
                limit.as_ref()?.iter().copied(),
            ))
        })
    }
}
