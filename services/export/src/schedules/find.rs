//! Shows schedules.

use acuse_domain::error::Result;
use acuse_store::export::{self, Schedule};
use uuid::Uuid;

use super::{Asking, visible};
use crate::parts::Parts;
use crate::standing::workspace;

/// A schedule that exists for a caller.
///
/// # Errors
///
/// NOT_FOUND where it does not exist for them, UNAVAILABLE while the database is away.
pub(crate) async fn find_schedule(parts: &Parts, asking: Asking<'_>, id: Uuid) -> Result<Schedule> {
    let workspace = workspace(parts, asking.1).await?;
    visible(parts, asking, &workspace, id).await
}

/// Up to `limit` schedules that exist for a caller and were created before the one with the id `before`, newest first.
///
/// # Errors
///
/// NOT_FOUND for an unknown workspace, UNAVAILABLE while the database is away.
pub(crate) async fn list_schedules(
    parts: &Parts,
    (caller, scope): Asking<'_>,
    before: Option<Uuid>,
    limit: usize,
) -> Result<Vec<Schedule>> {
    let workspace = workspace(parts, scope).await?;
    let asking = (caller.subject.as_str(), scope);
    Ok(export::schedules(&parts.database, &workspace, asking, before, limit).await?)
}
