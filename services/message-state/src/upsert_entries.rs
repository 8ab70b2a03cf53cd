//! Stores names.

use std::time::Duration;

use acuse_domain::error::Result;
use acuse_domain::names::Mention;
use acuse_store::directory::{self, Upserted};

use crate::parts::Parts;

/// Stores names of a workspace; the results are in the order of the mentions. Of two mentions of one thing the later
/// stands.
///
/// # Errors
///
/// NOT_FOUND for an unknown workspace, UNAVAILABLE while the database is away.
pub(crate) async fn upsert_entries(
    parts: &Parts,
    workspace: &str,
    mut mentions: Vec<Mention>,
) -> Result<Vec<Upserted>> {
    let workspace = parts.workspaces.number(&parts.database, workspace).await?;
    // The newest word is shown: each is said a moment after the one before.
    for (mention, moment) in mentions.iter_mut().zip(0..) {
        mention.at = mention.at + Duration::from_micros(moment);
    }
    Ok(directory::upsert(&parts.database, workspace, &mentions).await?)
}
