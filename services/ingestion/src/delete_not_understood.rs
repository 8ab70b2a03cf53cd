//! Deletes a payload that was not understood.

use acuse_domain::error::Result;
use acuse_domain::ids::Digest;
use acuse_store::ingestion::delete_not_understood as delete;

use crate::get_not_understood::no_payload;
use crate::parts::Parts;

/// Deletes the payload of that digest in a workspace.
///
/// # Errors
///
/// NOT_FOUND where the workspace has none, UNAVAILABLE while the database is away.
pub(crate) async fn delete_not_understood(parts: &Parts, slug: &str, digest: Digest) -> Result<()> {
    if delete(&parts.database, slug, digest).await? {
        Ok(())
    } else {
        Err(no_payload())
    }
}
