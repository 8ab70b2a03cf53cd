//! Migrations: one sequence for all schemas, each with a way down.

mod failure;
mod known;
mod locks;

use std::collections::{BTreeSet, HashSet};
use std::time::{Duration, Instant};

use acuse_domain::ids::Digest;
use diesel::migration::CREATE_MIGRATIONS_TABLE;
use diesel::sql_types::{Bool, Text};
use diesel::{ConnectionError, ConnectionResult, QueryableByName};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection as _};
use tokio::sync::mpsc;
use tokio_postgres::Client;

use crate::address::Address;
use crate::error::StoreError;
use crate::sql::Sql;
use failure::Failure;
use known::Way;
pub use locks::Holder;
use locks::Watch;

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
/// Needs a user that may create schemas and roles.
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
    let client = client(address).await?;
    let mut watch = Watch::of(address, &client).await?;
    let (applied, mut news) = mpsc::channel(1);
    // A task of its own: what was begun is done, whether or not anybody waits for it.
    let mut working = tokio::spawn(apply(client, applied));
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
        Err(Failure::Locked) => Ok(Attempt::Locked(watch.seen())),
        Err(error) => Err(error.into()),
    }
}

/// Waits for its turn, and tells the names of what it applied.
async fn apply(mut client: Client, applied: mpsc::Sender<String>) -> Result<(), Failure> {
    let done = begin(&client).await?;
    for next in known::all().map_err(Failure::Other)? {
        if done.contains(&next.version) {
            continue;
        }
        next.go(&mut client, Way::Up).await?;
        // Nobody hears of it who has gone away.
        let _ = applied.send(next.name).await;
    }
    Ok(())
}

/// Waits until nobody else migrates, however long that takes: nobody waits behind it for anything else.
async fn take_turn(client: &Client) -> Result<(), tokio_postgres::Error> {
    let wait = LOCK_WAIT.as_millis();
    let text = format!("SET lock_timeout = 0; {TURN}; SET lock_timeout = '{wait}ms'");
    client.batch_execute(&text).await
}

/// Waits for its turn; gives what was applied.
async fn begin(client: &Client) -> Result<BTreeSet<String>, Failure> {
    take_turn(client).await?;
    client.batch_execute(CREATE_MIGRATIONS_TABLE).await?;
    let select = "SELECT version::text FROM __diesel_schema_migrations";
    let rows = client.query(select, &[]).await?;
    let versions: Result<_, tokio_postgres::Error> =
        rows.iter().map(|row| row.try_get(0)).collect();
    Ok(versions?)
}

/// What a session sets that changes the schema. What the server says is for people to read, in English where it lets us have
/// that.
fn settings() -> String {
    format!(
        "SET application_name = 'acuse migrate'; SET timezone = 'UTC'; SET lock_timeout = '{}ms'; {}",
        LOCK_WAIT.as_millis(),
        crate::pool::ENGLISH
    )
}

/// A session that changes the schema, with the server's own word of what goes wrong.
async fn client(address: &Address) -> Result<Client, MigrationError> {
    let client = address.client().await?;
    client
        .batch_execute(&settings())
        .await
        .map_err(Failure::from)?;
    Ok(client)
}

/// The same, for statements as Diesel runs them.
pub(crate) async fn session(address: &Address) -> ConnectionResult<AsyncPgConnection> {
    let mut connection = address.connect().await?;
    connection
        .batch_execute(&settings())
        .await
        .map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(connection)
}

/// Takes every migration back, the newest first; gives their names in order.
///
/// # Errors
/// Stops at the first migration that fails, and before all where one was applied that this build does not know.
pub async fn revert(address: &Address) -> Result<Vec<String>, MigrationError> {
    let mut client = client(address).await?;
    let mut applied = begin(&client).await?;
    let mut known = known::all().map_err(MigrationError::Failed)?;
    known.retain(|one| applied.remove(&one.version));
    if let Some(unknown) = applied.first() {
        let error = format!("the migration {unknown} is not known to this version");
        return Err(MigrationError::Failed(error.into()));
    }
    let mut names = Vec::new();
    for last in known.into_iter().rev() {
        last.go(&mut client, Way::Down).await?;
        names.push(last.name);
    }
    Ok(names)
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
    let known = known::all().map_err(MigrationError::Failed)?;
    Ok(known
        .into_iter()
        .filter(|next| !applied.contains(&next.version))
        .map(|next| next.name)
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
    let known = known::all().unwrap_or_default();
    let parts = known.iter().flat_map(|one| [&*one.name, one.text()]);
    let parts: Vec<&[u8]> = parts.map(str::as_bytes).collect();
    format!("{:?}", Digest::of(&parts))
}
