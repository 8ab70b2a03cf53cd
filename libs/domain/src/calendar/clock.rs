//! A zone's clock: what it shows at many instants.

use super::day::LocalDay;
use super::zone::Zone;
use crate::time::Timestamp;

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

/// Spans that are remembered: more than the changes of a year.
const MOST_SPANS: usize = 8;

/// An instant with what a zone's clock shows at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalTime {
    /// The instant.
    pub at: Timestamp,
    /// How far the clock is ahead of UTC, in seconds.
    pub offset: i32,
}

/// What a clock shows, without its date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockTime {
    /// 0 to 23.
    pub hour: u32,
    /// 0 to 59.
    pub minute: u32,
    /// 0 to 59.
    pub second: u32,
    /// 0 to 999,999.
    pub microsecond: u32,
}

impl LocalTime {
    /// The date that the calendar shows.
    pub fn date(self) -> LocalDay {
        let days = self.shown().div_euclid(DAY);
        LocalDay(i32::try_from(days).unwrap_or_default())
    }

    /// The time that the clock shows.
    pub fn time(self) -> ClockTime {
        let micros = self.shown().rem_euclid(DAY);
        // Each is below its unit's limit.
        let part = |unit: i64, limit: i64| u32::try_from(micros / unit % limit).unwrap_or_default();
        ClockTime {
            hour: part(3_600 * SECOND, 24),
            minute: part(60 * SECOND, 60),
            second: part(SECOND, 60),
            microsecond: part(1, SECOND),
        }
    }

    /// The date and time as if they were of UTC, in microseconds since 1970.
    fn shown(self) -> i64 {
        self.at
            .micros()
            .saturating_add(i64::from(self.offset) * SECOND)
    }
}

/// Reads a zone's clock at many instants. It remembers between which instants the clock was not set, so that most readings
/// cost a few comparisons.
#[derive(Debug, Clone)]
pub struct Clock {
    zone: Zone,
    spans: Vec<Span>,
}

#[derive(Debug, Clone, Copy)]
struct Span {
    start: Timestamp,
    end: Timestamp,
    offset: i32,
}

impl Clock {
    /// The clock of a zone.
    pub fn new(zone: &Zone) -> Self {
        Self {
            zone: zone.clone(),
            spans: Vec::new(),
        }
    }

    /// What it shows at an instant.
    #[inline]
    pub fn read(&mut self, at: Timestamp) -> LocalTime {
        let known = |span: &&Span| span.start <= at && at < span.end;
        let offset = match self.spans.iter().find(known) {
            Some(span) => span.offset,
            None => self.learn(at),
        };
        LocalTime { at, offset }
    }

    #[cold]
    fn learn(&mut self, at: Timestamp) -> i32 {
        let offset = self.zone.offset_micros(at) / SECOND;
        // Offsets are less than a day or two.
        let offset = i32::try_from(offset).unwrap_or_default();
        if self.spans.len() == MOST_SPANS {
            self.spans.clear();
        }
        let first = Timestamp::from_micros(i64::MIN);
        let last = Timestamp::from_micros(i64::MAX);
        self.spans.push(Span {
            start: self.zone.change_by(at).unwrap_or(first),
            end: self.zone.next_change(at).unwrap_or(last),
            offset,
        });
        offset
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::{any_instant, any_zone, at, zone};
    use super::*;

    #[test]
    fn a_clock_is_set_forward_and_back() {
        let mut clock = Clock::new(&zone("America/Santiago"));
        let shown = |local: LocalTime| {
            let ClockTime { hour, minute, .. } = local.time();
            format!("{} {hour:02}:{minute:02} {}", local.date(), local.offset)
        };
        for (instant, is) in [
            ("2026-09-06T03:59:59Z", "2026-09-05 23:59 -14400"),
            ("2026-09-06T04:00:00Z", "2026-09-06 01:00 -10800"),
            ("2026-04-05T02:59:59Z", "2026-04-04 23:59 -10800"),
            ("2026-04-05T03:00:00Z", "2026-04-04 23:00 -14400"),
        ] {
            assert_eq!(shown(clock.read(at(instant))), is, "{instant}");
        }
    }

    proptest! {
        #[test]
        fn a_clock_shows_what_its_zone_shows(
            zone in any_zone(),
            instants in prop::collection::vec(any_instant(), 1..30),
            steps in prop::collection::vec(-7_200_000_000i64..7_200_000_000, 30),
        ) {
            let mut clock = Clock::new(&zone);
            for (instant, step) in instants.into_iter().zip(steps) {
                for instant in [instant, Timestamp::from_micros(instant.micros() + step)] {
                    let read = clock.read(instant);
                    let local = zone.local(instant);
                    prop_assert_eq!(read.date(), LocalDay::from_date(local.date()));
                    let time = read.time();
                    prop_assert_eq!(i64::from(time.hour), i64::from(local.hour()));
                    prop_assert_eq!(i64::from(time.minute), i64::from(local.minute()));
                    prop_assert_eq!(i64::from(time.second), i64::from(local.second()));
                    let micros = i64::from(local.subsec_nanosecond()) / 1_000;
                    prop_assert_eq!(i64::from(time.microsecond), micros);
                }
            }
        }
    }
}
