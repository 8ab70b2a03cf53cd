//! Lists exports.

use acuse_domain::error::Result;
use acuse_domain::scope::{Caller, Scope};
use acuse_store::export::{self, Job, Wanted};
use uuid::Uuid;

use crate::parts::Parts;
use crate::standing::workspace;

/// The exports that exist for a caller and are wanted, newest first: a page of so many, of those that were asked for before the
/// export named.
///
/// # Errors
///
/// NOT_FOUND for an unknown workspace, UNAVAILABLE while the database is away.
pub(crate) async fn list_exports(
    parts: &Parts,
    (caller, scope): (&Caller, &Scope),
    wanted: &Wanted,
    page: (Option<Uuid>, usize),
) -> Result<Vec<Job>> {
    let workspace = workspace(parts, scope).await?;
    let asking = (caller.subject.as_str(), scope);
    let now = parts.clock.now();
    let found = export::jobs(&parts.database, &workspace, asking, wanted, page, now);
    Ok(found.await?)
}
