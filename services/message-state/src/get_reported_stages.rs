//! Tells what was said of what channel accounts can report.

use acuse_domain::error::Result;
use acuse_store::restage::{self, Reported};

use crate::get_workspace::not_found;
use crate::parts::Parts;

/// What was said of a workspace's channel accounts, and how far their messages are.
///
/// # Errors
///
/// NOT_FOUND where the workspace does not exist, UNAVAILABLE while the database is away.
pub(crate) async fn get_reported_stages(parts: &Parts, workspace: &str) -> Result<Reported> {
    let found = restage::reported(&parts.database, workspace).await?;
    found.ok_or_else(not_found)
}
