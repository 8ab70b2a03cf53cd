//! Counts payloads that were not understood.

use acuse_domain::error::{Error, Result};
use acuse_store::ingestion::{Counts, Filter, count_not_understood as count};

use crate::parts::Parts;

/// How many payloads of a workspace meet a condition, by provider and reason.
///
/// # Errors
///
/// NOT_FOUND for an unknown workspace, UNAVAILABLE while the database is away.
pub(crate) async fn count_not_understood(
    parts: &Parts,
    slug: &str,
    filter: Filter,
) -> Result<Counts> {
    let found = count(&parts.database, slug, filter).await?;
    found.ok_or_else(|| Error::not_found("workspace"))
}
