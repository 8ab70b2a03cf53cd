//! Dates with their times, as providers write them and the index repeats them.

/// Milliseconds since 1970 of `2019-04-09T16:01:56.494-0300`; of a date without an offset as if it were in UTC.
pub(super) fn millis(text: &str) -> Option<i64> {
    let (date, rest) = text.split_once(['T', ' '])?;
    let mut date = date.split('-').map(str::parse::<i64>);
    let (year, month, day) = (date.next()?.ok()?, date.next()?.ok()?, date.next()?.ok()?);
    let (clock, offset) = match rest.find(['Z', '+', '-']) {
        Some(at) => rest.split_at(at),
        None => (rest, "Z"),
    };
    let mut clock = clock.trim().split(':');
    let hours: i64 = clock.next()?.parse().ok()?;
    let minutes: i64 = clock.next()?.parse().ok()?;
    let seconds: f64 = clock.next()?.parse().ok()?;
    #[allow(clippy::cast_possible_truncation, reason = "less than a minute")]
    let millis = (seconds * 1_000.0).round() as i64;
    let minutes = (days(year, month, day) * 24 + hours) * 60 + minutes - ahead(offset)?;
    Some(minutes * 60_000 + millis)
}

/// Minutes by which a zone is ahead of UTC.
fn ahead(offset: &str) -> Option<i64> {
    if offset == "Z" {
        return Some(0);
    }
    let digits: String = offset.chars().filter(char::is_ascii_digit).collect();
    let number: i64 = digits.parse().ok()?;
    let minutes = number / 100 * 60 + number % 100;
    Some(if offset.starts_with('-') {
        -minutes
    } else {
        minutes
    })
}

/// Days since 1970 of a date of the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> i64 {
    // Years that begin in March end with their leap day.
    let (year, month) = match month {
        ..=2 => (year - 1, month + 9),
        _ => (year, month - 3),
    };
    let leap_days = year / 4 - year / 100 + year / 400;
    year * 365 + leap_days + (month * 153 + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::millis;

    #[test]
    fn dates_with_and_without_offsets() {
        assert_eq!(millis("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(millis("2020-02-29T12:00:00.250Z"), Some(1_582_977_600_250));
        let same = Some(1_554_836_516_494);
        assert_eq!(millis("2019-04-09T16:01:56.494-0300"), same);
        assert_eq!(millis("2019-04-09T19:01:56.494+0000"), same);
        assert_eq!(millis("2019-04-09 21:01:56.494 +02:00"), same);
        assert_eq!(millis("soon"), None);
    }
}
