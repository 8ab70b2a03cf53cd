//! Upkeep: which files have had their time, and which belong to nobody.

use acuse_domain::ids::WorkspaceId;
use acuse_domain::time::Timestamp;
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use futures::FutureExt;
use uuid::Uuid;

use super::jobs::at_most;
use super::{Lease, upkeep};
use crate::error::StoreError;
use crate::pool::Database;
use crate::sql::Sql;
use crate::types::At;

/// The key of a file that may be removed.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct FileKey {
    /// The key in the object store.
    #[diesel(sql_type = Text)]
    pub file_key: String,
}

/// Jobs that are not over, of all workspaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OpenJobs {
    /// Those that nobody works on.
    pub queued: u64,
    /// Those that somebody does.
    pub running: u64,
    /// Since when the one has been due that nobody works on; `None` where none is due.
    pub due_since: Option<Timestamp>,
}

#[derive(QueryableByName)]
struct OpenRow {
    #[diesel(sql_type = BigInt)]
    queued: i64,
    #[diesel(sql_type = BigInt)]
    running: i64,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    due_since: Option<At>,
}

/// How many jobs are not over at `now`. A claim whose lease has ended is nobody's.
///
/// # Errors
/// Fails with the database.
pub async fn open_jobs(database: &Database, now: Timestamp) -> Result<OpenJobs, StoreError> {
    let statement = Sql::new(
        "SELECT count(*) FILTER (WHERE state = 1 OR due_at <= ?) AS queued, \
           count(*) FILTER (WHERE state = 2 AND due_at > ?) AS running, \
           min(due_at) FILTER (WHERE due_at <= ?) AS due_since \
         FROM export.jobs WHERE due_at IS NOT NULL",
    )
    .bind::<Timestamptz, _>(At(now))
    .bind::<Timestamptz, _>(At(now))
    .bind::<Timestamptz, _>(At(now));
    let row: Option<OpenRow> = upkeep(database, move |connection| {
        statement.fetch_optional(connection).boxed()
    })
    .await?;
    Ok(row.map_or_else(OpenJobs::default, |row| OpenJobs {
        queued: row.queued.unsigned_abs(),
        running: row.running.unsigned_abs(),
        due_since: row.due_since.map(|At(at)| at),
    }))
}

#[derive(QueryableByName)]
struct ClaimRow {
    #[diesel(sql_type = Integer)]
    workspace_id: i32,
    #[diesel(sql_type = SqlUuid)]
    job_id: Uuid,
    #[diesel(sql_type = BigInt)]
    fence: i64,
    #[diesel(sql_type = Bool)]
    used: bool,
}

/// Marks up to `limit` jobs as expired whose files have had their time at `now`, those first that had it longest; gives the
/// keys of the files.
///
/// # Errors
/// Fails with the database; nothing was marked.
pub async fn expire(
    database: &Database,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<FileKey>, StoreError> {
    let statement = Sql::new(
        "WITH over AS MATERIALIZED ( \
           SELECT workspace_id, job_id FROM export.jobs WHERE state = 3 AND expires_at <= ? \
           ORDER BY expires_at LIMIT ? FOR UPDATE SKIP LOCKED) \
         UPDATE export.jobs AS stored SET state = 5 FROM over \
         WHERE stored.workspace_id = over.workspace_id AND stored.job_id = over.job_id RETURNING stored.file_key",
    )
    .bind::<Timestamptz, _>(At(now))
    .bind::<BigInt, _>(at_most(limit));
    upkeep(database, move |connection| {
        statement.fetch(connection).boxed()
    })
    .await
}

/// For each of these claims, whether what it wrote is in use: it is under way, or its job's file is what it wrote. A claim of
/// nothing that is known is not.
///
/// # Errors
/// Fails with the database.
pub async fn in_use(
    database: &Database,
    leases: &[Lease],
) -> Result<Vec<(Lease, bool)>, StoreError> {
    let statement = Sql::new(
        "SELECT asked.workspace_id, asked.job_id, asked.fence, stored.job_id IS NOT NULL AS used \
         FROM unnest(?, ?, ?) AS asked(workspace_id, job_id, fence) LEFT JOIN export.jobs AS stored \
           ON stored.workspace_id = asked.workspace_id AND stored.job_id = asked.job_id \
             AND stored.fence = asked.fence AND stored.state IN (2, 3)",
    )
    .bind_all::<Integer, _>(leases.iter().map(|lease| lease.workspace.0))
    .bind_all::<SqlUuid, _>(leases.iter().map(|lease| lease.job))
    .bind_all::<BigInt, _>(leases.iter().map(|lease| i64::try_from(lease.fence).unwrap_or(i64::MAX)));
    let rows: Vec<ClaimRow> = upkeep(database, move |connection| {
        statement.fetch(connection).boxed()
    })
    .await?;
    let lease = |row: &ClaimRow| Lease {
        workspace: WorkspaceId(row.workspace_id),
        job: row.job_id,
        fence: row.fence.unsigned_abs(),
    };
    Ok(rows.iter().map(|row| (lease(row), row.used)).collect())
}
