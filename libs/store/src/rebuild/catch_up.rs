//! Adding what changed since messages were counted, and putting the new rollups to use.

use acuse_domain::ids::WorkspaceId;
use acuse_domain::kinds::Direction;
use acuse_domain::rollup::{Clock, Deltas};
use acuse_domain::time::Timestamp;
use diesel::sql_types::{BigInt, Integer, SmallInt};
use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use super::{PAGE, Phase, Step, keep, lock_head, locked, settings, zone};
use crate::error::StoreError;
use crate::fold;
use crate::message_state::changes::{self, ChangeRow};
use crate::message_state::rebuilds::{PageRow, RebuildRow};
use crate::message_state::rollup_set::RollupSet;
use crate::message_state::rollups;
use crate::sql::{Rows, Sql};

/// Adds the next changes that the pages do not hold; where none are left, puts the new rollups to use.
pub(super) async fn catch_up(
    connection: &AsyncPgConnection,
    workspace: WorkspaceId,
    now: Timestamp,
) -> Result<Step, StoreError> {
    let Some(mut row) = locked(connection, workspace, Phase::CatchingUp).await? else {
        return Ok(Step::Busy);
    };
    let pages = Pages::load(connection, workspace).await?;
    if add_changes(connection, &mut row, &pages).await? >= PAGE {
        keep(connection, row, now).await?;
        return Ok(Step::More);
    }
    // From here on neither folding nor anything that writes goes on. What they did meanwhile is little.
    Sql::new("SELECT FROM message_state.fold_positions WHERE workspace_id = ? FOR UPDATE")
        .bind::<Integer, _>(workspace.0)
        .run(connection)
        .await?;
    lock_head(connection, workspace).await?;
    let Some(settings) = settings(connection, workspace).await? else {
        return Ok(Step::Busy);
    };
    if settings.time_zone != row.zone {
        // It changed again: these days are nobody's.
        row.phase = Phase::Clearing.code();
        row.after_id = Uuid::nil();
        keep(connection, row, now).await?;
        return Ok(Step::More);
    }
    while add_changes(connection, &mut row, &pages).await? > 0 {}
    Sql::new("UPDATE message_state.fold_positions SET folded_sequence = ? WHERE workspace_id = ?")
        .bind::<BigInt, _>(row.sequence)
        .bind::<Integer, _>(workspace.0)
        .run(connection)
        .await?;
    Sql::new(
        "UPDATE message_state.workspaces SET rollup_set = ?, facet_zone = NULL WHERE workspace_id = ?",
    )
    .bind::<SmallInt, _>(row.target_set)
    .bind::<Integer, _>(workspace.0)
    .run(connection)
    .await?;
    row.phase = Phase::Tidying.code();
    keep(connection, row, now).await?;
    Ok(Step::More)
}

/// As of which changes messages were counted.
struct Pages {
    outbound: Vec<(Uuid, i64)>,
    inbound: Vec<(Uuid, i64)>,
}

impl Pages {
    async fn load(
        connection: &AsyncPgConnection,
        workspace: WorkspaceId,
    ) -> Result<Self, StoreError> {
        let text = PageRow::select() + " WHERE stored.workspace_id = ? ORDER BY stored.last_id";
        let rows: Vec<PageRow> = Sql::new(text)
            .bind::<Integer, _>(workspace.0)
            .fetch(connection)
            .await?;
        let of = |inbound: bool| {
            let rows = rows.iter().filter(|row| row.inbound == inbound);
            rows.map(|row| (row.last_id, row.sequence)).collect()
        };
        Ok(Self {
            outbound: of(false),
            inbound: of(true),
        })
    }

    /// Whether the change is in what was counted of its message already.
    fn hold(&self, change: &ChangeRow) -> Result<bool, StoreError> {
        let side = change.before.as_deref().or(change.after.as_deref());
        let Some(contribution) = changes::decode(side)? else {
            return Ok(true);
        };
        let pages = match contribution.direction {
            Direction::Outbound => &self.outbound,
            Direction::Inbound => &self.inbound,
        };
        let page = pages.partition_point(|(last, _)| *last < change.message_id);
        let counted_at = pages.get(page).map_or(0, |(_, sequence)| *sequence);
        Ok(change.sequence <= counted_at)
    }
}

/// Adds a run of changes to the new rollups; gives how many there were.
async fn add_changes(
    connection: &AsyncPgConnection,
    row: &mut RebuildRow,
    pages: &Pages,
) -> Result<i64, StoreError> {
    let text = ChangeRow::select()
        + " WHERE stored.workspace_id = ? AND stored.sequence > ? \
           ORDER BY stored.workspace_id, stored.sequence LIMIT ?";
    let run: Vec<ChangeRow> = Sql::new(text)
        .bind::<Integer, _>(row.workspace_id)
        .bind::<BigInt, _>(row.sequence)
        .bind::<BigInt, _>(PAGE)
        .fetch(connection)
        .await?;
    let mut clock = Clock::new(WorkspaceId(row.workspace_id), zone(&row.zone));
    let mut deltas = Deltas::default();
    for change in &run {
        if change.sequence != row.sequence + 1 {
            let gap = row.sequence + 1;
            return Err(StoreError::Corrupt(format!(
                "change {gap} of workspace {} is missing",
                row.workspace_id
            )));
        }
        if !pages.hold(change)? {
            fold::add(&mut deltas, &mut clock, change, 1)?;
        }
        row.sequence = change.sequence;
    }
    deltas.retain_nonzero();
    rollups::add(connection, RollupSet::in_use(row.target_set), &deltas).await?;
    Ok(i64::try_from(run.len()).unwrap_or(i64::MAX))
}
