//! Which days there are, how much happens on each, and at which hours.

use jiff::{civil::Date, tz::TimeZone};

use super::moment::{DAY, HOUR, Moment};
use crate::dice::Dice;

/// A day's share of the traffic.
#[derive(Debug, Clone, Copy)]
pub(super) struct Day {
    pub(super) date: Date,
    /// Its first instant in the zone of the business.
    pub(super) begins: Moment,
    /// Outbound messages on it.
    pub(super) messages: u64,
}

impl Day {
    /// The day as a number, for dice and ids: 20261120.
    pub(super) fn number(&self) -> u64 {
        let (year, month, day) = (self.date.year(), self.date.month(), self.date.day());
        let number = i64::from(year) * 10_000 + i64::from(month) * 100 + i64::from(day);
        number.unsigned_abs()
    }
}

/// The days up to `last`, with `messages` shared out among them: little on Saturdays, less on Sundays.
pub(super) fn days(seed: u64, last: Date, days: u16, messages: u64, zone: &TimeZone) -> Vec<Day> {
    let dates: Vec<_> = (0..i32::from(days))
        .rev()
        .filter_map(|back| last.checked_sub(jiff::Span::new().days(back)).ok())
        .collect();
    let weights: Vec<_> = dates.iter().map(|date| weight(seed, *date)).collect();
    let total: u64 = weights.iter().sum::<u64>().max(1);
    let mut before = 0;
    let mut given = 0;
    dates
        .into_iter()
        .zip(weights)
        .filter_map(|(date, weight)| {
            before += weight;
            let due = share(messages, before, total);
            let messages = due - given;
            given = due;
            let begins = date.to_zoned(zone.clone()).ok()?.timestamp().into();
            Some(Day {
                date,
                begins,
                messages,
            })
        })
        .collect()
}

fn weight(seed: u64, date: Date) -> u64 {
    let usual = match date.weekday() {
        jiff::civil::Weekday::Saturday => 55,
        jiff::civil::Weekday::Sunday => 22,
        _ => 100,
    };
    let mut dice = Dice::of(seed, &[u64::from(date.day_of_year().unsigned_abs())]);
    usual * dice.between(80..=120)
}

/// `whole * part / total` without overflow.
#[allow(clippy::cast_possible_truncation)] // at most `whole`
fn share(whole: u64, part: u64, total: u64) -> u64 {
    (u128::from(whole) * u128::from(part) / u128::from(total)) as u64
}

/// How busy each hour of the day is.
pub(super) type Hours = [u16; 24];

/// When agents work.
pub(super) const OFFICE: Hours = [
    0, 0, 0, 0, 0, 0, 0, 1, 6, 11, 12, 11, 9, 8, 10, 11, 11, 9, 6, 3, 1, 0, 0, 0,
];

/// When people use applications and order things.
pub(super) const AWAKE: Hours = [
    2, 1, 1, 1, 1, 2, 4, 6, 8, 9, 10, 11, 12, 11, 10, 10, 10, 11, 12, 13, 13, 11, 8, 4,
];

/// The instant at which that share (0 to 1) of a day's traffic is over. Later shares are later instants, so that what
/// happens over a day can be told in order without being held.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss
)]
pub(super) fn instant(day: &Day, hours: &Hours, share: f64) -> Moment {
    let total: u16 = hours.iter().sum();
    let mut left = share.clamp(0.0, 1.0) * f64::from(total);
    for (hour, weight) in (0..).zip(hours) {
        let weight = f64::from(*weight);
        if left < weight {
            let within = (left / weight * HOUR as f64) as u64;
            return day.begins.after(hour * HOUR + within);
        }
        left -= weight;
    }
    day.begins.after(DAY - 1)
}

/// The share of `count` things that is over when the thing with that index comes, somewhere in its own part.
#[allow(clippy::cast_precision_loss)] // shares need no more digits
pub(super) fn stratum(index: u64, count: u64, dice: &mut Dice) -> f64 {
    (index as f64 + dice.unit()) / count.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_add_up_and_weekends_are_quiet() {
        let zone = TimeZone::get("America/Lima").unwrap();
        let last = jiff::civil::date(2026, 11, 20);
        let days = days(1, last, 28, 28_001, &zone);
        assert_eq!(days.len(), 28);
        assert_eq!(days.iter().map(|day| day.messages).sum::<u64>(), 28_001);
        let on = |weekday| -> u64 {
            let some = days.iter().filter(|day| day.date.weekday() == weekday);
            some.map(|day| day.messages).sum()
        };
        assert!(on(jiff::civil::Weekday::Sunday) * 3 < on(jiff::civil::Weekday::Tuesday));
        assert_eq!(days[27].number(), 20_261_120);
    }

    #[test]
    fn instants_are_in_order_and_in_office_hours() {
        let zone = TimeZone::UTC;
        let day = days(1, jiff::civil::date(2026, 11, 20), 1, 10, &zone)[0];
        let mut dice = Dice::new(1);
        let mut last = day.begins;
        for index in 0..1_000 {
            let at = instant(&day, &OFFICE, stratum(index, 1_000, &mut dice));
            assert!(at >= last);
            last = at;
            let hour = at.since(day.begins) / HOUR;
            assert!((7..=20).contains(&hour), "{hour}");
        }
        assert_eq!(instant(&day, &OFFICE, 1.0).since(day.begins), DAY - 1);
    }
}
