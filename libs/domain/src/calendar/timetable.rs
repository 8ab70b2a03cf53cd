//! Timetables: when something is due that comes again every day, week or month, and which days lie behind it then.

use jiff::civil::{DateTime, Time};

use super::Interval;
use super::day::LocalDay;
use super::zone::Zone;
use crate::time::Timestamp;

/// Days that are looked at for the next one that is due. A month's last day is followed by the next within 62 days, and one more
/// may be left out of the calendar.
const REACH: i32 = 70;

/// A time of day, to the minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TimeOfDay(Time);

impl TimeOfDay {
    /// That hour (0 to 23) and minute (0 to 59); `None` where there is none.
    pub fn new(hour: i8, minute: i8) -> Option<Self> {
        Time::new(hour, minute, 0, 0).ok().map(Self)
    }
}

/// Days of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Weekdays(u8);

impl Weekdays {
    /// The same with one more, from 0 for Monday to 6 for Sunday; others are no weekday, and change nothing.
    #[must_use]
    pub const fn with(self, weekday: u8) -> Self {
        if weekday < 7 {
            return Self(self.0 | 1 << weekday);
        }
        self
    }

    /// Whether it is none of them.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether it is among them, from 0 for Monday to 6 for Sunday.
    pub const fn holds(self, weekday: u8) -> bool {
        weekday < 7 && self.0 >> weekday & 1 == 1
    }
}

/// On which days something is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cadence {
    /// On every day.
    Daily,
    /// On these days of every week.
    Weekly(Weekdays),
    /// On this day of every month, from 1 to 31; on the last one where the month is shorter.
    Monthly(u8),
}

impl Cadence {
    /// Whether a day is one of them.
    fn falls_on(self, day: LocalDay) -> bool {
        match self {
            Self::Daily => true,
            Self::Weekly(weekdays) => weekdays.holds(day.weekday()),
            Self::Monthly(wanted) => {
                let last = day.next_month_start().plus(-1);
                let wanted = day.month_start().plus(i32::from(wanted) - 1);
                day == wanted.min(last)
            }
        }
    }

    /// What lies behind a day, by the cadence: the day, the week from Monday on, or the month before its own. A day that the
    /// calendar left out is none.
    pub fn period_before(self, day: LocalDay, zone: &Zone) -> Interval {
        let (first, end) = match self {
            Self::Daily => {
                let start = zone.day_start(day);
                let before = day.plus(-1);
                match zone.day_start(before) < start {
                    true => (before, day),
                    false => (before.plus(-1), day),
                }
            }
            Self::Weekly(_) => (day.week_start().plus(-7), day.week_start()),
            Self::Monthly(_) => {
                let month = day.month_start();
                (month.plus(-1).month_start(), month)
            }
        };
        Interval::new(zone.day_start(first), zone.day_start(end))
    }
}

/// When something is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timetable {
    /// On which days.
    pub cadence: Cadence,
    /// At what time.
    pub time: TimeOfDay,
    /// By whose calendar and clock.
    pub zone: Zone,
}

/// One time at which something is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Due {
    /// The instant.
    pub at: Timestamp,
    /// The day that it is due for. The clock may have skipped to the next one before the instant.
    pub day: LocalDay,
}

impl Timetable {
    /// The first time after `after`; `None` where the calendar ends before it.
    ///
    /// A time that the clock skips is due when it has skipped it, one that comes twice the first time. A day that the calendar
    /// leaves out is no day for what is due daily; what is due on it by its weekday or its number is so when the next one begins.
    pub fn after(&self, after: Timestamp) -> Option<Due> {
        // No clock was ever set back by more than a day.
        let first = self.zone.day_of(after).plus(-2);
        (0..REACH)
            .map(|days| first.plus(days))
            .filter(|day| self.cadence.falls_on(*day) && self.has(*day))
            .map(|day| self.on(day))
            .find(|due| due.at > after)
    }

    /// The times after `after` up to and including `until`, in their order.
    pub fn between(&self, after: Timestamp, until: Timestamp) -> impl Iterator<Item = Due> + '_ {
        let first = self.after(after);
        std::iter::successors(first, |due| self.after(due.at))
            .take_while(move |due| due.at <= until)
    }

    /// Whether a day is there for what is due.
    fn has(&self, day: LocalDay) -> bool {
        let is_left_out = || self.zone.day_start(day) == self.zone.day_start(day.plus(1));
        self.cadence != Cadence::Daily || !is_left_out()
    }

    fn on(&self, day: LocalDay) -> Due {
        let local = DateTime::from_parts(day.date(), self.time.0);
        Due {
            at: self.zone.first_instant(local),
            day,
        }
    }
}

#[cfg(test)]
mod tests;
