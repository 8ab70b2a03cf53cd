//! Messages: the labels and words of each language, from the files beside this one.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use acuse_domain::glossary::Language;
use toml::{Table, Value};

/// The texts of one language, by keys such as "outbound.title".
pub(super) struct Messages(BTreeMap<String, String>);

/// The texts of a language, from all of its files.
macro_rules! texts {
    ($language:literal) => {
        parsed(&[
            include_str!(concat!("messages/", $language, ".toml")),
            include_str!(concat!("messages/figures.", $language, ".toml")),
            include_str!(concat!("messages/pages.", $language, ".toml")),
        ])
    };
}

static SPANISH: LazyLock<Messages> = LazyLock::new(|| texts!("es"));
static ENGLISH: LazyLock<Messages> = LazyLock::new(|| texts!("en"));
static PORTUGUESE: LazyLock<Messages> = LazyLock::new(|| texts!("pt"));

impl Messages {
    /// Those of a language.
    pub(super) fn of(language: Language) -> &'static Self {
        match language {
            Language::Spanish => &SPANISH,
            Language::English => &ENGLISH,
            Language::Portuguese => &PORTUGUESE,
        }
    }

    /// The text of a key.
    pub(super) fn find(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// The text of a key that there is: the tests ask for every one.
    pub(super) fn get(&'static self, key: &str) -> &'static str {
        self.find(key).unwrap_or_default()
    }
}

/// A file that is no TOML has no texts; a test reads each.
fn parsed(files: &[&str]) -> Messages {
    let mut texts = BTreeMap::new();
    for file in files {
        flatten("", file.parse().unwrap_or_default(), &mut texts);
    }
    Messages(texts)
}

fn flatten(before: &str, table: Table, texts: &mut BTreeMap<String, String>) {
    for (name, value) in table {
        let key = if before.is_empty() {
            name
        } else {
            format!("{before}.{name}")
        };
        match value {
            Value::Table(table) => flatten(&key, table, texts),
            Value::String(text) => {
                texts.insert(key, text);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_every_text() {
        let keys = |language| -> Vec<&'static String> { Messages::of(language).0.keys().collect() };
        let spanish = keys(Language::Spanish);
        assert!(spanish.len() > 50);
        for language in Language::ALL {
            assert_eq!(keys(*language), spanish, "{language:?}");
            for (key, text) in &Messages::of(*language).0 {
                assert_eq!(text.trim(), text, "{key}");
                assert!(!text.is_empty(), "{key}");
            }
        }
    }
}
