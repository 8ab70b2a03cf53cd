//! Search: text within names, whatever the case and the accents.
//!
//! It is done here and not by Postgres: what that takes for the small form of a letter depends on the locale of the database,
//! and what takes accents away is an extension that may not be there.

use unicode_normalization::UnicodeNormalization as _;

/// What is searched for; made once for all names.
#[derive(Debug)]
pub(crate) struct Search(String);

impl Search {
    /// Searches for `text`, in which every character stands for itself.
    pub(crate) fn new(text: &str) -> Self {
        Self(folded(text))
    }

    /// Whether it finds everything.
    pub(crate) fn finds_all(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one of the texts contains what is searched for.
    pub(crate) fn finds<'a>(&self, texts: impl IntoIterator<Item = &'a str>) -> bool {
        let mut texts = texts.into_iter();
        self.finds_all() || texts.any(|text| folded(text).contains(&self.0))
    }
}

/// The text in small letters without accents.
fn folded(text: &str) -> String {
    // By way of the capitals, of which one may have several small letters, as the Greek sigma has.
    let capitals = text.chars().flat_map(char::to_uppercase);
    let small = capitals.flat_map(char::to_lowercase);
    small.nfkd().filter(|letter| !is_accent(*letter)).collect()
}

/// Marks that are put on letters of the Latin, Greek and Cyrillic alphabets, and those that choose between the pictures of an
/// emoji. Vowels and tones of other scripts are marks as well, but tell words apart.
fn is_accent(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}' | '\u{fe0e}' | '\u{fe0f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(search: &str, text: &str) -> bool {
        Search::new(search).finds([text])
    }

    #[test]
    fn neither_case_nor_accents_matter() {
        for (search, text) in [
            ("peru", "Campaña PERÚ 2026"),
            ("PERÚ", "campana peru"),
            ("campaña", "CAMPANA"),
            // The same letters, put together otherwise.
            ("pe\u{301}ru\u{301}", "Pérú"),
            ("são", "SAO PAULO"),
            ("strasse", "Straße"),
            ("ΟΔΟΣ", "οδός"),
            ("москва", "МОСКВА"),
            ("❤", "amor \u{2764}\u{fe0f}"),
            ("istanbul", "İstanbul"),
            ("", "anything"),
        ] {
            assert!(finds(search, text), "{search} in {text}");
        }
    }

    #[test]
    fn every_character_stands_for_itself() {
        for (search, text) in [
            ("%", "100"),
            ("_", "ab"),
            ("a.c", "abc"),
            ("\\", "a/b"),
            ("a*", "aaa"),
            ("🎉", "🎊"),
            ("กิ", "ก"),
        ] {
            assert!(!finds(search, text), "{search} in {text}");
            assert!(finds(search, &format!("x{search}x")), "{search}");
        }
        assert!(Search::new("ventas").finds(["d-1", "Ventas"]));
        assert!(!Search::new("ventas").finds(["d-1", "Soporte"]));
        assert!(!Search::new("ventas").finds([]));
    }
}
