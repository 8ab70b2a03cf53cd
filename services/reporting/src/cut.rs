//! Cutting: an interval into the parts of time that a report groups or filters by.

use std::collections::BTreeSet;

use acuse_domain::calendar::{Bucket, Interval, Zone, buckets};
use acuse_domain::error::{Error, Result};
use acuse_domain::report::Windows;
use acuse_domain::time::hours;
use acuse_proto::convert::reporting::{Label, TimeAxis};

/// Parts of an interval at most.
const MAX_PARTS: usize = 10_000;

/// Cuts an interval as [`cut`] does, where that gives no more than 10,000 parts.
///
/// # Errors
///
/// INVALID_ARGUMENT for `field` where it gives more; then little or nothing was cut.
pub(crate) fn cut_few(
    interval: Interval,
    zone: &Zone,
    axis: TimeAxis,
    field: &str,
) -> Result<Vec<(Interval, Label)>> {
    check_parts(interval, axis, field)?;
    let parts = cut(interval, zone, axis);
    match parts.len() {
        ..=MAX_PARTS => Ok(parts),
        _ => Err(too_many(field)),
    }
}

/// Checks, without cutting, that an interval is not so long that it has more than 10,000 parts even if all are of their
/// greatest length.
///
/// # Errors
///
/// INVALID_ARGUMENT for `field` where it is.
pub(crate) fn check_parts(interval: Interval, axis: TimeAxis, field: &str) -> Result<()> {
    // Where the clock is set back by an hour.
    let longest = match axis {
        TimeAxis::HoursOfDay | TimeAxis::Buckets(Bucket::Hour) => hours(1),
        TimeAxis::Weekdays | TimeAxis::Buckets(Bucket::Day) => hours(25),
        TimeAxis::Buckets(Bucket::Week) => hours(7 * 24 + 1),
        TimeAxis::Buckets(Bucket::Month) => hours(31 * 24 + 1),
    };
    let length = u128::try_from(interval.end.micros_since(interval.start)).unwrap_or(0);
    match length > longest.as_micros() * MAX_PARTS as u128 {
        true => Err(too_many(field)),
        false => Ok(()),
    }
}

fn too_many(field: &str) -> Error {
    let fault = format!(
        "gives more than {MAX_PARTS} parts of time; choose longer ones, or a shorter period"
    );
    Error::invalid_field(field, fault)
}

/// Cuts an interval, in order, without gap or overlap. Parts of weekdays and hours of the day share their labels.
pub(crate) fn cut(interval: Interval, zone: &Zone, axis: TimeAxis) -> Vec<(Interval, Label)> {
    let bucket = match axis {
        TimeAxis::Buckets(bucket) => bucket,
        TimeAxis::Weekdays => Bucket::Day,
        TimeAxis::HoursOfDay => Bucket::Hour,
    };
    buckets(interval, zone, bucket)
        .into_iter()
        .map(|part| (part, label(part, zone, axis)))
        .collect()
}

fn label(part: Interval, zone: &Zone, axis: TimeAxis) -> Label {
    let day = zone.day_of(part.start);
    match axis {
        TimeAxis::Buckets(Bucket::Hour) => Label::Hour(part.start),
        TimeAxis::Buckets(Bucket::Day) => Label::Day(day),
        TimeAxis::Buckets(Bucket::Week) => Label::Week(day.week_start()),
        TimeAxis::Buckets(Bucket::Month) => Label::Month(day.month_start()),
        TimeAxis::Weekdays => Label::Weekday(day.weekday()),
        TimeAxis::HoursOfDay => Label::HourOfDay(zone.weekday_hour(part.start).1),
    }
}

/// A filter by parts of time.
#[derive(Debug, Clone)]
pub(crate) struct TimeFilter {
    pub(crate) axis: TimeAxis,
    /// Whether the parts are left out.
    pub(crate) negated: bool,
    pub(crate) labels: BTreeSet<Label>,
}

