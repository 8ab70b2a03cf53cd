//! Reports: what is asked of the messages of one workspace, and what is counted for it.
//!
//! A [`Query`] is answered from rollups or from rows. Both give [`Cell`]s, and [`Query::place`] says for one
//! [`Contribution`] in which cell it counts, if in any: what is in the log of changes and not yet in the rollups is
//! counted by it, and so is what tests compare either way with.

mod condition;
mod dimension;
mod value;

use std::collections::BTreeMap;

pub use condition::{Condition, Windows};
pub use dimension::Dimension;
pub use value::{NO_VALUE, Value};

use crate::calendar::Interval;
use crate::contribution::Contribution;
use crate::counts::Counts;
use crate::kinds::Direction;
use crate::time::Timestamp;

/// What to count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Outbound or inbound messages.
    pub direction: Direction,
    /// The messages that belong to these instants.
    pub interval: Interval,
    /// Of those the ones in these windows; `None` for all. How a filter by hour, weekday and the like is told.
    pub windows: Option<Windows>,
    /// Of those the ones that meet all of these.
    pub conditions: Vec<Condition>,
    /// One cell for each of what.
    pub group: Group,
    /// A pending message that belongs to an instant before this one is unconfirmed.
    pub unconfirmed_before: Timestamp,
}

/// What there is a cell for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Group {
    /// All together: one cell, with the key 0.
    All,
    /// Each part of the interval: they begin at these instants, which ascend, the first one at the interval's start.
    /// A cell's key is the part's position, from 0.
    Parts(Vec<Timestamp>),
    /// Each value of a dimension that is no time; a cell's key is the value.
    Values(Dimension),
}

/// What was counted for one part or value. One that counts nothing may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cell {
    /// The counts.
    pub counts: Counts,
    /// Of those that are pending the unconfirmed ones.
    pub unconfirmed: i64,
}

/// Cells by their key.
pub type Cells = BTreeMap<Value, Cell>;

impl Cell {
    /// Adds another's counts, `times` over; `-1` takes them away.
    pub fn add(&mut self, other: &Self, times: i64) {
        self.counts.add(&other.counts, times);
        self.unconfirmed += other.unconfirmed * times;
    }
}

impl Query {
    /// The key of the cell in which a message with this contribution counts; `None` where it does not count.
    pub fn place(&self, contribution: &Contribution) -> Option<Value> {
        let at = contribution.at;
        let counts = contribution.direction == self.direction
            && self.interval.contains(at)
            && self
                .windows
                .as_ref()
                .is_none_or(|windows| windows.contain(at))
            && self
                .conditions
                .iter()
                .all(|condition| condition.met_by(contribution));
        counts.then(|| match &self.group {
            Group::All => 0,
            Group::Parts(starts) => {
                let begun = starts.partition_point(|start| *start <= at);
                Value::try_from(begun).unwrap_or(Value::MAX) - 1
            }
            Group::Values(dimension) => dimension.value_of(contribution),
        })
    }

    /// What a message with this contribution adds to its cell.
    pub fn cell_of(&self, contribution: &Contribution) -> Cell {
        let counts = Counts::from(contribution);
        let unconfirmed = if contribution.at < self.unconfirmed_before {
            counts.pending
        } else {
            0
        };
        Cell {
            counts,
            unconfirmed,
        }
    }

    /// Adds a contribution to the cells, `times` over; `-1` takes it away.
    pub fn count(&self, cells: &mut Cells, contribution: &Contribution, times: i64) {
        if let Some(key) = self.place(contribution) {
            let cell = self.cell_of(contribution);
            cells.entry(key).or_default().add(&cell, times);
        }
    }
}
