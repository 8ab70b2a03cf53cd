//! The numbers of workspaces that this process has met. A workspace's number never changes, and none is ever removed.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use acuse_domain::error::{Error, Result};
use acuse_domain::ids::WorkspaceId;
use acuse_store::{Database, workspaces};

/// Workspaces held at most; beyond, the cache starts anew.
const CACHE_SIZE: usize = 100_000;

/// Numbers by slug.
#[derive(Debug, Default)]
pub(crate) struct KnownWorkspaces(RwLock<HashMap<String, WorkspaceId>>);

impl KnownWorkspaces {
    /// The number of a workspace.
    ///
    /// # Errors
    ///
    /// [`unknown`] where there is none of that slug, which is not remembered: it may be created any time.
    pub(crate) async fn number(&self, database: &Database, slug: &str) -> Result<WorkspaceId> {
        let known = {
            let numbers = self.0.read().unwrap_or_else(PoisonError::into_inner);
            numbers.get(slug).copied()
        };
        if let Some(number) = known {
            return Ok(number);
        }
        let found = workspaces::find(database, slug).await?;
        let number = found.ok_or_else(unknown)?.id;
        let mut numbers = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if numbers.len() >= CACHE_SIZE {
            numbers.clear();
        }
        numbers.insert(slug.to_owned(), number);
        Ok(number)
    }
}

/// The workspace of a valid token does not exist.
pub(crate) fn unknown() -> Error {
    Error::workspace_not_found()
}
