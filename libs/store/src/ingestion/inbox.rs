//! `inbox`: webhooks that were checked and answered, but could not be applied at once.
//!
//! An entry is claimed for the time of a lease. Whoever claimed it applies it and deletes it, or postpones it; whoever
//! dies loses it to the next claim. So an entry may be applied twice, which changes nothing: applying is idempotent.

use std::time::Duration;

use acuse_domain::ids::{MessageId, WorkspaceId};
use acuse_domain::time::Timestamp;
use diesel::QueryableByName;
use diesel::sql_types::{
    BigInt, Binary, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::AsyncPgConnection;
use futures::FutureExt;
use uuid::Uuid;

use super::{IntegrationRef, Parcel, fetch, rows_at_most, run, storable, transaction};
use crate::error::StoreError;
use crate::pool::{Database, NAMED};
use crate::sql::{Rows, Sql, rows};
use crate::types::At;

/// Bytes of bodies that one claim gives at most, but for the last of them: what a drainer holds in memory at once.
const CLAIM_BYTES: i64 = 16 * 1024 * 1024;

/// Characters kept of a failure.
const FAILURE_LENGTH: usize = 500;

rows! {
    /// One entry as stored.
    InboxRow in "ingestion.inbox" {
        workspace_id: i32 => Integer,
        entry_id: Uuid => SqlUuid,
        integration_id: Uuid => SqlUuid,
        provider: i16 => SmallInt,
        received_at: At => Timestamptz,
        content_type: Option<String> => Nullable<Text>,
        query: Option<String> => Nullable<Text>,
        body: Vec<u8> => Binary,
        due_at: At => Timestamptz,
        attempts: i32 => Integer,
        last_failure: Option<String> => Nullable<Text>,
    }
}

/// A claim of one entry: nobody else gets it until the lease ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Lease {
    /// The entry's workspace.
    pub workspace: WorkspaceId,
    /// The entry.
    pub entry: Uuid,
    /// How often the entry was claimed, this time included: 1 or more.
    pub attempt: u32,
}

/// A webhook that was claimed to be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The claim.
    pub lease: Lease,
    /// The name by which callers know the workspace.
    pub slug: String,
    /// The webhook.
    pub parcel: Parcel,
    /// Why it was postponed last; `None` where it never was.
    pub last_failure: Option<String>,
}

/// How much waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backlog {
    /// Entries, whether claimed, due or postponed.
    pub entries: u64,
    /// When the oldest of them was received; `None` where there are none.
    pub oldest: Option<Timestamp>,
}

/// Keeps a webhook to be applied later; when this returns it is durable.
///
/// # Errors
/// Fails with the database; nothing was kept.
pub async fn keep_in_inbox(database: &Database, parcel: &Parcel) -> Result<(), StoreError> {
    let row = InboxRow {
        workspace_id: parcel.integration.workspace.0,
        // Any UUIDv7 of that time would do.
        entry_id: MessageId::new(parcel.received_at).0,
        integration_id: parcel.integration.id,
        provider: parcel.integration.provider.code(),
        received_at: At(parcel.received_at),
        content_type: parcel.content_type.as_deref().map(storable),
        query: parcel.query.as_deref().map(storable),
        body: parcel.body.clone(),
        due_at: At(parcel.received_at),
        attempts: 0,
        last_failure: None,
    };
    run(database, InboxRow::insert([row], "")).await?;
    Ok(())
}

/// Claims up to `limit` entries that are due at `now`, for the time of `lease`, those due longest first. The workspaces
/// that have some share the claim evenly, so that one with many does not hold up the others, and bodies beyond 16 MiB
/// are left for the next claim. Fewer than `limit` may be given though more are due: go on until none are given.
///
/// # Errors
/// Fails with the database; nothing was claimed.
pub async fn claim(
    database: &Database,
    limit: usize,
    now: Timestamp,
    lease: Duration,
) -> Result<Vec<Waiting>, StoreError> {
    transaction(database, move |connection| {
        async move {
            let turns = turns(connection, limit, now).await?;
            let (mut rows_left, mut bytes_left) = (rows_at_most(limit), CLAIM_BYTES);
            let mut claimed = Vec::new();
            for (turn, next) in turns.iter().enumerate() {
                let others = rows_at_most(turns.len() - turn);
                let share = (rows_left / others, bytes_left / others);
                let rows = claim_of(connection, next.workspace_id, share, now, now + lease).await?;
                for row in rows {
                    rows_left -= 1;
                    bytes_left -= rows_at_most(row.body.len());
                    match row.waiting(&next.slug) {
                        Ok(waiting) => claimed.push(waiting),
                        // One entry's trouble is not the others'; it is tried again when its lease ends.
                        Err(error) => {
                            tracing::error!(%error, "an entry of the inbox cannot be read")
                        }
                    }
                }
                if rows_left <= 0 || bytes_left <= 0 {
                    break;
                }
            }
            Ok(claimed)
        }
        .boxed()
    })
    .await
}

