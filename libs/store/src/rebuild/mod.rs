//! Rebuild: rollups made anew from the messages, while they are written to and read.
//!
//! The new ones grow in the set of tables that is not in use. Messages are counted page by page, each page as of some change;
//! whatever changed later is added from the log afterwards, until it is all there. Then one short transaction puts the new
//! set in the place of the old one. Until then reports read the old set, by the days of the zone that it was cut by, and
//! afterwards the new one: each transaction says which is in use. How far a rebuild is stands in tables, so that whoever comes
//! next goes on with it, and any number may try.

mod catch_up;
mod count;

use acuse_domain::calendar::Zone;
use acuse_domain::ids::WorkspaceId;
use acuse_domain::time::Timestamp;
use diesel::QueryableByName;
use diesel::sql_types::Integer;
use diesel_async::AsyncPgConnection;
use futures::FutureExt;
use uuid::Uuid;

use catch_up::catch_up;
use count::{clear, count};

use crate::error::StoreError;
use crate::message_state::heads::{self, HeadRow};
use crate::message_state::inbound_messages::InboundRow;
use crate::message_state::messages::MessageRow;
use crate::message_state::rebuilds::RebuildRow;
use crate::message_state::workspaces::{self, Workspace, WorkspaceRow};
use crate::pool::{Database, Role};
use crate::sql::{Rows, Sql};
use crate::types::At;

/// Messages counted, or changes added, in one transaction.
const PAGE: i64 = 5_000;

/// What a rebuild is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Emptying the tables in which the new rollups are to be.
    Clearing,
    /// Counting outbound messages.
    Outbound,
    /// Counting inbound messages.
    Inbound,
    /// Adding what changed since a message was counted; at the end the new rollups are put to use.
    CatchingUp,
    /// Emptying the tables that were in use.
    Tidying,
}

impl Phase {
    const ALL: [Self; 5] = [
        Self::Clearing,
        Self::Outbound,
        Self::Inbound,
        Self::CatchingUp,
        Self::Tidying,
    ];

    fn code(self) -> i16 {
        self as i16
    }

    fn from_code(code: i16) -> Result<Self, StoreError> {
        let mut all = Self::ALL.into_iter();
        let found = all.find(|phase| phase.code() == code);
        found.ok_or_else(|| StoreError::Corrupt(format!("a rebuild in the unknown phase {code}")))
    }
}

/// A rebuild under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebuild {
    /// Of which workspace.
    pub workspace: WorkspaceId,
    /// Why, in words.
    pub reason: String,
    /// IANA name of the zone whose days the new facets are cut by.
    pub zone: String,
    /// What it is about.
    pub phase: Phase,
    /// Messages counted so far.
    pub messages: i64,
    /// When it was asked for.
    pub begun_at: Timestamp,
    /// When it went on last.
    pub updated_at: Timestamp,
}

/// What one step came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// There is more to do.
    More,
    /// Somebody else is at it.
    Busy,
    /// No rebuild is under way, or none any more.
    Done,
}

/// Begins to rebuild a workspace's rollups, unless that is under way. Tells whether it was begun.
///
/// # Errors
/// Fails with the database.
pub async fn begin(
    database: &Database,
    workspace: WorkspaceId,
    reason: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let reason = reason.to_owned();
    database
        .transaction(Role::Writer, None, move |connection| {
            async move {
                // Under the lock under which retention asks whether there is one.
                let head = lock_head(connection, workspace).await?;
                let settings = settings(connection, workspace).await?;
                let (Some(head), Some(settings)) = (head, settings) else {
                    return Ok(false);
                };
                let row = RebuildRow {
                    workspace_id: workspace.0,
                    reason,
                    zone: settings.time_zone,
                    target_set: settings.rollups.other().code(),
                    phase: Phase::Clearing.code(),
                    after_id: Uuid::nil(),
                    sequence: head.last_sequence,
                    messages: 0,
                    begun_at: At(now),
                    updated_at: At(now),
                };
                let made = RebuildRow::insert([row], "ON CONFLICT DO NOTHING");
                Ok(made.run(connection).await? > 0)
            }
            .boxed()
        })
        .await
}

/// The rebuild of a workspace, if one is under way.
///
/// # Errors
/// Fails with the database.
pub async fn find(
    database: &Database,
    workspace: WorkspaceId,
) -> Result<Option<Rebuild>, StoreError> {
    let row = database
        .transaction(Role::Snapshot, None, move |connection| {
            async move { stored(connection, workspace, "").await }.boxed()
        })
        .await?;
    row.map(Rebuild::try_from).transpose()
}

