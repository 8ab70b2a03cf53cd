//! A cutter: finds the days of many instants.

use super::day::LocalDay;
use super::zone::Zone;
use crate::time::Timestamp;

/// Days that are remembered: a message's times are of two or three.
const REMEMBERED: usize = 4;

/// Finds the local days of many instants. It remembers the days of the last ones, so that instants of a few days cost some
/// comparisons each.
#[derive(Debug, Clone)]
pub struct DayCutter {
    zone: Zone,
    days: [Remembered; REMEMBERED],
    /// Which of them gives way next.
    oldest: usize,
}

#[derive(Debug, Clone, Copy)]
struct Remembered {
    day: LocalDay,
    start: Timestamp,
    end: Timestamp,
}

/// Empty: every instant lies outside.
const NONE: Remembered = Remembered {
    day: LocalDay(0),
    start: Timestamp::from_micros(0),
    end: Timestamp::from_micros(0),
};

impl DayCutter {
    /// A cutter for a zone's days.
    pub fn new(zone: &Zone) -> Self {
        Self {
            zone: zone.clone(),
            days: [NONE; REMEMBERED],
            oldest: 0,
        }
    }

    /// What [`Zone::day_of`] says.
    #[inline]
    pub fn day_of(&mut self, at: Timestamp) -> LocalDay {
        let known = |one: &&Remembered| one.start <= at && at < one.end;
        match self.days.iter().find(known) {
            Some(one) => one.day,
            None => self.learn(at),
        }
    }

    #[cold]
    fn learn(&mut self, at: Timestamp) -> LocalDay {
        let day = self.zone.day_of(at);
        self.days[self.oldest] = Remembered {
            day,
            start: self.zone.day_start(day),
            end: self.zone.day_start(day.plus(1)),
        };
        self.oldest = (self.oldest + 1) % REMEMBERED;
        day
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::{any_instant, any_zone};
    use super::*;

    proptest! {
        #[test]
        fn a_cutter_says_what_its_zone_says(
            zone in any_zone(),
            instants in prop::collection::vec(any_instant(), 1..20),
            steps in prop::collection::vec(-7_200_000_000i64..7_200_000_000, 20),
        ) {
            let mut cutter = DayCutter::new(&zone);
            for (instant, step) in instants.into_iter().zip(steps) {
                let close = Timestamp::from_micros(instant.micros() + step);
                prop_assert_eq!(cutter.day_of(instant), zone.day_of(instant));
                prop_assert_eq!(cutter.day_of(close), zone.day_of(close));
            }
        }
    }
}
