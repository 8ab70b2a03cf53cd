//! Creates a workspace.

use acuse_domain::error::{Error, ErrorKind, Result};
use acuse_store::workspaces::{self, NewWorkspace, Workspace};

use crate::parts::Parts;

/// Creates a workspace.
///
/// # Errors
///
/// ALREADY_EXISTS where the slug is taken.
pub(crate) async fn create_workspace(parts: &Parts, new: NewWorkspace) -> Result<Workspace> {
    let created = workspaces::create(&parts.database, new, parts.clock.now()).await?;
    created.ok_or_else(|| {
        Error::new(
            ErrorKind::AlreadyExists,
            "WORKSPACE_EXISTS",
            "there is a workspace of that slug already",
        )
    })
}
