//! Times: the wire's seconds and nanoseconds, the domain's microseconds.

use acuse_domain::time::{CLOCK_SKEW, Timestamp};

use super::faults::Faults;

/// 2009-01-01T00:00:00Z: before it nothing here existed, so that an earlier time is a mistake of units.
const EARLIEST: Timestamp = Timestamp::from_seconds(1_230_768_000);

/// 9999-12-31T23:59:59Z, the last second that the wire's timestamps may have.
const LAST_SECOND: i64 = 253_402_300_799;

/// A time as the wire writes it.
pub fn timestamp(at: Timestamp) -> prost_types::Timestamp {
    let micros = at.micros();
    prost_types::Timestamp {
        seconds: micros.div_euclid(1_000_000),
        // Below a million, so that the thousandfold fits.
        nanos: i32::try_from(micros.rem_euclid(1_000_000) * 1_000).unwrap_or(0),
    }
}

/// The domain's instant; what is finer than a microsecond is cut off. `None` for what is no time at all.
pub(crate) fn instant(wire: prost_types::Timestamp) -> Option<Timestamp> {
    if !(0..1_000_000_000).contains(&wire.nanos)
        || wire.seconds.unsigned_abs() > LAST_SECOND.unsigned_abs()
    {
        return None;
    }
    let micros = i64::from(wire.nanos / 1_000);
    Some(Timestamp::from_micros(wire.seconds * 1_000_000 + micros))
}

/// A time from 2009 on, as far ahead as may be.
///
/// # Errors
///
/// What is wrong with it, for the violation of its field.
pub fn any_time(wire: prost_types::Timestamp) -> Result<Timestamp, String> {
    match instant(wire) {
        None => {
            Err("is no time: nanos must be 0 to 999999999, and the year at most 9999".to_owned())
        }
        Some(at) if at < EARLIEST => Err(format!(
            "is {at}; must be from 2009-01-01 on, the unit may be wrong"
        )),
        Some(at) => Ok(at),
    }
}

impl Faults {
    /// A time at which something happened, if one is given: from 2009 to a little ahead of now.
    pub(crate) fn past(
        &mut self,
        field: &str,
        wire: Option<prost_types::Timestamp>,
    ) -> Option<Timestamp> {
        let latest = self.now + CLOCK_SKEW;
        let at = self.any_time(field, wire)?;
        if at > latest {
            self.add(
                field,
                format!("is {at}, more than 5 minutes in the future; the unit may be wrong"),
            );
            return None;
        }
        Some(at)
    }

    /// A time at which something happened and that has to be given.
    pub(crate) fn required_past(
        &mut self,
        field: &str,
        wire: Option<prost_types::Timestamp>,
    ) -> Option<Timestamp> {
        if wire.is_none() {
            self.add(
                field,
                "must be given: from 2009-01-01 to 5 minutes from now",
            );
        }
        self.past(field, wire)
    }

    /// A time that may lie in the future, if one is given.
    pub(crate) fn any_time(
        &mut self,
        field: &str,
        wire: Option<prost_types::Timestamp>,
    ) -> Option<Timestamp> {
        match any_time(wire?) {
            Ok(at) => Some(at),
            Err(problem) => {
                self.add(field, problem);
                None
            }
        }
    }

    /// When something happened: as told, or `receipt` where the provider gave no time; one of the two.
    pub(crate) fn happened(
        &mut self,
        field: &str,
        wire: Option<prost_types::Timestamp>,
        receipt: Option<Timestamp>,
    ) -> Option<Timestamp> {
        match receipt {
            None => self.required_past(field, wire),
            Some(at) => {
                if wire.is_some() {
                    self.add(field, "must be left out where time_is_receipt is true");
                }
                Some(at)
            }
        }
    }
}
