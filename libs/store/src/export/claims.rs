//! Claims: whoever works on a job holds it for the time of a lease, under a number of their own.
//!
//! Each claim raises the job's fence. What is written to a job says under which number, and touches nothing where another
//! claim came after: whoever was taken for dead finds out, and publishes nothing.

use acuse_domain::ids::WorkspaceId;
use acuse_domain::time::Timestamp;
use diesel::QueryableByName;
use diesel::sql_types::{
    BigInt, Binary, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::AsyncPgConnection;
use futures::FutureExt;
use uuid::Uuid;

use super::job::{Failure, File, Job, JobState};
use super::jobs::JobRow;
use super::{notifications, upkeep, within};
use crate::error::StoreError;
use crate::pool::Database;
use crate::sql::{Rows, Sql};
use crate::types::At;

/// Characters kept of a failure.
const FAILURE_LENGTH: usize = 500;

/// A claim of one job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Lease {
    /// The job's workspace.
    pub workspace: WorkspaceId,
    /// The job.
    pub job: Uuid,
    /// The claim's number: 1 or more, and greater than that of every claim before.
    pub fence: u64,
}

/// How far a claim has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Rows written.
    pub rows: u64,
    /// Rows expected; `None` where that is not known.
    pub expected: Option<u64>,
}

impl Job {
    /// The latest claim of it.
    pub fn lease(&self) -> Lease {
        Lease {
            workspace: self.workspace,
            job: self.id,
            fence: self.fence,
        }
    }
}

#[derive(QueryableByName)]
struct TurnRow {
    #[diesel(sql_type = Integer)]
    workspace_id: i32,
    #[diesel(sql_type = Text)]
    slug: String,
}

