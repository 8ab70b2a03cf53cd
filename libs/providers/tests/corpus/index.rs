//! The index: a line for each file, columns separated by tabs.

/// One file.
pub(crate) struct Entry<'a> {
    /// Its path within the corpus.
    pub(crate) file: &'a str,
    /// What should be known after it was read.
    pub(crate) meaning: &'a str,
}

/// The files of one provider.
pub(crate) fn entries<'a>(index: &'a str, provider: &str) -> impl Iterator<Item = Entry<'a>> {
    index.lines().skip(1).filter_map(move |line| {
        let columns: Vec<&str> = line.split('\t').collect();
        match columns.as_slice() {
            [file, its, _, _, meaning] if *its == provider => Some(Entry { file, meaning }),
            _ => None,
        }
    })
}
