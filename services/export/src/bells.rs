//! Wakes those in this process who wait to be told something.
//!
//! A bell says that there may be something to look for in the record, and no more. One that nobody hears costs a moment: whoever
//! waits looks by themselves every few seconds.

use std::time::Duration;

use acuse_domain::ids::{Digest, WorkspaceId};
use tokio::sync::broadcast;
use tokio::time::{Instant, sleep_until};

/// Bells that may ring before somebody has listened to the first of them. Who has not hears that they may have missed one.
const MOST: usize = 256;

/// The bells of all people.
#[derive(Debug)]
pub(crate) struct Bells(broadcast::Sender<Option<Digest>>);

impl Bells {
    /// Silence.
    pub(crate) fn new() -> Self {
        Self(broadcast::Sender::new(MOST))
    }

    /// Whose bell it is: nobody can be told from it.
    pub(crate) fn of(workspace: WorkspaceId, subject: &str) -> Digest {
        Digest::of(&[&workspace.0.to_le_bytes(), subject.as_bytes()])
    }

    /// Rings somebody's.
    pub(crate) fn ring(&self, whose: Digest) {
        // Nobody need be there.
        let _ = self.0.send(Some(whose));
    }

    /// Rings everybody's: something may have been told that nobody heard.
    pub(crate) fn ring_all(&self) {
        let _ = self.0.send(None);
    }

    /// Listens to somebody's from now on.
    pub(crate) fn listen(&self, whose: Digest) -> Listener {
        Listener {
            whose,
            bells: self.0.subscribe(),
        }
    }
}

/// Somebody who listens to a bell.
#[derive(Debug)]
pub(crate) struct Listener {
    whose: Digest,
    bells: broadcast::Receiver<Option<Digest>>,
}

impl Listener {
    /// Returns when the bell rang since this was called last, or may have, and at the latest after `patience`.
    pub(crate) async fn wait(&mut self, patience: Duration) {
        let until = Instant::now() + patience;
        let rings = async {
            loop {
                match self.bells.recv().await {
                    Ok(Some(whose)) if whose != self.whose => {}
                    Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => return,
                    Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
                }
            }
        };
        tokio::select! {
            () = rings => {}
            () = sleep_until(until) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(3_600);

    fn ana() -> Digest {
        Bells::of(WorkspaceId(1), "ana")
    }

    #[tokio::test(start_paused = true)]
    async fn ones_own_bell_is_heard_and_no_other() {
        let bells = Bells::new();
        let mut listener = bells.listen(ana());
        let began = Instant::now();
        for other in [
            Bells::of(WorkspaceId(2), "ana"),
            Bells::of(WorkspaceId(1), "eva"),
        ] {
            bells.ring(other);
        }
        listener.wait(LONG).await;
        assert_eq!(began.elapsed(), LONG);
        let began = Instant::now();
        bells.ring(ana());
        listener.wait(LONG).await;
        bells.ring_all();
        listener.wait(LONG).await;
        assert!(began.elapsed().is_zero());
    }

    #[tokio::test(start_paused = true)]
    async fn who_hears_late_hears_of_it_still() {
        let bells = Bells::new();
        let mut listener = bells.listen(ana());
        bells.ring(ana());
        for _ in 0..2 * MOST {
            bells.ring(Bells::of(WorkspaceId(1), "eva"));
        }
        let began = Instant::now();
        listener.wait(LONG).await;
        assert!(began.elapsed().is_zero());
    }
}
