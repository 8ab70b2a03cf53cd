//! One attempt at one job: from its claim to what is written about how it ended.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use acuse_domain::error::{Error, Result};
use acuse_rpc::background::Stop;
use acuse_store::StoreError;
use acuse_store::export::{self, Failure, File, Job, Lease, Progress};
use futures::FutureExt as _;
use tokio::time::{Instant, sleep, timeout};

use super::file::{Gauge, make};
use crate::asked::TOO_MANY_ROWS;
use crate::parts::Parts;
use crate::reporting::is_final;

/// Failures after which a job is given up.
const MOST_FAILURES: u32 = 5;

/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(5 * 60);

/// How often progress is told to who watches.
const TELL: Duration = Duration::from_secs(1);

/// How often what became of an attempt is tried to be written, and the pause before the second time.
const WRITES: (u32, Duration) = (5, Duration::from_millis(250));

/// How an attempt ended.
enum End {
    Made(File),
    Failed(Error),
    /// Somebody else has the job, or may have it.
    Lost,
    /// The service stops.
    Stopped,
}

/// Makes the file of a claimed job, and writes how that went.
pub(super) async fn run(parts: &Parts, job: Job, stop: &mut Stop) {
    let lease = job.lease();
    tracing::info!(export = %job.id, attempt = job.attempts, "begun");
    let end = if job.failures >= MOST_FAILURES {
        // Whoever had it died each time: what they died of may be the job itself.
        End::Failed(Error {
            message: "its workers ended without a word".to_owned(),
            ..Error::internal("too many claims ended without a word")
        })
    } else {
        let gauge = Gauge::default();
        tokio::select! {
            biased;
            () = stop.told() => End::Stopped,
            () = hold(parts, lease, &gauge) => End::Lost,
            made = guarded(make(parts, &job, &gauge)) => match made {
                Ok(file) => End::Made(file),
                Err(error) => End::Failed(error),
            },
        }
    };
    match end {
        End::Made(file) => publish(parts, &job, file).await,
        End::Failed(error) => settle(parts, &job, error).await,
        End::Stopped => {
            let now = parts.clock.now();
            let back = || export::hand_back(&parts.database, lease, now);
            written(back).await;
            parts.live.tell_queued().await;
            tracing::info!(export = %job.id, "handed back");
        }
        End::Lost => tracing::warn!(export = %job.id, "lost to another worker"),
    }
    parts.live.forget(lease).await;
    discard(parts, lease).await;
}

/// What work gives, a panic included.
async fn guarded<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let done = AssertUnwindSafe(work).catch_unwind().await;
    done.unwrap_or_else(|_| Err(Error::internal("making the file panicked")))
}

/// Renews a claim as long as that can be done, and tells how far it is; returns when it is lost.
async fn hold(parts: &Parts, lease: Lease, gauge: &Gauge) {
    let length = parts.work.lease;
    let (interval, mut renewed) = (length / 3, Instant::now());
    let mut told = Progress::default();
    loop {
        sleep(TELL.min(interval)).await;
        let progress = gauge.read();
        if progress != told {
            parts.live.tell(lease, progress).await;
            told = progress;
        }
        if renewed.elapsed() < interval {
            continue;
        }
        let began = Instant::now();
        let until = parts.clock.now() + length;
        let renewing = export::renew(&parts.database, lease, progress, until);
        match timeout(interval, renewing).await {
            Ok(Ok(true)) => renewed = began,
            Ok(Ok(false)) => return,
            // The database is away. The claim stands until its lease ends; after that somebody else may have it.
            Ok(Err(_)) | Err(_) if renewed.elapsed() < length => {}
            Ok(Err(_)) | Err(_) => return,
        }
    }
}

/// Publishes a file, unless somebody else has the job by now.
async fn publish(parts: &Parts, job: &Job, file: File) {
    let (lease, now) = (job.lease(), parts.clock.now());
    let (rows, size) = (file.rows, file.size);
    let succeed = || export::succeed(&parts.database, lease, file.clone(), now);
    if written(succeed).await {
        tracing::info!(export = %job.id, rows, size, "succeeded");
    } else {
        tracing::warn!(export = %job.id, "its file was not published");
    }
}

/// Has a failed job tried again, or gives it up.
async fn settle(parts: &Parts, job: &Job, error: Error) {
    let (lease, now) = (job.lease(), parts.clock.now());
    let cause = error.source.as_ref().map(ToString::to_string);
    let reason = if error.reason == TOO_MANY_ROWS {
        TOO_MANY_ROWS
    } else if is_final(&error) {
        "REFUSED"
    } else if job.failures + 1 >= MOST_FAILURES {
        "ATTEMPTS_EXHAUSTED"
    } else {
        tracing::warn!(export = %job.id, error = %error, cause, "failed; will be tried again");
        let until = now + pause(parts.work.pause, job.failures);
        let again = || export::postpone(&parts.database, lease, &error.message, until);
        written(again).await;
        return;
    };
    tracing::warn!(export = %job.id, error = %error, cause, reason, "given up");
    let failure = Failure {
        reason: reason.to_owned(),
        message: error.message,
    };
    written(|| export::fail(&parts.database, lease, &failure, now)).await;
}

/// How long a job rests after so many failures before the present one.
fn pause(first: Duration, failures: u32) -> Duration {
    let doubled = first.saturating_mul(2_u32.saturating_pow(failures));
    doubled.min(LONGEST_PAUSE)
}

/// Writes to a job; whether it was still this claim's. Where the database stays away the lease ends by itself.
async fn written<F>(write: impl Fn() -> F) -> bool
where
    F: Future<Output = std::result::Result<bool, StoreError>>,
{
    let (most, mut rest) = WRITES;
    for attempt in 1..=most {
        match write().await {
            Ok(held) => return held,
            Err(error) if attempt == most => {
                tracing::warn!(%error, "what became of an export cannot be written");
            }
            Err(_) => {
                sleep(rest).await;
                rest *= 2;
            }
        }
    }
    false
}

/// Removes what a claim wrote, unless it was published. Where the database cannot say, the cleaner does it later.
async fn discard(parts: &Parts, lease: Lease) {
    let asked = export::in_use(&parts.database, &[lease]).await;
    if asked.is_ok_and(|asked| asked.iter().all(|(_, used)| !used))
        && let Err(error) = parts.objects.remove_claim(lease).await
    {
        tracing::warn!(%error, export = %lease.job, "what was written cannot be removed");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_limit() {
        let seconds = |failures| pause(Duration::from_secs(2), failures).as_secs();
        assert_eq!([0, 1, 2, 3].map(seconds), [2, 4, 8, 16]);
        assert_eq!(seconds(40), 300);
    }
}
