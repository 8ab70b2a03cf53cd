//! Words that mean something to what is fuzzed: the names and texts that stand in its sources.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The longest word that is one.
const LONGEST: usize = 60;

/// The words in a folder of this tree, in order: of Rust the texts in quotes, of protos the names.
///
/// # Panics
///
/// Where the folder cannot be read, or has no word in it: the target would be run for nothing.
pub fn of(folder: impl AsRef<Path>) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(folder);
    let mut words = BTreeSet::new();
    for file in files(&folder) {
        let text = std::fs::read_to_string(&file).expect("a source that can be read");
        if file.extension().is_some_and(|ending| ending == "proto") {
            words.extend(names(&text).map(str::to_owned));
        } else {
            words.extend(quoted(&text).map(str::to_owned));
        }
    }
    assert!(
        !words.is_empty(),
        "there is no word in {}",
        folder.display()
    );
    words.into_iter().collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder that can be read");
    let paths = entries.map(|entry| entry.expect("an entry that can be read").path());
    let found = paths.flat_map(|path| match path.is_dir() {
        true => files(&path),
        false => vec![path],
    });
    found.collect()
}

/// What stands in quotes on each line. Texts that hold quotes themselves are cut wrongly, which does no harm.
fn quoted(source: &str) -> impl Iterator<Item = &str> {
    let code = source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let words = code.flat_map(|line| line.split('"').skip(1).step_by(2));
    words.filter(|word| !word.is_empty() && word.len() <= LONGEST && !word.contains(['{', '\\']))
}

/// Names of fields and values.
fn names(source: &str) -> impl Iterator<Item = &str> {
    let code = source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    code.flat_map(|line| line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_'))
        .filter(|word| word.len() > 1 && word.len() <= LONGEST)
}
