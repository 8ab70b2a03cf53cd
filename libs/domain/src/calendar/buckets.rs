//! Buckets: an interval cut at the hours, days, weeks or months of a local clock.

use super::Interval;
use super::zone::Zone;
use crate::kinds::vocabulary;
use crate::time::Timestamp;

/// Microseconds in an hour.
const HOUR: i64 = 60 * 60 * 1_000_000;

vocabulary! {
    /// How long a bucket is.
    Bucket {
        /// A run of instants in which the clock shows one hour and is not set: a day has 23 or 25 of them where the
        /// clock is set by an hour, and one of half an hour where it is set by half an hour.
        Hour = 1, "hour";
        /// A local day.
        Day = 2, "day";
        /// Seven local days from Monday.
        Week = 3, "week";
        /// A month of the local calendar.
        Month = 4, "month";
    }
}

/// Cuts an interval into buckets of a zone's clock, in order, without gap or overlap; the first and the last are cut to
/// the interval. Empty where the interval is.
///
/// There are as many as the interval has hours (days, weeks, months), so limit the interval first.
pub fn buckets(interval: Interval, zone: &Zone, bucket: Bucket) -> Vec<Interval> {
    let mut cut = Vec::new();
    let mut start = interval.start;
    while start < interval.end {
        let end = next_boundary(start, zone, bucket).min(interval.end);
        // No boundary follows at the end of the calendar: what is left is one bucket.
        let end = if end > start { end } else { interval.end };
        cut.push(Interval::new(start, end));
        start = end;
    }
    cut
}

/// The first instant after `at` that belongs to another bucket.
fn next_boundary(at: Timestamp, zone: &Zone, bucket: Bucket) -> Timestamp {
    let day = zone.day_of(at);
    match bucket {
        Bucket::Hour => next_hour(at, zone),
        Bucket::Day => zone.day_start(day.plus(1)),
        Bucket::Week => zone.day_start(day.week_start().plus(7)),
        Bucket::Month => zone.day_start(day.next_month_start()),
    }
}

