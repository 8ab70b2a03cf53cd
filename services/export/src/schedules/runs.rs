//! Lists the runs of a schedule, and makes one that somebody asks for.

use std::time::Duration;

use acuse_domain::error::{Error, ErrorKind, Result};
use acuse_domain::ids::MessageId;
use acuse_store::export::{self, Outcome, Run, RunCreation};
use acuse_telemetry::metrics::catalog::SCHEDULE_RUNS;
use uuid::Uuid;

use super::trigger::{Trigger, outcome};
use super::{Asking, MOST_OPEN, check_may_change, not_found, visible};
use crate::parts::Parts;
use crate::standing::workspace;

/// Why a run is refused, besides that what it asks is not taken any more.
const REFUSALS: [&str; 3] = [
    "OWNER_LEFT",
    "SAVED_REPORT_NOT_FOUND",
    "SAVED_REPORT_NOT_UNDERSTOOD",
];

/// Up to `limit` runs of a schedule that exists for a caller, from before the one with the id `before`, newest first.
///
/// # Errors
///
/// NOT_FOUND where the schedule does not exist for the caller, UNAVAILABLE while the database is away.
pub(crate) async fn list_runs(
    parts: &Parts,
    asking: Asking<'_>,
    schedule: Uuid,
    before: Option<Uuid>,
    limit: usize,
) -> Result<Vec<Run>> {
    let workspace = workspace(parts, asking.1).await?;
    let schedule = visible(parts, asking, &workspace, schedule).await?;
    Ok(export::runs(&parts.database, &workspace, schedule.id, before, limit).await?)
}

/// Runs a schedule that exists for a caller; the same request gives what it gave before.
///
/// # Errors
///
/// NOT_FOUND where it does not exist for the caller, PERMISSION_DENIED where they may not, FAILED_PRECONDITION where no export
/// can be asked for, RESOURCE_EXHAUSTED where too many wait, UNAVAILABLE while the database is away.
pub(crate) async fn run_now(
    parts: &Parts,
    asking: Asking<'_>,
    id: Uuid,
    request_id: Option<Uuid>,
) -> Result<Run> {
    let workspace = workspace(parts, asking.1).await?;
    let schedule = visible(parts, asking, &workspace, id).await?;
    check_may_change(asking.0, &schedule, None)?;
    if let Some(id) = request_id
        && let Some(before) = export::requested_run(&parts.database, &schedule, id).await?
    {
        return Ok(before);
    }
    let now = parts.clock.now();
    let (job, period) = match outcome(parts, &workspace, &schedule, Trigger::Asked(now), now)
        .await?
    {
        Outcome::Made(job, period) => (*job, period),
        Outcome::Refused { failure, .. } => {
            let known = REFUSALS.into_iter().find(|known| *known == failure.reason);
            let reason = known.unwrap_or("REQUEST_REFUSED");
            let kind = ErrorKind::FailedPrecondition;
            return Err(Error::new(kind, reason, failure.message));
        }
        Outcome::Missed => return Err(Error::internal("a run that is asked for is not missed")),
    };
    let asked = (MessageId::new(now).0, request_id);
    let made = export::create_run(
        &parts.database,
        &schedule,
        asked,
        (job, period),
        MOST_OPEN,
        now,
    );
    match made.await? {
        RunCreation::Created(run) => {
            SCHEDULE_RUNS.one(["made".into()]);
            if let Some(job) = run.export {
                parts.live.keep_trace(job).await;
            }
            parts.queued.notify_one();
            parts.live.tell_queued().await;
            tracing::info!(schedule = %schedule.id, workspace = %workspace.slug, "run by hand");
            Ok(run)
        }
        RunCreation::Repeated(run) => Ok(run),
        RunCreation::Gone => Err(not_found()),
        RunCreation::TooMany => Err(Error::new(
            ErrorKind::ResourceExhausted {
                retry_after: Some(Duration::from_secs(30)),
            },
            "TOO_MANY_EXPORTS",
            "too many exports of the workspace are under way; wait for some to end",
        )),
    }
}
