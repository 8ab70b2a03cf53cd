//! `jobs`: exports that were asked for, and what became of them. Listing them is in `history`.

use std::collections::BTreeSet;

use acuse_domain::ids::WorkspaceId;
use acuse_domain::scope::{Limit, Role, Scope};
use acuse_domain::time::Timestamp;
use diesel::QueryableByName;
use diesel::sql_types::{
    BigInt, Binary, Integer, Jsonb, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::AsyncPgConnection;
use futures::FutureExt;
use serde_json::{Value, json};
use uuid::Uuid;

use super::job::{Asker, Creation, Failure, File, Job, JobState, NewJob};
use super::{Lease, Workspace, within};
use crate::error::StoreError;
use crate::pool::Database;
use crate::requested::{RequestId, Requested};
use crate::sql::{Rows, Sql, rows};
use crate::types::{At, uuid_of};

rows! {
    /// One job as stored.
    JobRow in "export.jobs" {
        workspace_id: i32 => Integer,
        job_id: Uuid => SqlUuid,
        request_id: Option<Uuid> => Nullable<SqlUuid>,
        request_digest: Option<Uuid> => Nullable<SqlUuid>,
        report: Option<i16> => Nullable<SmallInt>,
        schedule_id: Option<Uuid> => Nullable<SqlUuid>,
        request: Vec<u8> => Binary,
        requested_by: String => Text,
        role: String => Text,
        departments: Option<Value> => Nullable<Jsonb>,
        accounts: Option<Value> => Nullable<Jsonb>,
        agents: Option<Value> => Nullable<Jsonb>,
        state: i16 => SmallInt,
        due_at: Option<At> => Nullable<Timestamptz>,
        fence: i64 => BigInt,
        attempts: i32 => Integer,
        failures: i32 => Integer,
        failure_reason: Option<String> => Nullable<Text>,
        failure_message: Option<String> => Nullable<Text>,
        rows_expected: Option<i64> => Nullable<BigInt>,
        rows: i64 => BigInt,
        file_key: Option<String> => Nullable<Text>,
        file_name: Option<String> => Nullable<Text>,
        media_type: Option<String> => Nullable<Text>,
        size_bytes: Option<i64> => Nullable<BigInt>,
        sha256: Option<Vec<u8>> => Nullable<Binary>,
        expires_at: Option<At> => Nullable<Timestamptz>,
        created_at: At => Timestamptz,
        started_at: Option<At> => Nullable<Timestamptz>,
        ended_at: Option<At> => Nullable<Timestamptz>,
    }
}

impl NewJob {
    fn row(self, now: Timestamp) -> JobRow {
        let Asker {
            subject,
            role,
            scope,
        } = self.asker;
        JobRow {
            workspace_id: self.workspace.0,
            job_id: self.id,
            request_id: self.request_id.map(|request| request.id),
            request_digest: self.request_id.map(|request| uuid_of(request.digest)),
            report: Some(self.report),
            schedule_id: self.schedule,
            request: self.request,
            requested_by: subject,
            role: role.as_str().to_owned(),
            departments: stored(&scope.departments),
            accounts: stored(&scope.accounts),
            agents: stored(&scope.agents),
            state: JobState::Queued.code(),
            due_at: Some(At(now)),
            fence: 0,
            attempts: 0,
            failures: 0,
            failure_reason: None,
            failure_message: None,
            rows_expected: None,
            rows: 0,
            file_key: None,
            file_name: None,
            media_type: None,
            size_bytes: None,
            sha256: None,
            expires_at: None,
            created_at: At(now),
            started_at: None,
            ended_at: None,
        }
    }
}

/// A limit in a `jsonb` column: null where there is none.
pub(super) fn stored(limit: &Limit) -> Option<Value> {
    match limit {
        Limit::All => None,
        Limit::Only(ids) => Some(json!(ids)),
    }
}

impl JobRow {
    /// The job, whose workspace callers know by `slug`.
    pub(super) fn job(self, slug: &str) -> Result<Job, StoreError> {
        let id = self.job_id;
        let corrupt = |column: &str| StoreError::Corrupt(format!("export {id}: {column}"));
        let limit = |column: &str, ids: Option<Value>| match ids {
            None => Ok(Limit::All),
            Some(ids) => serde_json::from_value::<BTreeSet<String>>(ids)
                .map(Limit::Only)
                .map_err(|_| corrupt(column)),
        };
        let state = JobState::from_code(self.state).ok_or_else(|| corrupt("state"))?;
        let scope = Scope {
            workspace: slug.to_owned(),
            departments: limit("departments", self.departments)?,
            accounts: limit("accounts", self.accounts)?,
            agents: limit("agents", self.agents)?,
        };
        let file = self.file_key.map(|key| {
            Some(File {
                key,
                name: self.file_name?,
                media_type: self.media_type?,
                size: self.size_bytes?.unsigned_abs(),
                rows: self.rows.unsigned_abs(),
                sha256: self.sha256?,
                expires_at: self.expires_at?.0,
            })
        });
        let failure = self.failure_reason.map(|reason| Failure {
            reason,
            message: self.failure_message.clone().unwrap_or_default(),
        });
        Ok(Job {
            id,
            workspace: WorkspaceId(self.workspace_id),
            schedule: self.schedule_id,
            request: self.request,
            asker: Asker {
                subject: self.requested_by,
                role: Role::parse(&self.role).ok_or_else(|| corrupt("role"))?,
                scope,
            },
            state,
            fence: self.fence.unsigned_abs(),
            attempts: self.attempts.unsigned_abs(),
            failures: self.failures.unsigned_abs(),
            last_failure: self.failure_message,
            rows: self.rows.unsigned_abs(),
            rows_expected: self.rows_expected.map(i64::unsigned_abs),
            file: match file {
                Some(None) => return Err(corrupt("file_key")),
                Some(file) => file,
                None => None,
            },
            failure,
            created_at: self.created_at.0,
            started_at: self.started_at.map(|At(at)| at),
            ended_at: self.ended_at.map(|At(at)| at),
        })
    }
}

/// Creates a job that is due at once, unless the same request of the same caller did so before, or its workspace has about
/// `most_open` jobs that are not over.
///
/// # Errors
/// Fails with the database; nothing was stored.
pub async fn create_job(
    database: &Database,
    new: NewJob,
    most_open: usize,
    now: Timestamp,
) -> Result<Creation, StoreError> {
    let (workspace, slug) = (new.workspace, new.asker.scope.workspace.clone());
    let request = new.request_id.map(|id| (new.asker.subject.clone(), id));
    within(database, workspace, move |connection| {
        async move {
            let before = requested(connection, workspace, request.as_ref(), &slug).await?;
            if let Some(before) = before {
                return Ok(before.into());
            }
            let row = new.row(now);
            let unless = "WHERE (SELECT count(*) FROM export.jobs AS open WHERE open.workspace_id = ? \
                          AND open.due_at IS NOT NULL) < ? ON CONFLICT DO NOTHING";
            let inserted = JobRow::insert(std::slice::from_ref(&row), unless)
                .bind::<Integer, _>(workspace.0)
                .bind::<BigInt, _>(at_most(most_open))
                .run(connection)
                .await?;
            if inserted > 0 {
                return Ok(Creation::Created(row.job(&slug)?));
            }
            // The same request may have been quicker by a moment.
            let before = requested(connection, workspace, request.as_ref(), &slug).await?;
            Ok(before.map_or(Creation::TooMany, Creation::from))
        }
        .boxed()
    })
    .await
}

/// Creates a job that is due at once, in the transaction under way.
pub(super) async fn insert_job(
    connection: &AsyncPgConnection,
    new: NewJob,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = new.row(now);
    JobRow::insert(std::slice::from_ref(&row), "")
        .run(connection)
        .await?;
    Ok(())
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = BigInt)]
    counted: i64,
}

