//! Taking the index's descriptions apart: words, and values quoted as Python does.

/// What follows `marker` in `text`.
pub(crate) fn after<'a>(text: &'a str, marker: &str) -> Option<&'a str> {
    text.split_once(marker).map(|(_, rest)| rest)
}

/// The word that follows `marker`.
pub(crate) fn word<'a>(text: &'a str, marker: &str) -> Option<&'a str> {
    after(text, marker)?.split(' ').next()
}

/// The quoted value that follows `marker`, with its escapes undone.
pub(crate) fn quoted(text: &str, marker: &str) -> Option<String> {
    let mut rest = after(text, marker)?.chars();
    let quote = rest.next().filter(|c| matches!(c, '\'' | '"'))?;
    let mut value = String::new();
    loop {
        match rest.next()? {
            end if end == quote => return Some(value),
            '\\' => value.push(match rest.next()? {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                plain => plain,
            }),
            plain => value.push(plain),
        }
    }
}

/// Milliseconds since 1970 of a time as RFC 3339 writes it.
pub(crate) fn epoch_millis(text: &str) -> Option<i64> {
    let at: jiff::Timestamp = text.parse().ok()?;
    Some(at.as_millisecond())
}

/// Whether `actual` is what the index says, which cuts long texts and marks that with an ellipsis.
pub fn matches(expected: &str, actual: &str) -> bool {
    match expected.strip_suffix('…') {
        Some(beginning) => actual.starts_with(beginning),
        None => actual == expected,
    }
}
