//! One attempt at one job: from its claim to what is written about how it ended.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use acuse_domain::error::{Error, Result};
use acuse_rpc::background::Stop;
use acuse_store::StoreError;
use acuse_store::export::{self, Failure, File, Job, Lease};
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tracing::Instrument as _;

use super::file::{Gauge, make};
use super::hold::hold;
use super::measure::Attempt;
use crate::asked::TOO_MANY_ROWS;
use crate::notifications;
use crate::parts::Parts;
use crate::reporting::is_final;

/// Failures after which a job is given up.
const MOST_FAILURES: u32 = 5;

/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(5 * 60);

/// How often what became of an attempt is tried to be written, and the pause before the second time.
const WRITES: (u32, Duration) = (5, Duration::from_millis(250));

/// How an attempt ended.
enum End {
    Made(File),
    Failed(Error),
    /// The job was cancelled or deleted, or somebody else has it, or may have it.
    Lost,
    /// The service stops.
    Stopped,
}

/// Makes the file of a claimed job, and writes how that went.
pub(super) async fn run(parts: &Arc<Parts>, job: Job, stop: &mut Stop) {
    let lease = job.lease();
    let attempt = Attempt::begin(&job);
    tracing::info!(export = %job.id, attempt = job.attempts, "begun");
    parts.live.tell_changed(job.id).await;
    let end = if job.failures >= MOST_FAILURES {
        // Whoever had it died each time: what they died of may be the job itself.
        End::Failed(Error {
            message: "its workers ended without a word".to_owned(),
            ..Error::internal("too many claims ended without a word")
        })
    } else {
        let gauge = Arc::new(Gauge::default());
        let mut making = Making::start(parts, &job, &gauge);
        let end = tokio::select! {
            biased;
            () = stop.told() => End::Stopped,
            () = hold(parts, lease, &gauge) => End::Lost,
            made = making.made() => match made {
                Ok(file) => End::Made(file),
                Err(error) => End::Failed(error),
            },
        };
        making.stopped().await;
        end
    };
    let outcome = match end {
        End::Made(file) => publish(parts, &job, file, &attempt).await,
        End::Failed(error) => settle(parts, &job, error).await,
        End::Stopped => {
            let now = parts.clock.now();
            let back = || export::hand_back(&parts.database, lease, now);
            written(back).await;
            parts.live.tell_queued().await;
            tracing::info!(export = %job.id, "handed back");
            "handed_back"
        }
        End::Lost => {
            tracing::warn!(export = %job.id, "given up: its job is another's, or over");
            "lost"
        }
    };
    attempt.end(outcome);
    parts.live.forget(lease).await;
    parts.live.tell_changed(job.id).await;
    discard(parts, lease).await;
}

/// A file in the making, in a task of its own: however long a piece of it keeps the processor, the claim is held, and the job
/// looked after, meanwhile.
struct Making(JoinHandle<Result<File>>);

impl Making {
    fn start(parts: &Arc<Parts>, job: &Job, gauge: &Arc<Gauge>) -> Self {
        let (parts, job, gauge) = (Arc::clone(parts), job.clone(), Arc::clone(gauge));
        let making = async move { make(&parts, &job, &gauge).await };
        Self(tokio::spawn(making.in_current_span()))
    }

    /// What comes of it, a panic included.
    async fn made(&mut self) -> Result<File> {
        let done = (&mut self.0).await;
        done.unwrap_or_else(|_| Err(Error::internal("making the file panicked")))
    }

    /// Stops it, and returns when nothing more is written.
    async fn stopped(self) {
        if !self.0.is_finished() {
            self.0.abort();
            let _ = self.0.await;
        }
    }
}

/// Publishes a file, unless somebody else has the job by now; how the attempt ended.
async fn publish(parts: &Parts, job: &Job, file: File, attempt: &Attempt) -> &'static str {
    let (lease, now) = (job.lease(), parts.clock.now());
    let (rows, size) = (file.rows, file.size);
    let succeed = || export::succeed(&parts.database, lease, file.clone(), now);
    if written(succeed).await || ended(parts, lease).await {
        notifications::ring(parts, job.workspace, &job.asker.subject).await;
        attempt.published(rows, size);
        tracing::info!(export = %job.id, rows, size, "succeeded");
        "succeeded"
    } else {
        tracing::warn!(export = %job.id, "its file was not published");
        "lost"
    }
}

/// Has a failed job tried again, or gives it up; how the attempt ended.
async fn settle(parts: &Parts, job: &Job, error: Error) -> &'static str {
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
        return "postponed";
    };
    tracing::warn!(export = %job.id, error = %error, cause, reason, "given up");
    let failure = Failure {
        reason: reason.to_owned(),
        message: error.message,
    };
    let fail = || export::fail(&parts.database, lease, &failure, now);
    if written(fail).await || ended(parts, lease).await {
        notifications::ring(parts, job.workspace, &job.asker.subject).await;
    }
    "failed"
}

/// Whether it is this claim that ended the job: it may have been written, and the answer to that lost, so that writing it again
/// found nothing to write to. Who waits for the job is told all the same.
async fn ended(parts: &Parts, lease: Lease) -> bool {
    export::ended(&parts.database, lease).await.unwrap_or(false)
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
