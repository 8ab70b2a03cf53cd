//! Subtypes that registrations of one message differ in: which stands is told by their texts.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use acuse_domain::ids::{NameId, WorkspaceId};
use acuse_domain::names::Dimension;
use diesel_async::AsyncPgConnection;

use super::Work;
use crate::error::StoreError;
use crate::message_state::directory;

/// Settles them. Hardly any batch has one.
pub(super) async fn settle(
    connection: &AsyncPgConnection,
    work: &mut Work,
) -> Result<(), StoreError> {
    let mut wanted: BTreeMap<WorkspaceId, BTreeSet<(Dimension, NameId)>> = BTreeMap::new();
    for (workspace, dimension, number) in work.ledger.contested_names() {
        let of_workspace = wanted.entry(workspace).or_default();
        of_workspace.insert((dimension, number));
    }
    let mut known = HashMap::new();
    for (workspace, numbers) in wanted {
        let found = directory::names(connection, workspace, &numbers).await?;
        known.extend(found.into_iter().map(|((dimension, number), entry)| {
            ((workspace, dimension, number), entry.external_id)
        }));
    }
    if !known.is_empty() {
        let text = |number| known.get(&number).map(String::as_str);
        work.ledger.settle_subtypes(text);
    }
    Ok(())
}
