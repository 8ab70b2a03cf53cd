//! Runs what is due: claims a schedule, asks for its export, and says when it is due next.

use std::sync::Arc;
use std::time::Duration;

use acuse_domain::error::Result;
use acuse_domain::ids::MessageId;
use acuse_domain::time::{Timestamp, days};
use acuse_rpc::background::{Outage, Stop, guarded};
use acuse_store::export::{self, NewRun, Outcome, Schedule, Settled, Workspace};
use tokio::time::sleep;
use tracing::Instrument as _;
use uuid::Uuid;

use super::measure;
use crate::notifications;
use crate::parts::Parts;
use crate::schedules::{Definition, MOST_OPEN, Trigger, outcome};

/// How long a claim holds: longer than a run takes to be made, after which somebody else makes it.
const CLAIM: Duration = Duration::from_secs(30);

/// How far back runs that were missed are listed, in days.
const REACH: u64 = 366;

/// Runs schedules as they become due, until it is told to stop.
pub(super) async fn run(parts: Arc<Parts>, mut stop: Stop) {
    let mut outage = Outage::new("running schedules");
    loop {
        let rest = match guarded(one(&parts)).await {
            Ok(true) => Duration::ZERO,
            Ok(false) => {
                outage.over();
                guarded(rest(&parts)).await.unwrap_or(parts.work.poll)
            }
            Err(problem) => outage.goes_on(&problem),
        };
        let woken = async {
            tokio::select! {
                () = parts.scheduled.notified() => {}
                () = sleep(rest) => {}
            }
        };
        if stop.wait(woken).await {
            return;
        }
    }
}

/// How long there is nothing to do, as far as is known now.
async fn rest(parts: &Parts) -> Result<Duration> {
    let next = export::next_schedule(&parts.database).await?;
    let now = parts.clock.now();
    let until = next.map_or(i64::MAX, |next| next.micros_since(now));
    // Not all at once: others write schedules as well, and clocks are set.
    Ok(Duration::from_micros(until.max(1_000).unsigned_abs()).min(parts.work.poll))
}

/// Runs the schedule that is due longest; tells whether one was.
async fn one(parts: &Parts) -> Result<bool> {
    let now = parts.clock.now();
    let claimed = export::claim_schedule(&parts.database, now, now + CLAIM).await?;
    let Some((schedule, workspace)) = claimed else {
        return Ok(false);
    };
    let Some(due_at) = schedule.next_due_at else {
        return Ok(true);
    };
    let span = tracing::info_span!(parent: None, "schedule", schedule = %schedule.id);
    let made = make(parts, &workspace, &schedule, (due_at, now));
    made.instrument(span).await?;
    Ok(true)
}

/// Makes the runs of a schedule that are due.
async fn make(
    parts: &Parts,
    workspace: &Workspace,
    schedule: &Schedule,
    (due_at, now): (Timestamp, Timestamp),
) -> Result<()> {
    let (runs, next) = due(parts, workspace, schedule, due_at, now).await?;
    let counts = measure::runs(&runs);
    let jobs: Vec<Uuid> = runs.iter().filter_map(job_of).collect();
    let settled = export::settle_schedule(&parts.database, schedule, runs, next, MOST_OPEN, now);
    match settled.await? {
        Settled::Done { queued, told } => {
            measure::count_runs(counts);
            if queued {
                for job in jobs {
                    parts.live.keep_trace(job).await;
                }
                parts.queued.notify_one();
                parts.live.tell_queued().await;
            }
            if told {
                notifications::ring(parts, workspace.id, &schedule.owner.subject).await;
            }
            tracing::info!(schedule = %schedule.id, workspace = %workspace.slug, queued, "run");
        }
        Settled::Lost => tracing::debug!(schedule = %schedule.id, "changed meanwhile"),
    }
    Ok(())
}

/// The export that a run asks for.
fn job_of(run: &NewRun) -> Option<Uuid> {
    match &run.outcome {
        Outcome::Made(job, _) => Some(job.id),
        Outcome::Refused { .. } | Outcome::Missed => None,
    }
}

/// The runs that are due from `due_at` on up to `now`, of which the last is made and the others are missed; and when the next
/// one is.
async fn due(
    parts: &Parts,
    workspace: &Workspace,
    schedule: &Schedule,
    due_at: Timestamp,
    now: Timestamp,
) -> Result<(Vec<NewRun>, Option<Timestamp>)> {
    let timetable = Definition::stored(schedule)?.timetable;
    let just_before = Timestamp::from_micros(due_at.micros().saturating_sub(1));
    let from = just_before.max(now - days(REACH));
    let mut dues: Vec<_> = timetable.between(from, now).collect();
    let last = dues.pop();
    let run = |at: Timestamp, outcome| NewRun {
        id: MessageId::new(at).0,
        request_id: None,
        due_at: Some(at),
        outcome,
    };
    let mut runs: Vec<_> = dues
        .into_iter()
        .map(|due| run(due.at, Outcome::Missed))
        .collect();
    if let Some(last) = last {
        let made = outcome(parts, workspace, schedule, Trigger::Due(last), now).await?;
        runs.push(run(last.at, made));
    }
    Ok((runs, timetable.after(now).map(|due| due.at)))
}
