//! Schedules: one file for each thing that is done with them. What makes their runs is in `work`.

mod asked;
mod covering;
mod create;
mod delete;
mod find;
mod mask;
mod runs;
mod trigger;
mod update;

use acuse_domain::error::{Error, ErrorKind, Result};
use acuse_domain::scope::{Caller, Role, Scope};
use acuse_store::export::{self, Schedule, Workspace};
use uuid::Uuid;

pub(crate) use asked::{Definition, draft};
pub(crate) use create::create_schedule;
pub(crate) use delete::delete_schedule;
pub(crate) use find::{find_schedule, list_schedules};
pub(crate) use mask::Mask;
pub(crate) use runs::{list_runs, run_now};
pub(crate) use trigger::{Trigger, outcome};
pub(crate) use update::{Change, change_schedule};

use crate::parts::Parts;

/// How often a change is tried again that somebody else's got in the way of.
const MOST_ATTEMPTS: usize = 5;

/// Exports of a workspace that are not over, at most, where a schedule asks for another: what people ask for, and one for each
/// schedule that a workspace may have.
pub(crate) const MOST_OPEN: usize = 300;

/// Who asks, and what they may see.
pub(crate) type Asking<'a> = (&'a Caller, &'a Scope);

/// A schedule that exists for a caller: for its owner, and for those who see at least as much as the owner saw.
async fn visible(
    parts: &Parts,
    (caller, scope): Asking<'_>,
    workspace: &Workspace,
    id: Uuid,
) -> Result<Schedule> {
    let found = export::schedule(&parts.database, workspace, id).await?;
    found
        .filter(|it| it.owner.subject == caller.subject || scope.includes(&it.owner.scope))
        .ok_or_else(not_found)
}

/// That a caller may change a schedule that exists for them, and mean the revision that there is.
fn check_may_change(caller: &Caller, schedule: &Schedule, etag: Option<&str>) -> Result<()> {
    if schedule.owner.subject != caller.subject && caller.role != Role::Administrator {
        return Err(Error::new(
            ErrorKind::PermissionDenied,
            "OWNER_REQUIRED",
            "a schedule is changed, and run, by its owner or an administrator",
        ));
    }
    match etag {
        Some(etag) if etag != schedule.revision.to_string() => Err(changed()),
        _ => Ok(()),
    }
}

fn changed() -> Error {
    Error::new(
        ErrorKind::FailedPrecondition,
        "SCHEDULE_CHANGED",
        "the schedule was changed meanwhile; get it, and decide again",
    )
}

fn not_found() -> Error {
    Error::not_found("schedule")
}
