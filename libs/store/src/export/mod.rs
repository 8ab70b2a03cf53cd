//! The schema `export`: which files were asked for, who works on them, and what became of them.
//!
//! What a caller asks for runs in a transaction that sees their workspace alone; claiming and cleaning up see all.

mod claims;
mod due_schedules;
mod history;
mod job;
mod jobs;
mod notification;
mod notifications;
mod owner;
mod schedule;
mod schedule_runs;
mod schedules;
mod upkeep;

use acuse_domain::ids::WorkspaceId;
use diesel::QueryableByName;
use diesel::sql_types::{Integer, Text};
use diesel_async::AsyncPgConnection;
use futures::FutureExt;
use futures::future::BoxFuture;

use crate::error::StoreError;
use crate::pool::{Database, Role};
use crate::sql::Sql;

pub use claims::{Lease, Progress, claim, ended, fail, hand_back, holds, postpone, renew, succeed};
pub use due_schedules::{claim_schedule, next_schedule};
pub use history::jobs;
pub use job::{Asker, Creation, Failure, File, Job, JobState, NewJob, Wanted};
pub use jobs::{cancel, create_job, delete_job, job, published, requested_job};
pub use notification::{Notification, NotificationKind, Recipient, WhichNotifications};
pub use notifications::{
    NotificationPage, clear, expire_notifications, last_told, mark_read, notifications,
    notifications_after,
};
pub use owner::{Membership, membership};
pub use schedule::{
    NewRun, NewSchedule, Outcome, Run, RunCreation, RunState, Schedule, ScheduleCreation, Settled,
};
pub use schedule_runs::{create_run, forget_runs, requested_run, runs, settle_schedule};
pub use schedules::{
    create_schedule, delete_schedule, requested_schedule, schedule, schedules, update_schedule,
};
pub use upkeep::{FileKey, OpenJobs, expire, in_use, open_jobs};

/// A workspace, as far as exports need to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    /// Its number.
    pub id: WorkspaceId,
    /// The name that callers know.
    pub slug: String,
    /// What people call it; empty where nobody has said.
    pub display_name: String,
    /// Language of its exports: `es`, `en` or `pt`.
    pub language: String,
    /// Name of its time zone.
    pub time_zone: String,
}

#[derive(QueryableByName)]
struct WorkspaceRow {
    #[diesel(sql_type = Integer)]
    workspace_id: i32,
    #[diesel(sql_type = Text)]
    slug: String,
    #[diesel(sql_type = Text)]
    display_name: String,
    #[diesel(sql_type = Text)]
    language: String,
    #[diesel(sql_type = Text)]
    time_zone: String,
}

impl From<WorkspaceRow> for Workspace {
    fn from(row: WorkspaceRow) -> Self {
        Self {
            id: WorkspaceId(row.workspace_id),
            slug: row.slug,
            display_name: row.display_name,
            language: row.language,
            time_zone: row.time_zone,
        }
    }
}

/// The workspace of that slug; `None` where there is none.
///
/// # Errors
/// Fails with the database.
pub async fn workspace(database: &Database, slug: &str) -> Result<Option<Workspace>, StoreError> {
    let statement = Sql::new(
        "SELECT workspace_id, slug, display_name, language, time_zone FROM message_state.workspaces WHERE slug = ?",
    )
    .bind::<Text, _>(slug.to_owned());
    let mut rows: Vec<WorkspaceRow> = upkeep(database, move |connection| {
        statement.fetch(connection).boxed()
    })
    .await?;
    Ok(rows.pop().map(Workspace::from))
}

/// Runs `work` in one transaction that sees the jobs of one workspace.
async fn within<T, F>(database: &Database, workspace: WorkspaceId, work: F) -> Result<T, StoreError>
where
    T: Send,
    F: for<'c> FnOnce(&'c AsyncPgConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send,
{
    let seen = Some(workspace);
    database.transaction(Role::Export, seen, work).await
}

/// Runs `work` in one transaction that sees the jobs of all workspaces.
async fn upkeep<T, F>(database: &Database, work: F) -> Result<T, StoreError>
where
    T: Send,
    F: for<'c> FnOnce(&'c AsyncPgConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send,
{
    let role = Role::ExportUpkeep;
    database.transaction(role, None, work).await
}
