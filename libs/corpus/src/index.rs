//! The index: a line for each file, columns separated by tabs.

use crate::meaning::Meaning;

/// One file.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// Its path within the corpus.
    pub file: &'a str,
    /// Whose payload it is, in the words of the index.
    pub provider: &'a str,
    /// What should be known after it was read, in the words of the index.
    pub meaning: &'a str,
}

impl<'a> Entry<'a> {
    /// What should be known after it was read.
    pub fn says(&self) -> Meaning<'a> {
        Meaning::of(self.meaning)
    }
}

/// The files of one provider.
pub(crate) fn entries<'a>(index: &'a str, provider: &str) -> impl Iterator<Item = Entry<'a>> {
    index.lines().skip(1).filter_map(move |line| {
        let columns: Vec<&str> = line.split('\t').collect();
        match columns.as_slice() {
            [file, its, _, _, meaning] if *its == provider => Some(Entry {
                file,
                provider: its,
                meaning,
            }),
            _ => None,
        }
    })
}