/// The next full hour on the clock, or the instant at which the clock is set, if that comes first.
fn next_hour(at: Timestamp, zone: &Zone) -> Timestamp {
    let shown = at.micros().saturating_add(zone.offset_micros(at));
    let full = at.micros().saturating_add(HOUR - shown.rem_euclid(HOUR));
    let full = Timestamp::from_micros(full);
    zone.next_change(at).map_or(full, |change| change.min(full))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::LocalDay;
    use super::super::tests::{any_instant, any_zone, at, zone};
    use super::*;

    fn day(year: i16, month: i8, day: i8) -> LocalDay {
        LocalDay::from_ymd(year, month, day).unwrap()
    }

    /// The lengths, in minutes, of the buckets of some whole local days.
    fn minutes(name: &str, first: LocalDay, last: LocalDay, bucket: Bucket) -> Vec<i64> {
        let zone = zone(name);
        let days = Interval::new(zone.day_start(first), zone.day_start(last.plus(1)));
        buckets(days, &zone, bucket)
            .into_iter()
            .map(|bucket| bucket.end.micros_since(bucket.start) / 60_000_000)
            .collect()
    }

    fn hours_of(name: &str, day: LocalDay) -> Vec<i64> {
        minutes(name, day, day, Bucket::Hour)
    }

    #[test]
    fn a_day_has_as_many_hours_as_its_clock_runs() {
        assert_eq!(hours_of("UTC", day(2026, 9, 6)), [60; 24]);
        assert_eq!(hours_of("America/Santiago", day(2026, 9, 6)), [60; 23]);
        assert_eq!(hours_of("America/Santiago", day(2026, 4, 4)), [60; 25]);
        assert_eq!(hours_of("America/Havana", day(2026, 3, 8)), [60; 23]);
        assert_eq!(hours_of("America/Havana", day(2026, 11, 1)), [60; 25]);
        assert_eq!(hours_of("America/New_York", day(2026, 3, 8)), [60; 23]);
        assert_eq!(hours_of("America/New_York", day(2026, 11, 1)), [60; 25]);
        assert_eq!(hours_of("Asia/Kathmandu", day(2026, 3, 8)), [60; 24]);
    }

    #[test]
    fn half_an_hour_less_or_more_is_a_bucket_of_half_an_hour() {
        let mut shorter = [60; 24];
        shorter[2] = 30;
        assert_eq!(hours_of("Australia/Lord_Howe", day(2026, 10, 4)), shorter);
        let mut longer = [60; 25];
        longer[2] = 30;
        assert_eq!(hours_of("Australia/Lord_Howe", day(2026, 4, 5)), longer);
    }

    #[test]
    fn the_first_and_last_bucket_are_cut_to_the_interval() {
        let kolkata = zone("Asia/Kolkata");
        let interval = Interval::new(at("2026-01-01T00:10:00Z"), at("2026-01-01T02:00:00Z"));
        let cut = [
            Interval::new(interval.start, at("2026-01-01T00:30:00Z")),
            Interval::new(at("2026-01-01T00:30:00Z"), at("2026-01-01T01:30:00Z")),
            Interval::new(at("2026-01-01T01:30:00Z"), interval.end),
        ];
        assert_eq!(buckets(interval, &kolkata, Bucket::Hour), cut);
        assert_eq!(buckets(interval, &kolkata, Bucket::Month), [interval]);
        let nothing = Interval::new(interval.end, interval.start);
        assert_eq!(buckets(nothing, &kolkata, Bucket::Day), []);
    }

    #[test]
    fn days_weeks_and_months_follow_the_local_calendar() {
        let days = |first, last, bucket| -> Vec<i64> {
            minutes("America/Santiago", first, last, bucket)
                .into_iter()
                .map(|minutes| minutes / 60)
                .collect()
        };
        assert_eq!(
            days(day(2026, 9, 5), day(2026, 9, 7), Bucket::Day),
            [24, 23, 24]
        );
        assert_eq!(
            days(day(2026, 9, 5), day(2026, 9, 8), Bucket::Week),
            [47, 48]
        );
        assert_eq!(
            days(day(2026, 8, 31), day(2026, 10, 1), Bucket::Month),
            [24, 30 * 24 - 1, 24]
        );
    }

    #[test]
    fn a_day_left_out_makes_no_bucket() {
        let lengths = minutes(
            "Pacific/Apia",
            day(2011, 12, 29),
            day(2011, 12, 31),
            Bucket::Day,
        );
        assert_eq!(lengths, [24 * 60; 2]);
    }

    #[test]
    fn the_end_of_the_calendar_is_reached() {
        let end = Timestamp::from_micros(i64::MAX);
        let interval = Interval::new(Timestamp::from(jiff::Timestamp::MAX), end);
        for bucket in Bucket::ALL
            .iter()
            .copied()
            .filter(|bucket| *bucket != Bucket::Hour)
        {
            assert_eq!(buckets(interval, &Zone::UTC, bucket), [interval]);
        }
    }

    proptest! {
        #[test]
        fn buckets_tile_the_interval(
            zone in any_zone(),
            start in any_instant(),
            seconds in 1i64..2_000_000,
            bucket in prop::sample::select(Bucket::ALL),
        ) {
            let end = Timestamp::from_micros(start.micros() + seconds * 1_000_000);
            let cut = buckets(Interval::new(start, end), &zone, bucket);
            prop_assert_eq!(cut[0].start, start);
            prop_assert_eq!(cut[cut.len() - 1].end, end);
            prop_assert!(cut.iter().all(|bucket| !bucket.is_empty()));
            prop_assert!(cut.windows(2).all(|pair| pair[0].end == pair[1].start));
        }

        #[test]
        fn a_bucket_shows_one_hour_day_week_or_month(
            zone in any_zone(),
            start in any_instant(),
            bucket in prop::sample::select(Bucket::ALL),
        ) {
            let end = Timestamp::from_micros(start.micros() + 60 * 24 * HOUR);
            let key = |instant: Timestamp| {
                let day = zone.day_of(instant);
                match bucket {
                    Bucket::Hour => (zone.weekday_hour(instant).1.into(), zone.offset_micros(instant)),
                    Bucket::Day => (day.0, 0),
                    Bucket::Week => (day.week_start().0, 0),
                    Bucket::Month => (day.month_start().0, 0),
                }
            };
            let cut = buckets(Interval::new(start, end), &zone, bucket);
            for bucket in &cut {
                prop_assert_eq!(key(bucket.start), key(Timestamp::from_micros(bucket.end.micros() - 1)));
            }
            for pair in cut.windows(2) {
                prop_assert_ne!(key(pair[0].start), key(pair[1].start));
            }
        }
    }
}