#[derive(QueryableByName)]
struct TurnRow {
    #[diesel(sql_type = Integer)]
    workspace_id: i32,
    #[diesel(sql_type = Text)]
    slug: String,
}

/// The workspaces that have entries due, the one that waits longest first; one look at an index for each workspace, and
/// none while the inbox is empty. (`EXISTS` would read through all that was deleted since the last vacuum.)
async fn turns(
    connection: &AsyncPgConnection,
    limit: usize,
    now: Timestamp,
) -> Result<Vec<TurnRow>, StoreError> {
    Sql::new(
        "SELECT workspaces.workspace_id, workspaces.slug FROM message_state.workspaces CROSS JOIN LATERAL ( \
           SELECT due_at FROM ingestion.inbox WHERE inbox.workspace_id = workspaces.workspace_id \
             AND inbox.due_at <= ? ORDER BY inbox.due_at LIMIT 1) AS longest \
         WHERE (SELECT min(workspace_id) FROM ingestion.inbox) IS NOT NULL \
         ORDER BY longest.due_at, workspaces.workspace_id LIMIT ?",
    )
    .bind::<Timestamptz, _>(At(now))
    .bind::<BigInt, _>(rows_at_most(limit))
    .fetch(connection)
    .await
}

/// Claims entries of one workspace: as many as `share` has rows, and bodies of about as many bytes, but at least one.
async fn claim_of(
    connection: &AsyncPgConnection,
    workspace: i32,
    (rows, bytes): (i64, i64),
    now: Timestamp,
    until: Timestamp,
) -> Result<Vec<InboxRow>, StoreError> {
    let text = format!(
        "WITH due AS MATERIALIZED ( \
           SELECT workspace_id, entry_id, due_at, octet_length(body) AS bytes FROM ingestion.inbox \
           WHERE workspace_id = ? AND due_at <= ? ORDER BY due_at LIMIT ? FOR UPDATE SKIP LOCKED), \
         share AS (SELECT workspace_id, entry_id, \
           sum(bytes) OVER (ORDER BY due_at, entry_id) - bytes AS bytes_before FROM due) \
         UPDATE ingestion.inbox AS stored SET due_at = ?, attempts = stored.attempts + 1 FROM share \
         WHERE stored.workspace_id = share.workspace_id AND stored.entry_id = share.entry_id \
           AND share.bytes_before < ? RETURNING stored.{}",
        InboxRow::COLUMNS.join(", stored."),
    );
    Sql::new(text)
        .bind::<Integer, _>(workspace)
        .bind::<Timestamptz, _>(At(now))
        .bind::<BigInt, _>(rows)
        .bind::<Timestamptz, _>(At(until))
        .bind::<BigInt, _>(bytes.max(1))
        .fetch(connection)
        .await
}

impl InboxRow {
    fn waiting(self, slug: &str) -> Result<Waiting, StoreError> {
        let integration =
            IntegrationRef::stored(self.workspace_id, self.integration_id, self.provider)?;
        Ok(Waiting {
            lease: Lease {
                workspace: integration.workspace,
                entry: self.entry_id,
                attempt: self.attempts.unsigned_abs(),
            },
            slug: slug.to_owned(),
            parcel: Parcel {
                integration,
                received_at: self.received_at.0,
                content_type: self.content_type,
                query: self.query,
                body: self.body,
            },
            last_failure: self.last_failure,
        })
    }
}

/// Deletes entries that were applied; those that are gone already are passed over.
///
/// Whoever applied an entry may delete it, also after the lease ended and someone else claimed it: that one applies what
/// is applied already, and finds nothing left to delete or postpone.
///
/// # Errors
/// Fails with the database; nothing was deleted.
pub async fn finish(database: &Database, leases: &[Lease]) -> Result<(), StoreError> {
    let statement = bind_leases(
        "DELETE FROM ingestion.inbox AS stored USING unnest(?, ?, ?) AS done(workspace_id, entry_id, attempts) \
         WHERE stored.workspace_id = done.workspace_id AND stored.entry_id = done.entry_id",
        leases,
    );
    run(database, statement).await?;
    Ok(())
}

