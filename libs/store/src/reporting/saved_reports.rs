//! `saved_reports`: reports to run again, each its owner's own or shared with the workspace.
//!
//! Whatever writes takes a lock of the workspace first, so that names and the number of reports are looked at once and hold.

use acuse_domain::ids::WorkspaceId;
use acuse_domain::time::Timestamp;
use diesel::QueryableByName;
use diesel::sql_types::{
    BigInt, Binary, Bool, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::AsyncPgConnection;
use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::Value;
use uuid::Uuid;

use super::saved_report::{Creation, NewSavedReport, SavedReport, Seen, Update};
use crate::error::StoreError;
use crate::pool::{Database, Role};
use crate::requested::{RequestId, Requested};
use crate::sql::{Rows, Sql, rows};
use crate::types::{At, uuid_of};

rows! {
    /// One saved report as stored.
    SavedReportRow in "reporting.saved_reports" {
        workspace_id: i32 => Integer,
        report_id: Uuid => SqlUuid,
        request_id: Option<Uuid> => Nullable<SqlUuid>,
        owner: String => Text,
        name: String => Text,
        is_shared: bool => Bool,
        kind: String => Text,
        request: Vec<u8> => Binary,
        revision: i64 => BigInt,
        created_at: At => Timestamptz,
        updated_at: At => Timestamptz,
        columns: Option<Value> => Nullable<Jsonb>,
        request_digest: Option<Uuid> => Nullable<SqlUuid>,
    }
}

/// Sets the locks of workspaces in this file apart from whatever else is locked by number.
const LOCKS: i32 = 0x5361_7665;

impl From<SavedReportRow> for SavedReport {
    fn from(row: SavedReportRow) -> Self {
        Self {
            id: row.report_id,
            owner: row.owner,
            name: row.name,
            is_shared: row.is_shared,
            kind: row.kind,
            request: row.request,
            columns: kept_columns(row.columns.as_ref()),
            revision: row.revision,
            created_at: row.created_at.0,
            updated_at: row.updated_at.0,
        }
    }
}

/// Columns as they are stored: nothing where there are none.
fn stored_columns(columns: &[String]) -> Option<Value> {
    (!columns.is_empty()).then(|| Value::from(columns))
}

/// Columns as they were stored.
fn kept_columns(stored: Option<&Value>) -> Vec<String> {
    let ids = stored.and_then(Value::as_array).into_iter().flatten();
    ids.filter_map(Value::as_str).map(str::to_owned).collect()
}

impl From<Requested<SavedReport>> for Creation {
    fn from(before: Requested<SavedReport>) -> Self {
        match before {
            Requested::Same(report) => Self::Repeated(report),
            Requested::Other => Self::Contradicted,
        }
    }
}

/// Saves a report, unless a request of the same owner with the same id did so before, its name is taken, or the workspace has
/// `most`.
///
/// # Errors
/// Fails with the database; nothing was stored.
pub async fn create_saved_report(
    database: &Database,
    workspace: WorkspaceId,
    new: NewSavedReport,
    most: i64,
    now: Timestamp,
) -> Result<Creation, StoreError> {
    let request = new.request_id;
    let row = SavedReportRow {
        workspace_id: workspace.0,
        report_id: new.id,
        request_id: request.map(|request| request.id),
        owner: new.owner,
        name: new.name,
        is_shared: new.is_shared,
        kind: new.kind,
        request: new.request,
        revision: 1,
        created_at: At(now),
        updated_at: At(now),
        columns: stored_columns(&new.columns),
        request_digest: request.map(|request| uuid_of(request.digest)),
    };
    within(database, workspace, move |connection| {
        async move {
            lock(connection, workspace).await?;
            if let Some(request) = request
                && let Some(before) =
                    requested(connection, workspace, (row.owner.as_str(), request)).await?
            {
                return Ok(before.into());
            }
            let like = (row.owner.as_str(), row.is_shared);
            if count(connection, workspace, like).await? >= most {
                return Ok(Creation::TooMany);
            }
            let named = (row.owner.as_str(), row.name.as_str(), row.is_shared);
            if is_taken(connection, workspace, named, row.report_id).await? {
                return Ok(Creation::NameTaken);
            }
            SavedReportRow::insert(std::slice::from_ref(&row), "")
                .run(connection)
                .await?;
            Ok(Creation::Created(row.into()))
        }
        .boxed()
    })
    .await
}

/// What a request of an owner has saved; `None` where it has saved nothing, or that is gone.
///
/// # Errors
/// Fails with the database.
pub async fn requested_saved_report(
    database: &Database,
    workspace: WorkspaceId,
    (owner, request): (&str, RequestId),
) -> Result<Option<Requested<SavedReport>>, StoreError> {
    let owner = owner.to_owned();
    within(database, workspace, move |connection| {
        async move { requested(connection, workspace, (owner.as_str(), request)).await }.boxed()
    })
    .await
}

/// A saved report; `None` where there is none of that id that is seen.
///
/// # Errors
/// Fails with the database.
pub async fn saved_report(
    database: &Database,
    seen: Seen<'_>,
    id: Uuid,
) -> Result<Option<SavedReport>, StoreError> {
    let statement = select(seen, " AND stored.report_id = ?").bind::<SqlUuid, _>(id);
    Ok(found(database, seen, statement).await?.pop())
}

/// A saved report by its name: one of the subject's own, else a shared one.
///
/// # Errors
/// Fails with the database.
pub async fn saved_report_called(
    database: &Database,
    seen: Seen<'_>,
    name: &str,
) -> Result<Option<SavedReport>, StoreError> {
    let statement = select(
        seen,
        " AND stored.name = ? ORDER BY stored.is_shared DESC LIMIT 2",
    )
    .bind::<Text, _>(name.to_owned());
    Ok(found(database, seen, statement).await?.pop())
}

/// Up to `limit` saved reports that were created before the one with the id `before`, newest first: the shared ones where
/// `shared` is true, the subject's own where it is false, all that are seen where it is absent.
///
/// # Errors
/// Fails with the database.
pub async fn saved_reports(
    database: &Database,
    seen: Seen<'_>,
    shared: Option<bool>,
    before: Option<Uuid>,
    limit: usize,
) -> Result<Vec<SavedReport>, StoreError> {
    let statement = select(
        seen,
        " AND stored.report_id < ? AND (? IS NULL OR stored.is_shared = ?) ORDER BY stored.report_id DESC LIMIT ?",
    )
    .bind::<SqlUuid, _>(before.unwrap_or(Uuid::max()))
    .bind::<Nullable<Bool>, _>(shared)
    .bind::<Nullable<Bool>, _>(shared)
    .bind::<BigInt, _>(i64::try_from(limit).unwrap_or(i64::MAX));
    found(database, seen, statement).await
}

/// Writes a report's name, whether it is shared, and what it asks, unless it is of another revision by now.
///
/// # Errors
/// Fails with the database; nothing was changed.
pub async fn update_saved_report(
    database: &Database,
    workspace: WorkspaceId,
    report: SavedReport,
    now: Timestamp,
) -> Result<Update, StoreError> {
    within(database, workspace, move |connection| {
        async move {
            lock(connection, workspace).await?;
            let named = (
                report.owner.as_str(),
                report.name.as_str(),
                report.is_shared,
            );
            if is_taken(connection, workspace, named, report.id).await? {
                return Ok(Update::NameTaken);
            }
            let updated = Sql::new(
                "UPDATE reporting.saved_reports SET name = ?, is_shared = ?, kind = ?, request = ?, columns = ?, \
                 revision = revision + 1, updated_at = ? WHERE workspace_id = ? AND report_id = ? AND revision = ?",
            )
            .bind::<Text, _>(report.name.clone())
            .bind::<Bool, _>(report.is_shared)
            .bind::<Text, _>(report.kind.clone())
            .bind::<Binary, _>(report.request.clone())
            .bind::<Nullable<Jsonb>, _>(stored_columns(&report.columns))
            .bind::<Timestamptz, _>(At(now))
            .bind::<Integer, _>(workspace.0)
            .bind::<SqlUuid, _>(report.id)
            .bind::<BigInt, _>(report.revision)
            .run(connection)
            .await?;
            Ok(match updated {
                0 => Update::Outdated,
                _ => Update::Updated(SavedReport {
                    revision: report.revision + 1,
                    updated_at: now,
                    ..report
                }),
            })
        }
        .boxed()
    })
    .await
}

/// Deletes a report, unless it is of another revision by now; tells whether it did.
///
/// # Errors
/// Fails with the database; nothing was deleted.
pub async fn delete_saved_report(
    database: &Database,
    workspace: WorkspaceId,
    id: Uuid,
    revision: i64,
) -> Result<bool, StoreError> {
    within(database, workspace, move |connection| {
        async move {
            let deleted = Sql::new(
                "DELETE FROM reporting.saved_reports WHERE workspace_id = ? AND report_id = ? AND revision = ?",
            )
            .bind::<Integer, _>(workspace.0)
            .bind::<SqlUuid, _>(id)
            .bind::<BigInt, _>(revision)
            .run(connection)
            .await?;
            Ok(deleted > 0)
        }
        .boxed()
    })
    .await
}

/// Runs `work` in one transaction that sees the reports of one workspace.
async fn within<T, F>(database: &Database, workspace: WorkspaceId, work: F) -> Result<T, StoreError>
where
    T: Send,
    F: for<'c> FnOnce(&'c AsyncPgConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send,
{
    let seen = Some(workspace);
    database.transaction(Role::Reporting, seen, work).await
}

/// `SELECT` of the reports that are seen, with a further condition on `stored`.
fn select(seen: Seen<'_>, condition: &str) -> Sql {
    let select = SavedReportRow::select();
    Sql::new(format!(
        "{select} WHERE stored.workspace_id = ? AND (stored.is_shared OR stored.owner = ?){condition}"
    ))
    .bind::<Integer, _>(seen.workspace.0)
    .bind::<Text, _>(seen.subject.to_owned())
}

async fn found(
    database: &Database,
    seen: Seen<'_>,
    statement: Sql,
) -> Result<Vec<SavedReport>, StoreError> {
    let rows: Vec<SavedReportRow> = within(database, seen.workspace, move |connection| {
        statement.fetch(connection).boxed()
    })
    .await?;
    Ok(rows.into_iter().map(SavedReport::from).collect())
}

/// Waits until nobody else writes reports of the workspace, and keeps others waiting until the transaction ends.
async fn lock(connection: &AsyncPgConnection, workspace: WorkspaceId) -> Result<(), StoreError> {
    Sql::new("SELECT pg_advisory_xact_lock(?, ?)")
        .bind::<Integer, _>(LOCKS)
        .bind::<Integer, _>(workspace.0)
        .run(connection)
        .await?;
    Ok(())
}

/// What a request of an owner has saved.
async fn requested(
    connection: &AsyncPgConnection,
    workspace: WorkspaceId,
    (owner, request): (&str, RequestId),
) -> Result<Option<Requested<SavedReport>>, StoreError> {
    let select = SavedReportRow::select();
    let found: Option<SavedReportRow> = Sql::new(format!(
        "{select} WHERE stored.workspace_id = ? AND stored.owner = ? AND stored.request_id = ?"
    ))
    .bind::<Integer, _>(workspace.0)
    .bind::<Text, _>(owner.to_owned())
    .bind::<SqlUuid, _>(request.id)
    .fetch_optional(connection)
    .await?;
    let created = found.map(|row| request.created(row.request_digest, || Ok(row.into())));
    created.transpose()
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = BigInt)]
    counted: i64,
}

