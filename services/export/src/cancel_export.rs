//! Gives an export up.

use acuse_domain::error::{Error, ErrorKind, Result};
use acuse_domain::scope::{Caller, Scope};
use acuse_store::export::{self, Job, JobState};
use uuid::Uuid;

use crate::parts::Parts;
use crate::standing::{changeable, visible, workspace};

/// Cancels an export of a caller that is not over. Its worker can write nothing to it from then on: it hears of it by Redis, or
/// sees it in the record within half a second, stops, and removes what it wrote.
///
/// # Errors
///
/// NOT_FOUND where it does not exist for the caller, PERMISSION_DENIED where it is another's, FAILED_PRECONDITION where it has
/// ended otherwise, UNAVAILABLE while the database is away.
pub(crate) async fn cancel_export(
    parts: &Parts,
    (caller, scope): (&Caller, &Scope),
    id: Uuid,
) -> Result<Job> {
    let job = visible(parts, (caller, scope), id).await?;
    changeable(&job, caller)?;
    let of = workspace(parts, scope).await?;
    let now = parts.clock.now();
    if let Some(job) = export::cancel(&parts.database, &of, id, now).await? {
        parts.live.tell_changed(id).await;
        tracing::info!(export = %id, workspace = %of.slug, "cancelled");
        return Ok(job);
    }
    // It ended a moment ago, or was cancelled before.
    let job = visible(parts, (caller, scope), id).await?;
    if job.state == JobState::Cancelled {
        return Ok(job);
    }
    Err(Error::new(
        ErrorKind::FailedPrecondition,
        "EXPORT_OVER",
        "the export has ended already; delete it to be rid of its file",
    ))
}
