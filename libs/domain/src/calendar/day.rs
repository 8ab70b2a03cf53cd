//! Days of a local calendar.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A day of a local calendar, as days since 1970-01-01: what rows of a day are keyed by.
///
/// Arithmetic is on the calendar alone; which instants a day covers is for a [`super::Zone`] to say. The years -9999 to
/// 9999 exist, and days beyond them are taken for the nearest that does wherever a date is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LocalDay(pub i32);

/// Monday is 0; 1970-01-01 was a Thursday.
const WEEKDAY_OF_EPOCH: i32 = 3;

impl LocalDay {
    /// The day of that year, month (1 to 12) and day of the month (1 to 31); `None` where there is none.
    pub fn from_ymd(year: i16, month: i8, day: i8) -> Option<Self> {
        Date::new(year, month, day).ok().map(Self::from_date)
    }

    /// Its year, month (1 to 12) and day of the month (1 to 31).
    pub fn ymd(self) -> (i16, i8, i8) {
        let date = self.date();
        (date.year(), date.month(), date.day())
    }

    /// The weekday, from 0 for Monday to 6 for Sunday.
    pub const fn weekday(self) -> u8 {
        // Both are taken below 7 before they are added, so that no day is too far.
        ((self.0.rem_euclid(7) + WEEKDAY_OF_EPOCH) % 7) as u8
    }

    /// So many days later; earlier where `days` is negative.
    #[must_use]
    pub const fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// The Monday of its week.
    #[must_use]
    pub const fn week_start(self) -> Self {
        self.plus(-(self.weekday() as i32))
    }

    /// The first of its month.
    #[must_use]
    pub fn month_start(self) -> Self {
        self.plus(1 - i32::from(self.date().day()))
    }

    /// The first of the month after its own.
    #[must_use]
    pub fn next_month_start(self) -> Self {
        let first = self.month_start();
        first.plus(i32::from(first.date().days_in_month()))
    }

    /// The same day for calendar work.
    pub(super) fn date(self) -> Date {
        let farthest = if self.0 < 0 { Date::MIN } else { Date::MAX };
        let days = jiff::Span::new().try_days(self.0);
        days.and_then(|days| EPOCH.checked_add(days))
            .unwrap_or(farthest)
    }

    pub(super) fn from_date(date: Date) -> Self {
        // Within the years that exist a count of days always fits.
        let days = EPOCH.duration_until(date).as_hours() / 24;
        Self(i32::try_from(days).unwrap_or_default())
    }
}

const EPOCH: Date = Date::constant(1970, 1, 1);

/// The day in ISO 8601, e.g. `2026-09-06`.
impl fmt::Display for LocalDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.date().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(year: i16, month: i8, day: i8) -> LocalDay {
        LocalDay::from_ymd(year, month, day).unwrap()
    }

    #[test]
    fn days_are_counted_from_1970() {
        assert_eq!(day(1970, 1, 1), LocalDay(0));
        assert_eq!(day(1969, 12, 31), LocalDay(-1));
        assert_eq!(day(2026, 9, 6), LocalDay(20_702));
        assert_eq!(LocalDay(20_702).to_string(), "2026-09-06");
        assert_eq!(LocalDay::from_ymd(2026, 2, 29), None);
    }

    #[test]
    fn weeks_begin_on_monday() {
        assert_eq!(day(2026, 9, 6).weekday(), 6);
        assert_eq!(day(2026, 9, 7).weekday(), 0);
        assert_eq!(day(2026, 9, 6).week_start(), day(2026, 8, 31));
        assert_eq!(day(2026, 9, 7).week_start(), day(2026, 9, 7));
    }

    #[test]
    fn months_begin_on_the_first() {
        assert_eq!(day(2024, 2, 29).month_start(), day(2024, 2, 1));
        assert_eq!(day(2024, 2, 29).next_month_start(), day(2024, 3, 1));
        assert_eq!(day(2026, 12, 1).next_month_start(), day(2027, 1, 1));
    }

    #[test]
    fn days_too_far_are_the_farthest() {
        assert_eq!(LocalDay(i32::MIN).to_string(), Date::MIN.to_string());
        assert_eq!(LocalDay(i32::MAX).to_string(), Date::MAX.to_string());
        assert_eq!(LocalDay(i32::MIN).ymd(), (-9999, 1, 1));
        assert_eq!(LocalDay(i32::MAX).ymd(), (9999, 12, 31));
        assert!(LocalDay(i32::MAX).weekday() < 7 && LocalDay(i32::MIN).weekday() < 7);
    }

    proptest! {
        #[test]
        fn a_day_has_one_date(days in -4_000_000i32..2_900_000) {
            let day = LocalDay(days);
            let date = day.date();
            prop_assert_eq!(LocalDay::from_date(date), day);
            prop_assert_eq!(day.ymd(), (date.year(), date.month(), date.day()));
            let weekday = day.date().weekday().to_monday_zero_offset();
            prop_assert_eq!(i32::from(day.weekday()), i32::from(weekday));
        }
    }
}
