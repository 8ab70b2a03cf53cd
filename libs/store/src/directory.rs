//! The directory: what people call the things that messages refer to.

use acuse_domain::ids::WorkspaceId;
use acuse_domain::names::Mention;
use futures::FutureExt;

use crate::error::StoreError;
use crate::message_state::directory;
use crate::pool::{Database, Role};

/// What became of a stated name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upserted {
    /// The external id was not known before.
    Created,
    /// It is called something new.
    Updated,
    /// It was called that already, or has a newer name.
    Unchanged,
}

/// States names; the results are in the order of the mentions.
///
/// # Errors
/// Fails with the database; nothing was stored.
pub async fn upsert(
    database: &Database,
    workspace: WorkspaceId,
    mentions: &[Mention],
) -> Result<Vec<Upserted>, StoreError> {
    let mut known = directory::known(database, workspace, mentions).await?;
    let stated: Vec<(WorkspaceId, Mention)> = mentions
        .iter()
        .map(|mention| (workspace, mention.clone()))
        .collect();
    database
        .transaction(Role::Writer, None, move |connection| {
            directory::state(connection, stated).boxed()
        })
        .await?;
    Ok(mentions
        .iter()
        .map(|mention| {
            let key = (mention.dimension, mention.external_id.clone());
            let is_known = known.contains_key(&key);
            let changed = known
                .entry(key)
                .or_default()
                .absorb(&mention.label, mention.at);
            match (is_known, changed) {
                (false, _) => Upserted::Created,
                (true, true) => Upserted::Updated,
                (true, false) => Upserted::Unchanged,
            }
        })
        .collect())
}
