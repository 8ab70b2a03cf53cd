//! From a configuration to a service that runs, and to its end.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use acuse_rpc::Clock;
use acuse_rpc::background::Measuring;
use acuse_rpc::client::{Channel, ChannelError, Credentials};
use acuse_rpc::paging::PageTokens;
use acuse_rpc::server::{Readiness, ServeError, Server, Serving};
use acuse_store::ingestion::backlog;
use acuse_store::{Database, PoolConfig, StoreError, migrations};
use acuse_telemetry::metrics::catalog::{INBOX_AGE, INBOX_ENTRIES};
use futures::FutureExt as _;
use tokio::sync::Notify;

use crate::config::Config;
use crate::drain::Drainer;
use crate::gather::Gatherer;
use crate::grpc;
use crate::ingest::Room;
use crate::known_integrations::KnownIntegrations;
use crate::message_state::MessageState;
use crate::parts::Parts;
use crate::sweep::Sweeper;
use crate::webhook::{self, Buffer, Outside, Stranger};

/// Why the service did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database cannot be asked for its migrations.
    #[error("the database cannot be used: {0}")]
    Database(#[from] migrations::MigrationError),
    /// The database is older than this build.
    #[error("run `acuse migrate` first: the database lacks {}", .0.join(", "))]
    MigrationsMissing(Vec<String>),
    /// The pool of connections cannot be made.
    #[error("the connections cannot be set up: {0}")]
    Pool(#[from] StoreError),
    /// Message-state cannot be called.
    #[error("message-state cannot be called: {0}")]
    MessageState(#[from] ChannelError),
    /// The server cannot be made.
    #[error(transparent)]
    Server(#[from] acuse_rpc::server::StartError),
    /// Secrets that have to be made up cannot be.
    #[error("the operating system gave no randomness")]
    Randomness,
}

/// The service at work.
#[derive(Debug)]
pub struct Running(Serving);

impl Running {
    /// The address that it listens on, for gRPC and webhooks: with the port that the system chose, where 0 was configured.
    pub fn address(&self) -> SocketAddr {
        self.0.address()
    }

    /// Returns when it has stopped, with everything that it had under way.
    ///
    /// # Errors
    ///
    /// [`ServeError`] where serving ended before it was to.
    pub async fn stopped(self) -> Result<(), ServeError> {
        self.0.stopped().await
    }
}

/// Starts the service. It runs until `shutdown` returns: then it takes no more calls, finishes those under way and the
/// entries of the inbox that it is working on, and ends. Message-state need not be there when it starts.
///
/// Needs tokio's multi-thread runtime.
///
/// # Errors
///
/// [`StartError`], with what to do about it.
pub async fn start(
    config: Config,
    clock: Clock,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<Running, StartError> {
    check_migrations(&config).await?;
    let parts = Arc::new(parts(&config, clock)?);
    // A connection of its own: a service whose connections are all busy is still healthy.
    let health = database(&config, 1)?;
    let own = Readiness::when(move || {
        let health = health.clone();
        async move { health.ping().await }
    });
    // The process is ready while its own database is, and keeps getting webhooks while message-state is away: they wait in the
    // inbox. RPCs have nothing to wait in, and so their service alone goes by message-state's health as well.
    let peer = parts.message_state.clone();
    let peer = Readiness::when(move || {
        let peer = peer.clone();
        async move { peer.is_there().await }
    });

    let builder = Server::builder(config.server.clone(), own);
    let server = grpc::serve(builder, config.server.limits, &parts, peer)
        .web(webhook::router(Arc::clone(&parts)))
        .bind()
        .await?;
    let drainer = Drainer::start(config.drain, &parts);
    let sweeper = Sweeper::start(&parts);
    let address = server.address();
    let measuring = measure(&parts);
    let task = tokio::spawn(async move {
        let _measuring = measuring;
        let served = server.run(shutdown).await;
        drainer.stop().await;
        sweeper.stop().await;
        tracing::info!("stopped");
        served
    });
    Ok(Running(Serving::new(address, task)))
}

/// Measures how much waits in the inbox.
fn measure(parts: &Arc<Parts>) -> Measuring {
    webhook::are_counted();
    let parts = Arc::clone(parts);
    Measuring::start(move || {
        let parts = Arc::clone(&parts);
        async move {
            if let Ok(waiting) = backlog(&parts.database).await {
                let now = parts.clock.now();
                let age = waiting.oldest.map_or(0, |oldest| now.micros_since(oldest));
                INBOX_ENTRIES.set(waiting.entries as f64, []);
                INBOX_AGE.set(age.max(0) as f64 / 1e6, []);
            }
        }
    })
}

async fn check_migrations(config: &Config) -> Result<(), StartError> {
    let missing = migrations::pending(&config.database).await?;
    if missing.is_empty() {
        Ok(())
    } else {
        Err(StartError::MigrationsMissing(missing))
    }
}

fn parts(config: &Config, clock: Clock) -> Result<Parts, StartError> {
    let credentials = Credentials::Service(Arc::clone(&config.identity));
    let channel = Channel::new(&config.message_state, credentials)?;
    let message_state = MessageState::new(channel, config.server.limits);
    let secret = config.page_token_secret.as_ref();
    Ok(Parts {
        database: database(config, config.working_connections())?.measured("ingestion/working"),
        gatherer: gatherer(&message_state),
        message_state,
        secrets_keys: Arc::clone(&config.secrets_keys),
        known: KnownIntegrations::default(),
        pages: PageTokens::configured(secret).map_err(|_| StartError::Randomness)?,
        buffer: Buffer::new(config.webhook_buffer_bytes),
        stranger: Stranger::new().map_err(|_| StartError::Randomness)?,
        outside: Outside {
            configured: config.public_url.clone(),
            trusts_forwarded: config.trust_forwarded,
            tls: config.server.tls.is_some(),
        },
        room: Room::new(config.stream_buffer_bytes),
        batch_patience: config.batch_patience,
        clock,
        inbox_filled: Notify::new(),
    })
}

fn gatherer(message_state: &MessageState) -> Gatherer {
    let (applying, choosing) = (message_state.clone(), message_state.clone());
    Gatherer::new(
        Arc::new(move |parts, until| {
            let applying = applying.clone();
            async move { applying.apply_all(parts, until).await }.boxed()
        }),
        Arc::new(move |workspace| choosing.address(workspace)),
    )
}

fn database(config: &Config, connections: usize) -> Result<Database, StoreError> {
    Database::new(&PoolConfig::new(config.database.clone(), connections))
}