/// Claims the job whose turn it is at `now`, until `until`; `None` where none is due, or every workspace that has some due runs
/// as many as it may. Workspaces that run fewer come first, and in a workspace the job that is due longest.
///
/// A job whose claim ended without a word counts as having failed once more.
///
/// # Errors
/// Fails with the database; nothing was claimed.
pub async fn claim(
    database: &Database,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<Job>, StoreError> {
    upkeep(database, move |connection| {
        async move {
            // One at a time: two would each count what runs without the other.
            Sql::new("SELECT pg_advisory_xact_lock(hashtext('export.jobs'), 0)")
                .run(connection)
                .await?;
            for turn in turns(connection, now).await? {
                let row = claim_of(connection, turn.workspace_id, now, until).await?;
                match row.map(|row| row.job(&turn.slug)) {
                    Some(Ok(job)) => return Ok(Some(job)),
                    // One job's trouble is not the others'; it rests until its lease ends.
                    Some(Err(error)) => tracing::error!(%error, "a job cannot be read"),
                    None => {}
                }
            }
            Ok(None)
        }
        .boxed()
    })
    .await
}

/// The workspaces that have a job due and may run one more.
async fn turns(connection: &AsyncPgConnection, now: Timestamp) -> Result<Vec<TurnRow>, StoreError> {
    Sql::new(
        "SELECT workspace_id, workspaces.slug FROM ( \
           SELECT workspace_id, min(due_at) AS longest, \
             count(*) FILTER (WHERE state = 2 AND due_at > ?) AS running \
           FROM export.jobs WHERE due_at IS NOT NULL GROUP BY workspace_id) AS open \
         JOIN message_state.workspaces USING (workspace_id) \
         WHERE longest <= ? AND running < workspaces.export_max_concurrent \
         ORDER BY running, longest, workspace_id",
    )
    .bind::<Timestamptz, _>(At(now))
    .bind::<Timestamptz, _>(At(now))
    .fetch(connection)
    .await
}

/// Claims the job of a workspace that is due longest, unless somebody writes to it just now.
async fn claim_of(
    connection: &AsyncPgConnection,
    workspace: i32,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<JobRow>, StoreError> {
    let text = format!(
        "WITH next AS MATERIALIZED ( \
           SELECT workspace_id, job_id FROM export.jobs WHERE workspace_id = ? AND due_at <= ? \
           ORDER BY due_at, job_id LIMIT 1 FOR UPDATE SKIP LOCKED) \
         UPDATE export.jobs AS stored SET state = 2, due_at = ?, fence = stored.fence + 1, \
           attempts = stored.attempts + 1, failures = stored.failures + (stored.state = 2)::int4, \
           rows = 0, rows_expected = NULL, started_at = coalesce(stored.started_at, ?) FROM next \
         WHERE stored.workspace_id = next.workspace_id AND stored.job_id = next.job_id RETURNING stored.{}",
        JobRow::COLUMNS.join(", stored."),
    );
    Sql::new(text)
        .bind::<Integer, _>(workspace)
        .bind::<Timestamptz, _>(At(now))
        .bind::<Timestamptz, _>(At(until))
        .bind::<Timestamptz, _>(At(now))
        .fetch_optional(connection)
        .await
}

/// Holds a claimed job until `until`, and says how far it is. False where another claim came after, or the job is over:
/// nothing was written then.
///
/// # Errors
/// Fails with the database; nothing was written.
pub async fn renew(
    database: &Database,
    lease: Lease,
    progress: Progress,
    until: Timestamp,
) -> Result<bool, StoreError> {
    let statement = held(lease, "due_at = ?, rows = ?, rows_expected = ?")
        .bind::<Timestamptz, _>(At(until))
        .bind::<BigInt, _>(signed(progress.rows))
        .bind::<Nullable<BigInt>, _>(progress.expected.map(signed));
    write(database, lease, statement).await
}

/// Whether a claim holds its job still: no other came after, and the job is not over, nor cancelled or deleted meanwhile.
///
/// # Errors
/// Fails with the database.
pub async fn holds(database: &Database, lease: Lease) -> Result<bool, StoreError> {
    let statement = Sql::new(
        "SELECT 1 FROM export.jobs WHERE workspace_id = ? AND job_id = ? AND fence = ? AND state = 2",
    )
    .bind::<Integer, _>(lease.workspace.0)
    .bind::<SqlUuid, _>(lease.job)
    .bind::<BigInt, _>(signed(lease.fence));
    let found = within(database, lease.workspace, move |connection| {
        statement.run(connection).boxed()
    })
    .await?;
    Ok(found > 0)
}

/// Whether it was under this claim that its job has ended, well or not: the answer to that may have been lost.
///
/// # Errors
/// Fails with the database.
pub async fn ended(database: &Database, lease: Lease) -> Result<bool, StoreError> {
    let statement = Sql::new(
        "SELECT 1 FROM export.jobs WHERE workspace_id = ? AND job_id = ? AND fence = ? AND state IN (3, 4)",
    )
    .bind::<Integer, _>(lease.workspace.0)
    .bind::<SqlUuid, _>(lease.job)
    .bind::<BigInt, _>(signed(lease.fence));
    write(database, lease, statement).await
}

/// Publishes the file of a claimed job, which ends with it, and tells its asker. False where another claim came after, or the job
/// is over: the file
/// is nobody's then.
///
/// # Errors
/// Fails with the database. Where the connection broke it may have been published: [`ended`] tells.
pub async fn succeed(
    database: &Database,
    lease: Lease,
    file: File,
    now: Timestamp,
) -> Result<bool, StoreError> {
    // What was expected is known now: what came.
    let set = "state = 3, due_at = NULL, ended_at = ?, rows = ?, rows_expected = ?, file_key = ?, file_name = ?, media_type = ?, \
               size_bytes = ?, sha256 = ?, expires_at = ?, failure_message = NULL";
    let statement = held(lease, set)
        .bind::<Timestamptz, _>(At(now))
        .bind::<BigInt, _>(signed(file.rows))
        .bind::<BigInt, _>(signed(file.rows))
        .bind::<Text, _>(file.key)
        .bind::<Text, _>(file.name)
        .bind::<Text, _>(file.media_type)
        .bind::<BigInt, _>(signed(file.size))
        .bind::<Binary, _>(file.sha256)
        .bind::<Timestamptz, _>(At(file.expires_at));
    end(database, lease, statement, now).await
}

/// Gives a claimed job up for good, and tells its asker; 500 characters of the message are kept. False as for [`renew`].
///
/// # Errors
/// Fails with the database; nothing was written.
pub async fn fail(
    database: &Database,
    lease: Lease,
    failure: &Failure,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let set = "state = 4, due_at = NULL, ended_at = ?, failures = stored.failures + 1, failure_reason = ?, \
               failure_message = ?";
    let statement = held(lease, set)
        .bind::<Timestamptz, _>(At(now))
        .bind::<Text, _>(failure.reason.clone())
        .bind::<Text, _>(kept(&failure.message));
    end(database, lease, statement, now).await
}

/// Puts a claimed job back that failed for now: it is due again at `until`. 500 characters of `failure` are kept. False as for
/// [`renew`].
///
/// # Errors
/// Fails with the database; nothing was written, and the lease ends by itself.
pub async fn postpone(
    database: &Database,
    lease: Lease,
    failure: &str,
    until: Timestamp,
) -> Result<bool, StoreError> {
    let set = "state = 1, due_at = ?, failures = stored.failures + 1, failure_message = ?";
    let statement = held(lease, set)
        .bind::<Timestamptz, _>(At(until))
        .bind::<Text, _>(kept(failure));
    write(database, lease, statement).await
}

/// Puts a claimed job back with which nothing is wrong: it is due at once. False as for [`renew`].
///
/// # Errors
/// Fails with the database; nothing was written, and the lease ends by itself.
pub async fn hand_back(
    database: &Database,
    lease: Lease,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let statement = held(lease, "state = ?, due_at = ?")
        .bind::<SmallInt, _>(JobState::Queued.code())
        .bind::<Timestamptz, _>(At(now));
    write(database, lease, statement).await
}

/// `UPDATE` of the job that a claim holds still. The binds of `set` follow.
fn held(lease: Lease, set: &str) -> Sql {
    Sql::new(format!(
        "WITH held AS (SELECT ? AS workspace_id, ? AS job_id, ? AS fence) UPDATE export.jobs AS stored SET {set} FROM held \
         WHERE stored.workspace_id = held.workspace_id AND stored.job_id = held.job_id \
           AND stored.fence = held.fence AND stored.state = 2",
    ))
    .bind::<Integer, _>(lease.workspace.0)
    .bind::<SqlUuid, _>(lease.job)
    .bind::<BigInt, _>(signed(lease.fence))
}

/// Whether it touched the job, whose asker is told in the same transaction that it has ended.
async fn end(
    database: &Database,
    lease: Lease,
    statement: Sql,
    now: Timestamp,
) -> Result<bool, StoreError> {
    within(database, lease.workspace, move |connection| {
        async move {
            let touched = statement.run(connection).await?;
            if touched > 0 {
                notifications::tell_ended(connection, lease, now).await?;
            }
            Ok(touched > 0)
        }
        .boxed()
    })
    .await
}

/// Whether it touched the job.
async fn write(database: &Database, lease: Lease, statement: Sql) -> Result<bool, StoreError> {
    let touched = within(database, lease.workspace, move |connection| {
        statement.run(connection).boxed()
    })
    .await?;
    Ok(touched > 0)
}

/// A failure as it is kept: without NUL, which Postgres cannot keep in text.
fn kept(failure: &str) -> String {
    let text = failure.replace('\0', "\u{fffd}");
    text.chars().take(FAILURE_LENGTH).collect()
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
