//! What two canonical dumps do not share.

use std::collections::HashSet;

/// Lines that are shown of each side: enough to understand a difference; a rule turned round shows in hundreds of them.
pub const SHOWN: usize = 40;

/// What two dumps do not share; `None` where they are equal byte by byte.
#[must_use]
pub fn difference(one: &str, other: &str) -> Option<String> {
    if one == other {
        return None;
    }
    let only = |a: &str, b: &str| -> Vec<String> {
        let b: HashSet<&str> = b.lines().collect();
        let lines = a.lines().filter(|line| !b.contains(line));
        lines.take(SHOWN).map(str::to_owned).collect()
    };
    Some(format!(
        "only in the first:\n{}\nonly in the second:\n{}",
        only(one, other).join("\n"),
        only(other, one).join("\n")
    ))
}
