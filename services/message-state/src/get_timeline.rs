//! Finds the evidence about one message.

use acuse_domain::error::Result;
use acuse_domain::outbound::Outbound;
use acuse_domain::scope::Scope;
use acuse_store::read::{Lookup, Piece};

use crate::get_message::{not_found, open};
use crate::parts::Parts;

/// The message and all evidence on it, in no order, as far as `scope` shows it.
///
/// # Errors
///
/// NOT_FOUND, the same for a message that does not exist and for one that the scope does not show.
pub(crate) async fn get_timeline(
    parts: &Parts,
    scope: &Scope,
    lookup: Lookup,
) -> Result<(Outbound, Vec<Piece>)> {
    let scoped = open(parts, scope).await?;
    scoped.timeline(lookup).await?.ok_or_else(not_found)
}
