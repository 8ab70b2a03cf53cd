//! The plan: where a question is read, decided by what it asks alone.
//!
//! The cheapest place that has the answer is taken: facets (a row a day and value), then totals (a row a quarter hour), then
//! the rows of the messages, which have every answer. Whichever it is, the figures are the same, and figures of parts of
//! the interval add up: where something begins or ends between two days, the whole days beside it are read from facets all
//! the same, and what is left of the interval from what can tell.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::time::Duration;

use acuse_domain::calendar::{Interval, Zone, quarter_hour};
use acuse_domain::report::{Axis, Dimension, Group, Query};
use acuse_domain::rollup::Facet;
use acuse_domain::time::Timestamp;
use acuse_store::read::Path;

/// What decides where a question is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Needs<'a> {
    /// The query, the limits of the scope among its conditions.
    pub(crate) query: &'a Query,
    /// Whether it also filters by ids.
    pub(crate) ids: bool,
    /// Whether it wants to know how long messages took.
    pub(crate) durations: bool,
    /// Whether facets are cut by the days of the workspace's zone.
    pub(crate) facets: bool,
}

/// A part of a question's interval, and where it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) interval: Interval,
    pub(crate) path: Path,
}

/// Stretches of one interval read from one kind of rollup at most: each is a statement or more.
const MOST_STRETCHES: usize = 4;

/// Where to read the answer, in a workspace whose own zone is `zone`: pieces of the interval in their order, without
/// overlap. No message counts in what is left out.
pub(crate) fn pieces(needs: Needs<'_>, zone: &Zone) -> Vec<Piece> {
    let rollups = Rollups::of(needs, zone);
    let cuts = Cuts {
        query: needs.query,
        times: times(needs.query),
    };
    let mut pieces = Vec::new();
    for (days, is_whole) in cuts.split(needs.query.interval, rollups.facet, Grain::Days(zone)) {
        if let (Some(path), true) = (rollups.facet, is_whole) {
            let interval = days;
            pieces.push(Piece { interval, path });
            continue;
        }
        for (interval, is_whole) in cuts.split(days, rollups.totals, Grain::QuarterHours) {
            let totals = rollups.totals.filter(|_| is_whole);
            let path = totals.unwrap_or(Path::Rows);
            pieces.push(Piece { interval, path });
        }
    }
    pieces
}

/// The rollups that have an answer, where they can cut time as it asks.
#[derive(Debug, Clone, Copy)]
struct Rollups {
    facet: Option<Path>,
    totals: Option<Path>,
}

impl Rollups {
    fn of(needs: Needs<'_>, zone: &Zone) -> Self {
        // No rollup knows single messages, by their ids or by anything else, or two dimensions at once.
        let query = needs.query;
        let of_messages = needs.ids || !query.counted.is_empty() || query.replied.is_some();
        let dimension = only_dimension(query, zone).filter(|_| !of_messages);
        let facet = match dimension {
            None => None,
            // Of the facets that all messages are in the one with the fewest values.
            Some(OnlyDimension::None) => Some(Facet::Channel),
            Some(OnlyDimension::One(dimension)) => dimension.facet(),
            Some(OnlyDimension::ReplyHour) => Some(Facet::ReplyHour),
            Some(OnlyDimension::Proactive) => Some(Facet::Proactive),
        };
        // Histograms are kept by facet, and for all messages together.
        let has_durations =
            |facet: Facet| dimension == Some(OnlyDimension::None) || facet.has_histograms();
        let timed = facet.filter(|facet| !needs.durations || has_durations(*facet));
        let in_totals = facet == Some(Facet::Channel) && !needs.durations;
        Self {
            facet: timed.filter(|_| needs.facets).map(Path::Facets),
            totals: in_totals.then_some(Path::Totals),
        }
    }
}

/// Between what a rollup tells time apart.
#[derive(Debug, Clone, Copy)]
enum Grain<'a> {
    Days(&'a Zone),
    QuarterHours,
}

impl Grain<'_> {
    /// The last bound up to an instant.
    fn before(self, at: Timestamp) -> Timestamp {
        match self {
            Self::Days(zone) => zone.day_start(zone.day_of(at)),
            Self::QuarterHours => quarter_hour(at),
        }
    }

    /// The first bound from an instant on.
    fn after(self, at: Timestamp) -> Timestamp {
        match self.before(at) {
            bound if bound == at => at,
            bound => match self {
                Self::Days(zone) => zone.day_start(zone.day_of(at).plus(1)),
                Self::QuarterHours => bound + Duration::from_secs(15 * 60),
            },
        }
    }
}

