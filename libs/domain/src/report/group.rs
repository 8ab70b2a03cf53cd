//! Groups: what cells are told apart by.

use super::dimension::Dimension;
use super::value::{Key, Value};
use crate::calendar::{Interval, Zone};
use crate::contribution::Contribution;
use crate::rollup::{proactive, reply_hour};
use crate::time::Timestamp;

/// What there is a cell for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Group {
    /// All together: one cell, with the key 0.
    All,
    /// Each value along one axis.
    By(Axis),
    /// Each pair of values along two axes.
    Both(Axis, Axis),
    /// Each hour of the week of the first reply, as the zone's clock shows it; a cell's key is 1 + 24 x weekday + hour,
    /// Monday's being 0, or 0 for messages without a reply.
    ReplyHours(Zone),
    /// Each kind of proactive send, see [`crate::rollup::Facet::Proactive`].
    Proactive,
}

/// What tells messages apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Axis {
    /// The part of the interval to which a message belongs: they begin at these instants, which never descend, the first one
    /// at the interval's start. The value is the part's position, from 0; of parts that begin together the last one has
    /// all of it.
    Parts(Vec<Timestamp>),
    /// The value of a dimension that is no time.
    Values(Dimension),
}

impl Group {
    /// Each part of the interval, see [`Axis::Parts`].
    pub const fn parts(starts: Vec<Timestamp>) -> Self {
        Self::By(Axis::Parts(starts))
    }

    /// Each value of a dimension.
    pub const fn values(dimension: Dimension) -> Self {
        Self::By(Axis::Values(dimension))
    }

    /// The axes, in order.
    pub fn axes(&self) -> impl Iterator<Item = &Axis> {
        let [first, second] = match self {
            Self::All | Self::ReplyHours(_) | Self::Proactive => [None, None],
            Self::By(axis) => [Some(axis), None],
            Self::Both(first, second) => [Some(first), Some(second)],
        };
        first.into_iter().chain(second)
    }

    /// The dimensions whose values cells are told apart by.
    pub fn dimensions(&self) -> impl Iterator<Item = Dimension> {
        self.axes().filter_map(|axis| match axis {
            Axis::Parts(_) => None,
            Axis::Values(dimension) => Some(*dimension),
        })
    }

    /// The key of a message's cell.
    pub(super) fn key_of(&self, contribution: &Contribution) -> Key {
        match self {
            Self::All => Key::default(),
            Self::By(axis) => axis.value_of(contribution).into(),
            Self::Both(first, second) => {
                Key::pair(first.value_of(contribution), second.value_of(contribution))
            }
            Self::ReplyHours(zone) => reply_hour(contribution, zone).into(),
            Self::Proactive => proactive(contribution).into(),
        }
    }

    /// The same for a part of the interval.
    pub(super) fn within(&self, part: Interval) -> Self {
        match self {
            Self::By(axis) => Self::By(axis.within(part)),
            Self::Both(first, second) => Self::Both(first.within(part), second.within(part)),
            group => group.clone(),
        }
    }
}

impl Axis {
    /// The position of the part that an instant belongs to, where parts begin at `starts`.
    pub(super) fn part(starts: &[Timestamp], at: Timestamp) -> Value {
        let begun = starts.partition_point(|start| *start <= at);
        Value::try_from(begun).unwrap_or(Value::MAX) - 1
    }

    fn value_of(&self, contribution: &Contribution) -> Value {
        match self {
            Self::Parts(starts) => Self::part(starts, contribution.at),
            Self::Values(dimension) => dimension.value_of(contribution),
        }
    }

    fn within(&self, part: Interval) -> Self {
        match self {
            // Those before have begun by its start, and those after begin too late for all of it: every part of time
            // keeps its position.
            Self::Parts(starts) => {
                let starts = starts.iter();
                Self::Parts(starts.map(|at| (*at).clamp(part.start, part.end)).collect())
            }
            axis => axis.clone(),
        }
    }
}