/// How many reports there are that are shared, or an owner's own.
async fn count(
    connection: &AsyncPgConnection,
    workspace: WorkspaceId,
    (owner, is_shared): (&str, bool),
) -> Result<i64, StoreError> {
    let counted: Option<Counted> = Sql::new(
        "SELECT count(*) AS counted FROM reporting.saved_reports WHERE workspace_id = ? \
         AND is_shared = ? AND (is_shared OR owner = ?)",
    )
    .bind::<Integer, _>(workspace.0)
    .bind::<Bool, _>(is_shared)
    .bind::<Text, _>(owner.to_owned())
    .fetch_optional(connection)
    .await?;
    Ok(counted.map_or(0, |row| row.counted))
}

/// Whether another report than the one with the id `except` has that name, among its owner's own or among the shared ones.
async fn is_taken(
    connection: &AsyncPgConnection,
    workspace: WorkspaceId,
    (owner, name, is_shared): (&str, &str, bool),
    except: Uuid,
) -> Result<bool, StoreError> {
    let counted: Option<Counted> = Sql::new(
        "SELECT count(*) AS counted FROM reporting.saved_reports WHERE workspace_id = ? AND name = ? \
         AND report_id <> ? AND is_shared = ? AND (is_shared OR owner = ?)",
    )
    .bind::<Integer, _>(workspace.0)
    .bind::<Text, _>(name.to_owned())
    .bind::<SqlUuid, _>(except)
    .bind::<Bool, _>(is_shared)
    .bind::<Text, _>(owner.to_owned())
    .fetch_optional(connection)
    .await?;
    Ok(counted.is_some_and(|row| row.counted > 0))
}
