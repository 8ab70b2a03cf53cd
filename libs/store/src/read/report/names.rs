//! Names: the external ids behind values, and the values behind external ids.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use acuse_domain::ids::{NameId, WorkspaceId};
use acuse_domain::names;
use acuse_domain::report::{Dimension, Value};
use diesel::sql_types::{Integer, SmallInt, Text};
use diesel_async::AsyncPgConnection;
use futures::FutureExt;

use crate::error::StoreError;
use crate::message_state::directory::{self, Entry, NameRow};
use crate::read::Scoped;
use crate::sql::{Rows, Sql};

impl Scoped {
    /// What is behind values of a dimension: external ids, and what people call them. Values that are no names (codes,
    /// 0 for none) are left out.
    ///
    /// # Errors
    /// Fails with the database.
    pub async fn names_of(
        &self,
        dimension: Dimension,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<BTreeMap<Value, Entry>, StoreError> {
        let Some(named) = dimension.names() else {
            return Ok(BTreeMap::new());
        };
        let values = values.into_iter();
        let numbers = values.map(|value| (named, NameId(value))).collect();
        let found = self.named(numbers).await?;
        Ok(found
            .into_iter()
            .map(|((_, NameId(number)), entry)| (number, entry))
            .collect())
    }

    /// The values that stand for external ids of a dimension. Ids that nothing is known of are left out, and so is
    /// everything of a dimension whose values are no names.
    ///
    /// # Errors
    /// Fails with the database.
    pub async fn values_of(
        &self,
        dimension: Dimension,
        external_ids: impl IntoIterator<Item = String>,
    ) -> Result<BTreeMap<String, Value>, StoreError> {
        match dimension.names() {
            Some(named) => {
                let (workspace, ids): (_, Vec<String>) =
                    (self.workspace.id, external_ids.into_iter().collect());
                self.read(move |connection| {
                    async move { numbers_of(connection, workspace, named, ids).await }.boxed()
                })
                .await
            }
            None => Ok(BTreeMap::new()),
        }
    }

    /// The entries of numbers; those that nothing is known of are left out.
    pub(super) async fn named(
        &self,
        numbers: BTreeSet<(names::Dimension, NameId)>,
    ) -> Result<HashMap<(names::Dimension, NameId), Entry>, StoreError> {
        if numbers.is_empty() {
            return Ok(HashMap::new());
        }
        let workspace = self.workspace.id;
        self.read(move |connection| {
            async move { directory::names(connection, workspace, &numbers).await }.boxed()
        })
        .await
    }
}

/// The numbers of external ids, as far as they are known.
///
/// # Errors
/// Fails with the database.
pub(in crate::read) async fn numbers_of(
    connection: &AsyncPgConnection,
    workspace: WorkspaceId,
    dimension: names::Dimension,
    external_ids: impl IntoIterator<Item = String>,
) -> Result<BTreeMap<String, i32>, StoreError> {
    // No stored id holds a zero, and Postgres would refuse the question.
    let external_ids = external_ids.into_iter();
    let ids: Vec<String> = external_ids.filter(|id| !id.contains('\0')).collect();
    let rows: Vec<NameRow> = Sql::new(
        NameRow::select()
            + " WHERE stored.workspace_id = ? AND stored.dimension = ? AND stored.external_id = ANY(?)",
    )
    .bind::<Integer, _>(workspace.0)
    .bind::<SmallInt, _>(dimension.code())
    .bind_all::<Text, _>(ids)
    .fetch(connection)
    .await?;
    let numbers = rows.into_iter();
    Ok(numbers.map(|row| (row.external_id, row.name_id)).collect())
}
