//! What long-running tasks of a service share: being told to end, and living through outages.

use std::fmt::Display;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use acuse_telemetry::metrics::catalog::HELD_UP;
use acuse_telemetry::metrics::enabled;
use futures::FutureExt as _;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The first pause after a failure, and the longest.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(10));

/// Tells a task to end.
#[derive(Debug)]
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Ends when `told` holds true, or when its sender is gone.
    pub fn new(told: watch::Receiver<bool>) -> Self {
        Self(told)
    }

    /// Returns when it is time.
    pub async fn told(&mut self) {
        // A sender that is gone will never tell: then it is time as well.
        let _ = self.0.wait_for(|stop| *stop).await;
    }

    /// Waits, but not beyond the end; tells whether that has come.
    pub async fn wait(&mut self, rest: impl Future<Output = ()>) -> bool {
        tokio::select! {
            biased;
            () = self.told() => true,
            () = rest => false,
        }
    }
}

/// What work gives, or what went wrong with it, a panic included.
///
/// # Errors
///
/// The text of the error.
pub async fn guarded<T, E: Display>(work: impl Future<Output = Result<T, E>>) -> Result<T, String> {
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(result) => result.map_err(|error| error.to_string()),
        Err(_) => Err("it panicked".to_owned()),
    }
}

/// How often what has to be asked for is measured.
const MEASURED_EVERY: Duration = Duration::from_secs(10);

/// Measures something over and over. Ends when it is dropped.
#[derive(Debug)]
#[must_use = "dropping it ends the measuring"]
pub struct Measuring(Option<JoinHandle<()>>);

impl Measuring {
    /// Does `measure` at once and every ten seconds from then on, where anybody is told of this process's metrics. What cannot be
    /// asked for is told as it was for a minute, and then no longer: see [`Measured`](acuse_telemetry::metrics::Measured).
    pub fn start<F: Future<Output = ()> + Send>(
        measure: impl Fn() -> F + Send + Sync + 'static,
    ) -> Self {
        let measuring = async move {
            loop {
                measure().await;
                tokio::time::sleep(MEASURED_EVERY).await;
            }
        };
        Self(enabled().then(|| tokio::spawn(measuring)))
    }
}

impl Drop for Measuring {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}

/// A time in which some work fails. It is logged when it begins and when it ends.
#[derive(Debug)]
pub struct Outage {
    work: &'static str,
    /// The pause after the next failure; `None` while all is well.
    pause: Option<Duration>,
}

impl Outage {
    /// No outage yet of `work`, which is named in the log.
    pub fn new(work: &'static str) -> Self {
        HELD_UP.set(0.0, [work.into()]);
        Self { work, pause: None }
    }

    /// Notes a failure; gives how long to wait before the next try.
    pub fn goes_on(&mut self, problem: &str) -> Duration {
        let (first, longest) = BACKOFF;
        if self.pause.is_none() {
            HELD_UP.set(1.0, [self.work.into()]);
            tracing::warn!(
                work = self.work,
                cause = problem,
                "held up; will go on trying"
            );
        }
        let pause = self.pause.unwrap_or(first);
        self.pause = Some((pause * 2).min(longest));
        pause
    }

    /// Notes that the work went well.
    pub fn over(&mut self) {
        if self.pause.take().is_some() {
            HELD_UP.set(0.0, [self.work.into()]);
            tracing::info!(work = self.work, "goes on");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_begin_anew() {
        let mut outage = Outage::new("testing");
        let pauses: Vec<_> = (0..7).map(|_| outage.goes_on("away").as_millis()).collect();
        assert_eq!(pauses, [500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
        outage.over();
        assert_eq!(outage.goes_on("away").as_millis(), 500);
    }
}
