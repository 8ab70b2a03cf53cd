//! Times as providers write them.

use std::time::Duration;

use acuse_domain::time::Timestamp;
use serde_json::Value;

use super::Node;

/// How far ahead of ours a provider's clock may be.
const CLOCK_SKEW: Duration = Duration::from_secs(5 * 60);

/// 2009-01-01T00:00:00Z: an earlier time is a mistake of units, or none at all.
const EARLIEST: Timestamp = Timestamp::from_seconds(1_230_768_000);

/// The end of the year 9999, after which nothing can be written down.
const LATEST: Timestamp = Timestamp::from_seconds(253_402_300_799);

/// From here on a number counts milliseconds: as seconds it would lie in the year 5138, as milliseconds in 1973.
const MILLISECONDS: i64 = 100_000_000_000;

/// When something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// At this time.
    At(Timestamp),
    /// The provider gives no time that is one: it counts at its receipt.
    Receipt,
    /// The time given is before 2009, or more than 5 minutes after receipt.
    Implausible(Timestamp),
}

/// When something happened, as the provider says: seconds or milliseconds since 1970, as a number or text, or a date with its
/// time, in UTC where it gives no offset. Nothing, zero, and text that is no time are no time.
pub(crate) fn moment(node: Node<'_>, received_at: Timestamp) -> Moment {
    match instant(node) {
        None => Moment::Receipt,
        Some(at) if at == Timestamp::default() => Moment::Receipt,
        Some(at) if at < EARLIEST || at > received_at + CLOCK_SKEW => Moment::Implausible(at),
        Some(at) => Moment::At(at),
    }
}

/// A time that may lie in the future; `None` for none, and for one before 2009 or after the year 9999.
pub(crate) fn later_instant(node: Node<'_>) -> Option<Timestamp> {
    instant(node).filter(|at| (EARLIEST..=LATEST).contains(at))
}

fn instant(node: Node<'_>) -> Option<Timestamp> {
    match node.value()? {
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Some(counted(whole)),
            None => fraction(number.as_f64()?),
        },
        Value::String(text) => {
            let text = text.trim();
            let whole = text.parse().ok().map(counted);
            whole
                .or_else(|| fraction(text.parse().ok()?))
                .or_else(|| text.parse::<jiff::Timestamp>().ok().map(Timestamp::from))
                .or_else(|| written(text))
        }
        _ => None,
    }
}

fn counted(number: i64) -> Timestamp {
    if number.checked_abs().is_some_and(|it| it < MILLISECONDS) {
        Timestamp::from_seconds(number)
    } else {
        Timestamp::from_millis(number)
    }
}

/// Times that are no RFC 3339: an offset without a colon or behind a space, or none at all, which then is UTC.
fn written(text: &str) -> Option<Timestamp> {
    const WITH_OFFSET: [&str; 4] = [
        "%Y-%m-%dT%H:%M:%S%.f%z",
        "%Y-%m-%dT%H:%M:%S%.f %z",
        "%Y-%m-%d %H:%M:%S%.f%z",
        "%Y-%m-%d %H:%M:%S%.f %z",
    ];
    let parsed = |format| jiff::fmt::strtime::parse(format, text).ok();
    let instant = WITH_OFFSET
        .into_iter()
        .find_map(|format| parsed(format)?.to_timestamp().ok());
    let instant = instant.or_else(|| {
        let civil: jiff::civil::DateTime = text.parse().ok()?;
        jiff::tz::TimeZone::UTC.to_timestamp(civil).ok()
    });
    instant.map(Timestamp::from)
}

/// A number that is not whole; its fraction is less than anybody needs.
fn fraction(number: f64) -> Option<Timestamp> {
    // A cast stops at the greatest and the least number.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "the fraction is to be cut off"
    )]
    number.is_finite().then(|| counted(number as i64))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_750_000_000);

    fn of(value: serde_json::Value) -> Moment {
        moment(Node::of(&value), NOW)
    }

    #[test]
    fn seconds_and_milliseconds_as_number_and_text() {
        let at = Moment::At(Timestamp::from_seconds(1_749_416_383));
        for value in [
            json!("1749416383"),
            json!(1_749_416_383),
            json!(" 1749416383 "),
            json!(1_749_416_383.75),
            json!("1749416383.75"),
            json!("1749416383000"),
            json!(1_749_416_383_000_i64),
            json!("2025-06-08T20:59:43Z"),
            json!("2025-06-08T17:59:43-03:00"),
            json!("2025-06-08T20:59:43.000+0000"),
            json!("2025-06-08T17:59:43-0300"),
            json!("2025-06-08 22:59:43 +0200"),
            json!("2025-06-08 20:59:43"),
            json!("2025-06-08T20:59:43"),
        ] {
            assert_eq!(of(value.clone()), at, "{value}");
        }
        let millis = Timestamp::from_millis(1_749_416_383_123);
        assert_eq!(of(json!(1_749_416_383_123_i64)), Moment::At(millis));
    }

    #[test]
    fn what_is_no_time_counts_at_receipt() {
        for value in [
            json!(null),
            json!(""),
            json!(0),
            json!("0"),
            json!("TIMESTAMP"),
            json!("NaN"),
            json!("1e999"),
            json!({"seconds": 1}),
            json!([1_749_416_383]),
            json!(true),
        ] {
            assert_eq!(of(value.clone()), Moment::Receipt, "{value}");
        }
    }

    #[test]
    fn implausible_times_are_told() {
        for value in [
            json!("1"),
            json!(-1),
            json!(1_230_767_999),
            json!(1_750_000_301),
            json!(99_999_999_999_i64),
            json!(i64::MAX),
            json!(i64::MIN),
            json!(u64::MAX),
            json!(1e300),
        ] {
            assert!(
                matches!(of(value.clone()), Moment::Implausible(_)),
                "{value}"
            );
        }
        assert!(matches!(of(json!(1_750_000_300)), Moment::At(_)));
        assert!(matches!(of(json!(1_230_768_000)), Moment::At(_)));
    }

    #[test]
    fn an_end_may_lie_ahead() {
        let of = |value: serde_json::Value| later_instant(Node::of(&value));
        assert_eq!(
            of(json!("4102444800")),
            Some(Timestamp::from_seconds(4_102_444_800))
        );
        for value in [json!(0), json!(-5), json!(i64::MAX), json!("soon")] {
            assert_eq!(of(value.clone()), None, "{value}");
        }
    }
}
