//! A cutter: finds the days of many instants.

use super::day::LocalDay;
use super::zone::Zone;
use crate::time::Timestamp;

/// Finds the local days of many instants. It remembers the day of the last one, so that a run of instants of one day
/// costs two comparisons each.
#[derive(Debug, Clone)]
pub struct DayCutter {
    zone: Zone,
    day: LocalDay,
    start: Timestamp,
    end: Timestamp,
}

impl DayCutter {
    /// A cutter for a zone's days.
    pub fn new(zone: &Zone) -> Self {
        Self {
            zone: zone.clone(),
            day: LocalDay(0),
            // Empty, so that the first instant lies outside.
            start: Timestamp::from_micros(0),
            end: Timestamp::from_micros(0),
        }
    }

    /// What [`Zone::day_of`] says.
    #[inline]
    pub fn day_of(&mut self, at: Timestamp) -> LocalDay {
        if at < self.start || self.end <= at {
            self.move_to(at);
        }
        self.day
    }

    #[cold]
    fn move_to(&mut self, at: Timestamp) {
        self.day = self.zone.day_of(at);
        self.start = self.zone.day_start(self.day);
        self.end = self.zone.day_start(self.day.plus(1));
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