/// How many jobs of a workspace are not over.
pub(super) async fn open_jobs(
    connection: &AsyncPgConnection,
    workspace: WorkspaceId,
) -> Result<i64, StoreError> {
    let counted: Option<Counted> = Sql::new(
        "SELECT count(*) AS counted FROM export.jobs WHERE workspace_id = ? AND due_at IS NOT NULL",
    )
    .bind::<Integer, _>(workspace.0)
    .fetch_optional(connection)
    .await?;
    Ok(counted.map_or(0, |row| row.counted))
}

impl From<Requested<Job>> for Creation {
    fn from(before: Requested<Job>) -> Self {
        match before {
            Requested::Same(job) => Self::Repeated(job),
            Requested::Other => Self::Contradicted,
        }
    }
}

/// The job that a caller's request has created; `None` for a request without an id.
async fn requested(
    connection: &AsyncPgConnection,
    workspace: WorkspaceId,
    request: Option<&(String, RequestId)>,
    slug: &str,
) -> Result<Option<Requested<Job>>, StoreError> {
    let Some((subject, request)) = request else {
        return Ok(None);
    };
    let found: Option<JobRow> = select(
        "stored.requested_by = ? AND stored.request_id = ?",
        workspace,
    )
    .bind::<Text, _>(subject.clone())
    .bind::<SqlUuid, _>(request.id)
    .fetch_optional(connection)
    .await?;
    let created = found.map(|row| request.created(row.request_digest, || row.job(slug)));
    created.transpose()
}

