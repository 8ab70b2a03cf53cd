//! The calendar: how time is cut into days and buckets, for every report alike.
//!
//! A [`Zone`] knows its clock, [`buckets()`] cuts an [`Interval`] by it, and a [`Preset`] names the usual intervals.
//! Time zone data is built in, so that every process with one build cuts alike.

mod buckets;
mod clock;
mod cutter;
mod day;
mod preset;
mod suggestion;
mod timetable;
mod zone;

pub use buckets::{Bucket, buckets};
pub use clock::{Clock, ClockTime, LocalTime};
pub use cutter::DayCutter;
pub use day::LocalDay;
pub use preset::{Preset, previous};
pub use timetable::{Cadence, Due, TimeOfDay, Timetable, Weekdays};
pub use zone::{UnknownZone, Zone};

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// Microseconds in a quarter of an hour.
const QUARTER_HOUR: i64 = 15 * 60 * 1_000_000;

/// The instants from `start` up to, but not including, `end`. Empty where `end` is not after `start`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Interval {
    /// The first instant.
    pub start: Timestamp,
    /// The first instant after it.
    pub end: Timestamp,
}

impl Interval {
    /// `[start, end)`.
    pub const fn new(start: Timestamp, end: Timestamp) -> Self {
        Self { start, end }
    }

    /// Whether no instant is in it.
    pub fn is_empty(self) -> bool {
        self.end <= self.start
    }

    /// Whether `at` is in it.
    pub fn contains(self, at: Timestamp) -> bool {
        self.start <= at && at < self.end
    }

    /// What is in both; `None` where that is nothing.
    pub fn intersection(self, other: Self) -> Option<Self> {
        let both = Self::new(self.start.max(other.start), self.end.min(other.end));
        (!both.is_empty()).then_some(both)
    }
}

/// The quarter hour of UTC that an instant belongs to, by its first instant. The offsets of all zones in use are
/// multiples of it, so that sums by quarter hour can be cut at every zone's hours and days.
pub fn quarter_hour(at: Timestamp) -> Timestamp {
    Timestamp::from_micros(
        at.micros()
            .saturating_sub(at.micros().rem_euclid(QUARTER_HOUR)),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Zones whose clocks do odd things, for the tests of all parts.
    pub(super) const ZONES: [&str; 9] = [
        "America/Santiago",
        "America/Havana",
        "Asia/Kolkata",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "UTC",
        "America/New_York",
        // Clocks went back at one minute past midnight until 2011, into the day before.
        "America/St_Johns",
        // Had no 2011-12-30.
        "Pacific/Apia",
    ];

    pub(super) fn zone(name: &str) -> Zone {
        name.parse().unwrap()
    }

    pub(super) fn at(text: &str) -> Timestamp {
        text.parse::<jiff::Timestamp>().unwrap().into()
    }

    /// A zone of those above.
    pub(super) fn any_zone() -> impl Strategy<Value = Zone> {
        prop::sample::select(&ZONES).prop_map(zone)
    }

    /// An instant from 2009 to 2030, often close to a change of some zone's clock.
    pub(super) fn any_instant() -> impl Strategy<Value = Timestamp> {
        const CHANGES: [&str; 8] = [
            "2026-09-06T04:00:00Z",
            "2026-04-05T03:00:00Z",
            "2026-03-08T05:00:00Z",
            "2026-11-01T05:00:00Z",
            "2026-04-04T15:00:00Z",
            "2026-10-03T15:30:00Z",
            "2010-11-07T02:31:00Z",
            "2011-12-30T10:00:00Z",
        ];
        let close = (
            prop::sample::select(&CHANGES),
            -200_000_000_000i64..200_000_000_000,
        )
            .prop_map(|(change, micros)| Timestamp::from_micros(at(change).micros() + micros));
        let any =
            (1_230_768_000_000_000i64..1_893_456_000_000_000).prop_map(Timestamp::from_micros);
        prop_oneof![close, any]
    }

    #[test]
    fn an_interval_is_half_open() {
        let day = Interval::new(at("2026-01-01T00:00:00Z"), at("2026-01-02T00:00:00Z"));
        assert!(day.contains(day.start) && !day.contains(day.end) && !day.is_empty());
        let noon = at("2026-01-01T12:00:00Z");
        let later = Interval::new(noon, at("2026-01-09T00:00:00Z"));
        assert_eq!(day.intersection(later), Some(Interval::new(noon, day.end)));
        assert_eq!(day.intersection(Interval::new(day.end, later.end)), None);
    }

    proptest! {
        #[test]
        fn a_quarter_hour_holds_its_instants(micros: i64) {
            let instant = Timestamp::from_micros(micros);
            let quarter = quarter_hour(instant);
            prop_assert!(quarter <= instant);
            prop_assert!(instant.micros_since(quarter) < QUARTER_HOUR);
            prop_assert!(quarter.micros() % QUARTER_HOUR == 0 || quarter.micros() == i64::MIN);
        }
    }
}
