//! What attempts leave in a folder when their process is killed, which the object store itself does not list: files named as the
//! finished one, with a number after it.

use std::io;
use std::path::Path;

use acuse_store::export::Lease;

use super::{claim_of, key};

/// Removes what a claim never finished.
pub(super) fn remove_unfinished(folder: &Path, lease: Lease) -> io::Result<()> {
    let finished = folder.join(key(lease));
    let (Some(parent), Some(name)) = (finished.parent(), finished.file_name()) else {
        return Ok(());
    };
    let begins = format!("{}#", name.to_string_lossy());
    for entry in std::fs::read_dir(parent)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(&begins) {
            std::fs::remove_file(entry.path())?;
        }
    }
    // Stays where something else is in it.
    let _ = std::fs::remove_dir(parent);
    Ok(())
}

/// The claims that left unfinished files in a folder.
pub(super) fn unfinished(folder: &Path) -> io::Result<Vec<Lease>> {
    let mut found = Vec::new();
    for workspace in std::fs::read_dir(folder)? {
        let workspace = workspace?;
        // Others may keep something of theirs beside, which may not even be read.
        let name = workspace.file_name();
        let is_workspace = name
            .to_str()
            .is_some_and(|name| name.parse::<i32>().is_ok());
        if !is_workspace || !workspace.file_type()?.is_dir() {
            continue;
        }
        for job in std::fs::read_dir(workspace.path())? {
            let job = job?;
            // Another process may have removed it just now.
            for file in std::fs::read_dir(job.path()).into_iter().flatten() {
                let names = [workspace.file_name(), job.file_name(), file?.file_name()];
                let names = names.map(|name| name.to_string_lossy().into_owned());
                if let Some((key, _)) = names.join("/").split_once('#') {
                    found.extend(claim_of(key));
                }
            }
        }
    }
    Ok(found)
}
