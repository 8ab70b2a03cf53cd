//! The reference's words for the wire.

use acuse_proto::reporting::{
    self, Bucket, CountedIn, FirstReply, IdKind as WireIdKind, Interval, Metric, Period, Preset,
    Question, RatePart, ValueSet, filter, period,
};
use acuse_tests::reference::report::{Dimension, Figure, IdKind, Part, Request};

use crate::asked::Asked;
use crate::replies::WEEKDAYS;

/// A time in microseconds.
pub(crate) fn time(at: i64) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: at.div_euclid(1_000_000),
        nanos: i32::try_from(at.rem_euclid(1_000_000) * 1_000).unwrap(),
    }
}

/// An interval in microseconds.
pub(crate) fn interval(start: i64, end: i64) -> Interval {
    Interval {
        start_at: Some(time(start)),
        end_at: Some(time(end)),
    }
}

/// The dimension of the same name.
pub(crate) fn dimension(dimension: Dimension) -> reporting::Dimension {
    let mut name = "DIMENSION".to_owned();
    for letter in format!("{dimension:?}").chars() {
        if letter.is_uppercase() {
            name.push('_');
        }
        name.extend(letter.to_uppercase());
    }
    reporting::Dimension::from_str_name(&name).expect(&name)
}

/// The bucket that is as long as a part of time; a day for all else.
pub(crate) fn bucket(unit: Dimension) -> Bucket {
    match unit {
        Dimension::Hour => Bucket::Hour,
        Dimension::Week => Bucket::Week,
        Dimension::Month => Bucket::Month,
        _ => Bucket::Day,
    }
}

fn id_kind(kind: IdKind) -> WireIdKind {
    match kind {
        IdKind::Contact => WireIdKind::Contact,
        IdKind::Phone => WireIdKind::Phone,
        IdKind::Correlation => WireIdKind::Correlation,
        IdKind::Conversation => WireIdKind::Conversation,
        IdKind::Ticket => WireIdKind::Ticket,
        IdKind::Message => WireIdKind::Message,
    }
}

/// What a request asks.
pub(crate) fn question(asked: &Asked) -> Question {
    let request = &asked.request;
    let period = match asked.preset {
        Some(name) => {
            let name = format!("PRESET_{}", name.to_uppercase());
            period::Period::Preset(Preset::from_str_name(&name).unwrap().into())
        }
        None => period::Period::Custom(interval(request.start, request.end)),
    };
    Question {
        period: Some(Period {
            period: Some(period),
        }),
        time_zone: (!asked.leaves_zone).then(|| request.zone.clone()),
        filters: filters(request),
        id_filters: request
            .id_filters
            .iter()
            .map(|filter| reporting::IdFilter {
                kind: id_kind(filter.kind).into(),
                any_of: filter.any_of.iter().cloned().collect(),
            })
            .collect(),
        counted_in: request.counted_in.iter().map(counted_in).collect(),
        first_reply: request
            .first_reply
            .as_ref()
            .map(|(weekdays, hours)| FirstReply {
                weekdays: weekdays
                    .iter()
                    .map(|day| WEEKDAYS[*day].to_owned())
                    .collect(),
                hours_of_day: hours
                    .iter()
                    .map(|hour| i32::try_from(*hour).unwrap())
                    .collect(),
            }),
    }
}

fn counted_in(figure: &Figure) -> CountedIn {
    let name = format!("METRIC_{}", figure.name.to_uppercase());
    CountedIn {
        metric: Metric::from_str_name(&name).expect(&name).into(),
        part: figure.part.map(|part| match part {
            Part::Numerator => RatePart::Numerator.into(),
            Part::Denominator => RatePart::Denominator.into(),
            Part::LeftOut => RatePart::LeftOut.into(),
        }),
    }
}

fn filters(request: &Request) -> Vec<reporting::Filter> {
    request
        .filters
        .iter()
        .map(|filter| {
            let set = ValueSet {
                values: filter.values.iter().flatten().cloned().collect(),
                none: filter.values.contains(&None),
            };
            reporting::Filter {
                dimension: dimension(filter.dimension).into(),
                condition: Some(if filter.none_of {
                    filter::Condition::NoneOf(set)
                } else {
                    filter::Condition::AnyOf(set)
                }),
            }
        })
        .collect()
}

/// Microseconds of a time of the wire.
pub(crate) fn micros(at: Option<&prost_types::Timestamp>) -> Option<i64> {
    at.map(acuse_tests::reference::micros)
}