/// What a request of a subject has created; `None` where it has created nothing.
///
/// # Errors
/// Fails with the database.
pub async fn requested_job(
    database: &Database,
    workspace: &Workspace,
    (subject, request): (&str, RequestId),
) -> Result<Option<Requested<Job>>, StoreError> {
    let key = Some((subject.to_owned(), request));
    let (id, slug) = (workspace.id, workspace.slug.clone());
    within(database, id, move |connection| {
        async move { requested(connection, id, key.as_ref(), &slug).await }.boxed()
    })
    .await
}

/// A job of a workspace; `None` where there is none of that id.
///
/// # Errors
/// Fails with the database.
pub async fn job(
    database: &Database,
    workspace: &Workspace,
    id: Uuid,
) -> Result<Option<Job>, StoreError> {
    let statement = select("stored.job_id = ?", workspace.id).bind::<SqlUuid, _>(id);
    one(database, workspace, statement).await
}

/// The file that a claim published, while its job says that it is there; `None` for what was never published, or is no more.
///
/// # Errors
/// Fails with the database.
pub async fn published(database: &Database, lease: Lease) -> Result<Option<File>, StoreError> {
    let condition = "stored.job_id = ? AND stored.fence = ? AND stored.state = 3";
    let statement = select(condition, lease.workspace)
        .bind::<SqlUuid, _>(lease.job)
        .bind::<BigInt, _>(i64::try_from(lease.fence).unwrap_or(i64::MAX));
    let row: Option<JobRow> = within(database, lease.workspace, move |connection| {
        statement.fetch_optional(connection).boxed()
    })
    .await?;
    // Nobody is shown whose scope it is.
    let job = row.map(|row| row.job("")).transpose()?;
    Ok(job.and_then(|job| job.file))
}

/// Gives a job up at `now` that is not over, and gives it as it stands then; `None` where it is over, or is not there. Whoever
/// has claimed it can write nothing to it any more.
///
/// # Errors
/// Fails with the database. Where the connection broke it may have been given up: asking again tells.
pub async fn cancel(
    database: &Database,
    workspace: &Workspace,
    id: Uuid,
    now: Timestamp,
) -> Result<Option<Job>, StoreError> {
    let columns = JobRow::COLUMNS.join(", stored.");
    let statement = Sql::new(format!(
        "UPDATE export.jobs AS stored SET state = ?, due_at = NULL, ended_at = ? \
         WHERE stored.workspace_id = ? AND stored.job_id = ? AND stored.state IN (1, 2) RETURNING stored.{columns}"
    ))
    .bind::<SmallInt, _>(JobState::Cancelled.code())
    .bind::<Timestamptz, _>(At(now))
    .bind::<Integer, _>(workspace.id.0)
    .bind::<SqlUuid, _>(id);
    one(database, workspace, statement).await
}

/// Removes a job, whatever its state, and gives it as it stood; `None` where it is not there. Whoever has claimed it can write
/// nothing to it any more, and its file is nobody's.
///
/// # Errors
/// Fails with the database. Where the connection broke it may have been removed: asking again tells.
pub async fn delete_job(
    database: &Database,
    workspace: &Workspace,
    id: Uuid,
) -> Result<Option<Job>, StoreError> {
    let columns = JobRow::COLUMNS.join(", stored.");
    let statement = Sql::new(format!(
        "DELETE FROM export.jobs AS stored WHERE stored.workspace_id = ? AND stored.job_id = ? RETURNING stored.{columns}"
    ))
    .bind::<Integer, _>(workspace.id.0)
    .bind::<SqlUuid, _>(id);
    one(database, workspace, statement).await
}

/// The job of a workspace that a statement gives.
async fn one(
    database: &Database,
    workspace: &Workspace,
    statement: Sql,
) -> Result<Option<Job>, StoreError> {
    let row: Option<JobRow> = within(database, workspace.id, move |connection| {
        statement.fetch_optional(connection).boxed()
    })
    .await?;
    row.map(|row| row.job(&workspace.slug)).transpose()
}

/// `SELECT` of the jobs of a workspace, with a further condition on `stored`.
pub(super) fn select(condition: &str, workspace: WorkspaceId) -> Sql {
    let select = JobRow::select();
    Sql::new(format!(
        "{select} WHERE stored.workspace_id = ? AND {condition}"
    ))
    .bind::<Integer, _>(workspace.0)
}

/// A count as a bind.
pub(super) fn at_most(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
