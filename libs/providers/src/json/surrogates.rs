//! Escapes that stand for half a character, as texts have that were cut within one.

/// An escape's length: a backslash, a `u` and four digits.
const ESCAPE: usize = 6;

/// The body with U+FFFD in place of escaped surrogates without a partner; `None` where there are none.
pub(crate) fn mended(body: &[u8]) -> Option<Vec<u8>> {
    let mut mended = Vec::new();
    let mut from = 0;
    let mut at = 0;
    while at < body.len() {
        if body[at] != b'\\' {
            at += 1;
            continue;
        }
        let unit = escaped_unit(&body[at..]);
        let next = body.get(at + ESCAPE..).and_then(escaped_unit);
        match (unit, next) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => at += 2 * ESCAPE,
            (Some(0xD800..=0xDFFF), _) => {
                mended.extend_from_slice(&body[from..at]);
                mended.extend_from_slice(b"\\uFFFD");
                at += ESCAPE;
                from = at;
            }
            // Any other escape is a backslash and one character, whatever digits follow.
            _ => at += 2,
        }
    }
    (from > 0).then(|| {
        mended.extend_from_slice(&body[from..]);
        mended
    })
}

/// The UTF-16 unit that is escaped at the beginning of `bytes`.
fn escaped_unit(bytes: &[u8]) -> Option<u16> {
    let digits = bytes.strip_prefix(b"\\u")?.get(..4)?;
    digits.iter().try_fold(0, |unit, digit| {
        let digit = u16::try_from(char::from(*digit).to_digit(16)?).ok()?;
        Some(unit << 4 | digit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(body: &str) -> Option<String> {
        mended(body.as_bytes()).map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn halves_are_replaced() {
        assert_eq!(of(r#""\ud83d""#).as_deref(), Some(r#""\uFFFD""#));
        assert_eq!(of(r#""\uDE00x""#).as_deref(), Some(r#""\uFFFDx""#));
        assert_eq!(
            of(r#""\ud83d\ud83d\ude00\ude00 \ud83d\n""#).as_deref(),
            Some(r#""\uFFFD\ud83d\ude00\uFFFD \uFFFD\n""#)
        );
    }

    #[test]
    fn whole_characters_stay() {
        for body in [
            r#""\ud83d\ude00""#,
            r#""\\ud83d""#,
            r#""\\\\ud83d""#,
            r#""\u00e1\n\"""#,
            r#""\ud8""#,
            "\"\\",
            "",
        ] {
            assert_eq!(of(body), None, "{body}");
        }
        assert_eq!(of(r#""\\\ud83d""#).as_deref(), Some(r#""\\\uFFFD""#));
    }
}
