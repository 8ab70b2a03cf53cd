//! `schedule_runs`: each time that a schedule was due, once, and what came of it.

use acuse_domain::calendar::Interval;
use acuse_domain::ids::{MessageId, WorkspaceId};
use acuse_domain::time::Timestamp;
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::AsyncPgConnection;
use futures::FutureExt;
use uuid::Uuid;

use super::due_schedules::move_on;
use super::job::{Failure, JobState, NewJob};
use super::jobs::{at_most, insert_job, open_jobs};
use super::notifications::{self, Notice};
use super::schedule::{NewRun, Outcome, Run, RunCreation, RunState, Schedule, Settled};
use super::schedules::is_there;
use super::{NotificationKind, Workspace, upkeep, within};
use crate::error::StoreError;
use crate::pool::Database;
use crate::sql::{Rows, Sql, rows};
use crate::types::At;

rows! {
    /// One run as stored.
    RunRow in "export.schedule_runs" {
        workspace_id: i32 => Integer,
        schedule_id: Uuid => SqlUuid,
        run_id: Uuid => SqlUuid,
        request_id: Option<Uuid> => Nullable<SqlUuid>,
        due_at: Option<At> => Nullable<Timestamptz>,
        state: i16 => SmallInt,
        export_id: Option<Uuid> => Nullable<SqlUuid>,
        period_start: Option<At> => Nullable<Timestamptz>,
        period_end: Option<At> => Nullable<Timestamptz>,
        failure_reason: Option<String> => Nullable<Text>,
        failure_message: Option<String> => Nullable<Text>,
        created_at: At => Timestamptz,
    }
}

/// A run, and where the export stands that it asked for.
#[derive(QueryableByName)]
struct ListedRow {
    #[diesel(sql_type = SqlUuid)]
    run_id: Uuid,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    due_at: Option<At>,
    #[diesel(sql_type = SmallInt)]
    state: i16,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    export_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    period_start: Option<At>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    period_end: Option<At>,
    #[diesel(sql_type = Nullable<Text>)]
    failure_reason: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    failure_message: Option<String>,
    #[diesel(sql_type = Timestamptz)]
    created_at: At,
    #[diesel(sql_type = Nullable<SmallInt>)]
    export_state: Option<i16>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    export_expires_at: Option<At>,
}

impl ListedRow {
    fn run(self) -> Result<Run, StoreError> {
        let corrupt = |column: &str| StoreError::Corrupt(format!("run {}: {column}", self.run_id));
        let export_state = self
            .export_state
            .map(|code| JobState::from_code(code).ok_or_else(|| corrupt("export_id")));
        let failure = self.failure_reason.map(|reason| Failure {
            reason,
            message: self.failure_message.unwrap_or_default(),
        });
        Ok(Run {
            id: self.run_id,
            due_at: self.due_at.map(|At(at)| at),
            state: RunState::from_code(self.state).ok_or_else(|| corrupt("state"))?,
            period: (self.period_start.zip(self.period_end))
                .map(|(At(start), At(end))| Interval::new(start, end)),
            export: self.export_id,
            export_state: export_state.transpose()?,
            export_expires_at: self.export_expires_at.map(|At(at)| at),
            failure,
            created_at: self.created_at.0,
        })
    }
}

/// Writes the runs of a claimed schedule and the export that one of them asks for, and says when the next run is due, all at
/// once; unless somebody wrote to the schedule, or had its runs, meanwhile. Where the workspace has about `most_open` exports
/// that are not over, a run fails that would ask for another. The owner is told of each that failed.
///
/// # Errors
/// Fails with the database; nothing was written.
pub async fn settle_schedule(
    database: &Database,
    claimed: &Schedule,
    runs: Vec<NewRun>,
    next: Option<Timestamp>,
    most_open: usize,
    now: Timestamp,
) -> Result<Settled, StoreError> {
    let claimed = claimed.clone();
    within(database, claimed.workspace, move |connection| {
        async move {
            if !move_on(connection, &claimed, next).await? {
                return Ok(Settled::Lost);
            }
            let (mut queued, mut told) = (false, false);
            for mut run in runs {
                if let Outcome::Made(job, period) = &run.outcome
                    && open_jobs(connection, claimed.workspace).await? >= at_most(most_open)
                {
                    let (request, period) = (job.request.clone(), *period);
                    run.outcome = Outcome::Refused {
                        request,
                        period,
                        failure: too_many(),
                    };
                }
                let row = row(&claimed, &run, now);
                // Whoever made this run has moved the schedule on as well; this holds whatever happens.
                let inserted = RunRow::insert(std::slice::from_ref(&row), "ON CONFLICT DO NOTHING");
                if inserted.run(connection).await? == 0 {
                    continue;
                }
                match run.outcome {
                    Outcome::Made(job, _) => {
                        insert_job(connection, *job, now).await?;
                        queued = true;
                    }
                    Outcome::Refused {
                        request, failure, ..
                    } => {
                        notifications::tell(connection, refused(&claimed, request, failure, now))
                            .await?;
                        told = true;
                    }
                    Outcome::Missed => {}
                }
            }
            Ok(Settled::Done { queued, told })
        }
        .boxed()
    })
    .await
}

