//! Columns: the messages of one workspace, held in memory so that a query looks through millions of them in milliseconds.
//!
//! What is held is a multiset of contributions, as far as queries can tell them apart: whole days of them as they were loaded,
//! and runs of what changed since, the contributions before taken away and those after added. Everything that is counted adds
//! up, so that nobody needs to find a message to change it, and figures are those that [`super::Tally::add`] comes to.
//!
//! A day is one of UTC; it says only what is held together.

mod column;
mod count;
mod row;
mod run;
mod scan;
mod stretch;
mod sums;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use row::{Classes, Row};
use run::Run;

use super::{Query, Tally};
use crate::calendar::Interval;
use crate::contribution::Contribution;
use crate::kinds::Direction;
use crate::time::Timestamp;

/// Microseconds in a day.
const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// A day of UTC, counted from the first of 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UtcDay(i64);

impl UtcDay {
    /// The day that an instant belongs to.
    pub const fn of(at: Timestamp) -> Self {
        Self(at.micros().div_euclid(DAY))
    }

    /// The day after.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// Its instants.
    pub fn interval(self) -> Interval {
        let start = |day: i64| Timestamp::from_micros(day.saturating_mul(DAY));
        Interval::new(start(self.0), start(self.0 + 1))
    }

    /// The first and the last day that an interval has instants of.
    fn ends(interval: Interval) -> Option<(Self, Self)> {
        let last = Timestamp::from_micros(interval.end.micros().saturating_sub(1));
        (!interval.is_empty()).then(|| (Self::of(interval.start), Self::of(last)))
    }
}

/// What does not add up: something was taken away that was never there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a contribution was taken away that is not held")]
pub struct NotHeld;

/// What is counted has more cells than it may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there are too many cells")]
pub struct TooManyCells;

/// Messages of one workspace, on some days.
#[derive(Debug, Clone)]
pub struct Columns {
    classes: Arc<Classes>,
    days: BTreeMap<(Direction, UtcDay), Arc<Run>>,
    covered: BTreeSet<UtcDay>,
    /// From this day on every day is covered: nothing was there when this was made.
    open: UtcDay,
    changes: Vec<Changed>,
}

/// What changed since the days were loaded, in one direction.
#[derive(Debug, Clone)]
struct Changed {
    direction: Direction,
    gone: Arc<Run>,
    come: Arc<Run>,
}

impl Columns {
    /// Nothing but days from `open` on, of which there are no messages.
    pub fn new(open: UtcDay) -> Self {
        Self {
            classes: Arc::default(),
            days: BTreeMap::new(),
            covered: BTreeSet::new(),
            open,
            changes: Vec::new(),
        }
    }

    /// Whether a day is held.
    pub fn covers(&self, day: UtcDay) -> bool {
        day >= self.open || self.covered.contains(&day)
    }

    /// The days of an interval that are not held, the newest first.
    pub fn missing(&self, interval: Interval) -> Vec<UtcDay> {
        let Some((first, last)) = UtcDay::ends(interval) else {
            return Vec::new();
        };
        let days = (first.0..=last.0.min(self.open.0 - 1)).rev().map(UtcDay);
        days.filter(|day| !self.covered.contains(day)).collect()
    }

    /// Adds days with all of their contributions as they are now. Each was not held before.
    pub fn load(
        &mut self,
        days: impl IntoIterator<Item = UtcDay>,
        contributions: impl IntoIterator<Item = Contribution>,
    ) {
        self.covered.extend(days);
        let mut rows: HashMap<(Direction, UtcDay), Vec<Row>> = HashMap::new();
        for contribution in contributions {
            let place = (contribution.direction, UtcDay::of(contribution.at));
            let row = self.row(&contribution);
            rows.entry(place).or_default().push(row);
        }
        for (place, rows) in rows {
            self.days.insert(place, Arc::new(Run::new(rows)));
        }
    }

