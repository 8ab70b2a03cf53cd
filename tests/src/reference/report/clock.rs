//! A local clock, and time cut by it.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, ToSpan, Zoned};

use super::Dimension;
use crate::reference::{DAY, SECOND};

/// The offsets of all zones are multiples of a quarter of an hour, and so are the instants at which clocks are set.
const QUARTER: i64 = 15 * 60 * SECOND;

/// A zone's clock.
#[derive(Debug, Clone)]
pub struct Clock(TimeZone);

impl Clock {
    /// The clock of a zone by its IANA name.
    ///
    /// # Panics
    /// Where there is no such zone.
    #[must_use]
    pub fn named(zone: &str) -> Self {
        Self(TimeZoneDatabase::bundled().get(zone).unwrap())
    }

    fn at(&self, at: i64) -> Zoned {
        Timestamp::from_microsecond(at)
            .unwrap()
            .to_zoned(self.0.clone())
    }

    /// The day that the calendar shows.
    #[must_use]
    pub fn date(&self, at: i64) -> Date {
        self.at(at).date()
    }

    /// The weekday, Monday being 0, and the hour of the day that it shows.
    ///
    /// # Panics
    /// Never: a clock shows no negative hour.
    #[must_use]
    pub fn hour_of_week(&self, at: i64) -> (usize, usize) {
        let local = self.at(at);
        let day = local.date().weekday().since(Weekday::Monday);
        let place = |number: i8| usize::try_from(number).unwrap();
        (place(day), place(local.hour()))
    }

    /// The part of time that an instant belongs to, as reports write it: a day as itself, a week as its Monday, an hour by
    /// its first instant.
    ///
    /// # Panics
    /// For a dimension that is no time.
    #[must_use]
    pub fn part(&self, at: i64, unit: Dimension) -> String {
        let local = self.at(at);
        let date = local.date();
        match unit {
            Dimension::Hour => self.hour_start(at).to_string(),
            Dimension::Day => date.to_string(),
            Dimension::Week => {
                let since_monday = date.weekday().since(Weekday::Monday);
                (date - i64::from(since_monday).days()).to_string()
            }
            Dimension::Month => date.strftime("%Y-%m").to_string(),
            Dimension::Weekday => date.strftime("%A").to_string().to_lowercase(),
            Dimension::HourOfDay => local.hour().to_string(),
            other => panic!("{other:?} is no part of time"),
        }
    }

    /// The first of the instants at which the clock shows the same hour as at `at` and was not set meanwhile.
    fn hour_start(&self, at: i64) -> Timestamp {
        let shown = |at: i64| {
            let local = self.at(at);
            (local.date(), local.hour(), local.offset())
        };
        let mut first = at - at.rem_euclid(QUARTER);
        while shown(first - QUARTER) == shown(at) {
            first -= QUARTER;
        }
        Timestamp::from_microsecond(first).unwrap()
    }

    /// The parts of an interval, in order: walks over it and begins another wherever the clock says so.
    #[must_use]
    pub fn parts(&self, start: i64, end: i64, unit: Dimension) -> Vec<(i64, i64)> {
        let mut starts = vec![start];
        let mut part = self.part(start, unit);
        let mut at = start - start.rem_euclid(QUARTER) + QUARTER;
        while at < end {
            let next = self.part(at, unit);
            if next != part {
                starts.push(at);
                part = next;
            }
            at += QUARTER;
        }
        let ends: Vec<i64> = starts.iter().skip(1).copied().chain([end]).collect();
        starts
            .into_iter()
            .zip(ends)
            .filter(|(start, end)| start < end)
            .collect()
    }

    /// The first instant at which the clock shows a date and time, or skips it.
    #[must_use]
    pub fn first_instant(&self, wanted: DateTime) -> i64 {
        // No zone is so far from UTC that it would show it earlier.
        let midnight = wanted.date().to_zoned(TimeZone::UTC).unwrap();
        let mut at = midnight.timestamp().as_microsecond() - DAY;
        while self.at(at + QUARTER).datetime() <= wanted {
            at += QUARTER;
        }
        let missing = self.at(at).datetime().duration_until(wanted);
        let micros = i64::try_from(missing.as_micros()).unwrap();
        at + micros.min(QUARTER)
    }

    /// The first instant of a day.
    #[must_use]
    pub fn day_start(&self, day: Date) -> i64 {
        self.first_instant(day.to_datetime(Time::midnight()))
    }

    /// The interval of a name, in whole days.
    ///
    /// # Panics
    /// Where there is no such name.
    #[must_use]
    pub fn preset(&self, name: &str, now: i64) -> (i64, i64) {
        let today = self.date(now);
        let first_of_month = today.first_of_month();
        let (first, last) = match name {
            "today" => (today, today),
            "yesterday" => (today - 1.day(), today - 1.day()),
            "this_month" => (first_of_month, today),
            "last_month" => (first_of_month - 1.month(), first_of_month - 1.day()),
            name => {
                let days = name
                    .strip_prefix("last_")
                    .and_then(|name| name.strip_suffix("_days"));
                let days: i64 = days.unwrap().parse().unwrap();
                (today - (days - 1).days(), today)
            }
        };
        (self.day_start(first), self.day_start(last + 1.day()))
    }

    /// The period before `[start, end)`: as many local days, cut at the same local time, without touching it. Of one that
    /// is under way at `now`, what is over by then is compared.
    #[must_use]
    pub fn period_before(&self, start: i64, end: i64, now: i64) -> (i64, i64) {
        let end = if start < now && now < end { now } else { end };
        let (first, last) = (self.shown(start), self.shown(end));
        let mut days = 1;
        // As far back as it takes to end where the other begins, or before.
        while last - days.days() > first {
            days += 1;
        }
        let back = |shown: DateTime| self.first_instant(shown - days.days());
        (back(first), back(last).min(start))
    }

    /// What calendar and clock show. The first instant of a day is its midnight, also where the clock skips that.
    fn shown(&self, at: i64) -> DateTime {
        let shown = self.at(at).datetime();
        let midnight = shown.date().to_datetime(Time::midnight());
        if self.first_instant(midnight) == at {
            midnight
        } else {
            shown
        }
    }
}
