//! Serving: one builder, one stack of layers, one way to stop.

mod admission;
mod authenticate;
mod body;
mod browsers;
mod builder;
mod deadline;
mod health;
mod identify;
mod lifecycle;
pub(crate) mod measured;
mod panic;
mod reply;
mod serving;
mod stack;
mod streams;
mod tidy;
mod trace;
mod tuned;
mod version;

use std::{future::Future, net::SocketAddr, time::Duration};

use tokio::{
    sync::{oneshot, watch},
    task::JoinHandle,
    time::timeout,
};
use tonic::{
    service::Routes,
    transport::server::{Server as Transport, TcpIncoming},
};

pub use browsers::{Browsers, Origin};
pub use builder::{Builder, StartError};
pub use health::Readiness;
pub use lifecycle::Drain;
pub use serving::Serving;
pub use tuned::Tuned;
pub use version::VERSION_HEADER;

use lifecycle::Phase;

/// How long calls that were cut off have to tell their callers.
const FAREWELL: Duration = Duration::from_secs(1);

/// A server that is bound and not yet serving.
pub struct Server {
    transport: Transport,
    routes: Routes,
    incoming: TcpIncoming,
    address: SocketAddr,
    health: health::Health,
    readiness: health::Wellness,
    // Ends with the server, run or not.
    keys: Background,
    phase: watch::Sender<Phase>,
    drain: Duration,
}

/// Why serving ended too early.
#[derive(Debug, thiserror::Error)]
#[error("serving failed: {0}")]
pub struct ServeError(#[from] tonic::transport::Error);

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Server {
    /// Begins a server that says it can work while `readiness` does.
    pub fn builder(config: crate::config::ServerConfig, readiness: Readiness) -> Builder {
        Builder::new(config, readiness)
    }

    /// The address that it listens on: with the port that the system chose, where 0 was configured.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown` returns. Then says that it serves no more, takes no more connections and calls, finishes
    /// the calls under way for as long as is configured, cuts off the rest, and returns.
    ///
    /// # Errors
    ///
    /// [`ServeError`] when the transport fails.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> Result<(), ServeError> {
        let Self {
            mut transport,
            routes,
            incoming,
            address,
            health,
            readiness,
            keys: _keys,
            phase,
            drain,
        } = self;
        let mut watching = health.watch(readiness);
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = transport
            .add_routes(routes)
            .serve_with_incoming_shutdown(incoming, async {
                let _ = stopped.await;
            });
        tokio::pin!(serving);

        tracing::info!(%address, "serving");
        tokio::select! {
            ended = &mut serving => return ended.map_err(ServeError),
            () = shutdown => {}
        }
        tracing::info!("stopping");
        // In this order: no check may find it ready again, and whoever watches its health hears of it before its
        // stream ends.
        watching.shutdown().await;
        health.not_serving().await;
        phase.send_replace(Phase::Draining);
        drop(stop);
        if let Ok(ended) = timeout(drain, &mut serving).await {
            return ended.map_err(ServeError);
        }
        tracing::warn!("calls are under way still; cutting them off");
        phase.send_replace(Phase::Over);
        timeout(FAREWELL, &mut serving)
            .await
            .unwrap_or(Ok(()))
            .map_err(ServeError)
    }
}

/// Returns when the process is told to stop: SIGTERM, or SIGINT from a terminal.
pub async fn shutdown_signal() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}

/// A task that ends with its server.
struct Background(JoinHandle<()>);

impl Drop for Background {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Health and reflection: open to everyone, always admitted, never logged.
fn infrastructure(path: &str) -> bool {
    path.starts_with("/grpc.health.v1.") || path.starts_with("/grpc.reflection.")
}