    /// Adds what changed: contributions before, and after. Those of days that are not held are left out, and so are those of
    /// `loaded` days, which hold it already.
    pub fn change(
        &mut self,
        changes: impl IntoIterator<Item = [Option<Contribution>; 2]>,
        loaded: &BTreeSet<UtcDay>,
    ) {
        let mut sides: BTreeMap<Direction, [Vec<Row>; 2]> = BTreeMap::new();
        for change in changes {
            for (side, contribution) in change.into_iter().enumerate() {
                let Some(contribution) = contribution else {
                    continue;
                };
                let day = UtcDay::of(contribution.at);
                if self.covers(day) && !loaded.contains(&day) {
                    let row = self.row(&contribution);
                    sides.entry(contribution.direction).or_default()[side].push(row);
                }
            }
        }
        for (direction, [gone, come]) in sides {
            self.changes.push(Changed {
                direction,
                gone: Arc::new(Run::new(gone)),
                come: Arc::new(Run::new(come)),
            });
        }
    }

    /// How many contributions changed since they were loaded or united, and how many there are on the days.
    pub fn changed_of(&self) -> (usize, usize) {
        let changes = self.changes.iter();
        let changed = changes.map(|changed| changed.gone.len() + changed.come.len());
        (changed.sum(), self.days.values().map(|run| run.len()).sum())
    }

    /// How many runs of changes there are.
    pub fn runs_of_changes(&self) -> usize {
        self.changes.len()
    }

    /// Makes one run of each day and what changed on it.
    ///
    /// # Errors
    /// [`NotHeld`] where it does not add up.
    pub fn unite(&mut self) -> Result<(), NotHeld> {
        let mut by_day: HashMap<(Direction, UtcDay), HashMap<Row, i64>> = HashMap::new();
        for changed in std::mem::take(&mut self.changes) {
            for (run, times) in [(&changed.gone, -1), (&changed.come, 1)] {
                for row in run.rows() {
                    let day = UtcDay::of(Timestamp::from_micros(row.at));
                    let rows = by_day.entry((changed.direction, day)).or_default();
                    *rows.entry(row).or_default() += times;
                }
            }
        }
        for (place, mut differences) in by_day {
            let before = self.days.get(&place);
            let mut rows = Vec::with_capacity(before.map_or(0, |run| run.len()));
            for row in before.into_iter().flat_map(|run| run.rows()) {
                match differences.get_mut(&row) {
                    Some(times) if *times < 0 => *times += 1,
                    _ => rows.push(row),
                }
            }
            for (row, times) in differences {
                let times = usize::try_from(times).map_err(|_| NotHeld)?;
                rows.extend(std::iter::repeat_n(row, times));
            }
            self.covered.insert(place.1);
            self.days.insert(place, Arc::new(Run::new(rows)));
        }
        Ok(())
    }

    /// Bytes that it takes, about.
    pub fn bytes(&self) -> usize {
        let changes = self.changes.iter();
        let changes = changes.flat_map(|changed| [&changed.gone, &changed.come]);
        let runs = self.days.values().chain(changes);
        runs.map(|run| run.bytes()).sum::<usize>() + self.classes.bytes()
    }

    /// Adds what a query counts to a tally; all days of the query's interval are held.
    ///
    /// # Errors
    /// [`TooManyCells`] where the tally has many more than `most` cells, of which some are missing then.
    pub fn count(&self, query: &Query, tally: &mut Tally, most: usize) -> Result<(), TooManyCells> {
        let mut scan = scan::Scan::new(query, &self.classes, tally);
        let days = UtcDay::ends(query.interval).into_iter();
        let days = days.flat_map(|(first, last)| {
            let direction = query.direction;
            self.days.range((direction, first)..=(direction, last))
        });
        for (_, run) in days {
            scan.look_through(run, 1);
            if scan.cells() > most {
                return Err(TooManyCells);
            }
        }
        for changed in &self.changes {
            if changed.direction == query.direction {
                scan.look_through(&changed.gone, -1);
                scan.look_through(&changed.come, 1);
            }
        }
        scan.finish();
        Ok(())
    }

    fn row(&mut self, contribution: &Contribution) -> Row {
        Row::of(contribution, &mut self.classes)
    }
}

#[cfg(test)]
mod tests;
