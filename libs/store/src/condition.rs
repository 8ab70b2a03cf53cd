//! The condition that a database is in: what of it matters to whoever runs an installation.

use acuse_domain::time::Timestamp;
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text, Timestamptz};

use crate::error::StoreError;
use crate::pool::Database;
use crate::sql::Sql;
use crate::types::At;

/// What the server says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// Its major version, such as 17.
    pub major_version: u32,
    /// What time it is there.
    pub now: Timestamp,
    /// Memory for pages, in bytes.
    pub shared_buffers: u64,
    /// Log that is written between checkpoints at most, in bytes.
    pub max_wal_size: u64,
    /// Whether a commit is on disk when it is told of.
    pub durable_commits: bool,
    /// Whether anything is ever made to reach the disk, and pages survive being written halfway.
    pub survives_crashes: bool,
    /// Whether it is a standby, which takes no writes.
    pub standby: bool,
    /// Whether it knows the time zones of the world.
    pub knows_zones: bool,
    /// Connections that it takes at most.
    pub max_connections: u32,
    /// Whether this connection to it is encrypted.
    pub encrypted: bool,
    /// The locale of its messages to us, where that is none of English.
    pub foreign_messages: Option<String>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Integer)]
    version: i32,
    #[diesel(sql_type = Timestamptz)]
    now: At,
    #[diesel(sql_type = BigInt)]
    shared_buffers: i64,
    #[diesel(sql_type = BigInt)]
    max_wal_size: i64,
    #[diesel(sql_type = Text)]
    synchronous_commit: String,
    #[diesel(sql_type = Bool)]
    survives_crashes: bool,
    #[diesel(sql_type = Bool)]
    standby: bool,
    #[diesel(sql_type = Bool)]
    knows_zones: bool,
    #[diesel(sql_type = Integer)]
    max_connections: i32,
    #[diesel(sql_type = Bool)]
    encrypted: bool,
    #[diesel(sql_type = Nullable<Text>)]
    foreign_messages: Option<String>,
}

const LOOK: &str = "SELECT current_setting('server_version_num')::int AS version, clock_timestamp() AS now, \
     pg_size_bytes(current_setting('shared_buffers')) AS shared_buffers, \
     pg_size_bytes(current_setting('max_wal_size')) AS max_wal_size, \
     current_setting('synchronous_commit') AS synchronous_commit, \
     current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on' AS survives_crashes, \
     pg_is_in_recovery() AS standby, \
     EXISTS (SELECT FROM pg_timezone_names WHERE name = 'America/Santiago') AS knows_zones, \
     current_setting('max_connections')::int AS max_connections, \
     coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS encrypted, \
     (SELECT locale FROM current_setting('lc_messages') AS locale WHERE locale !~ '^(|C|POSIX|en)([._@-]|$)') AS foreign_messages";

/// Looks at the server. Needs no privilege.
///
/// # Errors
/// Fails with the database.
pub async fn look(database: &Database) -> Result<Condition, StoreError> {
    let connection = database.connection().await?;
    let row: Option<Row> = Sql::new(LOOK).fetch_optional(&connection).await?;
    let row = row.ok_or_else(|| StoreError::Corrupt("the server says nothing".to_owned()))?;
    let At(now) = row.now;
    Ok(Condition {
        major_version: row.version.unsigned_abs() / 10_000,
        now,
        shared_buffers: row.shared_buffers.unsigned_abs(),
        max_wal_size: row.max_wal_size.unsigned_abs(),
        durable_commits: row.synchronous_commit != "off",
        survives_crashes: row.survives_crashes,
        standby: row.standby,
        knows_zones: row.knows_zones,
        max_connections: row.max_connections.unsigned_abs(),
        encrypted: row.encrypted,
        foreign_messages: row.foreign_messages,
    })
}
