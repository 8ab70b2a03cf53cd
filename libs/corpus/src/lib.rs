//! Payloads that others published, and what their index says they mean.
//!
//! They are other people's data, and no part of this tree: tests look for a folder `shared/corpus` beside a folder above this
//! one, or where `ACUSE_CORPUS` says, and have nothing to read without it.
//!
//! What should be known of a payload is taken from the index alone: nothing here knows a provider's format, so that whatever
//! reads payloads can be held against it.

mod index;
mod meaning;
mod said;
mod text;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use index::Entry;
pub use meaning::{Button, Failure, Inbound, Item, Meaning, Media, Price, Reaction, Status, Time};
pub use said::{Said, SaidKind};
pub use text::matches;

/// The file that tells of all others.
const INDEX: &str = "INDEX.tsv";

/// The file of notes.
const NOTES: &str = "NOTES.md";

/// The folder of payloads, with its index.
#[derive(Debug)]
pub struct Corpus {
    folder: PathBuf,
    index: String,
}

impl Corpus {
    /// The folder that there is, if there is one.
    ///
    /// # Panics
    ///
    /// Where `ACUSE_CORPUS` names a folder without an index, or the index cannot be read: a test that was asked to read
    /// payloads must not pass without.
    #[allow(
        clippy::print_stderr,
        reason = "a test that has nothing to read says so"
    )]
    pub fn find() -> Option<Self> {
        let Some(folder) = folder() else {
            eprintln!(
                "there is no corpus to read: no folder shared/corpus beside the checkout, and no ACUSE_CORPUS"
            );
            return None;
        };
        let path = folder.join(INDEX);
        match std::fs::read_to_string(&path) {
            Ok(index) => Some(Self { folder, index }),
            Err(why) => panic!("{}: {why}", path.display()),
        }
    }

    /// The files of one provider, in the order of the index.
    pub fn entries(&self, provider: &str) -> Vec<Entry<'_>> {
        index::entries(&self.index, provider).collect()
    }

    /// The providers that the index names, each with how many of its lines are about it: no test that goes by names may
    /// overlook one.
    pub fn providers(&self) -> BTreeMap<&str, usize> {
        index::providers(&self.index)
    }

    /// What was learned from the files, for people; vectors of signatures are told there alone.
    ///
    /// # Errors
    ///
    /// Where there is no such file.
    pub fn notes(&self) -> std::io::Result<String> {
        std::fs::read_to_string(self.folder.join(NOTES))
    }

    /// What is in a file.
    ///
    /// # Errors
    ///
    /// Where the index names a file that is not there.
    pub fn body(&self, entry: &Entry<'_>) -> std::io::Result<Vec<u8>> {
        std::fs::read(self.folder.join(entry.file))
    }
}

fn folder() -> Option<PathBuf> {
    if let Some(given) = std::env::var_os("ACUSE_CORPUS") {
        return Some(given.into());
    }
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|above| above.join("shared").join("corpus"))
        .find(|folder| folder.join(INDEX).is_file())
}