/// Makes a run that somebody asked for, with its export, unless the same request did so before, or the workspace has about
/// `most_open` exports that are not over.
///
/// # Errors
/// Fails with the database; nothing was stored.
pub async fn create_run(
    database: &Database,
    schedule: &Schedule,
    (id, request_id): (Uuid, Option<Uuid>),
    (job, period): (NewJob, Interval),
    most_open: usize,
    now: Timestamp,
) -> Result<RunCreation, StoreError> {
    let schedule = schedule.clone();
    let new = NewRun {
        id,
        request_id,
        due_at: None,
        outcome: Outcome::Made(Box::new(job.clone()), period),
    };
    within(database, schedule.workspace, move |connection| {
        async move {
            if !is_there(connection, &schedule).await? {
                return Ok(RunCreation::Gone);
            }
            let before = || async {
                match request_id {
                    Some(id) => requested(connection, &schedule, id).await,
                    None => Ok(None),
                }
            };
            if let Some(before) = before().await? {
                return Ok(RunCreation::Repeated(before));
            }
            if open_jobs(connection, schedule.workspace).await? >= at_most(most_open) {
                return Ok(RunCreation::TooMany);
            }
            let row = row(&schedule, &new, now);
            let inserted = RunRow::insert(std::slice::from_ref(&row), "ON CONFLICT DO NOTHING");
            if inserted.run(connection).await? == 0 {
                // The same request was quicker by a moment.
                let before = before().await?;
                return Ok(before.map_or(RunCreation::TooMany, RunCreation::Repeated));
            }
            insert_job(connection, job, now).await?;
            let made = one(connection, &schedule, id).await?;
            Ok(made.map_or(RunCreation::Gone, RunCreation::Created))
        }
        .boxed()
    })
    .await
}

/// The run that a request had made of a schedule; `None` where it had none made.
///
/// # Errors
/// Fails with the database.
pub async fn requested_run(
    database: &Database,
    schedule: &Schedule,
    request: Uuid,
) -> Result<Option<Run>, StoreError> {
    let schedule = schedule.clone();
    within(database, schedule.workspace, move |connection| {
        async move { requested(connection, &schedule, request).await }.boxed()
    })
    .await
}

/// Up to `limit` runs of a schedule that come before the one with the id `before`, newest first.
///
/// # Errors
/// Fails with the database.
pub async fn runs(
    database: &Database,
    workspace: &Workspace,
    schedule: Uuid,
    before: Option<Uuid>,
    limit: usize,
) -> Result<Vec<Run>, StoreError> {
    let condition = "stored.run_id < ? ORDER BY stored.run_id DESC LIMIT ?";
    let statement = listed(condition, workspace.id, schedule)
        .bind::<SqlUuid, _>(before.unwrap_or(Uuid::max()))
        .bind::<BigInt, _>(at_most(limit));
    let rows: Vec<ListedRow> = within(database, workspace.id, move |connection| {
        statement.fetch(connection).boxed()
    })
    .await?;
    rows.into_iter().map(ListedRow::run).collect()
}

