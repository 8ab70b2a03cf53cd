//! Which bytes of a file a request wants: RFC 9110, sections 13 and 14, for one range.

use std::ops::Range;

use axum::http::header::{IF_MATCH, IF_NONE_MATCH, IF_RANGE, RANGE};
use axum::http::{HeaderMap, HeaderName};

/// What a request says of the bytes that it wants.
#[derive(Debug, Default)]
pub(super) struct Asked<'a> {
    range: Option<&'a str>,
    if_range: Option<&'a str>,
    if_match: Option<&'a str>,
    if_none_match: Option<&'a str>,
    /// What the file's bytes are known by.
    etag: &'a str,
}

/// What it is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All of them.
    Whole,
    /// These, at least one.
    Part(Range<u64>),
    /// None: it has them.
    Nothing,
    /// None: it wants those of another file.
    Another,
    /// None: it wants some that the file does not have.
    Beyond,
}

impl<'a> Asked<'a> {
    /// What the headers of a request say about a file with that tag.
    pub(super) fn of(headers: &'a HeaderMap, etag: &'a str) -> Self {
        let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        Self {
            range: text(RANGE),
            if_range: text(IF_RANGE),
            if_match: text(IF_MATCH),
            if_none_match: text(IF_NONE_MATCH),
            etag,
        }
    }
}

/// Which bytes of a file of `size` bytes are wanted.
pub(super) fn wanted(asked: &Asked<'_>, size: u64) -> Wanted {
    if asked
        .if_match
        .is_some_and(|tags| !names(tags, asked.etag, false))
    {
        return Wanted::Another;
    }
    if asked
        .if_none_match
        .is_some_and(|tags| names(tags, asked.etag, true))
    {
        return Wanted::Nothing;
    }
    // Who resumes wants the rest of these bytes, or all of others. A date names nothing here.
    let same = asked.if_range.is_none_or(|tag| tag.trim() == asked.etag);
    match asked.range.filter(|_| same) {
        Some(range) => of_range(range, size),
        None => Wanted::Whole,
    }
}

/// Whether a list of tags has `etag` in it.
fn names(tags: &str, etag: &str, weakly: bool) -> bool {
    tags.split(',').map(str::trim).any(|tag| {
        let strong = tag.strip_prefix("W/").filter(|_| weakly).unwrap_or(tag);
        tag == "*" || strong == etag
    })
}

/// What a range means. One that is malformed, in another unit, or several at once, is as if it were not there.
fn of_range(range: &str, size: u64) -> Wanted {
    let Some(range) = bytes_of(range) else {
        return Wanted::Whole;
    };
    let Some((first, last)) = range.split_once('-') else {
        return Wanted::Whole;
    };
    let (first, last) = (first.trim(), last.trim());
    match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last && first < size => {
            Wanted::Part(first..last.saturating_add(1).min(size))
        }
        (Some(first), None) if last.is_empty() && first < size => Wanted::Part(first..size),
        // So many from the end.
        (None, Some(count)) if first.is_empty() && count > 0 && size > 0 => {
            Wanted::Part(size.saturating_sub(count)..size)
        }
        (Some(first), Some(last)) if first > last => Wanted::Whole,
        (Some(_), Some(_)) => Wanted::Beyond,
        (Some(_), None) if last.is_empty() => Wanted::Beyond,
        (None, Some(_)) if first.is_empty() => Wanted::Beyond,
        _ => Wanted::Whole,
    }
}

/// The one range in bytes of a header.
fn bytes_of(range: &str) -> Option<&str> {
    let (unit, range) = range.split_once('=')?;
    let single = !range.contains(',');
    (unit.trim().eq_ignore_ascii_case("bytes") && single).then_some(range.trim())
}

/// A number; one that is too long is beyond everything.
fn number(digits: &str) -> Option<u64> {
    let digit = |byte: u8| byte.is_ascii_digit();
    (!digits.is_empty() && digits.bytes().all(digit)).then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranged(range: &str) -> Wanted {
        let asked = Asked {
            range: Some(range),
            ..Asked::default()
        };
        wanted(&asked, 100)
    }

    #[test]
    fn one_range_is_what_it_says() {
        for (range, part) in [
            ("bytes=0-0", 0..1),
            ("bytes=0-", 0..100),
            ("bytes=10-19", 10..20),
            ("BYTES = 10-19", 10..20),
            ("bytes=90-1000", 90..100),
            ("bytes=99-99999999999999999999999", 99..100),
            ("bytes=-1", 99..100),
            ("bytes=-1000", 0..100),
        ] {
            assert_eq!(ranged(range), Wanted::Part(part), "{range}");
        }
        for range in [
            "bytes=100-",
            "bytes=100-200",
            "bytes=-0",
            "bytes=99999999999999999999-",
        ] {
            assert_eq!(ranged(range), Wanted::Beyond, "{range}");
        }
        for range in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=a-b",
            "bytes=5-4",
            "bytes=1-2,4-5",
            "rows=1-2",
            "bytes=+1-2",
        ] {
            assert_eq!(ranged(range), Wanted::Whole, "{range}");
        }
        let nothing = Asked {
            range: Some("bytes=-5"),
            ..Asked::default()
        };
        assert_eq!(wanted(&nothing, 0), Wanted::Beyond);
    }

    #[test]
    fn who_resumes_gets_the_rest_of_the_same_bytes_or_all_of_others() {
        let with = |if_range| Asked {
            range: Some("bytes=5-"),
            if_range: Some(if_range),
            etag: "\"abc\"",
            ..Asked::default()
        };
        assert_eq!(wanted(&with("\"abc\""), 9), Wanted::Part(5..9));
        for other in ["\"abd\"", "W/\"abc\"", "Sun, 02 Oct 2022 01:00:00 GMT", "*"] {
            assert_eq!(wanted(&with(other), 9), Wanted::Whole, "{other}");
        }
    }

    #[test]
    fn conditions_come_before_ranges() {
        let with = |if_match, if_none_match| Asked {
            range: Some("bytes=5-"),
            if_match,
            if_none_match,
            etag: "\"abc\"",
            ..Asked::default()
        };
        let part = Wanted::Part(5..9);
        for (if_match, if_none_match, expected) in [
            (Some("\"x\", \"abc\""), None, &part),
            (Some("*"), None, &part),
            (Some("W/\"abc\""), None, &Wanted::Another),
            (Some("\"x\""), None, &Wanted::Another),
            (None, Some("\"x\""), &part),
            (None, Some("W/\"abc\""), &Wanted::Nothing),
            (None, Some("*"), &Wanted::Nothing),
        ] {
            let found = wanted(&with(if_match, if_none_match), 9);
            assert_eq!(&found, expected, "{if_match:?} {if_none_match:?}");
        }
    }
}
