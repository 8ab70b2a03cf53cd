//! Deletes a schedule.

use acuse_domain::error::Result;
use acuse_store::export;
use uuid::Uuid;

use super::{Asking, MOST_ATTEMPTS, changed, check_may_change, visible};
use crate::parts::Parts;
use crate::standing::workspace;

/// Deletes a schedule that exists for a caller, and the list of its runs.
///
/// # Errors
///
/// NOT_FOUND where it does not exist for the caller, PERMISSION_DENIED where they may not, FAILED_PRECONDITION where it is of
/// another revision, UNAVAILABLE while the database is away.
pub(crate) async fn delete_schedule(
    parts: &Parts,
    asking: Asking<'_>,
    id: Uuid,
    etag: Option<&str>,
) -> Result<()> {
    let workspace = workspace(parts, asking.1).await?;
    for _ in 0..MOST_ATTEMPTS {
        let present = visible(parts, asking, &workspace, id).await?;
        check_may_change(asking.0, &present, etag)?;
        let deleted =
            export::delete_schedule(&parts.database, workspace.id, id, present.revision).await?;
        if deleted {
            return Ok(());
        }
    }
    Err(changed())
}
