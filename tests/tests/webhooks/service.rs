//! Services in the test's own process.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;

use tokio::sync::oneshot;

/// A service in this process.
pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    pub(crate) stop: oneshot::Sender<()>,
    pub(crate) stopped: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Service {
    /// Ends it, and waits until it has ended.
    pub(crate) async fn stop(self) {
        let _ = self.stop.send(());
        self.stopped.await;
    }
}

/// A signal to stop, and what is told by it.
pub(crate) fn signal() -> (
    oneshot::Sender<()>,
    impl Future<Output = ()> + Send + 'static,
) {
    let (stop, told) = oneshot::channel::<()>();
    (stop, async {
        let _ = told.await;
    })
}
