//! Shows a saved report.

use acuse_domain::error::Result;
use acuse_store::reporting::{self, SavedReport};
use uuid::Uuid;

use super::{Asking, not_found, seen, workspace};
use crate::parts::Parts;

/// By what a saved report is found.
#[derive(Debug, Clone)]
pub(crate) enum Which {
    Id(Uuid),
    /// Of the caller's own, else of the shared ones.
    Name(String),
}

/// A saved report that exists for a caller.
///
/// # Errors
///
/// NOT_FOUND where it does not exist for them, UNAVAILABLE while the database is away.
pub(crate) async fn find_saved_report(
    parts: &Parts,
    (caller, scope): Asking<'_>,
    which: &Which,
) -> Result<SavedReport> {
    let workspace = workspace(parts, scope).await?;
    let (primary, seen) = (&parts.primary, seen(&workspace, caller));
    let found = match which {
        Which::Id(id) => reporting::saved_report(primary, seen, *id).await?,
        // No stored name holds one, and Postgres would refuse the question.
        Which::Name(name) if name.contains('\0') => None,
        Which::Name(name) => reporting::saved_report_called(primary, seen, name).await?,
    };
    found.ok_or_else(not_found)
}
