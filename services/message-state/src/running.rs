//! From a configuration to a service that runs, and to its end.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use acuse_domain::time::Timestamp;
use acuse_rpc::Clock;
use acuse_rpc::background::Measuring;
use acuse_rpc::paging::PageTokens;
use acuse_rpc::server::{Readiness, ServeError, Server, Serving};
use acuse_store::apply::{Applier, Outcome, Submission};
use acuse_store::fold::Folder;
use acuse_store::{Database, PoolConfig, StoreError, migrations, upkeep};
use acuse_telemetry::metrics::catalog::{FOLD_BEHIND, FOLD_BEHIND_MOST, UPKEEP};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::sync::watch;

use crate::background::Background;
use crate::commit::{Apply, CommitCounts, Committer, Counters};
use crate::config::Config;
use crate::grpc;
use crate::heads::Heads;
use crate::known_workspaces::KnownWorkspaces;
use crate::parts::Parts;

/// Why the service did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database cannot be asked for its migrations.
    #[error("the database cannot be used: {0}")]
    Database(#[from] migrations::MigrationError),
    /// The database is older than this build.
    #[error("the database lacks {} ({}); run `acuse migrate` first", count(.0.len()), .0.join(", "))]
    MigrationsMissing(Vec<String>),
    /// The pool of connections cannot be made.
    #[error("the connections cannot be set up: {0}")]
    Pool(#[from] StoreError),
    /// The server cannot be made.
    #[error(transparent)]
    Server(#[from] acuse_rpc::server::StartError),
    /// There is no secret for page tokens, and none can be made up.
    #[error("the operating system gave no randomness: {0}")]
    Randomness(#[from] rand::rand_core::OsError),
}

fn count(migrations: usize) -> String {
    match migrations {
        1 => "a migration".to_owned(),
        many => format!("{many} migrations"),
    }
}

/// The service at work.
#[derive(Debug)]
pub struct Running {
    counters: Arc<Counters>,
    serving: Serving,
}

impl Running {
    /// The address that it listens on: with the port that the system chose, where 0 was configured.
    pub fn address(&self) -> SocketAddr {
        self.serving.address()
    }

    /// What the group commit has done so far.
    pub fn commit_counts(&self) -> CommitCounts {
        self.counters.read()
    }

    /// Returns when it has stopped, with everything that it had under way.
    ///
    /// # Errors
    ///
    /// [`ServeError`] where serving ended before it was to.
    pub async fn stopped(self) -> Result<(), ServeError> {
        self.serving.stopped().await
    }
}

/// Starts the service. It runs until `shutdown` returns: then it takes no more calls, finishes those under way, stores
/// what waits, folds a last time and ends.
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
    let missing = migrations::pending(&config.database).await?;
    if !missing.is_empty() {
        return Err(StartError::MigrationsMissing(missing));
    }
    let pages = PageTokens::configured(config.page_token_secret.as_ref())?;
    let writing =
        database(&config, config.writing_connections())?.measured("message-state/writing");
    let reading =
        database(&config, config.reading_connections())?.measured("message-state/reading");
    // A connection of its own: a service whose connections are all busy is still healthy.
    let health = database(&config, 1)?;

    let committed = watch::Sender::new(());
    let counters = Arc::new(Counters::default());
    let apply = applying(&writing);
    let committer = Committer::start(&config.commit, &apply, &clock, &counters, &committed);
    let heads = Arc::new(Heads::new(reading.clone()));
    let background = Background::start(
        &config.background,
        &writing,
        &reading,
        &clock,
        &committed,
        committer.idle(),
        &heads,
    );
    let parts = Arc::new(Parts {
        database: reading,
        committer,
        workspaces: KnownWorkspaces::default(),
        pages,
        heads,
        clock,
    });

    let readiness = Readiness::when(move || {
        let health = health.clone();
        async move { health.ping().await }
    });
    let builder = Server::builder(config.server.clone(), readiness);
    let server = grpc::serve(builder, config.server.limits, &parts)
        .bind()
        .await?;
    let address = server.address();
    let measuring = measure(&parts.database);
    let serving = tokio::spawn(async move {
        let _measuring = measuring;
        let served = server.run(shutdown).await;
        // The handlers are gone with the server, and with them all who could hand in more.
        if let Some(parts) = Arc::into_inner(parts) {
            parts.committer.close().await;
        }
        background.stop().await;
        tracing::info!("stopped");
        served
    });
    Ok(Running {
        counters,
        serving: Serving::new(address, serving),
    })
}

/// Measures how far the rollups are behind, and what upkeep is at.
fn measure(reading: &Database) -> Measuring {
    let folder = Folder::new(reading.clone());
    let reading = reading.clone();
    Measuring::start(move || {
        let (folder, reading) = (folder.clone(), reading.clone());
        async move {
            if let Ok(unfolded) = folder.unfolded().await {
                FOLD_BEHIND.set(unfolded.changes as f64, []);
                FOLD_BEHIND_MOST.set(unfolded.most as f64, []);
            }
            if let Ok(underway) = upkeep::look(&reading).await {
                UPKEEP.set(underway.restaging as f64, ["restaging".into()]);
                UPKEEP.set(underway.rebuilding as f64, ["rebuilding".into()]);
            }
        }
    })
}

fn database(config: &Config, connections: usize) -> Result<Database, StoreError> {
    Database::new(&PoolConfig::new(config.database.clone(), connections))
}

fn applying(database: &Database) -> Apply {
    fn apply<'a>(
        applier: &Arc<Applier>,
        batch: &'a [Submission],
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Vec<Outcome>, StoreError>> {
        let applier = Arc::clone(applier);
        async move { applier.apply(batch, now).await }.boxed()
    }
    let applier = Arc::new(Applier::new(database.clone()));
    Arc::new(move |batch, now| apply(&applier, batch, now))
}
