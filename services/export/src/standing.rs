//! Where an export stands for one caller: whether it exists, and whether its file is there.

use acuse_domain::error::{Error, ErrorKind, Result};
use acuse_domain::scope::{Caller, Role, Scope};
use acuse_domain::time::Timestamp;
use acuse_store::export::{self, Job, JobState, Workspace};
use uuid::Uuid;

use crate::parts::Parts;

/// The workspace of a caller.
///
/// # Errors
///
/// NOT_FOUND where there is none, UNAVAILABLE while the database is away.
pub(crate) async fn workspace(parts: &Parts, scope: &Scope) -> Result<Workspace> {
    let found = export::workspace(&parts.database, &scope.workspace).await?;
    found.ok_or_else(|| {
        let text = "the token's workspace does not exist; an operator has to create it first";
        Error::new(ErrorKind::NotFound, "WORKSPACE_NOT_FOUND", text)
    })
}

/// The export of that id, where it exists for a caller: for who asked for it, and for those who see at least as much as who
/// asked saw then.
///
/// # Errors
///
/// NOT_FOUND where it does not, or the workspace does not; UNAVAILABLE while the database is away.
pub(crate) async fn visible(
    parts: &Parts,
    (caller, scope): (&Caller, &Scope),
    id: Uuid,
) -> Result<Job> {
    let workspace = workspace(parts, scope).await?;
    let found = export::job(&parts.database, &workspace, id).await?;
    found
        .filter(|job| job.asker.subject == caller.subject || scope.includes(&job.asker.scope))
        .ok_or_else(|| Error::not_found("export"))
}

/// Refuses a caller who may see an export and not change it: who asked for it may, and administrators.
///
/// # Errors
///
/// PERMISSION_DENIED for everyone else.
pub(crate) fn changeable(job: &Job, caller: &Caller) -> Result<()> {
    if job.asker.subject == caller.subject || caller.role == Role::Administrator {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::PermissionDenied,
        "EXPORT_OF_ANOTHER",
        "somebody else asked for this export; only they and administrators may cancel or delete it",
    ))
}

/// Whether a job is over at `now`: nothing becomes of it any more but that its file goes.
pub(crate) fn is_over(job: &Job, now: Timestamp) -> bool {
    !matches!(state(job, now), JobState::Queued | JobState::Running)
}

/// Where a job stands at `now`: a file whose time is over has expired, whether or not it was removed yet.
pub(crate) fn state(job: &Job, now: Timestamp) -> JobState {
    match (job.state, &job.file) {
        (JobState::Succeeded, Some(file)) if file.expires_at <= now => JobState::Expired,
        (state, _) => state,
    }
}
