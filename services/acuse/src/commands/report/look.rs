//! How figures look.

use acuse_proto::reporting::{Availability, Bucket, DimensionValue, Interval, Metric, Rate};
use jiff::{Timestamp, tz::TimeZone};

use super::vocabulary::Words as _;
use crate::output::{number, plain};

/// What stands for a figure that there is none of.
pub(super) const ABSENT: &str = "-";

/// Eighths of a cell, from one to seven.
const EIGHTHS: [char; 7] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/// Cells of a bar.
const BAR: usize = 12;

/// A share in percent with one decimal.
pub(super) fn percent(share: f64) -> String {
    format!("{:.1}%", share * 100.0)
}

/// A rate in percent; "n/a" where no channel reports it, a dash where there is nothing to have a share of.
pub(super) fn rate(rate: Option<&Rate>) -> String {
    match rate {
        Some(Rate {
            quotient: Some(share),
            ..
        }) => percent(*share),
        Some(rate) if rate.availability() == Availability::NotApplicable => "n/a".to_owned(),
        _ => ABSENT.to_owned(),
    }
}

/// A bar as long as a share of 0 to 1.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a clamped number of cells"
)]
pub(super) fn bar(share: f64) -> String {
    let eighths = (share.clamp(0.0, 1.0) * 8.0 * BAR as f64).round() as usize;
    let mut bar = "█".repeat(eighths / 8);
    bar.extend((eighths % 8).checked_sub(1).map(|eighths| EIGHTHS[eighths]));
    bar
}

/// A bar with its share behind.
pub(super) fn share(part: i64, whole: i64) -> String {
    if whole <= 0 {
        return ABSENT.to_owned();
    }
    let share = part as f64 / whole as f64;
    let bar = bar(share);
    let missing = BAR.saturating_sub(bar.chars().count());
    format!("{bar}{}{:>7}", " ".repeat(missing), percent(share))
}

/// A length of time with its two largest units.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "edges of bins are whole and not negative"
)]
pub(super) fn seconds(seconds: Option<f64>) -> String {
    let Some(seconds) = seconds.map(|seconds| seconds as u64) else {
        return ABSENT.to_owned();
    };
    let (days, hours) = (seconds / 86_400, seconds / 3_600 % 24);
    let (minutes, rest) = (seconds / 60 % 60, seconds % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{rest} s"),
        (0, 0, minutes) => format!("{minutes} m {rest:02} s"),
        (0, hours, minutes) => format!("{hours} h {minutes:02} m"),
        (days, hours, _) => format!("{days} d {hours:02} h"),
    }
}

/// Whether a metric is a share.
pub(super) fn is_rate(metric: Metric) -> bool {
    metric.word().ends_with("_rate")
}

/// A figure of a metric: a count, a share in percent, or a length of time.
#[allow(clippy::cast_possible_truncation, reason = "counts are whole")]
pub(super) fn figure(metric: Metric, figure: Option<f64>) -> String {
    match figure {
        None => ABSENT.to_owned(),
        Some(share) if is_rate(metric) => percent(share),
        Some(_) if metric.word().starts_with("time_") => seconds(figure),
        Some(count) => number(count as i64),
    }
}

/// A metric's name for people.
pub(super) fn title(metric: Metric) -> String {
    metric.word().replace('_', " ")
}

/// What is beyond the limit, by how many values that is.
pub(super) fn others(count: i64) -> String {
    match count {
        1 => "(1 other)".to_owned(),
        count => format!("({} others)", number(count)),
    }
}

/// A value by what people call it; its id as well where that is another. That of a template without one is its name and language,
/// and says all that there is.
pub(super) fn value(value: &DimensionValue, zone: &TimeZone) -> String {
    match (&value.id, &value.name, &value.interval) {
        // An hour is told apart by its instant alone, which reads badly.
        (
            Some(id),
            _,
            Some(Interval {
                start_at: Some(_), ..
            }),
        ) if id.ends_with('Z') => instant(id.parse().ok(), zone),
        (Some(id), Some(name), _) => match id.strip_prefix(name.as_str()) {
            Some("" | "/") => plain(name),
            Some(rest) if rest.starts_with('/') => plain(id),
            _ => plain(&format!("{name} ({id})")),
        },
        (Some(id), None, _) => plain(id),
        (None, ..) => "(none)".to_owned(),
    }
}

