//! Reports: what is asked of the messages of one workspace, and what is counted for it.
//!
//! A [`Query`] is answered from rollups or from rows. Both give [`Cell`]s, and [`Query::place`] says for one
//! [`Contribution`] in which cell it counts, if in any: what is in the log of changes and not yet in the rollups is
//! counted by it, and so is what tests compare either way with.

mod condition;
mod dimension;
mod ids;
mod tally;
mod value;

use std::collections::BTreeMap;

pub use condition::{Condition, Windows};
pub use dimension::Dimension;
pub use ids::{IdCondition, IdKind};
pub use tally::{Departments, Durations, Tally};
pub use value::{NO_VALUE, Value};

use crate::calendar::{Interval, Zone};
use crate::contribution::Contribution;
use crate::counts::Counts;
use crate::kinds::Direction;
use crate::rollup::reply_hour;
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
    /// Each part of the interval: they begin at these instants, which never descend, the first one at the interval's
    /// start. A cell's key is the part's position, from 0; of parts that begin together the last one has all of it.
    Parts(Vec<Timestamp>),
    /// Each value of a dimension that is no time; a cell's key is the value.
    Values(Dimension),
    /// Each hour of the week of the first reply, as the zone's clock shows it; a cell's key is 1 + 24 x weekday + hour,
    /// Monday's being 0, or 0 for messages without a reply.
    ReplyHours(Zone),
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
            Group::ReplyHours(zone) => reply_hour(contribution, zone),
        })
    }

    /// The same of a part of the interval. A message counts in the cell that it counts in for the whole, so that the
    /// cells of parts that make up the interval add up to the cells of the whole.
    #[must_use]
    pub fn within(&self, part: Interval) -> Self {
        let start = self.interval.start.max(part.start);
        let interval = Interval::new(start, self.interval.end.min(part.end).max(start));
        let group = match &self.group {
            // Those before have begun by its start, and those after begin too late for all of it: every part of time
            // keeps its position.
            Group::Parts(starts) => {
                let starts = starts.iter();
                Group::Parts(starts.map(|at| (*at).clamp(start, interval.end)).collect())
            }
            group => group.clone(),
        };
        Self {
            interval,
            windows: self
                .windows
                .as_ref()
                .map(|windows| windows.within(interval)),
            group,
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
                group: Group::Parts(starts),
                unconfirmed_before: time(0),
            };
            let bounds: Vec<i64> = [-1].into_iter().chain(cuts).chain([60]).collect();
            for at in 0..60 {
                let within = bounds.windows(2).map(|ends| whole.within(span((ends[0], ends[1]))));
                let places: Vec<Value> = within.filter_map(|part| part.place(&received(at))).collect();
                let place: Vec<Value> = whole.place(&received(at)).into_iter().collect();
                prop_assert_eq!(places, place, "{}", at);
            }
        }
    }
}
