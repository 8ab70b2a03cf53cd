//! Text into lines of a width.

use std::borrow::Cow;

use unicode_bidi::Level;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::faces::Weight;
use crate::shape::{self, Shaped};

/// What shows that something was left out.
const MORE: &str = "…";

/// The narrowest letter that text may be full of, in ems: no line takes more letters than its width holds of these.
const NARROWEST: f32 = 0.2;

/// Lines of at most `width` ems, at most `most` of them; where that does not hold all of it, the last ends with an ellipsis.
///
/// Lines break where they do in the text, else between words, else after what joins parts of a word, else anywhere between
/// letters.
pub(crate) fn lines(text: &str, weight: Weight, width: f32, most: usize) -> Vec<Shaped> {
    let width = width.max(1.0);
    // What cannot be shown is not looked at, however long a text is.
    let limit = ((width / NARROWEST) as usize + 8).saturating_mul(most);
    let text = plain_ends(text);
    let (head, cut) = clipped(&text, limit);
    let mut breaker = Breaker {
        weight,
        width,
        most,
        lines: Vec::new(),
    };
    let whole = head.split(is_break).all(|paragraph| breaker.add(paragraph));
    breaker.finish(!whole || cut)
}

/// The lines of text that has none but those that it says itself.
pub(crate) fn natural_width(text: &str, weight: Weight, most: usize) -> f32 {
    let (head, _) = clipped(text, most);
    let widths = head.split(is_break).map(|part| shape::width(part, weight));
    widths.fold(0.0, f32::max)
}

/// The width of the widest part that is better not broken.
pub(crate) fn longest_word(text: &str, weight: Weight, most: usize) -> f32 {
    let (head, _) = clipped(text, most);
    let words = head.split(char::is_whitespace).flat_map(joints);
    words
        .map(|word| shape::width(word, weight))
        .fold(0.0, f32::max)
}