/// Forgets up to `limit` runs that were made, or listed, before `before`; gives how many.
///
/// # Errors
/// Fails with the database; nothing was forgotten.
pub async fn forget_runs(
    database: &Database,
    before: Timestamp,
    limit: usize,
) -> Result<usize, StoreError> {
    let statement = Sql::new(
        "WITH old AS MATERIALIZED ( \
           SELECT workspace_id, schedule_id, run_id FROM export.schedule_runs WHERE created_at < ? \
           ORDER BY created_at LIMIT ? FOR UPDATE SKIP LOCKED) \
         DELETE FROM export.schedule_runs AS stored USING old WHERE stored.workspace_id = old.workspace_id \
           AND stored.schedule_id = old.schedule_id AND stored.run_id = old.run_id",
    )
    .bind::<Timestamptz, _>(At(before))
    .bind::<BigInt, _>(at_most(limit));
    upkeep(database, move |connection| {
        statement.run(connection).boxed()
    })
    .await
}

fn too_many() -> Failure {
    Failure {
        reason: "TOO_MANY_EXPORTS".to_owned(),
        message: "the workspace had too many exports under way".to_owned(),
    }
}

fn row(schedule: &Schedule, run: &NewRun, now: Timestamp) -> RunRow {
    let (state, export_id, period, failure) = match &run.outcome {
        Outcome::Made(job, period) => (RunState::Made, Some(job.id), Some(period), None),
        Outcome::Refused {
            period, failure, ..
        } => (RunState::Failed, None, Some(period), Some(failure)),
        Outcome::Missed => (RunState::Missed, None, None, None),
    };
    RunRow {
        workspace_id: schedule.workspace.0,
        schedule_id: schedule.id,
        run_id: run.id,
        request_id: run.request_id,
        due_at: run.due_at.map(At),
        state: state.code(),
        export_id,
        period_start: period.map(|period| At(period.start)),
        period_end: period.map(|period| At(period.end)),
        failure_reason: failure.map(|failure| failure.reason.clone()),
        failure_message: failure.map(|failure| failure.message.clone()),
        created_at: At(now),
    }
}

fn refused(schedule: &Schedule, request: Vec<u8>, failure: Failure, now: Timestamp) -> Notice {
    Notice {
        id: MessageId::new(now).0,
        workspace: schedule.workspace,
        recipient: schedule.owner.subject.clone(),
        kind: NotificationKind::RunFailed,
        export: None,
        schedule: Some(schedule.id),
        request,
        asked_at: now,
        failure: Some(failure),
        now,
    }
}

/// `SELECT` of the runs of a schedule, with a further condition on `stored`. What an export failed of is what its run did.
fn listed(condition: &str, workspace: WorkspaceId, schedule: Uuid) -> Sql {
    Sql::new(format!(
        "SELECT stored.run_id, stored.due_at, stored.state, stored.export_id, stored.period_start, stored.period_end, \
           coalesce(stored.failure_reason, jobs.failure_reason) AS failure_reason, \
           coalesce(stored.failure_message, jobs.failure_message) AS failure_message, \
           stored.created_at, jobs.state AS export_state, jobs.expires_at AS export_expires_at \
         FROM export.schedule_runs AS stored LEFT JOIN export.jobs \
           ON jobs.workspace_id = stored.workspace_id AND jobs.job_id = stored.export_id \
         WHERE stored.workspace_id = ? AND stored.schedule_id = ? AND {condition}"
    ))
    .bind::<Integer, _>(workspace.0)
    .bind::<SqlUuid, _>(schedule)
}

/// The run of that id.
async fn one(
    connection: &AsyncPgConnection,
    schedule: &Schedule,
    id: Uuid,
) -> Result<Option<Run>, StoreError> {
    let statement = listed("stored.run_id = ?", schedule.workspace, schedule.id);
    let row: Option<ListedRow> = statement
        .bind::<SqlUuid, _>(id)
        .fetch_optional(connection)
        .await?;
    row.map(ListedRow::run).transpose()
}

/// The run that a request had made.
async fn requested(
    connection: &AsyncPgConnection,
    schedule: &Schedule,
    request_id: Uuid,
) -> Result<Option<Run>, StoreError> {
    let statement = listed("stored.request_id = ?", schedule.workspace, schedule.id);
    let row: Option<ListedRow> = statement
        .bind::<SqlUuid, _>(request_id)
        .fetch_optional(connection)
        .await?;
    row.map(ListedRow::run).transpose()
}
