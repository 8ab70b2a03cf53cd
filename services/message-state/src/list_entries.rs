//! Lists the names of one kind.

use acuse_domain::error::Result;
use acuse_domain::names::Dimension;
use acuse_domain::scope::Scope;
use acuse_store::read::Entry;

use crate::get_message::open;
use crate::parts::Parts;

/// Up to `limit` names whose external id comes after `after`, in the order of external ids, as far as `scope` shows them.
///
/// # Errors
///
/// NOT_FOUND for an unknown workspace, UNAVAILABLE while the database is away.
pub(crate) async fn list_entries(
    parts: &Parts,
    scope: &Scope,
    dimension: Dimension,
    after: &str,
    limit: usize,
) -> Result<Vec<Entry>> {
    let scoped = open(parts, scope).await?;
    Ok(scoped.entries(dimension, after, limit).await?)
}
