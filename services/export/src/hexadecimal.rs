//! Digests as people and programs write them.

use std::fmt::Write as _;

/// The bytes in hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Text takes whatever is written.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
