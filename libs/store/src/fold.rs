//! Fold: adding what commits changed to the rollups, in large batches.
//!
//! Commits only append to `changes`. A folder adds runs of them to the rollups, and moves the position up to which a
//! workspace is folded, in one transaction. Reports add the changes after that position themselves, so that nobody sees
//! a message without its counts, however far the folding is behind.

use std::time::Duration;

use acuse_domain::rollup::{Clock, Deltas};
use acuse_domain::time::Timestamp;
use acuse_telemetry::metrics::catalog::FOLDED;
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Integer, Timestamptz};
use diesel_async::AsyncPgConnection;
use futures::FutureExt;
use tracing::Instrument as _;
use tracing::field::Empty;

use crate::error::StoreError;
use crate::message_state::changes::{self, ChangeRow};
use crate::message_state::rollups;
use crate::message_state::workspaces::{self, Workspace, WorkspaceRow};
use crate::pool::{Database, Plans, Role};
use crate::sql::{Rows, Sql};
use crate::types::At;

/// Changes added at once.
const RUN: i64 = 10_000;
/// A run that took this many may have left some.
const FULL: usize = RUN as usize;

/// Changes trimmed at once.
const TRIM: i64 = 20_000;

/// Folds the changes of all workspaces. Any number of folders may run: each workspace is folded by one at a time.
#[derive(Debug, Clone)]
pub struct Folder {
    database: Database,
}

/// What one run of each workspace did.
#[derive(Debug, Default)]
struct Pass {
    folded: usize,
    /// Whether a run was full, so that more was behind than it took.
    left_some: bool,
}

/// How many changes are not folded into the rollups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, QueryableByName)]
pub struct Unfolded {
    /// Of all workspaces.
    #[diesel(sql_type = BigInt)]
    pub changes: i64,
    /// Of the workspace that has most.
    #[diesel(sql_type = BigInt)]
    pub most: i64,
}

#[derive(QueryableByName)]
struct Behind {
    #[diesel(sql_type = Integer)]
    workspace_id: i32,
}

#[derive(QueryableByName)]
struct Position {
    #[diesel(sql_type = BigInt)]
    folded_sequence: i64,
}

impl Folder {
    /// A folder for `database`.
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// Folds one run of every workspace that is behind; gives how many changes were added. 0 means that nothing is
    /// behind, or that others are at it.
    ///
    /// # Errors
    /// Fails with the database; runs added before stay added.
    pub async fn fold_once(&self) -> Result<usize, StoreError> {
        Ok(self.pass(1).await?.folded)
    }

    /// Folds one run of every workspace that is `least` changes behind.
    async fn pass(&self, least: i64) -> Result<Pass, StoreError> {
        let behind: Vec<Behind> = self
            .database
            .transaction(Role::Snapshot, None, move |connection| {
                Sql::new(
                    "SELECT heads.workspace_id FROM message_state.workspace_heads AS heads \
                     JOIN message_state.fold_positions AS positions USING (workspace_id) \
                     WHERE heads.last_sequence - positions.folded_sequence >= ? ORDER BY heads.workspace_id",
                )
                .bind::<BigInt, _>(least)
                .fetch(connection)
                .boxed()
            })
            .await?;
        let mut pass = Pass::default();
        let mut failure = None;
        for workspace in behind {
            let id = workspace.workspace_id;
            let span =
                tracing::info_span!(parent: None, "fold", workspace_id = id, changes = Empty);
            let run = self
                .database
                .transaction(Role::Writer, None, move |connection| {
                    fold(connection, workspace).boxed()
                })
                .instrument(span.clone())
                .await;
            match run {
                Ok(added) => {
                    span.record("changes", i64::try_from(added).unwrap_or(i64::MAX));
                    FOLDED.add(added as u64, []);
                    pass.folded += added;
                    pass.left_some |= added >= FULL;
                }
                Err(error @ StoreError::Unavailable(_)) => return Err(error),
                // One workspace's trouble is not the others'.
                Err(error) => {
                    tracing::error!(workspace = id, %error, "a workspace cannot be folded");
                    failure = Some(error);
                }
            }
        }
        match failure {
            Some(error) if pass.folded == 0 => Err(error),
            _ => Ok(pass),
        }
    }

    /// How much is not folded.
    ///
    /// # Errors
    /// Fails with the database.
    pub async fn unfolded(&self) -> Result<Unfolded, StoreError> {
        self.database
            .transaction(Role::Snapshot, None, move |connection| {
                Sql::new(
                    "SELECT coalesce(sum(behind), 0)::int8 AS changes, coalesce(max(behind), 0) AS most FROM ( \
                       SELECT heads.last_sequence - positions.folded_sequence AS behind \
                       FROM message_state.workspace_heads AS heads \
                       JOIN message_state.fold_positions AS positions USING (workspace_id)) AS behind",
                )
                .fetch_optional(connection)
                .map(|found| found.map(Option::unwrap_or_default))
                .boxed()
            })
            .await
    }

