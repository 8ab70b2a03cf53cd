//! Gives an address that an export's file is downloaded from.

use std::time::Duration;

use acuse_domain::error::{Error, ErrorKind, Result};
use acuse_domain::scope::{Caller, Scope};
use acuse_domain::time::Timestamp;
use acuse_store::export::File;
use uuid::Uuid;

use crate::download_export::downloadable;
use crate::parts::Parts;

/// How long an address is good for in seconds: where nothing is said, at least, and at most.
const USUAL: i32 = 15 * 60;
const SHORTEST: i32 = 60;
const LONGEST: i32 = 60 * 60;

/// Where a file is for a while.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) url: String,
    pub(crate) expires_at: Timestamp,
    pub(crate) file: File,
}

/// The address of a file that a caller may have, for so many seconds and no longer than the file is there.
///
/// # Errors
///
/// INVALID_ARGUMENT for a time that is too short or too long, FAILED_PRECONDITION where nobody knows how the service is called,
/// and as a download fails.
pub(crate) async fn get_download_url(
    parts: &Parts,
    asking: (&Caller, &Scope),
    id: Uuid,
    seconds: Option<i32>,
) -> Result<Link> {
    let seconds = seconds.unwrap_or(USUAL);
    if !(SHORTEST..=LONGEST).contains(&seconds) {
        return Err(Error::invalid_field(
            "valid_seconds",
            "must be 60 to 3,600, or be left out for 900",
        ));
    }
    let (job, file) = downloadable(parts, asking, id).await?;
    let valid = Duration::from_secs(seconds.unsigned_abs().into());
    let expires_at = (parts.clock.now() + valid).min(file.expires_at);
    let url = parts.links.url(job.lease(), expires_at).ok_or_else(|| {
        let text = "the service does not know its address; an operator has to set ACUSE_PUBLIC_URL, or download over gRPC";
        Error::new(ErrorKind::FailedPrecondition, "NO_PUBLIC_URL", text)
    })?;
    // The address itself is a secret.
    tracing::info!(export = %id, seconds, "address given");
    Ok(Link {
        url,
        expires_at,
        file,
    })
}