fn is_break(letter: char) -> bool {
    matches!(
        letter,
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

/// Text whose lines end with one letter each.
fn plain_ends(text: &str) -> Cow<'_, str> {
    let text = text.trim_end();
    if text.contains("\r\n") {
        Cow::Owned(text.replace("\r\n", "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

/// At most so many letters of a text, and whether that left some out.
fn clipped(text: &str, most: usize) -> (&str, bool) {
    match text.char_indices().nth(most) {
        Some((end, _)) => (text.get(..end).unwrap_or_default(), true),
        None => (text, false),
    }
}

/// The parts of a word that may stand on lines of their own. A date, a time and a number are read in one piece.
fn joints(word: &str) -> impl Iterator<Item = &str> {
    let whole = is_number(word);
    word.split_inclusive(move |letter| {
        !whole
            && matches!(
                letter,
                '-' | '_'
                    | '/'
                    | '.'
                    | ','
                    | ';'
                    | ':'
                    | '@'
                    | '&'
                    | '='
                    | '?'
                    | '|'
                    | '+'
                    | '\u{ad}'
                    | '\u{200b}'
            )
    })
}

/// The longest date, time or number, in bytes; what is longer is a list of something.
const LONGEST_NUMBER: usize = 20;

fn is_number(word: &str) -> bool {
    let part =
        |byte: u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'/' | b'.' | b',' | b':' | b'+');
    word.len() <= LONGEST_NUMBER
        && word.bytes().any(|byte| byte.is_ascii_digit())
        && word.bytes().all(part)
}

struct Breaker {
    weight: Weight,
    width: f32,
    most: usize,
    /// What stands on each line, and how its paragraph is read.
    lines: Vec<(String, Option<Level>)>,
}

impl Breaker {
    /// Adds a paragraph; whether there was room for all of it.
    fn add(&mut self, paragraph: &str) -> bool {
        let level = shape::direction(paragraph);
        let mut line = String::new();
        let mut used = 0.0;
        for (nth, word) in paragraph.split([' ', '\t']).enumerate() {
            let space = if nth == 0 { "" } else { " " };
            let gap = shape::width(space, self.weight);
            let wide = shape::width(word, self.weight);
            if used + gap + wide <= self.width {
                line.push_str(space);
                line.push_str(word);
                used += gap + wide;
                continue;
            }
            // A word that fits on a line of its own moves there; a longer one begins where there is room for some of it.
            if wide <= self.width || used > self.width * 0.6 {
                if !line.is_empty() && !self.end(&mut line, level) {
                    return false;
                }
                used = 0.0;
            } else {
                line.push_str(space);
                used += gap;
            }
            if !self.break_word(word, &mut line, &mut used, level) {
                return false;
            }
        }
        self.end(&mut line, level)
    }

    fn break_word(
        &mut self,
        word: &str,
        line: &mut String,
        used: &mut f32,
        level: Option<Level>,
    ) -> bool {
        for part in joints(word) {
            let wide = shape::width(part, self.weight);
            if *used + wide <= self.width {
                line.push_str(part);
                *used += wide;
                continue;
            }
            if wide <= self.width && !line.is_empty() {
                if !self.end(line, level) {
                    return false;
                }
                *used = 0.0;
            }
            for cluster in part.graphemes(true) {
                let wide = shape::width(cluster, self.weight);
                if *used + wide > self.width && !line.is_empty() {
                    if !self.end(line, level) {
                        return false;
                    }
                    *used = 0.0;
                }
                line.push_str(cluster);
                *used += wide;
            }
        }
        true
    }

    /// Ends a line; whether there is room for another one.
    fn end(&mut self, line: &mut String, level: Option<Level>) -> bool {
        if self.lines.len() == self.most {
            return false;
        }
        self.lines.push((std::mem::take(line), level));
        true
    }

    fn finish(mut self, cut: bool) -> Vec<Shaped> {
        if cut && let Some((last, _)) = self.lines.last_mut() {
            let more = shape::width(MORE, self.weight);
            while shape::width(last, self.weight) + more > self.width {
                let Some((end, _)) = last.grapheme_indices(true).next_back() else {
                    break;
                };
                last.truncate(end);
            }
            last.truncate(last.trim_end().len());
            last.push_str(MORE);
        }
        let lines = self.lines.iter();
        lines
            .map(|(text, level)| shape::line(text, self.weight, *level))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::Stands;

    fn wrapped(text: &str, width: f32, most: usize) -> Vec<String> {
        let lines = lines(text, Weight::Regular, width, most);
        assert!(lines.iter().all(|line| line.width <= width.max(1.0) + 0.01));
        let told = lines.iter().map(|line| {
            line.glyphs
                .iter()
                .map(|glyph| match &glyph.stands {
                    Stands::Letter(letter) => letter.to_string(),
                    Stands::Letters(letters) => letters.to_string(),
                    Stands::Nothing => String::new(),
                })
                .collect::<String>()
        });
        told.collect()
    }

    #[test]
    fn lines_break_between_words_and_where_the_text_says() {
        assert_eq!(wrapped("uno dos tres", 4.0, 9), ["uno dos", "tres"]);
        assert_eq!(
            wrapped("uno\r\ndos\n\ntres", 9.0, 9),
            ["uno", "dos", "", "tres"]
        );
        assert_eq!(wrapped("", 9.0, 9), [""]);
    }

    #[test]
    fn long_words_break_at_joints_and_then_anywhere() {
        assert_eq!(
            wrapped("chattigo_bienvenida", 6.0, 9),
            ["chattigo_", "bienvenida"]
        );
        assert_eq!(wrapped("el 2022-10-01", 6.0, 9), ["el", "2022-10-01"]);
        assert_eq!(wrapped("a 31/12/2022", 6.0, 9), ["a", "31/12/2022"]);
        let lines = wrapped(&"a".repeat(30), 5.0, 9);
        assert_eq!(lines.concat(), "a".repeat(30));
        assert!(lines.len() > 2);
    }

    #[test]
    fn what_does_not_fit_ends_with_an_ellipsis() {
        let lines = wrapped(&"palabra ".repeat(6_000), 10.0, 3);
        assert_eq!(lines.len(), 3);
        assert!(lines[2].ends_with('…'));
        assert_eq!(wrapped("uno dos tres cuatro", 4.0, 1), ["uno d…"]);
    }
}