/// Gives entries back that could not be applied: they are due again at `until`. `failure` says why, in words that hold
/// nothing of the body; 500 characters of it are kept. Entries that are gone, or that someone else claimed after the
/// lease ended, stay as they are.
///
/// # Errors
/// Fails with the database; nothing was postponed, and the leases end by themselves.
pub async fn postpone(
    database: &Database,
    leases: &[Lease],
    until: Timestamp,
    failure: &str,
) -> Result<(), StoreError> {
    let failure: String = storable(failure).chars().take(FAILURE_LENGTH).collect();
    let statement = bind_leases(
        "WITH lost AS (SELECT * FROM unnest(?, ?, ?) AS lost(workspace_id, entry_id, attempts)) \
         UPDATE ingestion.inbox AS stored SET due_at = ?, last_failure = ? FROM lost \
         WHERE stored.workspace_id = lost.workspace_id AND stored.entry_id = lost.entry_id \
           AND stored.attempts = lost.attempts",
        leases,
    )
    .bind::<Timestamptz, _>(At(until))
    .bind::<Text, _>(failure);
    run(database, statement).await?;
    Ok(())
}

/// Binds the columns of leases, in an order that all transactions share: they lock rows in it.
fn bind_leases(text: &'static str, leases: &[Lease]) -> Sql {
    let mut leases = leases.to_vec();
    leases.sort_unstable_by_key(|lease| (lease.workspace, lease.entry));
    Sql::new(text)
        .bind_all::<Integer, _>(leases.iter().map(|lease| lease.workspace.0))
        .bind_all::<SqlUuid, _>(leases.iter().map(|lease| lease.entry))
        .bind_all::<Integer, _>(
            leases
                .iter()
                .map(|lease| i32::try_from(lease.attempt).unwrap_or(i32::MAX)),
        )
}

#[derive(QueryableByName)]
struct BacklogRow {
    #[diesel(sql_type = BigInt)]
    entries: i64,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    oldest: Option<At>,
}

/// How much waits in the inbox, of all workspaces. Counts every entry: for a figure now and then, not for every call.
///
/// # Errors
/// Fails with the database.
pub async fn backlog(database: &Database) -> Result<Backlog, StoreError> {
    let statement =
        Sql::new("SELECT count(*) AS entries, min(received_at) AS oldest FROM ingestion.inbox");
    let rows: Vec<BacklogRow> = fetch(database, statement).await?;
    Ok(rows.first().map_or(
        Backlog {
            entries: 0,
            oldest: None,
        },
        |row| Backlog {
            entries: row.entries.unsigned_abs(),
            oldest: row.oldest.map(|At(at)| at),
        },
    ))
}

/// Entries of one provider that are counted at most: a report does not wait for more to be counted.
const MOST_COUNTED: i64 = 10_000;

/// How much waits of what came from one provider, of the workspace that a reader sees.
#[derive(QueryableByName)]
pub(crate) struct WaitingRow {
    #[diesel(sql_type = SmallInt)]
    pub(crate) provider: i16,
    #[diesel(sql_type = BigInt)]
    pub(crate) entries: i64,
    #[diesel(sql_type = Timestamptz)]
    pub(crate) oldest: At,
}

/// How much waits in the workspace that the transaction names, by provider. It goes from one provider to the next along an index:
/// where nothing waits that is one look, and where much does no more is read than is counted.
pub(crate) fn waiting_by_provider() -> Sql {
    Sql::new(format!(
        "WITH RECURSIVE found AS ( \
           (SELECT provider FROM ingestion.inbox WHERE workspace_id = {NAMED} ORDER BY provider LIMIT 1) \
           UNION ALL SELECT next.provider FROM found CROSS JOIN LATERAL ( \
             SELECT provider FROM ingestion.inbox WHERE workspace_id = {NAMED} AND provider > found.provider \
             ORDER BY provider LIMIT 1) AS next) \
         SELECT found.provider, counted.entries, counted.oldest FROM found CROSS JOIN LATERAL ( \
           SELECT count(*) AS entries, min(first.received_at) AS oldest FROM ( \
             SELECT received_at FROM ingestion.inbox WHERE workspace_id = {NAMED} AND provider = found.provider \
             ORDER BY received_at LIMIT ?) AS first) AS counted",
    ))
    .bind::<BigInt, _>(MOST_COUNTED)
}
