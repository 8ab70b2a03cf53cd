//! Finds several messages with everything shown of them.

use acuse_domain::error::Result;
use acuse_domain::scope::Scope;
use acuse_store::read::Lookup;

use crate::get_message::{Found, found, open};
use crate::parts::Parts;

/// The messages in the order asked, as far as `scope` shows them; `None` for one that does not exist for it.
///
/// # Errors
///
/// NOT_FOUND for an unknown workspace, UNAVAILABLE while the database is away.
pub(crate) async fn batch_get_messages(
    parts: &Parts,
    scope: &Scope,
    lookups: Vec<Lookup>,
) -> Result<Vec<Option<Found>>> {
    let scoped = open(parts, scope).await?;
    let views = scoped.messages(lookups).await?;
    let (workspace, now) = (scoped.workspace(), parts.clock.now());
    let found = views
        .into_iter()
        .map(|view| Some(found(view?, workspace, now)));
    Ok(found.collect())
}
