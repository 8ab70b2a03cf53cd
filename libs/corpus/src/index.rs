//! The index: a line for each file, columns separated by tabs.

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
            Some(said) => said,
            None => panic!(
                "nothing is known of what the index says of {}",
                self.provider
            ),
        }
    }
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
