//! Lists payloads that were not understood.

use acuse_domain::error::{Error, Result};
use acuse_store::ingestion::{Page, Wanted, not_understood};

use crate::parts::Parts;

/// Payloads of a workspace, in the order in which they first came.
///
/// # Errors
///
/// NOT_FOUND for an unknown workspace, UNAVAILABLE while the database is away.
pub(crate) async fn list_not_understood(parts: &Parts, slug: &str, wanted: Wanted) -> Result<Page> {
    let found = not_understood(&parts.database, slug, wanted).await?;
    found.ok_or_else(|| Error::not_found("workspace"))
}
