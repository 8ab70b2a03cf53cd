//! Shows an export.

use acuse_domain::error::Result;
use acuse_domain::scope::{Caller, Scope};
use acuse_store::export::{Job, JobState};
use uuid::Uuid;

use crate::parts::Parts;
use crate::standing::visible;

/// An export that exists for a caller, with the latest that is known of how far it is.
///
/// # Errors
///
/// NOT_FOUND where it does not exist for them, UNAVAILABLE while the database is away.
pub(crate) async fn get_export(parts: &Parts, asking: (&Caller, &Scope), id: Uuid) -> Result<Job> {
    let mut job = visible(parts, asking, id).await?;
    if job.state == JobState::Running
        && let Some(progress) = parts.live.progress(job.lease()).await
        && progress.rows >= job.rows
    {
        job.rows = progress.rows;
        job.rows_expected = progress.expected.or(job.rows_expected);
    }
    Ok(job)
}
