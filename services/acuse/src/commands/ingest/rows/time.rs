//! Times as files have them.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

/// A time with its offset, or in `zone` where it has none. Where clocks are set back, the first of the two times is meant;
/// where they are set forward, the time after as long as was left out.
pub(crate) fn read(text: &str, zone: Option<&TimeZone>) -> Result<prost_types::Timestamp, String> {
    const SHAPE: &str = "must be a time such as 2026-09-30T14:05:06Z";
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(wire(at));
    }
    // A day without a time of day would be taken for its midnight.
    let local = text.contains(':').then(|| text.parse::<DateTime>().ok());
    let Some(local) = local.flatten() else {
        return Err(format!("is {text:?}; {SHAPE}"));
    };
    let Some(zone) = zone else {
        return Err(format!(
            "is {text:?}, without an offset from UTC; --time-zone says which zone such times are of"
        ));
    };
    let at = zone.to_ambiguous_timestamp(local).compatible();
    at.map(wire).map_err(|_| format!("is {text:?}; {SHAPE}"))
}

/// A time for the API.
pub(crate) fn wire(at: Timestamp) -> prost_types::Timestamp {
    let nanos = at.as_nanosecond();
    prost_types::Timestamp {
        // A jiff timestamp's seconds fit, and so do nanoseconds within one.
        seconds: i64::try_from(nanos.div_euclid(1_000_000_000)).unwrap_or_default(),
        nanos: i32::try_from(nanos.rem_euclid(1_000_000_000)).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, zone: Option<&str>) -> Result<String, String> {
        let zone = zone.map(|zone| TimeZone::get(zone).unwrap());
        let at = read(text, zone.as_ref())?;
        Ok(Timestamp::new(at.seconds, at.nanos).unwrap().to_string())
    }

    #[test]
    fn times_have_an_offset_or_a_zone() {
        for (text, zone, expected) in [
            ("2026-09-30T14:05:06Z", None, "2026-09-30T14:05:06Z"),
            (
                "2026-09-30 14:05:06.25-05:00",
                None,
                "2026-09-30T19:05:06.25Z",
            ),
            (
                "2026-09-30 14:05:06+00",
                Some("America/Lima"),
                "2026-09-30T14:05:06Z",
            ),
            (
                "2026-09-30 14:05:06",
                Some("America/Lima"),
                "2026-09-30T19:05:06Z",
            ),
            (
                "2026-09-30T14:05",
                Some("America/Lima"),
                "2026-09-30T19:05:00Z",
            ),
            // Clocks are set back at midnight to 23:00, and forward from midnight to 1:00.
            (
                "2026-04-04 23:30:00",
                Some("America/Santiago"),
                "2026-04-05T02:30:00Z",
            ),
            (
                "2026-09-06 00:30:00",
                Some("America/Santiago"),
                "2026-09-06T04:30:00Z",
            ),
            ("1969-12-31T23:59:59.5Z", None, "1969-12-31T23:59:59.5Z"),
        ] {
            assert_eq!(at(text, zone).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_says_so() {
        for text in [
            "2026-09-30",
            "30/09/2026 14:05",
            "soon",
            "1790000000",
            "2026-02-30 10:00:00",
        ] {
            let fault = at(text, Some("America/Lima")).unwrap_err();
            assert!(fault.contains("must be a time"), "{fault}");
        }
        let fault = at("2026-09-30 14:05:06", None).unwrap_err();
        assert!(fault.contains("--time-zone"), "{fault}");
    }
}
