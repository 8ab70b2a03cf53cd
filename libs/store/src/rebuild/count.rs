//! Emptying tables, and counting messages page by page.

use acuse_domain::ids::WorkspaceId;
use acuse_domain::rollup::{Clock, Deltas};
use acuse_domain::time::Timestamp;
use diesel::sql_types::{BigInt, Integer, Uuid as SqlUuid};
use diesel_async::AsyncPgConnection;
use futures::FutureExt;
use uuid::Uuid;

use super::{PAGE, Phase, Step, keep, locked, settings, stored, zone};
use crate::counted::Counted;
use crate::error::StoreError;
use crate::message_state::heads::{self, HeadRow};
use crate::message_state::rebuilds::PageRow;
use crate::message_state::rollup_set::{self, RollupSet};
use crate::message_state::rollups;
use crate::pool::{Database, Role};
use crate::sql::{Rows, Sql};

/// Rows of rollups taken out of each table in one transaction.
const EMPTIED: i64 = 5_000;

/// Empties the tables of a phase, a piece at a time; when they are empty, goes on to the next.
pub(super) async fn clear(
    connection: &AsyncPgConnection,
    workspace: WorkspaceId,
    phase: Phase,
    now: Timestamp,
) -> Result<Step, StoreError> {
    let Some(mut row) = locked(connection, workspace, phase).await? else {
        return Ok(Step::Busy);
    };
    let target = RollupSet::in_use(row.target_set);
    let set = match phase {
        Phase::Tidying => target.other(),
        _ => target,
    };
    if rollup_set::empty(connection, set, workspace, EMPTIED).await? > 0 {
        return Ok(Step::More);
    }
    for name in ["rollup_rebuild_pages", "rollup_rebuilds"] {
        if name == "rollup_rebuilds" && phase != Phase::Tidying {
            continue;
        }
        let text = format!("DELETE FROM message_state.{name} WHERE workspace_id = ?");
        Sql::new(text)
            .bind::<Integer, _>(workspace.0)
            .run(connection)
            .await?;
    }
    if phase == Phase::Tidying {
        return Ok(Step::Done);
    }
    rollup_set::copy(connection, RollupSet::Dropped, target, workspace).await?;
    let Some(settings) = settings(connection, workspace).await? else {
        return Ok(Step::Busy);
    };
    row.zone = settings.time_zone;
    row.messages = 0;
    row.phase = Phase::Outbound.code();
    keep(connection, row, now).await?;
    Ok(Step::More)
}

/// Counts the next page of messages. They are read in a snapshot that also says as of which change they are; what is counted
/// is stored only if nobody else was faster. A page that is not full is the last one: whoever waited for an empty one would
/// wait for as long as messages come in.
pub(super) async fn count<R: Counted>(
    database: &Database,
    workspace: WorkspaceId,
    next: Phase,
    now: Timestamp,
) -> Result<Step, StoreError> {
    let (row, sequence, page) = database
        .transaction(Role::Snapshot, None, move |connection| {
            async move {
                let row = stored(connection, workspace, "").await?;
                let head: Vec<HeadRow> = heads::find(vec![workspace.0]).fetch(connection).await?;
                let sequence = head.first().map_or(0, |head| head.last_sequence);
                let Some(row) = row else {
                    return Ok((None, sequence, Vec::new()));
                };
                let text = R::select()
                    + " WHERE stored.workspace_id = ? AND stored.message_id > ? ORDER BY stored.message_id LIMIT ?";
                let page: Vec<R> = Sql::new(text)
                    .bind::<Integer, _>(workspace.0)
                    .bind::<SqlUuid, _>(row.after_id)
                    .bind::<BigInt, _>(PAGE)
                    .fetch(connection)
                    .await?;
                Ok((Some(row), sequence, page))
            }
            .boxed()
        })
        .await?;
    let Some(row) = row else {
        return Ok(Step::Done);
    };
    let phase = Phase::from_code(row.phase)?;
    if phase.code() + 1 != next.code() {
        return Ok(Step::Busy);
    }
    let mut clock = Clock::new(workspace, zone(&row.zone));
    let mut deltas = Deltas::default();
    for contribution in page.iter().filter_map(Counted::stored) {
        deltas.add(&mut clock, &contribution, 1);
    }
    deltas.retain_nonzero();
    let counted = i64::try_from(page.len()).unwrap_or(i64::MAX);
    let last = page.last().filter(|_| counted >= PAGE);
    // Whatever comes after the last message of all was absent as of now.
    let last_id = last.map_or(Uuid::max(), Counted::id);
    let is_end = last.is_none();
    database
        .transaction(Role::Writer, None, move |connection| {
            async move {
                let Some(mut held) = locked(connection, workspace, phase).await? else {
                    return Ok(Step::Busy);
                };
                if held.after_id != row.after_id || held.zone != row.zone {
                    return Ok(Step::Busy);
                }
                let target = RollupSet::in_use(held.target_set);
                rollups::add(connection, target, &deltas).await?;
                let page = PageRow {
                    workspace_id: workspace.0,
                    inbound: phase == Phase::Inbound,
                    last_id,
                    sequence,
                };
                PageRow::insert([page], "").run(connection).await?;
                held.messages += counted;
                held.after_id = last_id;
                if is_end {
                    held.phase = next.code();
                    held.after_id = Uuid::nil();
                }
                keep(connection, held, now).await?;
                Ok(Step::More)
            }
            .boxed()
        })
        .await
}
