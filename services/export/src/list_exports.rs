//! Lists exports.

use acuse_domain::error::Result;
use acuse_domain::scope::{Caller, Scope};
use acuse_store::export::{self, Job};
use uuid::Uuid;

use crate::parts::Parts;
use crate::standing::workspace;

/// Up to `limit` exports that exist for a caller and were asked for before the export `before`, newest first.
///
/// # Errors
///
/// NOT_FOUND for an unknown workspace, UNAVAILABLE while the database is away.
pub(crate) async fn list_exports(
    parts: &Parts,
    (caller, scope): (&Caller, &Scope),
    before: Option<Uuid>,
    limit: usize,
) -> Result<Vec<Job>> {
    let workspace = workspace(parts, scope).await?;
    let asking = (caller.subject.as_str(), scope);
    let found = export::jobs(&parts.database, &workspace, asking, before, limit);
    Ok(found.await?)
}
