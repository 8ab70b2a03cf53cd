//! The intervals that people ask for by name, and the period that an interval is compared with.

use jiff::civil::{DateTime, Time};

use super::Interval;
use super::day::LocalDay;
use super::zone::Zone;
use crate::kinds::vocabulary;
use crate::time::Timestamp;

vocabulary! {
    /// An interval by name, counted in whole local days.
    Preset {
        /// The present day, to its end.
        Today = 1, "today";
        /// The day before.
        Yesterday = 2, "yesterday";
        /// The present day and the 6 before it.
        Last7Days = 3, "last_7_days";
        /// The present day and the 13 before it.
        Last14Days = 4, "last_14_days";
        /// The present day and the 29 before it.
        Last30Days = 5, "last_30_days";
        /// The present day and the 89 before it.
        Last90Days = 6, "last_90_days";
        /// From the first of the present month to the end of the present day.
        ThisMonth = 7, "this_month";
        /// The whole month before the present one.
        LastMonth = 8, "last_month";
    }
}

impl Preset {
    /// The interval that the name means at `now`. It ends with a local day, not at `now`: what still comes today
    /// belongs to it.
    pub fn interval(self, now: Timestamp, zone: &Zone) -> Interval {
        let today = zone.day_of(now);
        let tomorrow = today.plus(1);
        let (first, end) = match self {
            Self::Today => (today, tomorrow),
            Self::Yesterday => (today.plus(-1), today),
            Self::Last7Days => (tomorrow.plus(-7), tomorrow),
            Self::Last14Days => (tomorrow.plus(-14), tomorrow),
            Self::Last30Days => (tomorrow.plus(-30), tomorrow),
            Self::Last90Days => (tomorrow.plus(-90), tomorrow),
            Self::ThisMonth => (today.month_start(), tomorrow),
            Self::LastMonth => {
                let month = today.month_start();
                (month.plus(-1).month_start(), month)
            }
        };
        Interval::new(zone.day_start(first), zone.day_start(end))
    }
}

/// The period before an interval: as many local days, cut at the same local time.
///
/// An interval that is still under way is compared up to `now`: at three in the afternoon, today with yesterday up to
/// three. Both ends move back by the fewest whole days for which the two do not overlap.
pub fn previous(interval: Interval, now: Timestamp, zone: &Zone) -> Interval {
    // One that has not begun yet is taken whole.
    let end = match now.min(interval.end) {
        reached if reached > interval.start => reached,
        _ => interval.end,
    };
    let first = Moment::of(interval.start, zone);
    let last = Moment::of(end, zone);
    let whole_days = last.day.0.saturating_sub(first.day.0);
    let days = whole_days
        .saturating_add(i32::from(last.time > first.time))
        .max(1);
    let moved_end = last.days_earlier(days, zone);
    Interval::new(
        first.days_earlier(days, zone),
        // The clock may be set between the two.
        moved_end.min(interval.start),
    )
}

/// A local day and the time in it. The first instant of a day is its midnight, also where the clock skips that.
struct Moment {
    day: LocalDay,
    time: Time,
}

impl Moment {
    fn of(at: Timestamp, zone: &Zone) -> Self {
        let day = zone.day_of(at);
        let time = if zone.day_start(day) == at {
            Time::midnight()
        } else {
            zone.local(at).time()
        };
        Self { day, time }
    }

