//! Labels: how parts of time are written.

use std::fmt;

use acuse_domain::calendar::{Bucket, LocalDay};
use acuse_domain::time::Timestamp;

use super::axis::TimeAxis;

const WEEKDAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// A part of time. They are ordered as time goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Label {
    /// An hour, by an instant in it; where it is shown, its first.
    Hour(Timestamp),
    /// A day.
    Day(LocalDay),
    /// A week, by its Monday.
    Week(LocalDay),
    /// A month, by its first day.
    Month(LocalDay),
    /// A weekday, from 0 for Monday to 6.
    Weekday(u8),
    /// An hour of the day, from 0 to 23.
    HourOfDay(u8),
}

impl Label {
    /// Reads a label of an axis.
    ///
    /// # Errors
    ///
    /// What would be right.
    pub(super) fn parse(axis: TimeAxis, text: &str) -> Result<Self, &'static str> {
        let (label, right) = match axis {
            TimeAxis::Buckets(Bucket::Hour) => (
                text.parse::<jiff::Timestamp>()
                    .ok()
                    .map(|at| Self::Hour(at.into())),
                "give an instant of the hour in RFC 3339, such as 2026-09-06T04:00:00Z",
            ),
            TimeAxis::Buckets(Bucket::Day) => {
                (day(text).map(Self::Day), "give a day, such as 2026-09-06")
            }
            TimeAxis::Buckets(Bucket::Week) => (
                day(text)
                    .filter(|day| day.week_start() == *day)
                    .map(Self::Week),
                "give the Monday of the week, such as 2026-08-31",
            ),
            TimeAxis::Buckets(Bucket::Month) => (
                day(&format!("{text}-01")).map(Self::Month),
                "give a month, such as 2026-09",
            ),
            TimeAxis::Weekdays => (
                WEEKDAYS
                    .iter()
                    .position(|name| *name == text)
                    .and_then(|day| u8::try_from(day).ok())
                    .map(Self::Weekday),
                "give a weekday from monday to sunday",
            ),
            TimeAxis::HoursOfDay => (
                text.parse::<u8>()
                    .ok()
                    .filter(|hour| *hour < 24)
                    .map(Self::HourOfDay),
                "give an hour from 0 to 23",
            ),
        };
        label.ok_or(right)
    }
}

/// A day as ISO 8601 writes it, and in no other way.
fn day(text: &str) -> Option<LocalDay> {
    let mut parts = text.splitn(3, '-');
    let year = parts.next()?.parse().ok()?;
    let month = parts.next()?.parse().ok()?;
    let day = LocalDay::from_ymd(year, month, parts.next()?.parse().ok()?)?;
    (day.to_string() == text).then_some(day)
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hour(at) => at.fmt(f),
            Self::Day(day) | Self::Week(day) => day.fmt(f),
            Self::Month(first) => {
                let first = first.to_string();
                f.write_str(first.strip_suffix("-01").unwrap_or(&first))
            }
            Self::Weekday(day) => f.write_str(WEEKDAYS.get(usize::from(*day)).unwrap_or(&"")),
            Self::HourOfDay(hour) => hour.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_read_as_it_is_written() {
        let buckets = TimeAxis::Buckets;
        for (axis, text) in [
            (buckets(Bucket::Hour), "2026-09-06T04:00:00Z"),
            (buckets(Bucket::Day), "2026-09-06"),
            (buckets(Bucket::Week), "2026-08-31"),
            (buckets(Bucket::Month), "2026-09"),
            (TimeAxis::Weekdays, "sunday"),
            (TimeAxis::HoursOfDay, "23"),
        ] {
            assert_eq!(Label::parse(axis, text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_label_is_told() {
        let buckets = TimeAxis::Buckets;
        for (axis, text) in [
            (buckets(Bucket::Hour), "2026-09-06"),
            (buckets(Bucket::Day), "2026-9-6"),
            (buckets(Bucket::Day), "2026-02-29"),
            (buckets(Bucket::Week), "2026-09-01"),
            (buckets(Bucket::Month), "2026-13"),
            (TimeAxis::Weekdays, "Monday"),
            (TimeAxis::HoursOfDay, "24"),
        ] {
            assert!(Label::parse(axis, text).is_err(), "{text}");
        }
    }
}
