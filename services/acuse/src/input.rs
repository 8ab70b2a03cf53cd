//! Files that commands read, and answers to what they ask.

use std::{
    fs::File,
    io::{self, BufRead, IsTerminal as _, Read as _, Write as _},
    path::Path,
};

use crate::failure::{Failure, Result};

/// The longest body of a webhook that ingestion takes, in bytes.
pub(crate) const MAX_WEBHOOK: u64 = 3 * 1024 * 1024;

/// All of a file, or of standard input for `-`: at most `limit` bytes.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let read = if is_standard_input(path) {
        limited(io::stdin().lock(), limit)
    } else {
        File::open(path).and_then(|file| limited(file, limit))
    };
    let bytes = read.map_err(|error| unreadable(path, &error.to_string()))?;
    bytes.ok_or_else(|| unreadable(path, &format!("it is longer than {limit} bytes")))
}

/// Refuses a file that cannot be opened.
pub(crate) fn readable(path: &Path) -> Result<()> {
    if is_standard_input(path) {
        return Ok(());
    }
    let opened = File::open(path);
    opened
        .map(drop)
        .map_err(|error| unreadable(path, &error.to_string()))
}

/// Whether a path means standard input.
pub(crate) fn is_standard_input(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// A path for people.
pub(crate) fn shown(path: &Path) -> String {
    if is_standard_input(path) {
        return "standard input".to_owned();
    }
    path.display().to_string()
}

/// Goes on where somebody agrees to what is said, or has agreed already. Nobody is asked who cannot see the question.
pub(crate) fn agreed(already: bool, what: &str) -> Result<()> {
    if already {
        return Ok(());
    }
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err(Failure::usage(what).advise("say --yes where nobody can be asked"));
    }
    // Where it cannot be asked there is no answer either.
    let _ = write!(io::stderr().lock(), "{what}\nGo on? [y/N] ");
    if says_yes(io::stdin().lock()) {
        Ok(())
    } else {
        Err(Failure::no("nothing was done"))
    }
}

/// Whether an answer is yes: nothing else is.
fn says_yes(answer: impl BufRead) -> bool {
    let mut line = String::new();
    let read = answer.take(64).read_line(&mut line);
    read.is_ok() && matches!(line.trim().to_lowercase().as_str(), "y" | "yes")
}

fn unreadable(path: &Path, why: &str) -> Failure {
    Failure::new(format!("{} cannot be read: {why}", shown(path)))
}

/// Everything, unless it is longer than `limit`.
fn limited(from: impl io::Read, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    from.take(limit + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= limit).then_some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_yes_is_yes() {
        for answer in ["y\n", "Y\n", "yes\n", " yes \r\n", "y"] {
            assert!(says_yes(answer.as_bytes()), "{answer:?}");
        }
        for answer in [
            "",
            "\n",
            "n\n",
            "no\n",
            "yeah\n",
            "yes please\n",
            "\u{ff}\n",
        ] {
            assert!(!says_yes(answer.as_bytes()), "{answer:?}");
        }
    }

    #[test]
    fn what_is_too_long_is_not_read() {
        assert_eq!(
            limited(&b"four"[..], 4).unwrap().as_deref(),
            Some(&b"four"[..])
        );
        assert_eq!(limited(&b"four"[..], 3).unwrap(), None);
    }
}
