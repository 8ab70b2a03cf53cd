//! Finds a workspace.

use acuse_domain::error::{Error, Result};
use acuse_store::workspaces::{self, Workspace};

use crate::parts::Parts;

/// The workspace of that slug.
///
/// # Errors
///
/// NOT_FOUND where there is none.
pub(crate) async fn get_workspace(parts: &Parts, slug: &str) -> Result<Workspace> {
    let found = workspaces::find(&parts.database, slug).await?;
    found.ok_or_else(not_found)
}

/// What is answered for a workspace that does not exist, or not for the caller.
pub(crate) fn not_found() -> Error {
    Error::not_found("workspace")
}
