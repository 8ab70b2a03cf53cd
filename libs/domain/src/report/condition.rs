//! Conditions: what filters and scopes ask of a message.

use std::collections::BTreeSet;

use super::dimension::Dimension;
use super::value::Value;
use crate::calendar::Interval;
use crate::contribution::Contribution;
use crate::time::Timestamp;

/// A condition on one dimension that is no time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The dimension.
    pub dimension: Dimension,
    /// Whether messages with one of the values are left out; otherwise they are the ones that stay.
    pub negated: bool,
    /// The values. Without any, nothing stays, or nothing is left out.
    pub values: BTreeSet<Value>,
}

impl Condition {
    /// Any of a set of values.
    pub fn any_of(dimension: Dimension, values: impl IntoIterator<Item = Value>) -> Self {
        Self {
            dimension,
            negated: false,
            values: values.into_iter().collect(),
        }
    }

    /// None of a set of values.
    pub fn none_of(dimension: Dimension, values: impl IntoIterator<Item = Value>) -> Self {
        Self {
            negated: true,
            ..Self::any_of(dimension, values)
        }
    }

    /// Whether a message with this value meets it.
    pub fn admits(&self, value: Value) -> bool {
        self.values.contains(&value) != self.negated
    }

    /// Whether a message with this contribution meets it.
    pub fn met_by(&self, contribution: &Contribution) -> bool {
        self.admits(self.dimension.value_of(contribution))
    }
}

/// Parts of time that a message has to belong to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Windows {
    /// The instants at which it alternately begins and ends to be inside.
    bounds: Vec<Timestamp>,
}

impl Windows {
    /// The union of intervals, in any order.
    pub fn new(intervals: impl IntoIterator<Item = Interval>) -> Self {
        let mut intervals: Vec<Interval> = intervals
            .into_iter()
            .filter(|interval| !interval.is_empty())
            .collect();
        intervals.sort_unstable_by_key(|interval| interval.start);
        let mut bounds: Vec<Timestamp> = Vec::with_capacity(intervals.len() * 2);
        for interval in intervals {
            match bounds.last_mut() {
                Some(end) if interval.start <= *end => *end = interval.end.max(*end),
                _ => bounds.extend([interval.start, interval.end]),
            }
        }
        Self { bounds }
    }

    /// Whether an instant is inside: whether an odd number of bounds has been passed.
    pub fn contain(&self, at: Timestamp) -> bool {
        self.bounds.partition_point(|bound| *bound <= at) % 2 == 1
    }

    /// What of the windows lies in an interval.
    #[must_use]
    pub fn within(&self, interval: Interval) -> Self {
        let windows = self.bounds.chunks_exact(2);
        let inside = windows.filter_map(|ends| {
            let window = Interval::new(ends[0], ends[1]);
            window.intersection(interval)
        });
        Self::new(inside)
    }

    /// The instants at which it alternately begins and ends to be inside, ascending.
    pub fn bounds(&self) -> &[Timestamp] {
        &self.bounds
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_condition_without_values_admits_nothing_or_everything() {
        assert!(!Condition::any_of(Dimension::Agent, []).admits(0));
        assert!(Condition::none_of(Dimension::Agent, []).admits(7));
        assert!(Condition::any_of(Dimension::Agent, [0]).admits(0));
        assert!(!Condition::none_of(Dimension::Agent, [0]).admits(0));
    }

    proptest! {
        #[test]
        fn windows_are_the_union_of_their_intervals(
            spans in prop::collection::vec((0i64..50, 0i64..50), 0..8),
            at in 0i64..50,
            cut in (0i64..50, 0i64..50),
        ) {
            let time = Timestamp::from_micros;
            let intervals: Vec<Interval> = spans
                .iter()
                .map(|(start, end)| Interval::new(time(*start), time(*end)))
                .collect();
            let inside = intervals.iter().any(|interval| interval.contains(time(at)));
            let windows = Windows::new(intervals);
            prop_assert_eq!(windows.contain(time(at)), inside);
            let part = Interval::new(time(cut.0), time(cut.1));
            prop_assert_eq!(windows.within(part).contain(time(at)), inside && part.contains(time(at)));
            prop_assert!(windows.bounds().windows(2).all(|pair| pair[0] < pair[1]));
        }
    }
}
