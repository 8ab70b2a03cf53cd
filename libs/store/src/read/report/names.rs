//! Names: the external ids behind values, and the values behind external ids.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use acuse_domain::ids::NameId;
use acuse_domain::names;
use acuse_domain::report::{Dimension, Value};
use diesel::sql_types::{SmallInt, Text};
use diesel_async::AsyncPgConnection;
use futures::FutureExt;

use crate::error::StoreError;
use crate::message_state::directory::{self, Entry, NameRow};
use crate::pool::NAMED;
use crate::read::Scoped;
use crate::sql::{Rows, Sql};

impl Scoped {
    /// What is behind values of dimensions: external ids, and what people call them. Values that are no names (codes, 0 for
    /// none) are left out.
    ///
    /// # Errors
    /// Fails with the database.
    pub async fn names_of(
        &self,
        values: impl IntoIterator<Item = (Dimension, Value)>,
    ) -> Result<BTreeMap<(Dimension, Value), Entry>, StoreError> {
        let mut numbers = HashMap::new();
        for (dimension, value) in values {
            if let Some(named) = dimension.names() {
                numbers.insert((named, NameId(value)), (dimension, value));
            }
        }
        let found = self.named(numbers.keys().copied().collect()).await?;
        let found = found.into_iter();
        Ok(found
            .filter_map(|(number, entry)| Some((*numbers.get(&number)?, entry)))
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
                let ids: Vec<String> = external_ids.into_iter().collect();
                self.read(move |connection| numbers_of(connection, named, ids).boxed())
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

/// The numbers of external ids, as far as they are known in the workspace that the transaction names.
///
/// # Errors
/// Fails with the database.
pub(in crate::read) async fn numbers_of(
    connection: &AsyncPgConnection,
    dimension: names::Dimension,
    external_ids: impl IntoIterator<Item = String>,
) -> Result<BTreeMap<String, i32>, StoreError> {
    // No stored id holds a zero, and Postgres would refuse the question.
    let external_ids = external_ids.into_iter();
    let ids: Vec<String> = external_ids.filter(|id| !id.contains('\0')).collect();
    let rows: Vec<NameRow> = Sql::new(format!(
        "{} WHERE stored.workspace_id = {NAMED} AND stored.dimension = ? \
         AND stored.external_id = ANY(?)",
        NameRow::select(),
    ))
    .bind::<SmallInt, _>(dimension.code())
    .bind_all::<Text, _>(ids)
    .fetch(connection)
    .await?;
    let numbers = rows.into_iter();
    Ok(numbers.map(|row| (row.external_id, row.name_id)).collect())
}
