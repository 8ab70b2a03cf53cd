//! Which schedules are due: claimed by one replica at a time, and moved on with their runs.

use acuse_domain::time::Timestamp;
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Integer, Nullable, Timestamptz, Uuid as SqlUuid};
use diesel_async::AsyncPgConnection;
use futures::FutureExt;

use super::schedule::Schedule;
use super::schedules::ScheduleRow;
use super::{Workspace, WorkspaceRow, upkeep};
use crate::error::StoreError;
use crate::pool::Database;
use crate::sql::{Rows, Sql};
use crate::types::At;

/// Claims the schedule that is due longest at `now`, until `until`: nobody else is given it before. `None` where none is due.
///
/// # Errors
/// Fails with the database; nothing was claimed.
pub async fn claim_schedule(
    database: &Database,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<(Schedule, Workspace)>, StoreError> {
    let text = format!(
        "WITH due AS MATERIALIZED ( \
           SELECT workspace_id, schedule_id FROM export.schedules WHERE look_at <= ? \
           ORDER BY look_at LIMIT 1 FOR UPDATE SKIP LOCKED) \
         UPDATE export.schedules AS stored SET look_at = ? FROM due \
         WHERE stored.workspace_id = due.workspace_id AND stored.schedule_id = due.schedule_id RETURNING stored.{}",
        ScheduleRow::COLUMNS.join(", stored."),
    );
    let claiming = Sql::new(text)
        .bind::<Timestamptz, _>(At(now))
        .bind::<Timestamptz, _>(At(until));
    upkeep(database, move |connection| {
        async move {
            let claimed: Option<ScheduleRow> = claiming.fetch_optional(connection).await?;
            let Some(row) = claimed else {
                return Ok(None);
            };
            let workspace: Option<WorkspaceRow> = Sql::new(
                "SELECT workspace_id, slug, display_name, language, time_zone FROM message_state.workspaces WHERE workspace_id = ?",
            )
            .bind::<Integer, _>(row.workspace_id)
            .fetch_optional(connection)
            .await?;
            let Some(workspace) = workspace.map(Workspace::from) else {
                return Ok(None);
            };
            match row.schedule(&workspace.slug) {
                Ok(schedule) => Ok(Some((schedule, workspace))),
                // One schedule's trouble is not the others'; it rests until its claim ends.
                Err(error) => {
                    tracing::error!(%error, "a schedule cannot be read");
                    Ok(None)
                }
            }
        }
        .boxed()
    })
    .await
}

#[derive(QueryableByName)]
struct NextLook {
    #[diesel(sql_type = Nullable<Timestamptz>)]
    look_at: Option<At>,
}

/// When the next schedule is due; `None` where none is.
///
/// # Errors
/// Fails with the database.
pub async fn next_schedule(database: &Database) -> Result<Option<Timestamp>, StoreError> {
    let statement =
        Sql::new("SELECT min(look_at) AS look_at FROM export.schedules WHERE look_at IS NOT NULL");
    let found: Option<NextLook> = upkeep(database, move |connection| {
        statement.fetch_optional(connection).boxed()
    })
    .await?;
    Ok(found.and_then(|row| row.look_at).map(|At(at)| at))
}

/// Moves a claimed schedule on, unless somebody wrote to it, or had its runs, meanwhile; tells whether it did.
pub(super) async fn move_on(
    connection: &AsyncPgConnection,
    claimed: &Schedule,
    next: Option<Timestamp>,
) -> Result<bool, StoreError> {
    let touched = Sql::new(
        "UPDATE export.schedules SET next_due_at = ?, look_at = ? \
         WHERE workspace_id = ? AND schedule_id = ? AND revision = ? AND next_due_at = ?",
    )
    .bind::<Nullable<Timestamptz>, _>(next.map(At))
    .bind::<Nullable<Timestamptz>, _>(next.map(At))
    .bind::<Integer, _>(claimed.workspace.0)
    .bind::<SqlUuid, _>(claimed.id)
    .bind::<BigInt, _>(claimed.revision)
    .bind::<Nullable<Timestamptz>, _>(claimed.next_due_at.map(At))
    .run(connection)
    .await?;
    Ok(touched > 0)
}
