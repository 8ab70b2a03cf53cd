//! From serving to gone.

use tokio::sync::watch;

/// How far a server is on its way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// Takes calls.
    Serving,
    /// Takes no more calls, and finishes those under way.
    Draining,
    /// Waits no longer.
    Over,
}

/// Tells handlers that the server is on its way out. In the extensions of every request, for streams without an
/// end of their own: a watcher that ends when draining begins lets its caller go on elsewhere at once.
#[derive(Debug, Clone)]
pub struct Drain(watch::Receiver<Phase>);

impl Drain {
    /// Returns when the server takes no more calls.
    pub async fn started(&self) {
        self.reached(Phase::Draining).await;
    }

    pub(super) async fn reached(&self, phase: Phase) {
        let mut phases = self.0.clone();
        // The server is gone where its sender is, and that is as far as it gets.
        let _ = phases.wait_for(|now| *now >= phase).await;
    }
}

pub(super) fn lifecycle() -> (watch::Sender<Phase>, Drain) {
    let (sender, receiver) = watch::channel(Phase::Serving);
    (sender, Drain(receiver))
}
