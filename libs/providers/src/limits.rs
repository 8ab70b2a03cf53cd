//! What the rest of Acuse can keep: lengths in bytes, as its interface limits them, and characters.

/// The longest id, name and other short text.
pub(crate) const SHORT: usize = 256;

/// The longest title or detail of a failure.
pub(crate) const DETAIL: usize = 1_024;

/// The longest part of a message's content.
pub(crate) const TEXT: usize = 65_536;

/// The longest foreign word in the detail of what is not understood, in characters.
const WORD: usize = 80;

/// The fewest digits that may be a phone number, in a row or with separators between.
const PHONE_DIGITS: usize = 7;

/// Text of at most `limit` bytes, cut between characters; `None` for empty text. For what people read: an id that is cut
/// would be another id.
pub(crate) fn cut(mut text: String, limit: usize) -> Option<String> {
    text.truncate(text.floor_char_boundary(limit));
    Some(text).filter(|text| !text.is_empty())
}

/// A provider's word, fit for a log line: short, without control characters, and digits that may be a phone number hidden.
pub(crate) fn shown(word: &str) -> String {
    let mut shown = String::new();
    // From a digit on: digits, and the separators between and after them.
    let mut run = String::new();
    let flush = |shown: &mut String, run: &mut String| {
        if run.chars().filter(|c| c.is_numeric()).count() < PHONE_DIGITS {
            shown.push_str(run);
        } else {
            let number = run.trim_end_matches(separates).len();
            shown.push('#');
            shown.push_str(&run[number..]);
        }
        run.clear();
    };
    for c in word.chars().take(WORD) {
        let c = if c.is_control() { ' ' } else { c };
        if c.is_numeric() || (separates(c) && !run.is_empty()) {
            run.push(c);
            continue;
        }
        flush(&mut shown, &mut run);
        shown.push(c);
    }
    flush(&mut shown, &mut run);
    if word.chars().nth(WORD).is_some() {
        shown.push('…');
    }
    shown
}

/// Whether people write it between a phone number's digits.
fn separates(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '\u{2010}'..='\u{2015}' | '.' | '(' | ')' | '+')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_between_characters() {
        assert_eq!(cut("añb".to_owned(), 2).as_deref(), Some("a"));
        assert_eq!(cut("añb".to_owned(), 3).as_deref(), Some("añ"));
        assert_eq!(cut("ab".to_owned(), 9).as_deref(), Some("ab"));
        assert_eq!(cut("ñ".to_owned(), 1), None);
        assert_eq!(cut(String::new(), 9), None);
    }

    #[test]
    fn what_may_be_a_phone_number_is_hidden() {
        assert_eq!(shown("131026: to +51977452931\n!"), "131026: to +# !");
        assert_eq!(shown("status 12345"), "status 12345");
        for number in [
            "+51 977 452 931",
            "(977) 452-931",
            "977.45.29",
            "9\t7+7\u{a0}4 5–2 9",
        ] {
            let shown = shown(&format!("to {number}, no"));
            assert!(!shown.contains(char::is_numeric), "{shown}");
            assert!(
                shown.starts_with("to ") && shown.ends_with(", no"),
                "{shown}"
            );
        }
        assert_eq!(shown("1 of 2, 300-400"), "1 of 2, 300-400");
        assert_eq!(shown(&"x".repeat(200)), format!("{}…", "x".repeat(80)));
    }
}