/// A time in a zone, to the minute.
pub(super) fn minute(at: Option<&prost_types::Timestamp>, zone: &TimeZone) -> String {
    instant(
        at.and_then(|at| Timestamp::new(at.seconds, at.nanos).ok()),
        zone,
    )
}

/// When a bucket begins; by its day alone where that is midnight, but for hours.
pub(super) fn begins(interval: Option<Interval>, bucket: Bucket, zone: &TimeZone) -> String {
    let start = interval.and_then(|interval| interval.start_at);
    let begins = minute(start.as_ref(), zone);
    match (bucket, begins.strip_suffix(" 00:00")) {
        (Bucket::Hour, _) | (_, None) => begins,
        (_, Some(day)) => day.to_owned(),
    }
}

fn instant(at: Option<Timestamp>, zone: &TimeZone) -> String {
    at.map_or_else(
        || ABSENT.to_owned(),
        |at| {
            at.to_zoned(zone.clone())
                .strftime("%Y-%m-%d %H:%M")
                .to_string()
        },
    )
}

/// How long buckets are that were asked for by a number, or not at all.
pub(super) fn bucket(number: Option<i32>) -> Bucket {
    let known = number.and_then(|number| Bucket::try_from(number).ok());
    known.unwrap_or(Bucket::Day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_have_one_decimal_and_a_bar() {
        assert_eq!(share(1, 3), "████          33.3%");
        assert_eq!(share(3, 3), "████████████ 100.0%");
        assert_eq!(share(0, 3), "               0.0%");
        assert_eq!(share(0, 0), "-");
        assert_eq!(bar(1.0 / 96.0), "▏");
    }

    #[test]
    fn a_rate_that_is_none_says_why() {
        let with = |availability: Availability| Rate {
            availability: availability.into(),
            ..Rate::default()
        };
        assert_eq!(rate(Some(&with(Availability::NotApplicable))), "n/a");
        assert_eq!(rate(Some(&with(Availability::NoData))), "-");
        assert_eq!(rate(None), "-");
    }

    #[test]
    fn a_value_is_not_shown_twice() {
        let shown = |id: &str, name: Option<&str>| {
            let value = DimensionValue {
                id: Some(id.to_owned()),
                name: name.map(str::to_owned),
                ..DimensionValue::default()
            };
            super::value(&value, &TimeZone::UTC)
        };
        assert_eq!(shown("761646", Some("bienvenida")), "bienvenida (761646)");
        assert_eq!(shown("761646", None), "761646");
        assert_eq!(shown("ventas", Some("ventas")), "ventas");
        // Templates without an id go by name and language.
        assert_eq!(shown("bienvenida/es", Some("bienvenida")), "bienvenida/es");
        assert_eq!(shown("bienvenida/", Some("bienvenida")), "bienvenida");
        assert_eq!(shown("ventas-2", Some("ventas")), "ventas (ventas-2)");
    }

    #[test]
    fn one_other_is_one() {
        let shown = [1, 2, 1_234].map(others);
        assert_eq!(shown, ["(1 other)", "(2 others)", "(1,234 others)"]);
    }

    #[test]
    fn times_have_two_units() {
        let shown = [0.0, 59.0, 61.0, 3_661.0, 90_000.0].map(|time| seconds(Some(time)));
        assert_eq!(shown, ["0 s", "59 s", "1 m 01 s", "1 h 01 m", "1 d 01 h"]);
        assert_eq!(figure(Metric::TimeToReadP90, Some(61.0)), "1 m 01 s");
        assert_eq!(figure(Metric::ReplyRate, Some(0.25)), "25.0%");
        assert_eq!(figure(Metric::Messages, Some(1_234.0)), "1,234");
        assert_eq!(figure(Metric::Messages, None), "-");
    }
}
