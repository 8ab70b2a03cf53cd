//! Takes a call's events in.

use acuse_domain::error::Result;
use acuse_domain::event::Event;
use acuse_store::apply::Submission;

use crate::commit::Fate;
use crate::parts::Parts;

/// Takes in the events of one call, so many bytes when encoded; what was applied is durable when this returns. The fates are
/// in the order of the events.
///
/// # Errors
///
/// NOT_FOUND for an unknown workspace, RESOURCE_EXHAUSTED where too much waits, UNAVAILABLE while the database is away.
pub(crate) async fn apply_events(
    parts: &Parts,
    workspace: &str,
    events: Vec<Event>,
    bytes: usize,
) -> Result<Vec<Fate>> {
    let workspace = parts.workspaces.number(&parts.database, workspace).await?;
    let items = events
        .into_iter()
        .map(|event| Submission { workspace, event })
        .collect();
    Ok(parts.committer.commit(items, bytes).await?)
}
