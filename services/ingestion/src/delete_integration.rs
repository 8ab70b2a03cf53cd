//! Deletes an integration.

use acuse_domain::error::Result;
use acuse_store::ingestion::delete_integration as delete;
use uuid::Uuid;

use crate::get_integration::not_found;
use crate::parts::Parts;

/// Deletes an integration of a workspace. Its webhooks are refused from now on, here at once and elsewhere within seconds;
/// what waits in the inbox is still taken in.
///
/// # Errors
///
/// NOT_FOUND where the workspace has none of that id, UNAVAILABLE while the database is away.
pub(crate) async fn delete_integration(parts: &Parts, slug: &str, id: Uuid) -> Result<()> {
    let deleted = delete(&parts.database, slug, id).await?;
    parts.known.forget(id);
    if deleted { Ok(()) } else { Err(not_found()) }
}
