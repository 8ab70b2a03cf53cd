//! How long a service that is away is waited for, and how Ctrl-C ends it all.

use std::time::Duration;

use acuse_domain::error::ErrorKind;
use acuse_rpc::{server::shutdown_signal, status::to_error};
use futures::{FutureExt as _, future::BoxFuture};
use tokio::time::{Instant, sleep_until};
use tonic::{Code, Status};

use crate::grpc::reason;

/// How long nothing may go on if nothing else is said.
const USUAL: Duration = Duration::from_secs(5 * 60);

const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// How long what is under way has after Ctrl-C.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// What is left of the time that nothing may go on.
#[derive(Debug, Clone)]
pub(super) struct Patience {
    /// As the user says.
    limit: Option<Duration>,
    since: Instant,
    attempts: u32,
    /// Whether the service ever did anything in this run.
    has_begun: bool,
}

impl Patience {
    pub(super) fn new(limit: Option<Duration>) -> Self {
        Self {
            limit,
            since: Instant::now(),
            attempts: 0,
            has_begun: false,
        }
    }

    /// Something went on.
    pub(super) fn renew(&mut self) {
        *self = Self {
            has_begun: true,
            ..Self::new(self.limit)
        };
    }

    /// How long to wait before it is tried again; `None` where that would not help, or not soon enough. A service that was
    /// never there is waited for only if the user says so.
    pub(super) fn pause(&mut self, status: &Status) -> Option<Duration> {
        let asked = passing(status)?;
        let is_away = reason(status) == "PEER_UNREACHABLE";
        if is_away && !self.has_begun && self.limit.is_none() {
            return None;
        }
        let doubled = FIRST_PAUSE * 2_u32.pow(self.attempts.min(10));
        let longest = doubled.min(LONGEST_PAUSE);
        self.attempts += 1;
        // Some way into it at random, so that callers that failed together do not come back together.
        let pause = asked + longest.mul_f64(rand::random_range(0.5..1.0));
        let in_time = self.since.elapsed() + pause <= self.limit.unwrap_or(USUAL);
        in_time.then_some(pause)
    }
}

/// Whether a refusal passes by itself, and how long to wait at least.
fn passing(status: &Status) -> Option<Duration> {
    match to_error(status.clone()).kind {
        ErrorKind::Unavailable { retry_after } => {
            // What was made here, of a connection that broke, asks for nothing.
            let is_told =
                status.code() == Code::Unavailable && reason(status) != "PEER_UNREACHABLE";
            Some(if is_told { retry_after } else { Duration::ZERO })
        }
        // One that does not say when is of what stays: a message that is too long, a limit that is reached.
        ErrorKind::ResourceExhausted { retry_after } => retry_after,
        ErrorKind::DeadlineExceeded => Some(Duration::ZERO),
        _ => None,
    }
}

/// What Ctrl-C asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// Finish what is under way.
    Soon,
    /// It took too long, or somebody pressed it again.
    Now,
}

/// Ctrl-C, and what follows it.
pub(super) struct Interrupt {
    pressed: BoxFuture<'static, ()>,
    until: Option<Instant>,
}

impl Interrupt {
    pub(super) fn new() -> Self {
        Self {
            pressed: shutdown_signal().boxed(),
            until: None,
        }
    }

    /// Returns when there is something to do about it; to be asked again after that.
    pub(super) async fn next(&mut self) -> Stop {
        let Some(until) = self.until else {
            (&mut self.pressed).await;
            self.pressed = shutdown_signal().boxed();
            self.until = Some(Instant::now() + LAST_WORDS);
            return Stop::Soon;
        };
        tokio::select! {
            () = sleep_until(until) => {}
            () = &mut self.pressed => {}
        }
        Stop::Now
    }

    /// Whether it was pressed.
    pub(super) fn is_pressed(&self) -> bool {
        self.until.is_some()
    }
}

#[cfg(test)]
mod tests {
    use tonic_types::{ErrorDetails, StatusExt as _};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_passes_is_waited_for_as_long_as_is_said() {
        let busy = Status::unavailable("busy");
        let mut patience = Patience::new(Some(Duration::from_secs(20)));
        let mut waited = Duration::ZERO;
        while let Some(pause) = patience.pause(&busy) {
            assert!(
                pause >= Duration::from_secs(1),
                "a second where nothing is asked for"
            );
            tokio::time::advance(pause).await;
            waited += pause;
        }
        let seconds = waited.as_secs();
        assert!((1..=20).contains(&seconds), "{waited:?}");
        patience.renew();
        assert!(patience.pause(&busy).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_busy_says_for_how_long() {
        let asked = Duration::from_secs(2);
        let busy = Status::with_error_details(
            Code::ResourceExhausted,
            "busy",
            ErrorDetails::with_retry_info(Some(asked)),
        );
        let mut patience = Patience::new(Some(Duration::from_secs(60)));
        assert!(patience.pause(&busy).is_some_and(|pause| pause >= asked));
    }

    #[test]
    fn what_stays_is_not_waited_for() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let _within = runtime.enter();
        for status in [
            Status::permission_denied("no"),
            Status::invalid_argument("no"),
            Status::not_found("no"),
            Status::resource_exhausted("too long"),
        ] {
            let mut patience = Patience::new(Some(Duration::from_secs(60)));
            assert_eq!(patience.pause(&status), None, "{status}");
        }
    }
}
