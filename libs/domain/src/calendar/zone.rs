//! Zones: a place's clock, and the instants that its days begin at.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};

use super::day::LocalDay;
use super::suggestion::likely_meant;
use crate::time::Timestamp;

/// The data built in, never the machine's: replicas on different machines must cut alike.
pub(super) static DATABASE: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// Names of zones are shorter; what is longer is neither compared nor shown whole.
pub(super) const LONGEST_NAME: usize = 40;

/// A time zone by its IANA name. Cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct Zone {
    zone: TimeZone,
}

/// There is no time zone of that name. The text names one that was likely meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{name}\" is no IANA time zone; use a name like {suggestion}")]
pub struct UnknownZone {
    /// What was given, cut after 40 characters.
    pub name: String,
    /// The zone whose name is most like it.
    pub suggestion: String,
}

impl Zone {
    /// Coordinated Universal Time.
    pub const UTC: Self = Self {
        zone: TimeZone::UTC,
    };

    /// The zone's IANA name, as the database writes it.
    pub fn name(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }

    /// The local day that an instant belongs to: the last one that has begun by then.
    ///
    /// This is the calendar's date, but for the moments in which a clock that went back shortly after midnight
    /// shows the day before again: days are never torn apart.
    pub fn day_of(&self, at: Timestamp) -> LocalDay {
        let day = LocalDay::from_date(self.local(at).date());
        let next = day.plus(1);
        if self.day_start(next) <= at {
            next
        } else {
            day
        }
    }

    /// The first instant of a local day: midnight, the first of two midnights, or where the clock skips midnight, the
    /// instant to which it skips. A day that a zone left out altogether begins, and ends, where the next one begins.
    pub fn day_start(&self, day: LocalDay) -> Timestamp {
        self.first_instant(day.date().to_datetime(jiff::civil::Time::midnight()))
    }

    /// The weekday (0 for Monday to 6 for Sunday) and the hour (0 to 23) that the clock shows.
    pub fn weekday_hour(&self, at: Timestamp) -> (u8, u8) {
        let local = self.local(at);
        let weekday = local.weekday().to_monday_zero_offset();
        (weekday.unsigned_abs(), local.hour().unsigned_abs())
    }

    /// From when on the clock is how far ahead of UTC, in seconds: at `from`, and wherever it is set before `to`.
    pub fn offsets(&self, from: Timestamp, to: Timestamp) -> Vec<(Timestamp, i64)> {
        let changes = std::iter::successors(Some(from), |at| self.next_change(*at));
        changes
            .take_while(|at| *at < to)
            .map(|at| (at, self.offset_micros(at) / 1_000_000))
            .collect()
    }

    /// What calendar and clock show.
    pub(super) fn local(&self, at: Timestamp) -> DateTime {
        self.zone.to_datetime(at.to_jiff())
    }

    /// How far the clock is ahead of UTC, in microseconds.
    pub(super) fn offset_micros(&self, at: Timestamp) -> i64 {
        let offset = self.zone.to_offset(at.to_jiff());
        i64::from(offset.seconds()) * 1_000_000
    }

    /// The first instant after `at` at which the clock is set to another offset; `None` where that never happens again.
    pub(super) fn next_change(&self, at: Timestamp) -> Option<Timestamp> {
        let offset = self.zone.to_offset(at.to_jiff());
        // Some changes are of the zone's abbreviation alone.
        self.zone
            .following(at.to_jiff())
            .find(|change| change.offset() != offset)
            .map(|change| change.timestamp().into())
    }

    /// The last instant up to `at` at which the clock, or its name alone, was set; `None` where it never was.
    pub(super) fn change_by(&self, at: Timestamp) -> Option<Timestamp> {
        let just_after = at
            .to_jiff()
            .checked_add(jiff::SignedDuration::from_nanos(1));
        let changes = self.zone.preceding(just_after.ok()?).next();
        changes.map(|change| change.timestamp().into())
    }

    /// The first instant at which the clock shows `local`, or skips it. Beyond the years that exist, the last instant.
    pub(super) fn first_instant(&self, local: DateTime) -> Timestamp {
        let instant = |offset: Offset| {
            let farthest = if local.year() < 0 {
                jiff::Timestamp::MIN
            } else {
                jiff::Timestamp::MAX
            };
            offset.to_timestamp(local).unwrap_or(farthest)
        };
        match self.zone.to_ambiguous_timestamp(local).offset() {
            AmbiguousOffset::Unambiguous { offset } => instant(offset).into(),
            AmbiguousOffset::Fold { before, .. } => instant(before).into(),
            // By the later offset `local` lies just before the change that skips it.
            AmbiguousOffset::Gap { after, .. } => {
                let before_change = instant(after).into();
                self.next_change(before_change).unwrap_or(before_change)
            }
        }
    }
}