    fn days_earlier(&self, days: i32, zone: &Zone) -> Timestamp {
        let day = self.day.plus(days.saturating_neg());
        if self.time == Time::midnight() {
            return zone.day_start(day);
        }
        zone.first_instant(DateTime::from_parts(day.date(), self.time))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::{any_instant, any_zone, at, zone};
    use super::*;

    /// First and last day of a preset.
    fn days(preset: Preset, now: &str, name: &str) -> (String, String) {
        let zone = zone(name);
        let interval = preset.interval(at(now), &zone);
        let last = Timestamp::from_micros(interval.end.micros() - 1);
        (
            zone.day_of(interval.start).to_string(),
            zone.day_of(last).to_string(),
        )
    }

    #[test]
    fn presets_are_whole_local_days() {
        // Still the 6th in Santiago.
        let now = "2026-03-07T01:00:00Z";
        for (preset, first, last) in [
            (Preset::Today, "2026-03-06", "2026-03-06"),
            (Preset::Yesterday, "2026-03-05", "2026-03-05"),
            (Preset::Last7Days, "2026-02-28", "2026-03-06"),
            (Preset::Last14Days, "2026-02-21", "2026-03-06"),
            (Preset::Last30Days, "2026-02-05", "2026-03-06"),
            (Preset::Last90Days, "2025-12-07", "2026-03-06"),
            (Preset::ThisMonth, "2026-03-01", "2026-03-06"),
            (Preset::LastMonth, "2026-02-01", "2026-02-28"),
        ] {
            let expected = (first.to_owned(), last.to_owned());
            assert_eq!(
                days(preset, now, "America/Santiago"),
                expected,
                "{preset:?}"
            );
        }
        assert_eq!(days(Preset::Today, now, "UTC").0, "2026-03-07");
        assert_eq!(
            days(Preset::LastMonth, "2026-01-31T12:00:00Z", "UTC").0,
            "2025-12-01"
        );
    }

    #[test]
    fn a_day_without_midnight_is_today_from_its_first_instant() {
        let today = Preset::Today.interval(at("2026-09-06T12:00:00Z"), &zone("America/Santiago"));
        let expected = Interval::new(at("2026-09-06T04:00:00Z"), at("2026-09-07T03:00:00Z"));
        assert_eq!(today, expected);
    }

    #[test]
    fn what_is_under_way_is_compared_up_to_the_same_local_time() {
        let new_york = zone("America/New_York");
        // 15:00 on the day after the clock went forward.
        let now = at("2026-03-09T19:00:00Z");
        let today = previous(Preset::Today.interval(now, &new_york), now, &new_york);
        assert_eq!(
            today,
            Interval::new(at("2026-03-08T05:00:00Z"), at("2026-03-08T19:00:00Z"))
        );
        let week = previous(Preset::Last7Days.interval(now, &new_york), now, &new_york);
        assert_eq!(
            week,
            Interval::new(at("2026-02-24T05:00:00Z"), at("2026-03-02T20:00:00Z"))
        );
        let yesterday = previous(Preset::Yesterday.interval(now, &new_york), now, &new_york);
        assert_eq!(
            yesterday,
            Interval::new(at("2026-03-07T05:00:00Z"), at("2026-03-08T05:00:00Z"))
        );
    }

    #[test]
    fn a_custom_interval_is_compared_with_the_one_that_touches_it() {
        let interval = Interval::new(at("2026-05-02T10:00:00Z"), at("2026-05-03T10:00:00Z"));
        let before = previous(interval, at("2026-06-01T00:00:00Z"), &Zone::UTC);
        assert_eq!(
            before,
            Interval::new(at("2026-05-01T10:00:00Z"), interval.start)
        );
        let ahead = previous(interval, at("2026-01-01T00:00:00Z"), &Zone::UTC);
        assert_eq!(ahead, before);
    }

    #[test]
    fn a_time_that_the_clock_skipped_is_the_instant_it_skipped_to() {
        let new_york = zone("America/New_York");
        // 02:30 of the 9th; the clock had no 02:30 on the 8th.
        let interval = Interval::new(at("2026-03-09T04:00:00Z"), at("2026-03-09T06:30:00Z"));
        let before = previous(interval, at("2026-04-01T00:00:00Z"), &new_york);
        assert_eq!(
            before,
            Interval::new(at("2026-03-08T05:00:00Z"), at("2026-03-08T07:00:00Z"))
        );
    }

    proptest! {
        #[test]
        fn whole_days_are_compared_with_as_many(
            zone in any_zone(),
            now in any_instant(),
            preset in prop::sample::select(Preset::ALL),
        ) {
            let interval = preset.interval(now, &zone);
            let later = Timestamp::from_micros(interval.end.micros() + 1);
            let before = previous(interval, later, &zone);
            prop_assert_eq!(before.end, interval.start);
            let first = |interval: Interval| zone.day_of(interval.start).0;
            let length = zone.day_of(interval.end).0 - first(interval);
            // Samoa left one day out.
            let shortened = first(interval) - first(before);
            prop_assert!(shortened == length || (zone.name() == "Pacific/Apia" && shortened == length - 1));
        }

        #[test]
        fn the_period_before_lies_before(
            zone in any_zone(),
            start in any_instant(),
            seconds in 1i64..10_000_000,
            elapsed in 0i64..10_000_000,
        ) {
            let after = |seconds| Timestamp::from_micros(start.micros() + seconds * 1_000_000);
            let interval = Interval::new(start, after(seconds));
            let before = previous(interval, after(elapsed), &zone);
            prop_assert!(before.start <= before.end && before.end <= interval.start);
        }
    }
}
