//! Periods as people type them.

use std::str::FromStr;

use acuse_proto::reporting::{self, Interval, Preset};
use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};

use super::vocabulary::Words as _;

/// What a report covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Period {
    /// An interval by its name.
    Named(Preset),
    /// Local days, both of them included.
    Days(Date, Date),
    /// Instants, the last one left out.
    Instants(Timestamp, Timestamp),
}

impl FromStr for Period {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(preset) = Preset::of(text) {
            return Ok(Self::Named(preset));
        }
        let Some((from, to)) = text.split_once("..") else {
            return Err(format!(
                "not a period: use {}, or FROM..TO such as 2026-09-01..2026-09-30",
                Preset::list(|_| true)
            ));
        };
        if let (Ok(from), Ok(to)) = (from.parse(), to.parse()) {
            return Self::in_order(from, to, from <= to, Self::Instants);
        }
        match (from.parse(), to.parse()) {
            (Ok(from), Ok(to)) => Self::in_order(from, to, from <= to, Self::Days),
            _ => Err(
                "not FROM..TO: both are days such as 2026-09-30, or both instants such as 2026-09-30T12:00:00Z"
                    .to_owned(),
            ),
        }
    }
}

impl Period {
    fn in_order<T>(from: T, to: T, is: bool, period: fn(T, T) -> Self) -> Result<Self, String> {
        is.then(|| period(from, to))
            .ok_or_else(|| "it ends before it begins".to_owned())
    }

    /// Whether it takes a time zone to say which instants it covers.
    pub(super) fn is_local(&self) -> bool {
        matches!(self, Self::Days(..))
    }

    /// As the API asks for it; days are those of `zone`. `None` where the calendar ends before it.
    pub(super) fn asked(&self, zone: &TimeZone) -> Option<reporting::Period> {
        use acuse_proto::reporting::period::Period as Asked;

        let period = match self {
            Self::Named(preset) => Asked::Preset((*preset).into()),
            Self::Instants(from, to) => Asked::Custom(interval(*from, *to)),
            Self::Days(from, to) => {
                let start = from.to_zoned(zone.clone()).ok()?;
                let end = to.checked_add(1.day()).ok()?.to_zoned(zone.clone()).ok()?;
                Asked::Custom(interval(start.timestamp(), end.timestamp()))
            }
        };
        Some(reporting::Period {
            period: Some(period),
        })
    }
}

fn interval(start: Timestamp, end: Timestamp) -> Interval {
    let on_the_wire = |at: Timestamp| prost_types::Timestamp {
        seconds: at.as_second(),
        nanos: at.subsec_nanosecond(),
    };
    Interval {
        start_at: Some(on_the_wire(start)),
        end_at: Some(on_the_wire(end)),
    }
}

#[cfg(test)]
mod tests {
    use acuse_proto::reporting::period::Period as Asked;

    use super::super::ask::found;
    use super::*;

    fn seconds(text: &str, zone: &str) -> Option<(i64, i64)> {
        let zone = found(zone).unwrap();
        let period: Period = text.parse().unwrap();
        match period.asked(&zone)?.period? {
            Asked::Custom(Interval { start_at, end_at }) => {
                Some((start_at?.seconds, end_at?.seconds))
            }
            Asked::Preset(_) => None,
        }
    }

    #[test]
    fn periods_are_names_days_or_instants() {
        assert_eq!(
            "last-30-days".parse(),
            Ok(Period::Named(Preset::Last30Days))
        );
        let one_day = seconds("2026-11-20..2026-11-20", "UTC");
        assert_eq!(one_day, Some((1_795_132_800, 1_795_219_200)));
        let instants = seconds("2026-11-20T00:00:00Z..2026-11-20T01:00:00Z", "Asia/Kolkata");
        assert_eq!(instants, Some((1_795_132_800, 1_795_136_400)));
        for wrong in [
            "",
            "soon",
            "2026-11-20",
            "2026-11-21..2026-11-20",
            "2026-02-30..2026-03-01",
            "a..b",
        ] {
            assert!(wrong.parse::<Period>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_day_without_midnight_begins_at_its_first_instant() {
        let hours = |text, zone| seconds(text, zone).map(|(start, end)| (end - start) / 3_600);
        assert_eq!(
            hours("2026-09-06..2026-09-06", "America/Santiago"),
            Some(23)
        );
        assert_eq!(hours("2026-11-01..2026-11-01", "America/Havana"), Some(25));
    }
}
