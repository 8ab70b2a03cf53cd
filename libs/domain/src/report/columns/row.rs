//! Rows: a contribution as numbers, as far as queries can tell it from others.

use std::collections::HashMap;
use std::sync::Arc;

use crate::calendar::quarter_hour;
use crate::contribution::{Contribution, Dimensions, Measures};
use crate::kinds::Direction;
use crate::report::{Dimension, Value};
use crate::rollup::{Span, bins_of};
use crate::time::Timestamp;

/// What a column holds of each row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    /// The number of its class, see [`Classes`].
    Class,
    /// The value of a dimension that its class does not tell.
    Of(Dimension),
    /// 1 + the bin of a time; 0 where it has none.
    Bin(Span),
    /// 1 + the quarter hour of its first reply, counted from the first of 1970; 0 without one.
    Replied,
}

/// The fields, in the order of a row's values.
pub(super) const FIELDS: [Field; 24] = [
    Field::Class,
    Field::Of(Dimension::Channel),
    Field::Of(Dimension::ChannelAccount),
    Field::Of(Dimension::Account),
    Field::Of(Dimension::Source),
    Field::Of(Dimension::Type),
    Field::Of(Dimension::Subtype),
    Field::Of(Dimension::Template),
    Field::Of(Dimension::TemplateCategory),
    Field::Of(Dimension::Campaign),
    Field::Of(Dimension::Broadcast),
    Field::Of(Dimension::Agent),
    Field::Of(Dimension::Team),
    Field::Of(Dimension::Department),
    Field::Of(Dimension::ContentType),
    Field::Of(Dimension::FailureCategory),
    Field::Of(Dimension::ErrorCode),
    Field::Of(Dimension::ConversationType),
    Field::Of(Dimension::PricingCategory),
    Field::Of(Dimension::PricingType),
    Field::Bin(Span::ToDeliver),
    Field::Bin(Span::ToRead),
    Field::Bin(Span::ToReply),
    Field::Replied,
];

impl Field {
    /// Its place in a row.
    pub(super) fn place(self) -> usize {
        FIELDS
            .iter()
            .position(|field| *field == self)
            .unwrap_or_default()
    }

    /// The field that holds a dimension; `None` where the class tells it.
    pub(super) fn of(dimension: Dimension) -> Option<Self> {
        match dimension {
            Dimension::Direction
            | Dimension::State
            | Dimension::FailureStage
            | Dimension::SessionOpen
            | Dimension::Conflict => None,
            other => Some(Self::Of(other)),
        }
    }
}

/// A contribution as numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Row {
    /// The instant that places it in time, in microseconds.
    pub(super) at: i64,
    /// Its values, in the order of [`FIELDS`].
    pub(super) values: [Value; FIELDS.len()],
}

impl Row {
    /// The row of a contribution.
    pub(super) fn of(contribution: &Contribution, classes: &mut Arc<Classes>) -> Self {
        let sent = match &contribution.measures {
            Measures::Sent(sent) => Some(sent),
            Measures::Received | Measures::Unattached => None,
        };
        let bin = |wanted: Span| {
            let mut bins = bins_of(contribution.at, sent?);
            bins.find_map(|(span, bin)| (span == wanted).then_some(1 + Value::from(bin)))
        };
        let replied_at = sent.and_then(|sent| sent.replied_at);
        Self {
            at: contribution.at.micros(),
            values: FIELDS.map(|field| match field {
                Field::Class => Classes::number(classes, contribution),
                Field::Of(dimension) => dimension.value_of(contribution),
                Field::Bin(span) => bin(span).unwrap_or_default(),
                Field::Replied => replied_at.map_or(0, |at| 1 + quarters(at)),
            }),
        }
    }
}

/// Microseconds in a quarter hour.
const QUARTER: i64 = 15 * 60 * 1_000_000;

/// The quarter hours from the first of 1970 to an instant.
fn quarters(at: Timestamp) -> Value {
    Value::try_from(quarter_hour(at).micros() / QUARTER).unwrap_or(Value::MAX - 1)
}

/// The first instant of a quarter hour.
pub(super) fn quarter(number: Value) -> Timestamp {
    Timestamp::from_micros(i64::from(number) * QUARTER)
}

/// What messages count as, each kind once. There are some hundred at most: states, stages, flags.
#[derive(Debug, Clone, Default)]
pub(super) struct Classes {
    /// A contribution of each kind, without time and dimensions; by its number.
    kinds: Vec<Contribution>,
    numbers: HashMap<Contribution, Value>,
}

impl Classes {
    /// The number of a contribution's class, which is a new one where there was none.
    fn number(of: &mut Arc<Self>, contribution: &Contribution) -> Value {
        let kind = kind(contribution);
        if let Some(number) = of.numbers.get(&kind) {
            return *number;
        }
        let known = Arc::make_mut(of);
        let number = Value::try_from(known.kinds.len()).unwrap_or(Value::MAX);
        known.kinds.push(kind);
        known.numbers.insert(kind, number);
        number
    }

    /// A contribution of each kind, in the order of the numbers.
    pub(super) fn kinds(&self) -> &[Contribution] {
        &self.kinds
    }

    pub(super) fn bytes(&self) -> usize {
        3 * self.kinds.len() * size_of::<Contribution>()
    }
}

/// What is left of a contribution without its time and its dimensions, and with nothing of its times but whether it was replied
/// to.
fn kind(contribution: &Contribution) -> Contribution {
    let mut measures = contribution.measures;
    if let Measures::Sent(sent) = &mut measures {
        sent.delivered_at = None;
        sent.read_at = None;
        sent.replied_at = sent.replied_at.map(|_| Timestamp::default());
    }
    Contribution {
        direction: match measures {
            Measures::Received => Direction::Inbound,
            Measures::Unattached | Measures::Sent(_) => Direction::Outbound,
        },
        at: Timestamp::default(),
        dimensions: Dimensions::default(),
        measures,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dimension_has_its_place_or_is_told_by_the_class() {
        for dimension in Dimension::ALL.iter().copied() {
            if let Some(field) = Field::of(dimension) {
                assert_eq!(FIELDS[field.place()], field);
            }
        }
        assert_eq!(FIELDS[0], Field::Class);
    }
}
