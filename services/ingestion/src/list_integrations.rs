//! Lists integrations.

use acuse_domain::error::{Error, Result};
use acuse_store::ingestion::{Integration, integrations};
use uuid::Uuid;

use crate::parts::Parts;

/// Up to `limit` integrations of a workspace that were created after that one, in the order of their creation.
///
/// # Errors
///
/// NOT_FOUND for an unknown workspace, UNAVAILABLE while the database is away.
pub(crate) async fn list_integrations(
    parts: &Parts,
    slug: &str,
    after: Option<Uuid>,
    limit: usize,
) -> Result<Vec<Integration>> {
    let found = integrations(&parts.database, slug, after, limit).await?;
    found.ok_or_else(|| Error::not_found("workspace"))
}
