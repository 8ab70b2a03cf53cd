//! Waits for changes of messages.

use std::time::Duration;

use acuse_domain::error::{Error, ErrorKind, Result};
use acuse_rpc::auth::Access;
use acuse_rpc::server::Drain;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// How long a watcher hears nothing at most.
const QUIET: Duration = Duration::from_secs(10);

/// What somebody waits for who was told everything up to some change.
#[derive(Debug)]
pub(crate) struct Watcher {
    newest: watch::Receiver<i64>,
    drain: Drain,
    access: Access,
    /// When they hear something even if nothing changed.
    sign_due: Instant,
}

impl Watcher {
    /// Waits for what `newest` tells, until `drain` begins or the token of `access` ends.
    pub(crate) fn new(newest: watch::Receiver<i64>, drain: Drain, access: Access) -> Self {
        Self {
            newest,
            drain,
            access,
            // The first sign of life comes at once.
            sign_due: Instant::now(),
        }
    }

    /// Whether they have heard nothing for so long that even nothing is to be told.
    pub(crate) fn is_due(&self) -> bool {
        self.sign_due <= Instant::now()
    }

    /// They were told something.
    pub(crate) fn told(&mut self) {
        self.sign_due = Instant::now() + QUIET;
    }

    /// Returns when there are changes after `place`, or when a sign of life is due.
    ///
    /// # Errors
    ///
    /// UNAVAILABLE when the service stops, UNAUTHENTICATED when the caller's token is good no more.
    pub(crate) async fn wait(&mut self, place: i64) -> Result<()> {
        tokio::select! {
            biased;
            () = self.drain.started() => Err(stopping()),
            expired = self.access.expired() => Err(expired),
            // Whoever tells is gone with the service, which ends the wait as well.
            _ = self.newest.wait_for(|newest| *newest > place) => Ok(()),
            () = sleep_until(self.sign_due) => Ok(()),
        }
    }
}

fn stopping() -> Error {
    Error::new(
        ErrorKind::Unavailable {
            retry_after: Duration::from_secs(1),
        },
        "STOPPING",
        "the service is stopping; go on with the newest resume_token",
    )
}
