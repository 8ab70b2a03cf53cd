//! Lists workspaces.

use acuse_domain::error::Result;
use acuse_store::workspaces::{self, Workspace};

use crate::parts::Parts;

/// Up to `limit` workspaces whose slug comes after `after`, in the order of slugs.
///
/// # Errors
///
/// UNAVAILABLE while the database is away.
pub(crate) async fn list_workspaces(
    parts: &Parts,
    after: &str,
    limit: usize,
) -> Result<Vec<Workspace>> {
    Ok(workspaces::list(&parts.database, after, limit).await?)
}
