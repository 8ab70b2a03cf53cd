//! The index's words for Messenger and Instagram.

use super::{Said, SaidKind, member, milliseconds, nothing};
use crate::text::{after, quoted, word};

/// The index separates what it says of several events of one file by bars.
const BETWEEN: &str = " || ";

/// What stands between what happened and both ends.
const ENDS: &str = "; sender ";

pub(super) fn said(words: &str) -> Vec<Said<'_>> {
    if let Some(nothing) = nothing(words) {
        return nothing;
    }
    words.split(BETWEEN).flat_map(event).collect()
}

/// What one event says, which may be of several messages.
fn event<'a>(words: &'a str) -> Vec<Said<'a>> {
    let (what, ends) = words.rsplit_once(ENDS).unwrap_or((words, ""));
    let sender = ends.split(' ').next().filter(|it| !it.is_empty());
    let recipient = word(ends, "recipient ");
    let at = after(ends, " at ms ").and_then(time);
    let from_contact = |said: Said<'a>| Said {
        from: sender,
        to: recipient,
        ..said.at(at)
    };
    // What the page sent is told of by whoever it went to.
    let of_page = |said: Said<'a>| Said {
        from: recipient,
        to: sender,
        ..said.at(at)
    };
    match what.split(' ').next().unwrap_or_default() {
        "inbound" => vec![from_contact(Said {
            id: word(what, " mid "),
            text: quoted(what, " text "),
            ..Said::of(SaidKind::Inbound)
        })],
        "unsend" => vec![from_contact(Said {
            id: word(what, " mid "),
            ..Said::of(SaidKind::Inbound)
        })],
        "postback" => vec![from_contact(Said {
            id: member(what, "mid"),
            text: member(what, "title").map(str::to_owned),
            ..Said::of(SaidKind::Inbound)
        })],
        "reaction" => vec![from_contact(Said::of(SaidKind::Inbound))],
        "echo" => vec![from_contact(Said {
            id: word(what, " mid "),
            evidence: Some("sent"),
            text: quoted(what, " text "),
            ..Said::of(SaidKind::Echo)
        })],
        "delivery" => {
            let mids = after(what, "mids [").and_then(|rest| rest.split_once(']'));
            let mids = mids.map_or("", |(mids, _)| mids).split(", ");
            let mids = mids.map(|mid| mid.trim_matches(['\'', '"']));
            let mids = mids.filter(|mid| !mid.is_empty());
            let statuses = mids.map(|mid| of_page(Said::status(mid, "delivered")));
            let watermark = word(what, "watermark ").and_then(milliseconds);
            statuses
                .chain(watermark.map(|up_to| of_all(of_page, "delivered", at.unwrap_or(up_to))))
                .collect()
        }
        "read" => {
            let status = member(what, "mid").map(|mid| of_page(Said::status(mid, "read")));
            let watermark = member(what, "watermark").and_then(milliseconds);
            let watermark = watermark.map(|up_to| of_all(of_page, "read", at.unwrap_or(up_to)));
            status.into_iter().chain(watermark).collect()
        }
        _ => vec![Said::of(SaidKind::Aside)],
    }
}

/// Something that happened to all that was sent. Where there is no time it happened then.
fn of_all<'a>(of_page: impl Fn(Said<'a>) -> Said<'a>, evidence: &'static str, at: i64) -> Said<'a> {
    let watermark = Said {
        evidence: Some(evidence),
        ..Said::of(SaidKind::Watermark)
    };
    of_page(watermark).at(Some(at))
}

/// A time: a number, or a date with its time in UTC.
fn time(words: &str) -> Option<i64> {
    let word = words.split(' ').next()?.trim_matches(['\'', '"']);
    milliseconds(word).or_else(|| written(word))
}

/// A date with its time in UTC, as `2021-09-08T06:34:04+0000`.
fn written(text: &str) -> Option<i64> {
    let (date, time) = text.split_once('T')?;
    let time = time
        .strip_suffix("+0000")
        .or_else(|| time.strip_suffix('Z'))?;
    let numbers = |text: &str, between| -> Option<Vec<i64>> {
        text.split(between).map(|part| part.parse().ok()).collect()
    };
    let (date, time) = (numbers(date, '-')?, numbers(time, ':')?);
    let (&[year, month, day], &[hour, minute, second]) = (date.as_slice(), time.as_slice()) else {
        return None;
    };
    // Years are counted from March, so that a leap day is the last one.
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
    let since_1970 = days - 719_468;
    Some(((since_1970 * 24 + hour) * 60 + minute) * 60_000 + second * 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_times() {
        assert_eq!(written("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(written("2021-09-08T06:34:04+0000"), Some(1_631_082_844_000));
        assert_eq!(written("2024-02-29T23:59:59Z"), Some(1_709_251_199_000));
        assert_eq!(written("yesterday"), None);
    }
}
