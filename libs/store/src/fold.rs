//! Fold: adding what commits changed to the rollups, in large batches.
//!
//! Commits only append to `changes`. A folder adds runs of them to the rollups, and moves the positions up to which their
//! workspaces are folded, in one transaction. Reports add the changes after that position themselves, so that nobody sees
//! a message without its counts, however far the folding is behind.

mod groups;

use std::collections::{HashMap, HashSet};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use acuse_domain::rollup::{Clock, Deltas};
use acuse_domain::time::Timestamp;
use acuse_telemetry::metrics::catalog::FOLDED;
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Integer, Timestamptz};
use diesel_async::AsyncPgConnection;
use futures::future::try_join_all;
use futures::{FutureExt, StreamExt as _, stream, try_join};
use tracing::Instrument as _;
use tracing::field::Empty;

use self::groups::{Behind, shared_out};
use crate::error::StoreError;
use crate::message_state::changes::{self, ChangeRow};
use crate::message_state::rollup_set::RollupSet;
use crate::message_state::rollups;
use crate::message_state::workspaces::{self, Workspace, WorkspaceRow};
use crate::pool::{Database, Plans, Role};
use crate::sql::{Rows, Sql};
use crate::types::At;

/// Changes added at once.
const RUN: i64 = 10_000;
/// A run of one workspace that took this many may have left some.
const FULL: usize = RUN as usize;

/// Transactions that a folder has under way at once, each on a connection of its own: Postgres works on each with one
/// processor, and rests while what it read is added up.
pub const AT_ONCE: usize = 2;

/// Changes trimmed at once.
const TRIM: i64 = 20_000;

/// Folds the changes of all workspaces. Any number of folders may run: each workspace is folded by one at a time.
#[derive(Debug, Clone)]
pub struct Folder {
    database: Database,
    /// Workspaces that could not be folded when this folder last tried.
    failing: Arc<Mutex<HashSet<i32>>>,
}

/// What one run of each workspace did.
#[derive(Debug, Default, Clone, Copy)]
struct Pass {
    folded: usize,
    /// Whether a run was full, so that more was behind than it took.
    left_some: bool,
}

impl Pass {
    fn add(&mut self, other: Self) {
        self.folded += other.folded;
        self.left_some |= other.left_some;
    }
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

#[derive(Clone, Copy, QueryableByName)]
struct Position {
    #[diesel(sql_type = BigInt)]
    folded_sequence: i64,
}

impl Folder {
    /// A folder for `database`.
    pub fn new(database: Database) -> Self {
        Self {
            database,
            failing: Arc::default(),
        }
    }

    fn failing(&self) -> MutexGuard<'_, HashSet<i32>> {
        // It is whole whatever who held it was about.
        self.failing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Folds one run of every workspace that is `least` changes behind.
    async fn pass(&self, least: i64) -> Result<Pass, StoreError> {
        let behind: Vec<Behind> = self
            .database
            .transaction(Role::Snapshot, None, move |connection| {
                Sql::new(
                    "SELECT heads.workspace_id, heads.last_sequence - positions.folded_sequence AS changes \
                     FROM message_state.workspace_heads AS heads \
                     JOIN message_state.fold_positions AS positions USING (workspace_id) \
                     WHERE heads.last_sequence - positions.folded_sequence >= ? ORDER BY heads.workspace_id",
                )
                .bind::<BigInt, _>(least)
                .fetch(connection)
                .boxed()
            })
            .await?;
        let groups = shared_out(&behind, &self.failing());
        let runs = stream::iter(groups).map(|workspaces| self.run_each(workspaces));
        let mut runs = pin!(runs.buffer_unordered(AT_ONCE));
        let mut pass = Pass::default();
        let mut failure = None;
        while let Some((done, failed)) = runs.next().await {
            pass.add(done);
            match failed {
                Some(error @ StoreError::Unavailable(_)) => return Err(error),
                Some(error) => failure = Some(error),
                None => {}
            }
        }
        match failure {
            Some(error) if pass.folded == 0 => Err(error),
            _ => Ok(pass),
        }
    }

    /// Folds one run of each workspace, all in one transaction; where that fails, each in its own, since one workspace's
    /// trouble is not the others', and which of them it was is kept in mind. Gives what was folded, and the last failure.
    async fn run_each(&self, workspaces: Vec<Behind>) -> (Pass, Option<StoreError>) {
        if workspaces.len() > 1 {
            match self.run(workspaces.clone()).await {
                Ok(pass) => return (pass, None),
                Err(error @ StoreError::Unavailable(_)) => return (Pass::default(), Some(error)),
                Err(error) => tracing::debug!(%error, "workspaces are folded one by one"),
            }
        }
        let (mut pass, mut failure) = (Pass::default(), None);
        for workspace in workspaces {
            let id = workspace.workspace_id;
            match self.run(vec![workspace]).await {
                Ok(done) => {
                    // Nothing was tried while another has it.
                    if done.folded > 0 {
                        self.failing().remove(&id);
                    }
                    pass.add(done);
                }
                Err(error @ StoreError::Unavailable(_)) => return (pass, Some(error)),
                Err(error) => {
                    self.failing().insert(id);
                    tracing::error!(workspace = id, %error, "a workspace cannot be folded");
                    failure = Some(error);
                }
            }
        }
        (pass, failure)
    }

