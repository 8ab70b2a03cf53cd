//! Changes a schedule, has it rest and go on.

use acuse_domain::error::Result;
use acuse_domain::time::Timestamp;
use acuse_proto::export::Schedule as Wire;
use acuse_store::export::{self, Schedule, Workspace};
use uuid::Uuid;

use super::{Asking, Definition, MOST_ATTEMPTS, Mask, changed, check_may_change, visible};
use crate::parts::Parts;
use crate::standing::workspace;

/// What is to be different about a schedule.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    /// What is named is as it is there.
    To(Mask, Box<Wire>),
    /// It rests.
    Paused,
    /// It goes on.
    Resumed,
}

/// Changes a schedule that exists for a caller; gives it as it is now. What its owner changes is made from then on with what
/// they see now.
///
/// # Errors
///
/// INVALID_ARGUMENT naming every faulty field, NOT_FOUND where it does not exist for the caller, PERMISSION_DENIED where they
/// may not, FAILED_PRECONDITION where it is of another revision or names a saved report that cannot be exported, UNAVAILABLE
/// while the database is away, or reporting where a saved report is named.
pub(crate) async fn change_schedule(
    parts: &Parts,
    (caller, scope): Asking<'_>,
    id: Uuid,
    etag: Option<&str>,
    change: &Change,
) -> Result<Schedule> {
    let workspace = workspace(parts, scope).await?;
    for _ in 0..MOST_ATTEMPTS {
        let present = visible(parts, (caller, scope), &workspace, id).await?;
        check_may_change(caller, &present, etag)?;
        let now = parts.clock.now();
        let mut wanted = changed_to(&present, change, &workspace, now)?;
        if present.owner.subject == caller.subject {
            wanted.owner.role = caller.role;
            wanted.owner.scope = scope.clone();
        }
        let (before, definition) = (Definition::stored(&present)?, Definition::stored(&wanted)?);
        // What it was to export before stays as it is, though its saved report may be gone: its runs say so.
        if (&definition.export, definition.preset) != (&before.export, before.preset) {
            let at = (&workspace, now);
            definition.check_saved(parts, &wanted.owner, at).await?;
        }
        if wanted == present {
            return Ok(present);
        }
        // Whether it is still there, and still as it was looked at, is looked at again.
        if let Some(written) = export::update_schedule(&parts.database, wanted, now).await? {
            parts.scheduled.notify_one();
            return Ok(written);
        }
    }
    Err(changed())
}

/// The schedule as it is to be.
fn changed_to(
    present: &Schedule,
    change: &Change,
    workspace: &Workspace,
    now: Timestamp,
) -> Result<Schedule> {
    let mut wanted = present.clone();
    let due = |definition: &Definition| definition.timetable.after(now).map(|due| due.at);
    match change {
        Change::To(mask, wire) => {
            let before = Definition::stored(present)?;
            let definition = mask.apply(present, wire, workspace, now)?;
            wanted.definition = definition.encoded();
            if !wanted.is_paused && definition.timetable != before.timetable {
                wanted.next_due_at = due(&definition);
            }
            wanted.name = definition.name;
        }
        Change::Paused => {
            wanted.is_paused = true;
            wanted.next_due_at = None;
        }
        Change::Resumed if present.is_paused => {
            wanted.is_paused = false;
            wanted.next_due_at = due(&Definition::stored(present)?);
        }
        Change::Resumed => {}
    }
    Ok(wanted)
}
