//! Shows a payload that was not understood.

use acuse_domain::error::{Error, Result};
use acuse_domain::ids::Digest;
use acuse_store::ingestion::{Filter, NotUnderstood, Wanted, not_understood};

use crate::parts::Parts;

/// The payload of that digest in a workspace, with its body.
///
/// # Errors
///
/// NOT_FOUND where the workspace has none, UNAVAILABLE while the database is away.
pub(crate) async fn get_not_understood(
    parts: &Parts,
    slug: &str,
    digest: Digest,
) -> Result<NotUnderstood> {
    let wanted = Wanted {
        filter: Filter {
            digest: Some(digest),
            ..Filter::default()
        },
        after: None,
        limit: 1,
        with_bodies: true,
    };
    let found = not_understood(&parts.database, slug, wanted).await?;
    let mut found = found.map(|page| page.found).unwrap_or_default();
    found.pop().ok_or_else(no_payload)
}

/// What is said of a payload that is not there, or is another's.
pub(crate) fn no_payload() -> Error {
    Error::not_found("payload")
}
