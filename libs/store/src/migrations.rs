//! Migrations: one sequence for all schemas, each with a way down.

use std::collections::HashSet;

use acuse_domain::ids::Digest;
use diesel::QueryableByName;
use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel::sql_types::{Bool, Text};
use diesel_async::{AsyncConnection, AsyncMigrationHarness, AsyncPgConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::error::StoreError;
use crate::sql::Sql;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// A migration that could not be applied or taken back.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// The database cannot be reached.
    #[error("cannot connect to the database: {0}")]
    Connect(#[from] diesel::ConnectionError),
    /// A migration failed; those before it stay applied.
    #[error("{0}")]
    Failed(Box<dyn std::error::Error + Send + Sync>),
    /// The work was interrupted.
    #[error("interrupted: {0}")]
    Interrupted(#[from] tokio::task::JoinError),
}

/// Applies every migration that is still to come; gives their names in order.
///
/// Needs a user that may create schemas and roles; runs on tokio's multi-thread runtime.
///
/// # Errors
/// Stops at the first migration that fails.
pub async fn run(database_url: &str) -> Result<Vec<String>, MigrationError> {
    with_harness(database_url, |harness| {
        let versions = harness.run_pending_migrations(MIGRATIONS)?;
        Ok(versions.iter().map(ToString::to_string).collect())
    })
    .await
}

/// Takes every migration back, the newest first; gives their names in order.
///
/// # Errors
/// Stops at the first migration that fails.
pub async fn revert(database_url: &str) -> Result<Vec<String>, MigrationError> {
    with_harness(database_url, |harness| {
        let versions = harness.revert_all_migrations(MIGRATIONS)?;
        Ok(versions.iter().map(ToString::to_string).collect())
    })
    .await
}

/// The migrations that are still to come, by name. Only reads, so that a service may ask whose user can create nothing.
///
/// # Errors
/// Fails where the database cannot be reached, or does not let this user see what was applied.
pub async fn pending(database_url: &str) -> Result<Vec<String>, MigrationError> {
    let connection = AsyncPgConnection::establish(database_url).await?;
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

type Harness = AsyncMigrationHarness<AsyncPgConnection>;

async fn with_harness<T: Send + 'static>(
    database_url: &str,
    work: impl FnOnce(&mut Harness) -> Result<T, Box<dyn std::error::Error + Send + Sync>>
    + Send
    + 'static,
) -> Result<T, MigrationError> {
    let connection = AsyncPgConnection::establish(database_url).await?;
    let mut harness = AsyncMigrationHarness::new(connection);
    tokio::task::spawn_blocking(move || work(&mut harness))
        .await?
        .map_err(MigrationError::Failed)
}
