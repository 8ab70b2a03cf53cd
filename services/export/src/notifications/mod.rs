//! Notifications: what people were told of exports that they asked for. Each sees their own.

mod change;
mod list;
mod watch;

use acuse_domain::ids::WorkspaceId;

pub(crate) use change::{clear, mark_read};
pub(crate) use list::list_notifications;
pub(crate) use watch::{Watch, Watcher};

use crate::bells::Bells;
use crate::parts::Parts;

/// Wakes whoever watches what `subject` is told, here and at other replicas.
pub(crate) async fn ring(parts: &Parts, workspace: WorkspaceId, subject: &str) {
    let whose = Bells::of(workspace, subject);
    parts.bells.ring(whose);
    parts.live.tell_notified(whose).await;
}
