//! What the directory says of somebody: message-state writes it, and export reads it of agents alone.

use std::collections::BTreeSet;

use acuse_domain::ids::WorkspaceId;
use acuse_domain::names::{DatedLabel, Dimension};
use diesel::QueryableByName;
use diesel::sql_types::{Integer, Jsonb, SmallInt, Text};
use futures::FutureExt;
use serde_json::Value;

use super::within;
use crate::error::StoreError;
use crate::pool::Database;
use crate::sql::Sql;

/// What the directory says of an agent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Membership {
    /// The departments that they belong to; `None` where nothing is said of them.
    pub departments: Option<BTreeSet<String>>,
    /// Whether they have left the business.
    pub has_left: bool,
}

#[derive(QueryableByName)]
struct LabelRow {
    #[diesel(sql_type = Jsonb)]
    label: Value,
}

/// What the directory of a workspace says of the agent of that id; nothing where it does not know them.
///
/// # Errors
/// Fails with the database.
pub async fn membership(
    database: &Database,
    workspace: WorkspaceId,
    agent: &str,
) -> Result<Membership, StoreError> {
    let statement = Sql::new(
        "SELECT label FROM message_state.directory WHERE workspace_id = ? AND dimension = ? AND external_id = ?",
    )
    .bind::<Integer, _>(workspace.0)
    .bind::<SmallInt, _>(Dimension::Agent.code())
    .bind::<Text, _>(agent.to_owned());
    let row: Option<LabelRow> = within(database, workspace, move |connection| {
        statement.fetch_optional(connection).boxed()
    })
    .await?;
    let Some(LabelRow { label }) = row else {
        return Ok(Membership::default());
    };
    let label = serde_json::from_value::<DatedLabel>(label)
        .map_err(|_| StoreError::Corrupt("the label of an agent".to_owned()))?
        .shown();
    Ok(Membership {
        departments: label.departments,
        has_left: label.has_left.unwrap_or_default(),
    })
}
