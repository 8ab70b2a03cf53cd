//! The index: a line for each file, columns separated by tabs.

use crate::meaning::Meaning;
use crate::said::{Said, said};

/// One file.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// Its path within the corpus.
    pub file: &'a str,
    /// Whose it is, as the index names them.
    pub provider: &'a str,
    /// What should be known after it was read, in the words of the index.
    pub meaning: &'a str,
}

impl<'a> Entry<'a> {
    /// What should be known after it was read, of a WhatsApp payload in detail.
    pub fn says(&self) -> Meaning<'a> {
        Meaning::of(self.meaning)
    }

    /// The same of any provider's, in one form. Nothing where there is nothing in it to take in.
    ///
    /// # Panics
    ///
    /// Where nobody has read the index's words for that provider.
    pub fn said(&self) -> Vec<Said<'a>> {
        said(self)
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
