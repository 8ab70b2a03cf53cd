//! Reads payloads again that were not understood.

use std::time::Duration;

use acuse_domain::error::{Error, ErrorKind, Result};
use acuse_domain::ids::Digest;
use acuse_providers::Format;
use acuse_store::ingestion::{
    Filter, Finding, NotUnderstood, Place, Wanted, not_understood, settle_not_understood,
};
use tokio::time::Instant;

use crate::drain::{headers_of, unread};
use crate::known_integrations::{UNOPENED, caller_of};
use crate::parts::Parts;
use crate::take_in::{Manner, apply, read_parcel};

/// How long one call goes on beginning payloads: well within what callers usually wait.
const ENOUGH: Duration = Duration::from_secs(10);

/// How long one payload may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What came of reading payloads again.
#[derive(Debug, Default)]
pub(crate) struct Replayed {
    /// How many were read.
    pub(crate) read: usize,
    /// How many of them are understood as a whole, and gone.
    pub(crate) understood: usize,
    /// Items that were taken in and had not been before.
    pub(crate) items_applied: usize,
    /// Those of them that could not be taken in, with the reason of the failure. They are kept as they were.
    pub(crate) failed: Vec<(Digest, &'static str)>,
    /// Where to go on; `None` where all were read.
    pub(crate) next: Option<Place>,
}

/// Reads payloads of a workspace again that come after `after`: `most` of them, or fewer where they take long. One that fails by
/// itself is noted and passed over, so that those behind it are reached.
///
/// # Errors
///
/// NOT_FOUND for an unknown workspace; RESOURCE_EXHAUSTED and UNAVAILABLE while message-state is busy or away, when some may be
/// read already.
pub(crate) async fn replay_not_understood(
    parts: &Parts,
    slug: &str,
    filter: Filter,
    after: Option<Place>,
    most: usize,
) -> Result<Replayed> {
    let (mut replayed, mut place) = (Replayed::default(), after);
    let enough = Instant::now() + ENOUGH;
    loop {
        let wanted = Wanted {
            filter: filter.clone(),
            after: place,
            limit: most - replayed.read,
            with_bodies: true,
        };
        let page = not_understood(&parts.database, slug, wanted).await?;
        let page = page.ok_or_else(|| Error::not_found("workspace"))?;
        let count = page.found.len();
        for (index, payload) in page.found.into_iter().enumerate() {
            place = Some(payload.place());
            if let Err(error) = replay(parts, slug, &payload, &mut replayed).await {
                note_failure(&payload, error, &mut replayed)?;
            }
            let is_last = index + 1 == count && !page.more;
            let is_enough = replayed.read == most || Instant::now() >= enough;
            if is_enough && !is_last {
                replayed.next = place;
                return Ok(replayed);
            }
        }
        if !page.more {
            return Ok(replayed);
        }
    }
}

/// Notes that a payload failed, unless the next one would as well: then the failure is the call's.
fn note_failure(payload: &NotUnderstood, error: Error, replayed: &mut Replayed) -> Result<()> {
    if let ErrorKind::Unavailable { .. } | ErrorKind::ResourceExhausted { .. } = error.kind {
        return Err(error);
    }
    let integration = payload.parcel.integration.id;
    tracing::warn!(payload = ?payload.digest, %integration, %error, "payload could not be read again");
    replayed.read += 1;
    replayed.failed.push((payload.digest, error.reason));
    Ok(())
}

/// Reads one payload again, and notes what is left of it.
async fn replay(
    parts: &Parts,
    slug: &str,
    payload: &NotUnderstood,
    replayed: &mut Replayed,
) -> Result<()> {
    let left = take_in_again(parts, slug, payload, replayed).await?;
    let settled = settle_not_understood(&parts.database, payload, &left).await?;
    replayed.read += 1;
    // One that came once more meanwhile stays, and is there for the next reading.
    replayed.understood += usize::from(settled && left.is_empty());
    Ok(())
}

/// Takes a payload in as a webhook of the time when it first came; gives what is not understood still.
async fn take_in_again(
    parts: &Parts,
    slug: &str,
    payload: &NotUnderstood,
    replayed: &mut Replayed,
) -> Result<Vec<Finding>> {
    let parcel = &payload.parcel;
    let reference = &parcel.integration;
    let Some(format) = Format::of(reference.provider) else {
        return Ok(payload.findings.clone());
    };
    let keys = &parts.secrets_keys;
    let known = match parts.known.find(&parts.database, keys, reference.id).await {
        Ok(known) => known,
        // It was checked when it came.
        Err(error) if error.reason == UNOPENED => None,
        Err(error) => return Err(error),
    };
    let headers = headers_of(parcel);
    let caller = caller_of(reference, slug);
    let manner = Manner {
        format,
        headers: &headers,
        channel_account: known
            .as_ref()
            .and_then(|known| known.channel_account.as_deref()),
        channel: known.as_ref().and_then(|known| known.channel),
        caller: &caller,
        until: Instant::now() + PATIENCE,
        may_share: false,
    };
    let reading = match read_parcel(&manner, parcel) {
        Ok(reading) => reading,
        Err(why) => return Ok(vec![unread(&why)]),
    };
    let applied = apply(parts, manner, parcel, reading).await?;
    replayed.items_applied += applied.taken.applied;
    Ok(applied.left)
}
