//! Takes an export out of the history, and its file with it.

use acuse_domain::error::{Error, Result};
use acuse_domain::scope::{Caller, Scope};
use acuse_store::export;
use uuid::Uuid;

use crate::parts::Parts;
use crate::standing::{changeable, visible, workspace};

/// Deletes an export of a caller. Where a worker has it, that stops as for one that is cancelled.
///
/// # Errors
///
/// NOT_FOUND where it does not exist for the caller, or no more; PERMISSION_DENIED where it is another's; UNAVAILABLE while the
/// database is away.
pub(crate) async fn delete_export(
    parts: &Parts,
    (caller, scope): (&Caller, &Scope),
    id: Uuid,
) -> Result<()> {
    let job = visible(parts, (caller, scope), id).await?;
    changeable(&job, caller)?;
    let of = workspace(parts, scope).await?;
    let deleted = export::delete_job(&parts.database, &of, id).await?;
    let job = deleted.ok_or_else(|| Error::not_found("export"))?;
    parts.live.tell_changed(id).await;
    tracing::info!(export = %id, workspace = %of.slug, "deleted");
    if let Some(file) = job.file
        && let Err(error) = parts.objects.remove(&file.key).await
    {
        // It belongs to nobody now: the cleaner finds it with the leftovers.
        tracing::warn!(export = %id, %error, "its file cannot be removed yet");
    }
    Ok(())
}
