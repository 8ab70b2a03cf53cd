//! From a configuration to a service that runs, and to its end.

use std::future::Future;
use std::sync::Arc;

use acuse_rpc::Clock;
use acuse_rpc::background::Stop;
use acuse_rpc::paging::PageTokens;
use acuse_rpc::server::{Readiness, Server, Serving};
use acuse_store::read::{Copies, CopiesConfig};
use acuse_store::{Database, PoolConfig, StoreError};
use acuse_telemetry::metrics::catalog::{COPIES_BYTES, COPIES_HELD, COPIES_LOADED, COPIES_REFUSED};
use tokio::sync::watch;

use crate::config::Config;
use crate::copies::keep;
use crate::grpc;
use crate::parts::Parts;

/// Connections to a primary that is another database than reports are read from, beside the one of health.
const PRIMARY_CONNECTIONS: usize = 2;

/// Why the service did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The pool of connections cannot be made.
    #[error("the connections cannot be set up: {0}")]
    Pool(#[from] StoreError),
    /// The operating system gives no randomness.
    #[error("the operating system gives no randomness")]
    Randomness,
    /// The server cannot be made.
    #[error(transparent)]
    Server(#[from] acuse_rpc::server::StartError),
}

/// Starts the service. It runs until `shutdown` returns: then it takes no more calls, finishes those under way and ends.
/// It starts without its database as well, and is healthy once that is there.
///
/// # Errors
///
/// [`StartError`], with what to do about it.
pub async fn start(
    config: Config,
    clock: Clock,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<Serving, StartError> {
    let database =
        |connections| Database::new(&PoolConfig::new(config.database.clone(), connections));
    let reading = database(config.reading_connections())?.measured("reporting/reading");
    let primary = match &config.primary {
        Some(address) => Database::new(&PoolConfig::new(address.clone(), PRIMARY_CONNECTIONS))?
            .measured("reporting/primary"),
        None => reading.clone(),
    };
    let copies = Copies::new(
        reading.clone(),
        CopiesConfig {
            bytes: config.copies_mib << 20,
            ..CopiesConfig::default()
        },
    );
    let (held, taken) = (copies.clone(), copies.clone());
    COPIES_LOADED.exists([]);
    COPIES_REFUSED.exists([]);
    COPIES_HELD.watch(move |tell| tell(held.held() as f64, []));
    COPIES_BYTES.watch(move |tell| tell(taken.bytes() as f64, []));
    let parts = Arc::new(Parts {
        database: reading,
        copies: copies.clone(),
        primary,
        pages: PageTokens::configured(config.page_token_secret.as_ref())
            .map_err(|_| StartError::Randomness)?,
        clock,
        sources: config.sources,
    });
    // Connections of its own: a service whose connections are all busy is still healthy.
    let readiness = answers(database(1)?);
    // Reports go on without it; saved ones are kept there.
    let primary = config.primary.as_ref().map(|address| {
        let health = Database::new(&PoolConfig::new(address.clone(), 1))?;
        Ok::<_, StoreError>(answers(health))
    });
    let builder = Server::builder(config.server.clone(), readiness).browsers(config.browsers);
    let server = grpc::serve(builder, config.server.limits, &parts, primary.transpose()?)
        .bind()
        .await?;
    let address = server.address();
    let stop = watch::Sender::new(false);
    let keeping = tokio::spawn(keep(copies, Stop::new(stop.subscribe())));
    let task = tokio::spawn(async move {
        let served = server.run(shutdown).await;
        stop.send_replace(true);
        // It ends by itself, and a panic inside is no reason to end otherwise than in order.
        let _ = keeping.await;
        tracing::info!("stopped");
        served
    });
    Ok(Serving::new(address, task))
}

/// Ready while a database answers.
fn answers(database: Database) -> Readiness {
    Readiness::when(move || {
        let database = database.clone();
        async move { database.ping().await }
    })
}
