//! Creates a schedule.

use acuse_domain::error::{Error, ErrorKind, Result};
use acuse_domain::ids::MessageId;
use acuse_proto::export::Schedule as Wire;
use acuse_store::export::{self, Asker, NewSchedule, Schedule, ScheduleCreation};
use uuid::Uuid;

use super::{Asking, draft};
use crate::parts::Parts;
use crate::requested::{identified, same};
use crate::standing::workspace;

/// Schedules of a workspace, at most.
const MOST: usize = 200;

/// Creates a schedule for a caller; the same request of the same caller gives what it gave before.
///
/// # Errors
///
/// ALREADY_EXISTS where another request had its id, INVALID_ARGUMENT naming every faulty field, RESOURCE_EXHAUSTED where there
/// are too many, NOT_FOUND for an unknown workspace or saved report, FAILED_PRECONDITION for a saved report that cannot be
/// exported, UNAVAILABLE while the database is away, or reporting where a saved report is named.
pub(crate) async fn create_schedule(
    parts: &Parts,
    (caller, scope): Asking<'_>,
    wire: Option<Wire>,
    request_id: Option<Uuid>,
) -> Result<Schedule> {
    let workspace = workspace(parts, scope).await?;
    let now = parts.clock.now();
    let owner = Asker {
        subject: caller.subject.clone(),
        role: caller.role,
        scope: scope.clone(),
    };
    // What it made then stands, whatever would be said of it today.
    let request_id = identified(request_id, wire.as_ref());
    if let Some(id) = request_id
        && let Some(before) =
            export::requested_schedule(&parts.database, &workspace, (&owner.subject, id)).await?
    {
        return same(before);
    }
    let definition = draft(wire, &workspace, now)?;
    let at = (&workspace, now);
    definition.check_saved(parts, &owner, at).await?;
    let new = NewSchedule {
        // Any UUIDv7 of that time would do.
        id: MessageId::new(now).0,
        workspace: workspace.id,
        request_id,
        owner,
        definition: definition.encoded(),
        next_due_at: definition.timetable.after(now).map(|due| due.at),
        name: definition.name,
    };
    match export::create_schedule(&parts.database, new, MOST, now).await? {
        ScheduleCreation::Created(schedule) => {
            parts.scheduled.notify_one();
            tracing::info!(schedule = %schedule.id, workspace = %workspace.slug, "scheduled");
            Ok(schedule)
        }
        ScheduleCreation::Repeated(schedule) => Ok(schedule),
        ScheduleCreation::Contradicted => Err(Error::request_id_reused()),
        ScheduleCreation::TooMany => Err(Error::new(
            ErrorKind::ResourceExhausted { retry_after: None },
            "TOO_MANY_SCHEDULES",
            format!("the workspace has {MOST} schedules; delete some of them first"),
        )),
    }
}
