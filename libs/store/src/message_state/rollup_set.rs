//! The sets of tables that rollups are kept in.

use acuse_domain::ids::WorkspaceId;
use diesel::sql_types::{BigInt, Integer};
use diesel_async::AsyncPgConnection;

use crate::error::StoreError;
use crate::sql::Sql;

/// A set of the tables of rollups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) enum RollupSet {
    /// The one that a workspace begins with.
    #[default]
    First,
    /// The one in which rollups are rebuilt while the first is in use, or the other way round.
    Spare,
    /// What messages count whose rows were dropped.
    Dropped,
}

impl RollupSet {
    /// The set in use that a workspace's row names.
    pub(crate) fn in_use(code: i16) -> Self {
        if code == Self::Spare.code() {
            Self::Spare
        } else {
            Self::First
        }
    }

    pub(crate) fn code(self) -> i16 {
        match self {
            Self::First => 0,
            Self::Spare => 1,
            Self::Dropped => 2,
        }
    }

    /// The set to rebuild in while this one is in use.
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Spare => Self::First,
            Self::First | Self::Dropped => Self::Spare,
        }
    }

    /// The name of a table, with its schema.
    pub(crate) fn table(self, name: &str) -> String {
        let suffix = match self {
            Self::First => "",
            Self::Spare => "_spare",
            Self::Dropped => "_dropped",
        };
        format!("message_state.{name}{suffix}")
    }
}

/// Takes up to `limit` rows of a workspace out of each table of a set; gives how many.
pub(crate) async fn empty(
    connection: &AsyncPgConnection,
    set: RollupSet,
    workspace: WorkspaceId,
    limit: i64,
) -> Result<usize, StoreError> {
    let mut gone = 0;
    for name in ["totals", "facets", "histograms"] {
        let table = set.table(name);
        gone += Sql::new(format!(
            "DELETE FROM {table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {table} WHERE workspace_id = ? LIMIT ?))"
        ))
        .bind::<Integer, _>(workspace.0)
        .bind::<BigInt, _>(limit)
        .run(connection)
        .await?;
    }
    Ok(gone)
}

/// Copies what a set holds of a workspace into another one that holds nothing of it.
pub(crate) async fn copy(
    connection: &AsyncPgConnection,
    from: RollupSet,
    to: RollupSet,
    workspace: WorkspaceId,
) -> Result<(), StoreError> {
    for name in ["totals", "facets", "histograms"] {
        let text = format!(
            "INSERT INTO {} SELECT * FROM {} WHERE workspace_id = ?",
            to.table(name),
            from.table(name)
        );
        Sql::new(text)
            .bind::<Integer, _>(workspace.0)
            .run(connection)
            .await?;
    }
    Ok(())
}
