//! Stretches: a query's interval, cut wherever something in it depends on time.

use crate::calendar::Interval;
use crate::report::{Axis, NO_VALUE, Query, Value};
use crate::time::Timestamp;

/// A stretch of time within which nothing that depends on time changes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stretch {
    pub(super) interval: Interval,
    pub(super) unconfirmed: bool,
    /// The positions of its parts along the axes of the group; [`NO_VALUE`] where an axis is none of time.
    pub(super) parts: [Value; 2],
}

/// The stretches of a query's interval in which messages may count.
pub(super) fn stretches(query: &Query) -> Vec<Stretch> {
    let interval = query.interval;
    let mut cuts: Vec<Timestamp> = vec![interval.start, interval.end];
    for axis in query.group.axes() {
        if let Axis::Parts(starts) = axis {
            cuts.extend(starts);
        }
    }
    if let Some(windows) = &query.windows {
        cuts.extend(windows.bounds());
    }
    cuts.push(query.unconfirmed_before);
    cuts.retain(|at| (interval.start..=interval.end).contains(at));
    cuts.sort_unstable();
    cuts.dedup();
    let between = cuts.windows(2).map(|ends| Interval::new(ends[0], ends[1]));
    let windows = query.windows.as_ref();
    let counts = |part: &Interval| windows.is_none_or(|windows| windows.contain(part.start));
    between
        .filter(counts)
        .map(|interval| {
            let mut parts = [NO_VALUE; 2];
            for (part, axis) in parts.iter_mut().zip(query.group.axes()) {
                if let Axis::Parts(starts) = axis {
                    *part = Axis::part(starts, interval.start);
                }
            }
            Stretch {
                interval,
                unconfirmed: interval.start < query.unconfirmed_before,
                parts,
            }
        })
        .collect()
}
