//! `schedules`: exports that are made again and again. Finding those that are due is in `due_schedules`.

use std::collections::BTreeSet;

use acuse_domain::ids::WorkspaceId;
use acuse_domain::scope::{Limit, Role, Scope};
use acuse_domain::time::Timestamp;
use diesel::sql_types::{
    BigInt, Binary, Bool, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::AsyncPgConnection;
use futures::FutureExt;
use serde_json::Value;
use uuid::Uuid;

use super::job::Asker;
use super::jobs::{at_most, stored};
use super::schedule::{NewSchedule, Schedule, ScheduleCreation};
use super::{Workspace, within};
use crate::error::StoreError;
use crate::pool::Database;
use crate::requested::{RequestId, Requested};
use crate::sql::{Rows, Sql, rows};
use crate::types::{At, uuid_of};

rows! {
    /// One schedule as stored.
    ScheduleRow in "export.schedules" {
        workspace_id: i32 => Integer,
        schedule_id: Uuid => SqlUuid,
        request_id: Option<Uuid> => Nullable<SqlUuid>,
        request_digest: Option<Uuid> => Nullable<SqlUuid>,
        owner: String => Text,
        role: String => Text,
        departments: Option<Value> => Nullable<Jsonb>,
        accounts: Option<Value> => Nullable<Jsonb>,
        agents: Option<Value> => Nullable<Jsonb>,
        name: String => Text,
        definition: Vec<u8> => Binary,
        is_paused: bool => Bool,
        next_due_at: Option<At> => Nullable<Timestamptz>,
        look_at: Option<At> => Nullable<Timestamptz>,
        revision: i64 => BigInt,
        created_at: At => Timestamptz,
        updated_at: At => Timestamptz,
    }
}

/// Sets the locks of workspaces in this file apart from whatever else is locked by number.
const LOCKS: i32 = 0x5363_6865;

impl NewSchedule {
    fn row(self, now: Timestamp) -> ScheduleRow {
        let Asker {
            subject,
            role,
            scope,
        } = self.owner;
        ScheduleRow {
            workspace_id: self.workspace.0,
            schedule_id: self.id,
            request_id: self.request_id.map(|request| request.id),
            request_digest: self.request_id.map(|request| uuid_of(request.digest)),
            owner: subject,
            role: role.as_str().to_owned(),
            departments: stored(&scope.departments),
            accounts: stored(&scope.accounts),
            agents: stored(&scope.agents),
            name: self.name,
            definition: self.definition,
            is_paused: false,
            next_due_at: self.next_due_at.map(At),
            look_at: self.next_due_at.map(At),
            revision: 1,
            created_at: At(now),
            updated_at: At(now),
        }
    }
}

impl ScheduleRow {
    /// The schedule, whose workspace callers know by `slug`.
    pub(super) fn schedule(self, slug: &str) -> Result<Schedule, StoreError> {
        let id = self.schedule_id;
        let corrupt = |column: &str| StoreError::Corrupt(format!("schedule {id}: {column}"));
        let limit = |column: &str, ids: Option<Value>| match ids {
            None => Ok(Limit::All),
            Some(ids) => serde_json::from_value::<BTreeSet<String>>(ids)
                .map(Limit::Only)
                .map_err(|_| corrupt(column)),
        };
        Ok(Schedule {
            id,
            workspace: WorkspaceId(self.workspace_id),
            owner: Asker {
                subject: self.owner,
                role: Role::parse(&self.role).ok_or_else(|| corrupt("role"))?,
                scope: Scope {
                    workspace: slug.to_owned(),
                    departments: limit("departments", self.departments)?,
                    accounts: limit("accounts", self.accounts)?,
                    agents: limit("agents", self.agents)?,
                },
            },
            name: self.name,
            definition: self.definition,
            is_paused: self.is_paused,
            next_due_at: self.next_due_at.map(|At(at)| at),
            revision: self.revision,
            created_at: self.created_at.0,
            updated_at: self.updated_at.0,
        })
    }
}

/// Creates a schedule, unless the same request of the same caller did so before, or its workspace has `most`.
///
/// # Errors
/// Fails with the database; nothing was stored.
pub async fn create_schedule(
    database: &Database,
    new: NewSchedule,
    most: usize,
    now: Timestamp,
) -> Result<ScheduleCreation, StoreError> {
    let (workspace, slug) = (new.workspace, new.owner.scope.workspace.clone());
    let request = new.request_id;
    let row = new.row(now);
    within(database, workspace, move |connection| {
        async move {
            lock(connection, workspace).await?;
            if let Some(request) = request {
                let before = asked_for_by(connection, workspace, (&row.owner, request), &slug);
                if let Some(before) = before.await? {
                    return Ok(before.into());
                }
            }
            let unless = "WHERE (SELECT count(*) FROM export.schedules AS held WHERE held.workspace_id = ?) < ?";
            let inserted = ScheduleRow::insert(std::slice::from_ref(&row), unless)
                .bind::<Integer, _>(workspace.0)
                .bind::<BigInt, _>(at_most(most))
                .run(connection)
                .await?;
            match inserted {
                0 => Ok(ScheduleCreation::TooMany),
                _ => Ok(ScheduleCreation::Created(row.schedule(&slug)?)),
            }
        }
        .boxed()
    })
    .await
}

impl From<Requested<Schedule>> for ScheduleCreation {
    fn from(before: Requested<Schedule>) -> Self {
        match before {
            Requested::Same(schedule) => Self::Repeated(schedule),
            Requested::Other => Self::Contradicted,
        }
    }
}

/// What a request of a subject has created; `None` where it has created nothing.
///
/// # Errors
/// Fails with the database.
pub async fn requested_schedule(
    database: &Database,
    workspace: &Workspace,
    (subject, request): (&str, RequestId),
) -> Result<Option<Requested<Schedule>>, StoreError> {
    let (id, slug, subject) = (workspace.id, workspace.slug.clone(), subject.to_owned());
    within(database, id, move |connection| {
        async move { asked_for_by(connection, id, (&subject, request), &slug).await }.boxed()
    })
    .await
}

async fn asked_for_by(
    connection: &AsyncPgConnection,
    workspace: WorkspaceId,
    (subject, request): (&str, RequestId),
    slug: &str,
) -> Result<Option<Requested<Schedule>>, StoreError> {
    let found: Option<ScheduleRow> =
        select("stored.owner = ? AND stored.request_id = ?", workspace)
            .bind::<Text, _>(subject.to_owned())
            .bind::<SqlUuid, _>(request.id)
            .fetch_optional(connection)
            .await?;
    let created = found.map(|row| request.created(row.request_digest, || row.schedule(slug)));
    created.transpose()
}

/// A schedule of a workspace; `None` where there is none of that id.
///
/// # Errors
/// Fails with the database.
pub async fn schedule(
    database: &Database,
    workspace: &Workspace,
    id: Uuid,
) -> Result<Option<Schedule>, StoreError> {
    let statement = select("stored.schedule_id = ?", workspace.id).bind::<SqlUuid, _>(id);
    Ok(found(database, workspace, statement).await?.pop())
}

/// Up to `limit` schedules of a workspace that were created before the one with the id `before`, newest first: those of
/// `subject`, and those whose owner saw nothing that `scope` does not show.
///
/// # Errors
/// Fails with the database.
pub async fn schedules(
    database: &Database,
    workspace: &Workspace,
    (subject, scope): (&str, &Scope),
    before: Option<Uuid>,
    limit: usize,
) -> Result<Vec<Schedule>, StoreError> {
    let limits = [
        ("departments", &scope.departments),
        ("accounts", &scope.accounts),
        ("agents", &scope.agents),
    ];
    // One without a limit is null here, and null is not contained in anything.
    let contained: String = limits
        .iter()
        .filter(|(_, limit)| **limit != Limit::All)
        .map(|(column, _)| format!(" AND stored.{column} <@ ?"))
        .collect();
    let condition = format!(
        "stored.schedule_id < ? AND (stored.owner = ? OR (true{contained})) \
         ORDER BY stored.schedule_id DESC LIMIT ?"
    );
    let mut statement = select(&condition, workspace.id)
        .bind::<SqlUuid, _>(before.unwrap_or(Uuid::max()))
        .bind::<Text, _>(subject.to_owned());
    for ids in limits.iter().filter_map(|(_, limit)| stored(limit)) {
        statement = statement.bind::<Jsonb, _>(ids);
    }
    let statement = statement.bind::<BigInt, _>(at_most(limit));
    found(database, workspace, statement).await
}

/// Writes a schedule as it is to be, unless it is of another revision by now; gives it as it stands then.
///
/// # Errors
/// Fails with the database; nothing was changed.
pub async fn update_schedule(
    database: &Database,
    wanted: Schedule,
    now: Timestamp,
) -> Result<Option<Schedule>, StoreError> {
    let scope = &wanted.owner.scope;
    let due = wanted.next_due_at.map(At);
    let statement = Sql::new(
        "UPDATE export.schedules SET role = ?, departments = ?, accounts = ?, agents = ?, name = ?, definition = ?, \
         is_paused = ?, next_due_at = ?, look_at = ?, revision = revision + 1, updated_at = ? \
         WHERE workspace_id = ? AND schedule_id = ? AND revision = ?",
    )
    .bind::<Text, _>(wanted.owner.role.as_str().to_owned())
    .bind::<Nullable<Jsonb>, _>(stored(&scope.departments))
    .bind::<Nullable<Jsonb>, _>(stored(&scope.accounts))
    .bind::<Nullable<Jsonb>, _>(stored(&scope.agents))
    .bind::<Text, _>(wanted.name.clone())
    .bind::<Binary, _>(wanted.definition.clone())
    .bind::<Bool, _>(wanted.is_paused)
    .bind::<Nullable<Timestamptz>, _>(due)
    .bind::<Nullable<Timestamptz>, _>(due)
    .bind::<Timestamptz, _>(At(now))
    .bind::<Integer, _>(wanted.workspace.0)
    .bind::<SqlUuid, _>(wanted.id)
    .bind::<BigInt, _>(wanted.revision);
    let updated = within(database, wanted.workspace, move |connection| {
        statement.run(connection).boxed()
    })
    .await?;
    Ok((updated > 0).then(|| Schedule {
        revision: wanted.revision + 1,
        updated_at: now,
        ..wanted
    }))
}

/// Deletes a schedule and its runs, unless it is of another revision by now; tells whether it did. Exports that it asked for
/// stay.
///
/// # Errors
/// Fails with the database; nothing was deleted.
pub async fn delete_schedule(
    database: &Database,
    workspace: WorkspaceId,
    id: Uuid,
    revision: i64,
) -> Result<bool, StoreError> {
    within(database, workspace, move |connection| {
        async move {
            let deleted = Sql::new(
                "DELETE FROM export.schedules WHERE workspace_id = ? AND schedule_id = ? AND revision = ?",
            )
            .bind::<Integer, _>(workspace.0)
            .bind::<SqlUuid, _>(id)
            .bind::<BigInt, _>(revision)
            .run(connection)
            .await?;
            if deleted == 0 {
                return Ok(false);
            }
            Sql::new("DELETE FROM export.schedule_runs WHERE workspace_id = ? AND schedule_id = ?")
                .bind::<Integer, _>(workspace.0)
                .bind::<SqlUuid, _>(id)
                .run(connection)
                .await?;
            Ok(true)
        }
        .boxed()
    })
    .await
}

/// Whether a schedule is there; until the transaction ends it cannot be deleted.
pub(super) async fn is_there(
    connection: &AsyncPgConnection,
    schedule: &Schedule,
) -> Result<bool, StoreError> {
    let found = Sql::new(
        "SELECT 1 FROM export.schedules WHERE workspace_id = ? AND schedule_id = ? FOR SHARE",
    )
    .bind::<Integer, _>(schedule.workspace.0)
    .bind::<SqlUuid, _>(schedule.id)
    .run(connection)
    .await?;
    Ok(found > 0)
}

/// `SELECT` of the schedules of a workspace, with a further condition on `stored`.
fn select(condition: &str, workspace: WorkspaceId) -> Sql {
    let select = ScheduleRow::select();
    Sql::new(format!(
        "{select} WHERE stored.workspace_id = ? AND {condition}"
    ))
    .bind::<Integer, _>(workspace.0)
}

async fn found(
    database: &Database,
    workspace: &Workspace,
    statement: Sql,
) -> Result<Vec<Schedule>, StoreError> {
    let rows: Vec<ScheduleRow> = within(database, workspace.id, move |connection| {
        statement.fetch(connection).boxed()
    })
    .await?;
    rows.into_iter()
        .map(|row| row.schedule(&workspace.slug))
        .collect()
}

/// Waits until nobody else creates schedules of the workspace, and keeps others waiting until the transaction ends.
async fn lock(connection: &AsyncPgConnection, workspace: WorkspaceId) -> Result<(), StoreError> {
    Sql::new("SELECT pg_advisory_xact_lock(?, ?)")
        .bind::<Integer, _>(LOCKS)
        .bind::<Integer, _>(workspace.0)
        .run(connection)
        .await?;
    Ok(())
}