    /// Folds one run of each workspace in one transaction.
    async fn run(&self, workspaces: Vec<Behind>) -> Result<Pass, StoreError> {
        let span = tracing::info_span!(
            parent: None, "fold", workspaces = workspaces.len(), workspace_id = Empty, changes = Empty
        );
        if let [workspace] = workspaces[..] {
            span.record("workspace_id", workspace.workspace_id);
        }
        let pass = self
            .database
            .transaction(Role::Writer, None, move |connection| {
                fold(connection, workspaces).boxed()
            })
            .instrument(span.clone())
            .await?;
        span.record("changes", i64::try_from(pass.folded).unwrap_or(i64::MAX));
        FOLDED.add(pass.folded as u64, []);
        Ok(pass)
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

async fn fold(connection: &AsyncPgConnection, behind: Vec<Behind>) -> Result<Pass, StoreError> {
    // Sent together, and worked through in this order.
    let positions = try_join_all(behind.iter().map(|one| lock(connection, one.workspace_id)));
    let at: Vec<(Behind, Position)> = behind
        .iter()
        .copied()
        .zip(positions.await?)
        .filter_map(|(behind, position)| Some((behind, position?)))
        .collect();
    // Asked for under the locks: which rollups are in use changes under them as well.
    let settings = workspaces::by_id(at.iter().map(|(one, _)| one.workspace_id).collect());
    let runs = at
        .iter()
        .map(|(behind, position)| run_after(connection, *behind, *position));
    let (settings, runs) = try_join!(
        settings.fetch::<WorkspaceRow>(connection),
        try_join_all(runs)
    )?;
    let mut settings: HashMap<i32, Workspace> = settings
        .into_iter()
        .map(|row| Ok((row.workspace_id, Workspace::try_from(row)?)))
        .collect::<Result<_, StoreError>>()?;
    let mut pass = Pass::default();
    let mut deltas: HashMap<RollupSet, Deltas> = HashMap::new();
    let (mut folded, mut sequences) = (Vec::new(), Vec::new());
    for ((behind, _), run) in at.iter().zip(runs) {
        let workspace = settings.remove(&behind.workspace_id);
        let (Some(last), Some(workspace)) = (run.last(), workspace) else {
            continue;
        };
        folded.push(behind.workspace_id);
        sequences.push(last.sequence);
        pass.add(Pass {
            folded: run.len(),
            left_some: run.len() >= FULL,
        });
        let mut clock = Clock::new(workspace.id, workspace.facet_zone());
        let deltas = deltas.entry(workspace.rollups).or_default();
        for change in &run {
            add(deltas, &mut clock, change, 1)?;
        }
    }
    Plans::Kept.begin(connection).await?;
    for (set, mut deltas) in deltas {
        deltas.retain_nonzero();
        rollups::add(connection, set, &deltas).await?;
    }
    Sql::new(
        "UPDATE message_state.fold_positions AS positions SET folded_sequence = folded.sequence \
         FROM unnest(?, ?) AS folded(workspace_id, sequence) WHERE positions.workspace_id = folded.workspace_id",
    )
    .bind_all::<Integer, _>(folded)
    .bind_all::<BigInt, _>(sequences)
    .run(connection)
    .await?;
    Ok(pass)
}

/// Takes the lock of a workspace's position; `None` while another has it.
async fn lock(
    connection: &AsyncPgConnection,
    workspace_id: i32,
) -> Result<Option<Position>, StoreError> {
    Sql::new(
        "SELECT folded_sequence FROM message_state.fold_positions WHERE workspace_id = ? FOR UPDATE SKIP LOCKED",
    )
    .bind::<Integer, _>(workspace_id)
    .fetch_optional(connection)
    .await
}

/// The changes of a workspace after its position, as many as one run takes of those that it was behind.
async fn run_after(
    connection: &AsyncPgConnection,
    behind: Behind,
    position: Position,
) -> Result<Vec<ChangeRow>, StoreError> {
    Sql::new(
        ChangeRow::select()
            + " WHERE stored.workspace_id = ? AND stored.sequence > ? ORDER BY stored.sequence LIMIT ?",
    )
    .bind::<Integer, _>(behind.workspace_id)
    .bind::<BigInt, _>(position.folded_sequence)
    .bind::<BigInt, _>(behind.changes.min(RUN))
    .fetch(connection)
    .await
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
