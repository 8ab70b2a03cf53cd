//! Migrations: one sequence for all schemas, each with a way down.

mod locks;

use std::collections::HashSet;
use std::time::{Duration, Instant};

use acuse_domain::ids::Digest;
use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel::sql_types::{Bool, Text};
use diesel::{ConnectionError, ConnectionResult, QueryResult, QueryableByName};
use diesel_async::{AsyncMigrationHarness, AsyncPgConnection, SimpleAsyncConnection as _};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use tokio::sync::mpsc;

use crate::address::Address;
use crate::error::StoreError;
use crate::sql::Sql;
pub use locks::Holder;
use locks::Watch;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// How long a statement waits for a lock. Whoever comes after it waits behind it, the services' calls among them, who give up
/// after five seconds.
const LOCK_WAIT: Duration = Duration::from_secs(2);

/// How long everybody else goes first before the next try.
const PAUSE: Duration = Duration::from_secs(2);

/// How long locks are tried for where nothing else is said.
pub const USUAL_PATIENCE: Duration = Duration::from_secs(60);

/// The one lock of all who migrate a database, so that two at once take turns. The number is nobody else's.
const TURN: &str = "SELECT pg_advisory_lock(7453010411092214383)";

/// A migration that could not be applied or taken back.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// The database cannot be reached.
    #[error("cannot connect to the database: {0}")]
    Connect(#[from] ConnectionError),
    /// A migration failed; those before it stay applied.
    #[error("{0}")]
    Failed(Box<dyn std::error::Error + Send + Sync>),
    /// Others held locks that a migration needs for as long as they were tried for; those before it stay applied.
    #[error("{}", locks::held(waited, holders))]
    Locked {
        /// How long they were tried for.
        waited: Duration,
        /// Who held them last; nobody where that could not be seen.
        holders: Vec<Holder>,
    },
    /// The work was interrupted.
    #[error("interrupted: {0}")]
    Interrupted(#[from] tokio::task::JoinError),
}

/// What is told while migrations are applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// One was applied.
    Applied(String),
    /// Others hold locks that it needs; it will be tried again.
    Waits(Vec<Holder>),
}

/// Applies every migration that is still to come; gives their names in order.
///
/// Needs a user that may create schemas and roles; runs on tokio's multi-thread runtime.
///
/// # Errors
/// Stops at the first migration that fails.
pub async fn run(address: &Address) -> Result<Vec<String>, MigrationError> {
    let mut applied = Vec::new();
    run_within(address, USUAL_PATIENCE, |step| {
        if let Step::Applied(name) = step {
            applied.push(name);
        }
    })
    .await?;
    Ok(applied)
}

/// The same, and tells each step. A statement waits for a lock for two seconds; then its migration is taken back, everybody else
/// goes first for as long, and it is tried again, until the locks were tried for as long as `patience`.
///
/// # Errors
/// Stops at the first migration that fails.
pub async fn run_within(
    address: &Address,
    patience: Duration,
    mut told: impl FnMut(Step),
) -> Result<(), MigrationError> {
    let mut began = Instant::now();
    loop {
        let mut told_and_counted = |step| {
            // The locks of each migration are tried for as long.
            if matches!(step, Step::Applied(_)) {
                began = Instant::now();
            }
            told(step);
        };
        let holders = match attempt(address, &mut told_and_counted).await? {
            Attempt::Done => return Ok(()),
            Attempt::Locked(holders) => holders,
        };
        let waited = began.elapsed();
        if waited + PAUSE > patience {
            return Err(MigrationError::Locked { waited, holders });
        }
        told(Step::Waits(holders));
        tokio::time::sleep(PAUSE).await;
    }
}

/// How a try ended that nothing was wrong with.
enum Attempt {
    Done,
    Locked(Vec<Holder>),
}

/// Applies what is still to come, until a lock cannot be had.
async fn attempt(
    address: &Address,
    told: &mut impl FnMut(Step),
) -> Result<Attempt, MigrationError> {
    let connection = session(address).await?;
    let mut watch = Watch::of(address, &connection).await?;
    let (applied, mut news) = mpsc::channel(1);
    let mut working = tokio::spawn(apply(connection, applied));
    let done = loop {
        tokio::select! {
            Some(name) = news.recv() => told(Step::Applied(name)),
            done = &mut working => break done?,
            () = watch.look_again() => {}
        }
    };
    while let Some(name) = news.recv().await {
        told(Step::Applied(name));
    }
    match done {
        Ok(()) => Ok(Attempt::Done),
        Err(error) if locks::is_why(&*error) => Ok(Attempt::Locked(watch.seen())),
        Err(error) => Err(MigrationError::Failed(error)),
    }
}

