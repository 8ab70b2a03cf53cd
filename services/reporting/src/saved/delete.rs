//! Deletes a saved report.

use acuse_domain::error::Result;
use acuse_store::reporting;
use uuid::Uuid;

use super::{Asking, MOST_ATTEMPTS, changed, check_may_change, not_found, seen, workspace};
use crate::parts::Parts;

/// Deletes a saved report that exists for a caller.
///
/// # Errors
///
/// NOT_FOUND where it does not exist for the caller, PERMISSION_DENIED where they may not, FAILED_PRECONDITION where it is of
/// another revision, UNAVAILABLE while the database is away.
pub(crate) async fn delete_saved_report(
    parts: &Parts,
    (caller, scope): Asking<'_>,
    id: Uuid,
    etag: Option<&str>,
) -> Result<()> {
    let workspace = workspace(parts, scope).await?;
    let primary = &parts.primary;
    for _ in 0..MOST_ATTEMPTS {
        let present = reporting::saved_report(primary, seen(&workspace, caller), id).await?;
        let present = present.ok_or_else(not_found)?;
        check_may_change(caller, &present, etag)?;
        // Of the revision that was looked at: one that is somebody's own by now is not the caller's to delete.
        let deleted = reporting::delete_saved_report(primary, workspace.id, id, present.revision);
        if deleted.await? {
            return Ok(());
        }
    }
    Err(changed())
}
