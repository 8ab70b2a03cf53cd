//! Whether the place for files is there: writes nothing, so that nothing is ever to be cleared away.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use rustix::fs::{Access, access};

use super::{Leaves, Objects};

/// How long what a bucket said counts: each question to it costs.
const HOLDS: Duration = Duration::from_secs(60);

/// When the bucket was last seen.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen(Arc<Mutex<Option<Instant>>>);

impl Objects {
    /// Whether a folder may be written to, or a bucket lets itself be listed.
    ///
    /// # Errors
    ///
    /// Why not.
    pub(crate) async fn are_there(&self) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        if let Leaves::Folder(folder) = &self.leaves {
            let folder = folder.clone();
            return Ok(tokio::task::spawn_blocking(move || writable(&folder)).await??);
        }
        let seen = *self.seen.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.is_some_and(|seen| seen.elapsed() < HOLDS) {
            return Ok(());
        }
        self.store.list(None).next().await.transpose()?;
        *self.seen.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        Ok(())
    }
}

fn writable(folder: &Path) -> std::io::Result<()> {
    if !std::fs::metadata(folder)?.is_dir() {
        return Err(std::io::ErrorKind::NotADirectory.into());
    }
    Ok(access(folder, Access::WRITE_OK | Access::EXEC_OK)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::Storage;

    #[tokio::test]
    async fn a_folder_that_is_gone_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let files = folder.path().join("files");
        let objects = Objects::open(&Storage::Folder(files.clone())).unwrap();
        objects.are_there().await.unwrap();
        std::fs::remove_dir(&files).unwrap();
        assert!(objects.are_there().await.is_err());
        std::fs::write(&files, "no folder").unwrap();
        assert!(objects.are_there().await.is_err());
    }
}