impl FromStr for Zone {
    type Err = UnknownZone;

    fn from_str(name: &str) -> Result<Self, UnknownZone> {
        DATABASE
            .get(name)
            .ok()
            .filter(|zone| !zone.is_unknown())
            .map(|zone| Self { zone })
            .ok_or_else(|| UnknownZone {
                name: name.chars().take(LONGEST_NAME).collect(),
                suggestion: likely_meant(name),
            })
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::{any_instant, any_zone, at, zone};
    use super::*;

    fn day(year: i16, month: i8, day: i8) -> LocalDay {
        LocalDay::from_ymd(year, month, day).unwrap()
    }

    #[test]
    fn a_name_is_written_as_the_database_does() {
        assert_eq!(zone("america/santiago").name(), "America/Santiago");
        assert_eq!(zone("UTC"), Zone::UTC);
        assert_eq!(Zone::UTC.to_string(), "UTC");
    }

    #[test]
    fn days_without_midnight_begin_at_their_first_instant() {
        let first = |name, date| zone(name).day_start(date);
        assert_eq!(
            first("America/Santiago", day(2026, 9, 6)),
            at("2026-09-06T04:00:00Z")
        );
        assert_eq!(
            first("America/Havana", day(2026, 3, 8)),
            at("2026-03-08T05:00:00Z")
        );
        // The clock went from half past eleven to half past midnight.
        assert_eq!(
            first("America/Toronto", day(1919, 3, 31)),
            at("1919-03-31T04:30:00Z")
        );
    }

    #[test]
    fn of_two_midnights_the_first_begins_the_day() {
        assert_eq!(
            zone("America/Havana").day_start(day(2026, 11, 1)),
            at("2026-11-01T04:00:00Z")
        );
    }

    #[test]
    fn a_day_is_not_torn_apart() {
        let st_johns = zone("America/St_Johns");
        let sunday = day(2010, 11, 7);
        let start = st_johns.day_start(sunday);
        assert_eq!(start, at("2010-11-07T02:30:00Z"));
        // Two minutes later the clock shows Saturday once more.
        let again = at("2010-11-07T02:32:00Z");
        assert_eq!(
            LocalDay::from_date(st_johns.local(again).date()),
            sunday.plus(-1)
        );
        assert_eq!(st_johns.day_of(again), sunday);
    }

    #[test]
    fn a_day_that_never_was_is_empty() {
        let apia = zone("Pacific/Apia");
        let missing = day(2011, 12, 30);
        assert_eq!(apia.day_start(missing), apia.day_start(missing.plus(1)));
        assert_eq!(apia.day_of(apia.day_start(missing)), missing.plus(1));
    }

    #[test]
    fn the_clock_shows_weekday_and_hour() {
        let instant = at("2026-09-06T18:29:59Z");
        assert_eq!(zone("UTC").weekday_hour(instant), (6, 18));
        assert_eq!(zone("Asia/Kolkata").weekday_hour(instant), (6, 23));
        assert_eq!(zone("Asia/Kathmandu").weekday_hour(instant), (0, 0));
    }

    #[test]
    fn the_ends_of_time_have_days() {
        for name in super::super::tests::ZONES {
            let zone = zone(name);
            for micros in [i64::MIN, i64::MAX] {
                let day = zone.day_of(Timestamp::from_micros(micros));
                assert!(zone.day_start(day).micros() != 0);
            }
        }
    }

    proptest! {
        #[test]
        fn a_day_begins_on_itself(zone in any_zone(), days in 14_245i32..21_915) {
            let day = LocalDay(days);
            let skipped = zone.name() == "Pacific/Apia" && day.to_string() == "2011-12-30";
            prop_assert_eq!(zone.day_of(zone.day_start(day)), day.plus(i32::from(skipped)));
            let before = Timestamp::from_micros(zone.day_start(day).micros() - 1);
            prop_assert!(zone.day_of(before) < day);
        }

        #[test]
        fn later_is_never_an_earlier_day(zone in any_zone(), one in any_instant(), other in any_instant()) {
            let (early, late) = (one.min(other), one.max(other));
            prop_assert!(zone.day_of(early) <= zone.day_of(late));
        }
    }
}