/// Where a query cuts time.
struct Cuts<'a> {
    query: &'a Query,
    /// Ascending.
    times: BTreeSet<Timestamp>,
}

impl Cuts<'_> {
    /// Splits an interval into the longest stretches in which everything begins and ends at bounds of the grain, and what
    /// is left of it; in order, each with whether it is such a stretch. There are none without a rollup to read them from.
    fn split(
        &self,
        interval: Interval,
        rollup: Option<Path>,
        grain: Grain<'_>,
    ) -> Vec<(Interval, bool)> {
        let mut stretches = match rollup {
            Some(_) => self.stretches(interval, grain),
            None => Vec::new(),
        };
        stretches.sort_by_key(|whole| Reverse(whole.end.micros_since(whole.start)));
        stretches.truncate(MOST_STRETCHES);
        stretches.sort_by_key(|whole| whole.start);
        let mut parts = Vec::new();
        let mut from = interval.start;
        for whole in stretches {
            parts.extend([(Interval::new(from, whole.start), false), (whole, true)]);
            from = whole.end;
        }
        parts.push((Interval::new(from, interval.end), false));
        parts.retain(|(part, _)| self.is_asked_for(*part));
        parts
    }

    fn stretches(&self, interval: Interval, grain: Grain<'_>) -> Vec<Interval> {
        if interval.is_empty() {
            return Vec::new();
        }
        let inside = self.times.range(interval.start..interval.end);
        let odd = inside.filter(|at| grain.before(**at) != **at);
        let ends: Vec<Timestamp> = [interval.start]
            .into_iter()
            .chain(odd.copied())
            .chain([interval.end])
            .collect();
        let between = ends
            .windows(2)
            .map(|ends| Interval::new(grain.after(ends[0]), grain.before(ends[1])));
        between.filter(|whole| self.is_asked_for(*whole)).collect()
    }

    /// Whether messages in it may count.
    fn is_asked_for(&self, interval: Interval) -> bool {
        let windows = self.query.windows.as_ref();
        !interval.is_empty()
            && windows.is_none_or(|windows| !windows.within(interval).bounds().is_empty())
    }
}

/// The dimension that a query filters or groups by, beside direction and department, which every rollup knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OnlyDimension {
    None,
    One(Dimension),
    /// The hours of first replies, by the clock of the workspace's own zone.
    ReplyHour,
    /// The kinds of proactive sends.
    Proactive,
}

/// `None` where there are several, or hours by the clock of another zone than the workspace's own, `zone`.
fn only_dimension(query: &Query, zone: &Zone) -> Option<OnlyDimension> {
    let own = match &query.group {
        Group::All | Group::By(_) | Group::Both(..) => None,
        Group::ReplyHours(by) if by == zone => Some(OnlyDimension::ReplyHour),
        Group::ReplyHours(_) => return None,
        Group::Proactive => Some(OnlyDimension::Proactive),
    };
    let conditions = query.conditions.iter();
    let mut used: BTreeSet<Dimension> = conditions.map(|condition| condition.dimension).collect();
    used.extend(query.group.dimensions());
    used.remove(&Dimension::Direction);
    used.remove(&Dimension::Department);
    match (used.len(), own) {
        (0, own) => own.or(Some(OnlyDimension::None)),
        (1, None) => used.pop_first().map(OnlyDimension::One),
        _ => None,
    }
}

/// Every instant at which a query tells what is before from what is not.
fn times(query: &Query) -> BTreeSet<Timestamp> {
    let interval = query.interval;
    let mut times = BTreeSet::from([interval.start, interval.end]);
    for axis in query.group.axes() {
        if let Axis::Parts(starts) = axis {
            times.extend(starts);
        }
    }
    if let Some(windows) = &query.windows {
        times.extend(windows.bounds());
    }
    // Elsewhere all of the interval lies on one side of it.
    if interval.contains(query.unconfirmed_before) {
        times.insert(query.unconfirmed_before);
    }
    times
}

#[cfg(test)]
mod tests;
