//! Reports: what is asked of the messages of one workspace, and what is counted for it.
//!
//! A [`Query`] is answered from rollups or from rows. Both give [`Cell`]s, and [`Query::place`] says for one
//! [`Contribution`] in which cell it counts, if in any: what is in the log of changes and not yet in the rollups is
//! counted by it, and so is what tests compare either way with.

mod columns;
mod condition;
mod counted;
mod dimension;
mod group;
mod ids;
mod replied;
mod tally;
mod value;

use std::collections::BTreeMap;

pub use columns::{Columns, NotHeld, TooManyCells, UtcDay};
pub use condition::{Condition, Windows};
pub use counted::{Counted, counts_unattached};
pub use dimension::Dimension;
pub use group::{Axis, Group};
pub use ids::{IdCondition, IdKind};
pub use replied::RepliedAt;
pub use tally::{Departments, Durations, Tally};
pub use value::{Key, NO_VALUE, Value};

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
    /// And of those the ones that count in all of these.
    pub counted: Vec<Counted>,
    /// And of those the ones whose first reply came then; `None` for all.
    pub replied: Option<RepliedAt>,
    /// One cell for each of what.
    pub group: Group,
    /// A pending message that belongs to an instant before this one is unconfirmed.
    pub unconfirmed_before: Timestamp,
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
pub type Cells = BTreeMap<Key, Cell>;

impl Cell {
    /// Adds another's counts, `times` over; `-1` takes them away.
    pub fn add(&mut self, other: &Self, times: i64) {
        self.counts.add(&other.counts, times);
        self.unconfirmed += other.unconfirmed * times;
    }
}

impl Query {
    /// The key of the cell in which a message with this contribution counts; `None` where it does not count.
    pub fn place(&self, contribution: &Contribution) -> Option<Key> {
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
                .all(|condition| condition.met_by(contribution))
            && self
                .counted
                .iter()
                .all(|counted| counted.met_by(contribution, self.unconfirmed_before))
            && self
                .replied
                .as_ref()
                .is_none_or(|replied| replied.met_by(contribution));
        counts.then(|| self.group.key_of(contribution))
    }

    /// The same of a part of the interval. A message counts in the cell that it counts in for the whole, so that the
    /// cells of parts that make up the interval add up to the cells of the whole.
    #[must_use]
    pub fn within(&self, part: Interval) -> Self {
        let start = self.interval.start.max(part.start);
        let interval = Interval::new(start, self.interval.end.min(part.end).max(start));
        Self {
            interval,
            windows: self
                .windows
                .as_ref()
                .map(|windows| windows.within(interval)),
            group: self.group.within(interval),
            ..self.clone()
        }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::contribution::{Dimensions, Measures};

    fn time(micros: i64) -> Timestamp {
        Timestamp::from_micros(micros)
    }

    fn span((start, end): (i64, i64)) -> Interval {
        Interval::new(time(start), time(end))
    }

    fn received(at: i64) -> Contribution {
        Contribution {
            direction: Direction::Inbound,
            at: time(at),
            dimensions: Dimensions::default(),
            measures: Measures::Received,
        }
    }

    proptest! {
        #[test]
        fn parts_of_a_query_count_what_the_whole_does(
            starts in prop::collection::btree_set(0i64..60, 1..6),
            windows in prop::option::of(prop::collection::vec((0i64..60, 0i64..60), 0..4)),
            cuts in prop::collection::btree_set(0i64..60, 0..4),
            end in 0i64..60,
        ) {
            let starts: Vec<Timestamp> = starts.into_iter().map(time).collect();
            let whole = Query {
                direction: Direction::Inbound,
                interval: Interval::new(starts[0], time(end)),
                windows: windows.map(|spans| Windows::new(spans.into_iter().map(span))),
                conditions: Vec::new(),
                counted: Vec::new(),
                replied: None,
                group: Group::parts(starts),
                unconfirmed_before: time(0),
            };
            let bounds: Vec<i64> = [-1].into_iter().chain(cuts).chain([60]).collect();
            for at in 0..60 {
                let within = bounds.windows(2).map(|ends| whole.within(span((ends[0], ends[1]))));
                let places: Vec<Key> = within.filter_map(|part| part.place(&received(at))).collect();
                let place: Vec<Key> = whole.place(&received(at)).into_iter().collect();
                prop_assert_eq!(places, place, "{}", at);
            }
        }
    }
}