    /// Folds everything that was behind when it began; gives how many changes were added. What is committed meanwhile is
    /// left to the next time: to go after each commit would be many small runs, which cost several times what a large one
    /// does.
    ///
    /// # Errors
    /// Fails with the database.
    pub async fn fold_all(&self) -> Result<usize, StoreError> {
        self.fold_from(1).await
    }

    /// Folds run after run of workspaces while they are at least `least` changes behind; else as [`Folder::fold_all`].
    ///
    /// # Errors
    /// Fails with the database.
    pub async fn fold_from(&self, least: i64) -> Result<usize, StoreError> {
        let mut folded = 0;
        loop {
            let pass = self.pass(least).await?;
            folded += pass.folded;
            if !pass.left_some {
                return Ok(folded);
            }
        }
    }

    /// Drops folded changes that were committed more than `keep` before `now`: those who follow the changes must be
    /// done with them by then. The newest stays, because it tells as of when a report is. Gives how many were dropped;
    /// there may be more.
    ///
    /// # Errors
    /// Fails with the database.
    pub async fn trim(&self, now: Timestamp, keep: Duration) -> Result<usize, StoreError> {
        let before = At(now - keep);
        self.database
            .transaction(Role::Writer, None, move |connection| {
                Sql::new(
                    "DELETE FROM message_state.changes AS stored USING ( \
                       SELECT old.workspace_id, old.sequence FROM message_state.fold_positions AS positions \
                       LEFT JOIN message_state.rollup_rebuilds AS rebuilds \
                         ON rebuilds.workspace_id = positions.workspace_id \
                       CROSS JOIN LATERAL (SELECT workspace_id, sequence, committed_at FROM message_state.changes \
                         WHERE changes.workspace_id = positions.workspace_id \
                           AND changes.sequence < positions.folded_sequence \
                           AND (rebuilds.sequence IS NULL OR changes.sequence <= rebuilds.sequence) \
                         ORDER BY workspace_id, sequence LIMIT ?) AS old \
                       WHERE old.committed_at < ?) AS old \
                     WHERE stored.workspace_id = old.workspace_id AND stored.sequence = old.sequence",
                )
                .bind::<BigInt, _>(TRIM)
                .bind::<Timestamptz, _>(before)
                .run(connection)
                .boxed()
            })
            .await
    }
}

async fn fold(connection: &AsyncPgConnection, behind: Behind) -> Result<usize, StoreError> {
    let position: Option<Position> = Sql::new(
        "SELECT folded_sequence FROM message_state.fold_positions WHERE workspace_id = ? FOR UPDATE SKIP LOCKED",
    )
    .bind::<Integer, _>(behind.workspace_id)
    .fetch_optional(connection)
    .await?;
    let Some(Position { folded_sequence }) = position else {
        return Ok(0);
    };
    let run: Vec<ChangeRow> = Sql::new(
        ChangeRow::select()
            + " WHERE stored.workspace_id = ? AND stored.sequence > ? ORDER BY stored.sequence LIMIT ?",
    )
    .bind::<Integer, _>(behind.workspace_id)
    .bind::<BigInt, _>(folded_sequence)
    .bind::<BigInt, _>(RUN)
    .fetch(connection)
    .await?;
    let Some(last) = run.last().map(|change| change.sequence) else {
        return Ok(0);
    };
    // Asked for under the lock: which rollups are in use changes under it as well.
    let settings = workspaces::by_id(vec![behind.workspace_id]);
    let settings: Option<WorkspaceRow> = settings.fetch_optional(connection).await?;
    let Some(workspace) = settings.map(Workspace::try_from).transpose()? else {
        return Ok(0);
    };
    let mut clock = Clock::new(workspace.id, workspace.facet_zone());
    let mut deltas = Deltas::default();
    for change in &run {
        add(&mut deltas, &mut clock, change, 1)?;
    }
    deltas.retain_nonzero();
    Plans::Kept.begin(connection).await?;
    rollups::add(connection, workspace.rollups, &deltas).await?;
    Sql::new("UPDATE message_state.fold_positions SET folded_sequence = ? WHERE workspace_id = ?")
        .bind::<BigInt, _>(last)
        .bind::<Integer, _>(behind.workspace_id)
        .run(connection)
        .await?;
    Ok(run.len())
}

/// Adds what a change changed, `times` over; `-1` takes it back.
pub(crate) fn add(
    deltas: &mut Deltas,
    clock: &mut Clock,
    change: &ChangeRow,
    times: i64,
) -> Result<(), StoreError> {
    if let Some(before) = changes::decode(change.before.as_deref())? {
        deltas.add(clock, &before, -times);
    }
    if let Some(after) = changes::decode(change.after.as_deref())? {
        deltas.add(clock, &after, times);
    }
    Ok(())
}
