//! One entry of the inbox.

use std::future::Future;
use std::time::Duration;

use acuse_domain::error::{Error, ErrorKind};
use acuse_providers::{Format, Malformed, Reason};
use acuse_rpc::context::{CallContext, RequestId};
use acuse_store::ingestion::{Finding, Parcel, Waiting};
use tokio::time::{Instant, timeout};
use tracing::Instrument as _;

use crate::known_integrations::{UNOPENED, caller_of};
use crate::parts::Parts;
use crate::take_in::{Manner, NotTaken, keep, take_in};

/// How long message-state may take to say how it is.
const HEALTH_PATIENCE: Duration = Duration::from_secs(2);

/// How long one entry may take, but for asking how message-state is.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// The longest pause until an entry that failed comes again; the first is a second, and each is twice the one before.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// An entry that fails is told at error every so many attempts: about every hour and a half.
const TOLD_EVERY: u32 = 16;

/// What became of an entry.
#[derive(Debug)]
pub(super) enum Fate {
    /// All of it is applied, or kept aside for good.
    Applied,
    /// It was not begun, for the reason given.
    Untried(&'static str),
    /// It failed by itself; it comes again after a pause.
    Failed(Duration, String),
    /// What all entries need is away.
    Away(String),
}

impl Fate {
    /// The word for it in metrics.
    pub(super) fn as_str(&self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Untried(_) => "untried",
            Self::Failed(..) => "failed",
            Self::Away(_) => "away",
        }
    }
}

/// Applies an entry as its webhook would have been. Its integration may be gone meanwhile.
pub(super) async fn work_off(parts: &Parts, waiting: Waiting) -> Fate {
    let span = tracing::info_span!(
        "inbox entry",
        otel.kind = "consumer",
        workspace = waiting.slug.as_str(),
        integration = %waiting.parcel.integration.id,
        entry = %waiting.lease.entry,
        attempt = waiting.lease.attempt,
    );
    let work = async {
        match apply(parts, &waiting).await {
            Ok(()) => Fate::Applied,
            Err(error) => judge(waiting.lease.attempt, &error, is_there(parts)).await,
        }
    };
    // Errors and calls of one entry have one request id.
    CallContext::new(RequestId::generate())
        .scope(work.instrument(span))
        .await
}

async fn apply(parts: &Parts, waiting: &Waiting) -> Result<(), Error> {
    let parcel = &waiting.parcel;
    let reference = &parcel.integration;
    let format = Format::of(reference.provider)
        .ok_or_else(|| Error::internal("its provider is not known to this build"))?;
    let keys = &parts.secrets_keys;
    let known = match parts.known.find(&parts.database, keys, reference.id).await {
        Ok(known) => known,
        // A webhook whose integration is gone, or whose secrets do not open any more, was checked when it came.
        Err(error) if error.reason == UNOPENED => None,
        // But what it says may hang on the integration, as long as there may be one.
        Err(error) => return Err(error),
    };
    let headers = headers_of(parcel);
    let caller = caller_of(reference, &waiting.slug);
    let manner = Manner {
        format,
        headers: &headers,
        channel_account: known
            .as_ref()
            .and_then(|known| known.channel_account.as_deref()),
        channel: known.as_ref().and_then(|known| known.channel),
        caller: &caller,
        until: Instant::now() + PATIENCE,
        // What fails here may have been the fault of what it shared a call with.
        may_share: false,
    };
    match take_in(parts, manner, parcel).await {
        Ok(taken) => {
            tracing::debug!(?taken, "inbox entry taken in");
            Ok(())
        }
        Err(NotTaken::Failed(error)) => Err(error),
        Err(NotTaken::Malformed(why)) => keep_unread(parts, parcel, &why).await,
    }
}

/// The headers that are kept of a webhook: how its body is read hangs on no other.
pub(crate) fn headers_of(parcel: &Parcel) -> Vec<(String, String)> {
    let kept = parcel.content_type.iter();
    kept.map(|value| ("content-type".to_owned(), value.clone()))
        .collect()
}

/// A payload that cannot be read at all any more is kept with what was not understood.
async fn keep_unread(parts: &Parts, parcel: &Parcel, why: &Malformed) -> Result<(), Error> {
    tracing::warn!(%why, "inbox entry cannot be read; kept with what is not understood");
    keep(parts, parcel, &[unread(why)]).await
}

/// What is kept of a payload that cannot be read.
pub(crate) fn unread(why: &Malformed) -> Finding {
    Finding {
        path: String::new(),
        reason: Reason::Malformed.as_str().to_owned(),
        detail: why.to_string(),
    }
}

async fn is_there(parts: &Parts) -> bool {
    let asked = timeout(HEALTH_PATIENCE, parts.message_state.is_there()).await;
    matches!(asked, Ok(Ok(())))
}

/// Whether an error is the entry's own, and when it comes again. An entry that gets no answer from a message-state that says it
/// is well is the cause itself, from the first attempt on: others need not wait for it.
async fn judge(attempt: u32, error: &Error, is_there: impl Future<Output = bool>) -> Fate {
    let cause = match &error.source {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    };
    let passing = matches!(
        error.kind,
        ErrorKind::Unavailable { .. }
            | ErrorKind::DeadlineExceeded
            | ErrorKind::ResourceExhausted {
                retry_after: Some(_)
            }
    );
    if passing && !is_there.await {
        return Fate::Away(cause);
    }
    if attempt.is_multiple_of(TOLD_EVERY) {
        tracing::error!(attempt, cause, "inbox entry fails again and again");
    } else {
        tracing::info!(attempt, cause, "inbox entry not applied; it comes again");
    }
    Fate::Failed(pause(attempt), cause)
}

fn pause(attempt: u32) -> Duration {
    let doublings = attempt.saturating_sub(1).min(16);
    Duration::from_secs(1)
        .saturating_mul(2_u32.pow(doublings))
        .min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_five_minutes() {
        let pauses: Vec<_> = (1..=11).map(|attempt| pause(attempt).as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        assert_eq!(pause(u32::MAX), LONGEST_PAUSE);
    }

    #[tokio::test]
    async fn an_entry_that_always_stops_everything_is_found_out() {
        let judged = async |attempt, error: &Error, well| {
            let fate = judge(attempt, error, std::future::ready(well)).await;
            matches!(fate, Fate::Away(_))
        };
        let late = Error::unavailable("no answer", "timed out");
        for attempt in [1, 4, 100] {
            assert!(!judged(attempt, &late, true).await);
            assert!(
                judged(attempt, &late, false).await,
                "an outage is no entry's"
            );
        }
        let broken = Error::internal("unreadable");
        assert!(!judged(1, &broken, false).await);
    }
}