/// What all filters leave of an interval, in order.
pub(crate) fn remaining(interval: Interval, zone: &Zone, filters: &[TimeFilter]) -> Vec<Interval> {
    filters.iter().fold(vec![interval], |left, filter| {
        let hours = filter.hours(zone);
        left.into_iter()
            .flat_map(|part| cut(part, zone, filter.axis))
            .filter(|(part, label)| {
                let named = match label {
                    Label::Hour(_) => hours.contain(part.start),
                    label => filter.labels.contains(label),
                };
                named != filter.negated
            })
            .map(|(part, _)| part)
            .collect()
    })
}

impl TimeFilter {
    /// The hours that are named: each by any instant in it, so that an hour cut by the interval keeps its name.
    fn hours(&self, zone: &Zone) -> Windows {
        let whole = self.labels.iter().filter_map(|label| match label {
            Label::Hour(at) => {
                let around = Interval::new(*at - hours(2), *at + hours(2));
                let mut cut = buckets(around, zone, Bucket::Hour).into_iter();
                cut.find(|hour| hour.contains(*at))
            }
            _ => None,
        });
        Windows::new(whole)
    }
}

#[cfg(test)]
mod tests {
    use acuse_domain::time::Timestamp;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse::<jiff::Timestamp>().unwrap().into()
    }

    fn between(start: &str, end: &str) -> Interval {
        Interval::new(at(start), at(end))
    }

    fn filter(axis: TimeAxis, labels: &[Label], negated: bool) -> TimeFilter {
        TimeFilter {
            axis,
            negated,
            labels: labels.iter().copied().collect(),
        }
    }

    #[test]
    fn an_hour_keeps_its_name_where_it_is_cut() {
        let kathmandu: Zone = "Asia/Kathmandu".parse().unwrap();
        // From 06:10 to 07:45 there, which is 45 minutes and five hours ahead.
        let interval = between("2026-03-01T00:25:00Z", "2026-03-01T02:00:00Z");
        let parts = cut(interval, &kathmandu, TimeAxis::Buckets(Bucket::Hour));
        let starts: Vec<String> = parts.iter().map(|(_, label)| label.to_string()).collect();
        assert_eq!(starts, ["2026-03-01T00:25:00Z", "2026-03-01T01:15:00Z"]);
        let hours = TimeAxis::Buckets(Bucket::Hour);
        for name in ["2026-03-01T00:15:00Z", "2026-03-01T00:25:00Z"] {
            let by_name = filter(hours, &[Label::Hour(at(name))], false);
            assert_eq!(remaining(interval, &kathmandu, &[by_name]), [parts[0].0]);
        }
    }

    #[test]
    fn an_hour_that_comes_twice_is_one_hour_of_the_day() {
        let lord_howe: Zone = "Australia/Lord_Howe".parse().unwrap();
        // The clock goes back from 2:00 to 1:30.
        let day = between("2026-04-04T13:00:00Z", "2026-04-05T13:30:00Z");
        let parts = cut(day, &lord_howe, TimeAxis::HoursOfDay);
        let minutes: i64 = parts
            .iter()
            .filter(|(_, label)| *label == Label::HourOfDay(1))
            .map(|(part, _)| part.end.micros_since(part.start) / 60_000_000)
            .sum();
        assert_eq!(minutes, 90);
    }

    #[test]
    fn filters_by_time_are_all_met() {
        let interval = between("2026-03-02T00:00:00Z", "2026-03-16T00:00:00Z");
        let mondays = filter(TimeAxis::Weekdays, &[Label::Weekday(0)], false);
        let not_at_noon = filter(TimeAxis::HoursOfDay, &[Label::HourOfDay(12)], true);
        let left = remaining(interval, &Zone::UTC, &[mondays, not_at_noon]);
        assert_eq!(left.len(), 2 * 23);
        assert_eq!(
            left[12],
            between("2026-03-02T13:00:00Z", "2026-03-02T14:00:00Z")
        );
        let nothing = filter(TimeAxis::Weekdays, &[], false);
        assert_eq!(remaining(interval, &Zone::UTC, &[nothing]), []);
    }
}
