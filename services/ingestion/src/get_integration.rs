//! Shows an integration.

use acuse_domain::error::{Error, Result};
use acuse_store::ingestion::{Integration, integration_of};
use uuid::Uuid;

use crate::parts::Parts;

/// The integration of that id in a workspace.
///
/// # Errors
///
/// NOT_FOUND where the workspace has none of that id, UNAVAILABLE while the database is away.
pub(crate) async fn get_integration(parts: &Parts, slug: &str, id: Uuid) -> Result<Integration> {
    let found = integration_of(&parts.database, slug, id).await?;
    found.ok_or_else(not_found)
}

/// What is said of an integration that is not there, or is another's.
pub(crate) fn not_found() -> Error {
    Error::not_found("integration")
}
