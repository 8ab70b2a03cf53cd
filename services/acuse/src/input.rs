//! Files that commands read.

use std::{
    fs::File,
    io::{self, Read as _},
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
    fn what_is_too_long_is_not_read() {
        assert_eq!(
            limited(&b"four"[..], 4).unwrap().as_deref(),
            Some(&b"four"[..])
        );
        assert_eq!(limited(&b"four"[..], 3).unwrap(), None);
    }
}
