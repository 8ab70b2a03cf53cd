//! The index: a line for each file, columns separated by tabs.

use std::collections::BTreeMap;

use crate::meaning::Meaning;
use crate::said::{self, Said};

/// One file.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// Whose payload it is, by the index's name.
    pub provider: &'a str,
    /// Its path within the corpus.
    pub file: &'a str,
    /// What should be known after it was read, in the words of the index.
    pub meaning: &'a str,
}

impl<'a> Entry<'a> {
    /// What should be known after it was read.
    pub fn says(&self) -> Meaning<'a> {
        Meaning::of(self.meaning)
    }

    /// What should be known after it was read, in the form that all providers share.
    ///
    /// # Panics
    ///
    /// For a provider of whose words nothing is known: a test must not pass without.
    pub fn said(&self) -> Vec<Said<'a>> {
        match said::of(self.provider, self.meaning) {
            Some(said) => said::amended(self.file, said),
            None => panic!(
                "nothing is known of what the index says of {}",
                self.provider
            ),
        }
    }

    /// Whether the file may tell `evidence`, in Acuse's words, of what it says another thing happened to: some providers'
    /// payloads tell more at once than the index goes into.
    pub fn leaves_out(&self, evidence: &str) -> bool {
        said::leaves_out(self.provider, evidence)
    }
}

/// How many lines there are of each provider, whatever else they hold.
pub(crate) fn providers(index: &str) -> BTreeMap<&str, usize> {
    let mut lines = BTreeMap::new();
    for line in index.lines().skip(1) {
        let provider = line.split('\t').nth(1).unwrap_or_default();
        *lines.entry(provider).or_default() += 1;
    }
    lines
}

/// The files of one provider.
pub(crate) fn entries<'a>(index: &'a str, provider: &str) -> impl Iterator<Item = Entry<'a>> {
    index.lines().skip(1).filter_map(move |line| {
        let columns: Vec<&str> = line.split('\t').collect();
        match columns.as_slice() {
            [file, its, _, _, meaning] if *its == provider => Some(Entry {
                provider: its,
                file,
                meaning,
            }),
            _ => None,
        }
    })
}
