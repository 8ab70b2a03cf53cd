//! Marks notifications as read, and clears them away.

use acuse_domain::error::Result;
use acuse_domain::scope::{Caller, Scope};
use acuse_store::export::{self, Recipient, WhichNotifications};

use crate::parts::Parts;
use crate::standing::workspace;

/// Marks a caller's own notifications as read; gives how many were not before.
///
/// # Errors
///
/// NOT_FOUND for an unknown workspace, UNAVAILABLE while the database is away.
pub(crate) async fn mark_read(
    parts: &Parts,
    (caller, scope): (&Caller, &Scope),
    which: &WhichNotifications,
) -> Result<usize> {
    let workspace = workspace(parts, scope).await?;
    let of = Recipient {
        workspace: workspace.id,
        subject: &caller.subject,
    };
    let now = parts.clock.now();
    Ok(export::mark_read(&parts.database, of, which, now).await?)
}

/// Clears a caller's own notifications away; gives how many there were.
///
/// # Errors
///
/// NOT_FOUND for an unknown workspace, UNAVAILABLE while the database is away.
pub(crate) async fn clear(
    parts: &Parts,
    (caller, scope): (&Caller, &Scope),
    which: &WhichNotifications,
) -> Result<usize> {
    let workspace = workspace(parts, scope).await?;
    let of = Recipient {
        workspace: workspace.id,
        subject: &caller.subject,
    };
    Ok(export::clear(&parts.database, of, which).await?)
}
