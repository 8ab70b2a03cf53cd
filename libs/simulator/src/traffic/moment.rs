//! Time, to the millisecond.

use jiff::Timestamp;

/// An instant: milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(i64);

pub(crate) const SECOND: u64 = 1_000;
pub(crate) const MINUTE: u64 = 60 * SECOND;
pub(crate) const HOUR: u64 = 60 * MINUTE;
pub(crate) const DAY: u64 = 24 * HOUR;

impl Moment {
    /// So many milliseconds later.
    #[must_use]
    pub fn after(self, millis: u64) -> Self {
        Self(self.0.saturating_add_unsigned(millis))
    }

    /// So many milliseconds earlier.
    #[must_use]
    pub fn before(self, millis: u64) -> Self {
        Self(self.0.saturating_sub_unsigned(millis))
    }

    /// The second that it lies in: finer than that some providers do not tell.
    #[must_use]
    pub(super) fn in_seconds(self) -> Self {
        Self(self.0.div_euclid(1_000) * 1_000)
    }

    /// How many milliseconds it is later than `earlier`; 0 where it is not.
    pub(super) fn since(self, earlier: Self) -> u64 {
        u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0)
    }

    /// As the wire writes it.
    #[allow(clippy::cast_possible_truncation)] // below a thousand million
    pub fn wire(self) -> prost_types::Timestamp {
        prost_types::Timestamp {
            seconds: self.0.div_euclid(1_000),
            nanos: (self.0.rem_euclid(1_000) * 1_000_000) as i32,
        }
    }
}

impl From<Timestamp> for Moment {
    fn from(at: Timestamp) -> Self {
        Self(at.as_millisecond())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_has_seconds_and_the_rest() {
        let moment = Moment(1_500).after(734);
        assert_eq!(
            (moment.wire().seconds, moment.wire().nanos),
            (2, 234_000_000)
        );
        assert_eq!(moment.in_seconds(), Moment(2_000));
        assert_eq!(moment.since(Moment(2_000)), 234);
        assert_eq!(Moment(1).since(Moment(2)), 0);
        assert_eq!(
            (
                Moment(0).before(1).wire().seconds,
                Moment(0).before(1).wire().nanos
            ),
            (-1, 999_000_000)
        );
    }
}
