//! What upkeep is at in how many workspaces, and since when it has stood still.

use acuse_domain::time::Timestamp;
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Nullable, Timestamptz};
use futures::FutureExt;

use crate::error::StoreError;
use crate::pool::{Database, Role};
use crate::sql::Sql;
use crate::types::At;

/// Work that goes on step by step until it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Underway {
    /// Workspaces whose messages are being brought to what their channel accounts report.
    pub restaging: i64,
    /// Workspaces whose rollups are being made anew, or have to be.
    pub rebuilding: i64,
    /// When that of them last went on which did so longest ago; `None` where none has begun.
    pub stillest: Option<Timestamp>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    restaging: i64,
    #[diesel(sql_type = BigInt)]
    rebuilding: i64,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    stillest: Option<At>,
}

const LOOK: &str = "SELECT (SELECT count(*) FROM message_state.restagings) AS restaging, \
     (SELECT count(*) FROM (SELECT workspace_id FROM message_state.rollup_rebuilds \
        UNION SELECT workspace_id FROM message_state.workspaces WHERE facet_zone IS NOT NULL) AS rebuilt) AS rebuilding, \
     (SELECT min(updated_at) FROM (SELECT updated_at FROM message_state.restagings \
        UNION ALL SELECT updated_at FROM message_state.rollup_rebuilds) AS begun) AS stillest";

/// Looks what is under way.
///
/// # Errors
/// Fails with the database.
pub async fn look(database: &Database) -> Result<Underway, StoreError> {
    let row: Option<Row> = database
        .transaction(Role::Snapshot, None, |connection| {
            Sql::new(LOOK).fetch_optional(connection).boxed()
        })
        .await?;
    Ok(row.map_or_else(Underway::default, |row| Underway {
        restaging: row.restaging,
        rebuilding: row.rebuilding,
        stillest: row.stillest.map(|At(at)| at),
    }))
}