/// Waits for its turn, and tells the names of what it applied.
async fn apply(
    mut connection: AsyncPgConnection,
    applied: mpsc::Sender<String>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    take_turn(&mut connection).await?;
    let mut harness = AsyncMigrationHarness::new(connection);
    let working = tokio::task::spawn_blocking(move || {
        for next in harness.pending_migrations(MIGRATIONS)? {
            harness.run_migration(&next)?;
            // Nobody hears of it who has gone away; what was begun is done all the same.
            let _ = applied.blocking_send(next.name().to_string());
        }
        Ok(())
    });
    working.await?
}

/// Waits until nobody else migrates, however long that takes: nobody waits behind it for anything else.
async fn take_turn(connection: &mut AsyncPgConnection) -> QueryResult<()> {
    let wait = LOCK_WAIT.as_millis();
    let text = format!("SET lock_timeout = 0; {TURN}; SET lock_timeout = '{wait}ms'");
    connection.batch_execute(&text).await
}

/// A session that changes the schema.
pub(crate) async fn session(address: &Address) -> ConnectionResult<AsyncPgConnection> {
    let mut connection = address.connect().await?;
    let settings = format!(
        "SET application_name = 'acuse migrate'; SET lock_timeout = '{}ms'; {}",
        LOCK_WAIT.as_millis(),
        crate::pool::ENGLISH
    );
    connection
        .batch_execute(&settings)
        .await
        .map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(connection)
}

/// Takes every migration back, the newest first; gives their names in order.
///
/// # Errors
/// Stops at the first migration that fails.
pub async fn revert(address: &Address) -> Result<Vec<String>, MigrationError> {
    let mut connection = session(address).await?;
    take_turn(&mut connection)
        .await
        .map_err(|error| MigrationError::Failed(error.into()))?;
    let mut harness = AsyncMigrationHarness::new(connection);
    let reverted = tokio::task::spawn_blocking(move || {
        let versions = harness.revert_all_migrations(MIGRATIONS)?;
        Ok(versions.iter().map(ToString::to_string).collect())
    });
    reverted.await?.map_err(MigrationError::Failed)
}

/// The migrations that are still to come, by name. Only reads, so that a service may ask whose user can create nothing.
///
/// # Errors
/// Fails where the database cannot be reached, or does not let this user see what was applied.
pub async fn pending(address: &Address) -> Result<Vec<String>, MigrationError> {
    let connection = address.connect().await?;
    let applied = applied(&connection)
        .await
        .map_err(|error| MigrationError::Failed(error.into()))?;
    let known = MigrationSource::<Pg>::migrations(&MIGRATIONS).map_err(MigrationError::Failed)?;
    let names = known.iter().map(|next| next.name());
    Ok(names
        .filter(|name| !applied.contains(&name.version().to_string()))
        .map(ToString::to_string)
        .collect())
}

#[derive(QueryableByName)]
struct Applied {
    #[diesel(sql_type = Text)]
    version: String,
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Bool)]
    found: bool,
}

/// The versions that Diesel has noted; its table is made by the first migration that is applied.
async fn applied(connection: &AsyncPgConnection) -> Result<HashSet<String>, StoreError> {
    let table: Option<Found> =
        Sql::new("SELECT to_regclass('__diesel_schema_migrations') IS NOT NULL AS found")
            .fetch_optional(connection)
            .await?;
    if !table.is_some_and(|table| table.found) {
        return Ok(HashSet::new());
    }
    let rows: Vec<Applied> = Sql::new("SELECT version::text FROM __diesel_schema_migrations")
        .fetch(connection)
        .await?;
    Ok(rows.into_iter().map(|row| row.version).collect())
}

/// What all migrations together say, in short: a database made by the same migrations has the same schema.
pub fn fingerprint() -> String {
    let mut parts: Vec<Vec<u8>> = vec![
        include_bytes!("../migrations/2026-11-20-000001_message_state/up.sql").to_vec(),
        include_bytes!("../migrations/2026-11-21-000001_ingestion/up.sql").to_vec(),
        include_bytes!("../migrations/2026-11-21-000002_reporting/up.sql").to_vec(),
        include_bytes!("../migrations/2026-11-21-000003_export/up.sql").to_vec(),
        include_bytes!("../migrations/2026-11-29-000001_not_understood/up.sql").to_vec(),
    ];
    let names = MigrationSource::<Pg>::migrations(&MIGRATIONS).unwrap_or_default();
    parts.extend(
        names
            .iter()
            .map(|next| next.name().to_string().into_bytes()),
    );
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    format!("{:?}", Digest::of(&parts))
}
