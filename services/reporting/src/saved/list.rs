//! Lists saved reports.

use acuse_domain::error::Result;
use acuse_store::reporting::{self, SavedReport};
use uuid::Uuid;

use super::{Asking, seen, workspace};
use crate::parts::Parts;

/// Up to `limit` saved reports that exist for a caller and were saved before the one with the id `before`, newest first: the
/// shared ones, the caller's own, or both.
///
/// # Errors
///
/// NOT_FOUND for an unknown workspace, UNAVAILABLE while the database is away.
pub(crate) async fn list_saved_reports(
    parts: &Parts,
    (caller, scope): Asking<'_>,
    shared: Option<bool>,
    before: Option<Uuid>,
    limit: usize,
) -> Result<Vec<SavedReport>> {
    let workspace = workspace(parts, scope).await?;
    let seen = seen(&workspace, caller);
    Ok(reporting::saved_reports(&parts.primary, seen, shared, before, limit).await?)
}
