//! Lists notifications.

use acuse_domain::error::Result;
use acuse_domain::scope::{Caller, Scope};
use acuse_store::export::{self, NotificationPage, Recipient};

use crate::parts::Parts;
use crate::standing::workspace;

/// Up to `limit` notifications of a caller that were told before that of the number `before`, newest first; where `unread`,
/// those that are not marked as read.
///
/// # Errors
///
/// NOT_FOUND for an unknown workspace, UNAVAILABLE while the database is away.
pub(crate) async fn list_notifications(
    parts: &Parts,
    (caller, scope): (&Caller, &Scope),
    unread: bool,
    before: Option<i64>,
    limit: usize,
) -> Result<NotificationPage> {
    let workspace = workspace(parts, scope).await?;
    let of = Recipient {
        workspace: workspace.id,
        subject: &caller.subject,
    };
    let now = parts.clock.now();
    Ok(export::notifications(&parts.database, of, unread, before, limit, now).await?)
}
