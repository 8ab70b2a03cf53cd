//! Secrets that commands hand over: read from files, or made up. Never from the command line, which others can see.

use std::path::Path;

use acuse_rpc::Secret;

use crate::{
    failure::{Failure, Result},
    input::{read, shown},
};

/// The longest file with a secret.
const MAX_FILE: u64 = 4 * 1024;

/// A secret that nobody can guess: 256 bits, in hexadecimal digits.
pub(crate) fn made_up() -> Secret {
    let [high, low] = rand::random::<[u128; 2]>();
    Secret::new(format!("{high:032x}{low:032x}"))
}

/// The secret in a file, or on standard input for `-`, without the line's end.
pub(crate) fn from_file(path: &Path) -> Result<Secret> {
    let bytes = read(path, MAX_FILE)?;
    let text = String::from_utf8(bytes).map_err(|_| unfit(path, "it is no text"))?;
    let text = text.trim_end_matches(['\n', '\r']);
    if text.is_empty() {
        return Err(unfit(path, "it is empty"));
    }
    Ok(Secret::new(text))
}

fn unfit(path: &Path, why: &str) -> Failure {
    Failure::usage(format!("{} holds no secret: {why}", shown(path)))
}
