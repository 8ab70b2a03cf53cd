//! How far retention has come: which rows may be gone.

use std::collections::BTreeSet;

use acuse_domain::calendar::Zone;
use acuse_domain::ids::WorkspaceId;
use acuse_domain::time::Timestamp;
use diesel::QueryableByName;
use diesel::sql_types::{Integer, Nullable, Timestamptz};
use diesel_async::AsyncPgConnection;

use crate::error::StoreError;
use crate::sql::Sql;
use crate::types::At;

/// The quarter hour of the latest message of a head's workspace whose row was dropped, in SQL: what they counted is kept.
pub(crate) const DROPPED_AT: &str = "(SELECT dropped.at FROM message_state.totals_dropped AS dropped \
     WHERE dropped.workspace_id = heads.workspace_id ORDER BY dropped.workspace_id DESC, dropped.at DESC LIMIT 1)";

#[derive(QueryableByName)]
struct Reached {
    #[diesel(sql_type = Integer)]
    workspace_id: i32,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    at: Option<At>,
}

/// Before when every message belongs whose rows are dropped, of those workspaces of which some are.
pub(crate) async fn dropped_before(
    connection: &AsyncPgConnection,
    workspaces: BTreeSet<WorkspaceId>,
) -> Result<Vec<(WorkspaceId, Timestamp)>, StoreError> {
    if workspaces.is_empty() {
        return Ok(Vec::new());
    }
    let found: Vec<Reached> = Sql::new(format!(
        "SELECT heads.workspace_id, {DROPPED_AT} AS at FROM message_state.workspace_heads AS heads \
         WHERE heads.workspace_id = ANY(?)"
    ))
    .bind_all::<Integer, _>(workspaces.into_iter().map(|workspace| workspace.0))
    .fetch(connection)
    .await?;
    let before = |row: Reached| Some((WorkspaceId(row.workspace_id), month_end(row.at?.0)));
    Ok(found.into_iter().filter_map(before).collect())
}

/// When the month of an instant ends: rows go by months of UTC, so that others of it may be gone that nothing counted.
fn month_end(at: Timestamp) -> Timestamp {
    Zone::UTC.day_start(Zone::UTC.day_of(at).next_month_start())
}