/// The workspaces whose rollups are being rebuilt, or have to be because their zone changed.
///
/// # Errors
/// Fails with the database.
pub async fn due(database: &Database) -> Result<Vec<WorkspaceId>, StoreError> {
    #[derive(QueryableByName)]
    struct Due {
        #[diesel(sql_type = Integer)]
        workspace_id: i32,
    }
    let due: Vec<Due> = database
        .transaction(Role::Snapshot, None, |connection| {
            Sql::new(
                "SELECT workspace_id FROM message_state.rollup_rebuilds \
                 UNION SELECT workspace_id FROM message_state.workspaces WHERE facet_zone IS NOT NULL ORDER BY 1",
            )
            .fetch(connection)
            .boxed()
        })
        .await?;
    let due = due.into_iter().map(|due| WorkspaceId(due.workspace_id));
    Ok(due.collect())
}

/// Takes a rebuild one step further, which takes a moment.
///
/// # Errors
/// Fails with the database; the steps before stay done.
pub async fn step(
    database: &Database,
    workspace: WorkspaceId,
    now: Timestamp,
) -> Result<Step, StoreError> {
    let Some(rebuild) = find(database, workspace).await? else {
        return Ok(Step::Done);
    };
    match rebuild.phase {
        Phase::Outbound => count::<MessageRow>(database, workspace, Phase::Inbound, now).await,
        Phase::Inbound => count::<InboundRow>(database, workspace, Phase::CatchingUp, now).await,
        Phase::Clearing | Phase::CatchingUp | Phase::Tidying => {
            database
                .transaction(Role::Writer, None, move |connection| {
                    async move {
                        match rebuild.phase {
                            Phase::CatchingUp => catch_up(connection, workspace, now).await,
                            phase => clear(connection, workspace, phase, now).await,
                        }
                    }
                    .boxed()
                })
                .await
        }
    }
}

/// The rebuild, locked, where it is in that phase and nobody else is at it.
async fn locked(
    connection: &AsyncPgConnection,
    workspace: WorkspaceId,
    phase: Phase,
) -> Result<Option<RebuildRow>, StoreError> {
    let row = stored(connection, workspace, " FOR UPDATE SKIP LOCKED").await?;
    Ok(row.filter(|row| row.phase == phase.code()))
}

async fn stored(
    connection: &AsyncPgConnection,
    workspace: WorkspaceId,
    lock: &str,
) -> Result<Option<RebuildRow>, StoreError> {
    Sql::new(RebuildRow::select() + " WHERE stored.workspace_id = ?" + lock)
        .bind::<Integer, _>(workspace.0)
        .fetch_optional(connection)
        .await
}

async fn keep(
    connection: &AsyncPgConnection,
    mut row: RebuildRow,
    now: Timestamp,
) -> Result<(), StoreError> {
    row.updated_at = At(now);
    RebuildRow::update([row], &["workspace_id"])
        .run(connection)
        .await?;
    Ok(())
}

pub(crate) async fn lock_head(
    connection: &AsyncPgConnection,
    workspace: WorkspaceId,
) -> Result<Option<HeadRow>, StoreError> {
    heads::lock(vec![workspace.0])
        .fetch_optional(connection)
        .await
}

pub(crate) async fn settings(
    connection: &AsyncPgConnection,
    workspace: WorkspaceId,
) -> Result<Option<Workspace>, StoreError> {
    let row: Option<WorkspaceRow> = workspaces::by_id(vec![workspace.0])
        .fetch_optional(connection)
        .await?;
    row.map(Workspace::try_from).transpose()
}

/// A zone by its name. One that the build does not know (they are checked when set) counts as UTC.
fn zone(name: &str) -> Zone {
    name.parse().unwrap_or(Zone::UTC)
}

impl TryFrom<RebuildRow> for Rebuild {
    type Error = StoreError;

    fn try_from(row: RebuildRow) -> Result<Self, StoreError> {
        Ok(Self {
            workspace: WorkspaceId(row.workspace_id),
            phase: Phase::from_code(row.phase)?,
            reason: row.reason,
            zone: row.zone,
            messages: row.messages,
            begun_at: row.begun_at.0,
            updated_at: row.updated_at.0,
        })
    }
}
