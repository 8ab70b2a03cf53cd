//! From a configuration to a service that runs, and to its end.

use std::future::Future;
use std::sync::Arc;

use acuse_rpc::Clock;
use acuse_rpc::client::{Channel, ChannelError, Credentials};
use acuse_rpc::paging::PageTokens;
use acuse_rpc::server::{Readiness, Server, Serving};
use acuse_store::{Database, PoolConfig, StoreError, migrations};
use tokio::sync::Notify;

use crate::bells::Bells;
use crate::config::Config;
use crate::downloads::{self, Links, Places};
use crate::grpc;
use crate::live::Live;
use crate::objects::Objects;
use crate::parts::Parts;
use crate::reporting::Reporting;
use crate::work::Workers;

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
    /// The address of Redis cannot be used.
    #[error("Redis cannot be used: {0}")]
    Redis(#[from] redis::RedisError),
    /// The folder or bucket for the files cannot be used.
    #[error("the place for the files cannot be used: {0}")]
    Storage(#[from] object_store::Error),
    /// Reporting cannot be called.
    #[error("reporting cannot be called: {0}")]
    Reporting(#[from] ChannelError),
    /// The server cannot be made.
    #[error(transparent)]
    Server(#[from] acuse_rpc::server::StartError),
    /// There is no secret for page tokens or addresses, and none can be made up.
    #[error("the operating system gave no randomness: {0}")]
    Randomness(#[from] rand::rand_core::OsError),
}

/// Starts the service. It runs until `shutdown` returns: then it hands back the jobs under way, so that another replica goes on
/// with them at once, takes no more calls, finishes those under way, and ends. Reporting and Redis need not be there.
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
) -> Result<Serving, StartError> {
    let missing = migrations::pending(&config.database).await?;
    if !missing.is_empty() {
        return Err(StartError::MigrationsMissing(missing));
    }
    let parts = Arc::new(parts(&config, clock)?);
    // A connection of its own: a service whose connections are all busy is still healthy. Reporting is a part beside it: while it
    // is away exports wait, and everything else goes on.
    let health = database(&config, 1)?;
    let readiness = Readiness::when(move || {
        let health = health.clone();
        async move { health.ping().await }
    });
    let (redis, files) = (Arc::clone(&parts), Arc::clone(&parts));
    let reporting = parts.reporting.clone();
    let redis = Readiness::when(move || {
        let parts = Arc::clone(&redis);
        async move { parts.live.answers().await }
    });
    let files = Readiness::when(move || {
        let parts = Arc::clone(&files);
        async move { parts.objects.are_there().await }
    });
    let reporting = Readiness::when(move || {
        let reporting = reporting.clone();
        async move { reporting.is_there().await }
    });
    let builder = Server::builder(config.server.clone(), readiness)
        .part("redis", redis)
        .part("files", files)
        .part("reporting", reporting)
        .browsers(config.browsers.clone());
    let server = grpc::serve(builder, config.server.limits, &parts)
        .web(downloads::router(Arc::clone(&parts)))
        .bind()
        .await?;
    parts
        .links
        .listens(server.address(), config.server.tls.is_some());
    let workers = Workers::start(&parts);
    let address = server.address();
    let task = tokio::spawn(async move {
        let (told, stopping) = tokio::sync::oneshot::channel::<()>();
        let serving = server.run(async {
            shutdown.await;
            let _ = told.send(());
        });
        let working = async {
            // The sender is gone where serving ended by itself.
            let _ = stopping.await;
            workers.stop().await;
        };
        let (served, ()) = tokio::join!(serving, working);
        tracing::info!("stopped");
        served
    });
    Ok(Serving::new(address, task))
}

fn parts(config: &Config, clock: Clock) -> Result<Parts, StartError> {
    let credentials = Credentials::Service(Arc::clone(&config.identity));
    let channel = Channel::new(&config.reporting, credentials)?;
    Ok(Parts {
        database: database(config, config.working_connections())?.measured("export/working"),
        live: Live::new(&config.redis)?,
        objects: Objects::open(&config.storage)?,
        reporting: Reporting::new(channel, config.server.limits),
        pages: PageTokens::configured(config.page_token_secret.as_ref())?,
        links: Links::configured(config.download_secret.as_ref(), config.public_url.as_ref())?,
        places: Places::beside(config.server.limits.concurrent_calls),
        clock,
        keep: config.keep,
        work: config.work,
        queued: Notify::new(),
        scheduled: Notify::new(),
        bells: Bells::new(),
    })
}

fn database(config: &Config, connections: usize) -> Result<Database, StoreError> {
    Database::new(&PoolConfig::new(config.database.clone(), connections))
}
