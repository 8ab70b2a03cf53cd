//! What becomes of payloads that were not understood: read again, deleted, or too old.

use acuse_domain::ids::Digest;
use acuse_domain::time::Timestamp;
use diesel::sql_types::{BigInt, Integer, Jsonb, Text, Timestamptz, Uuid as SqlUuid};

use super::{Finding, NotUnderstood, stored};
use crate::error::StoreError;
use crate::ingestion::{json, rows_at_most, run};
use crate::pool::Database;
use crate::sql::Sql;
use crate::types::{At, uuid_of};

/// Notes what is `left` of a payload that was read again: with nothing left it is gone. False where it came once more since it
/// was found, or is gone: then it stays as it is.
///
/// # Errors
/// Fails with the database; nothing was noted.
pub async fn settle_not_understood(
    database: &Database,
    payload: &NotUnderstood,
    left: &[Finding],
) -> Result<bool, StoreError> {
    let statement = if left.is_empty() {
        Sql::new("DELETE FROM ingestion.not_understood AS kept")
    } else {
        let (findings, reasons) = stored(left);
        Sql::new("UPDATE ingestion.not_understood AS kept SET findings = ?, reasons = ?")
            .bind::<Jsonb, _>(json(&findings)?)
            .bind::<Jsonb, _>(json(&reasons)?)
    };
    let times = i64::try_from(payload.times).unwrap_or(i64::MAX);
    let statement = statement
        .push(" WHERE kept.workspace_id = ? AND kept.digest = ? AND kept.times = ?")
        .bind::<Integer, _>(payload.parcel.integration.workspace.0)
        .bind::<SqlUuid, _>(uuid_of(payload.digest))
        .bind::<BigInt, _>(times);
    Ok(run(database, statement).await? > 0)
}

/// Deletes a payload of that workspace; false where there was none.
///
/// # Errors
/// Fails with the database; nothing was deleted.
pub async fn delete_not_understood(
    database: &Database,
    slug: &str,
    digest: Digest,
) -> Result<bool, StoreError> {
    let statement = Sql::new(
        "DELETE FROM ingestion.not_understood AS kept USING message_state.workspaces \
         WHERE workspaces.workspace_id = kept.workspace_id AND workspaces.slug = ? AND kept.digest = ?",
    )
    .bind::<Text, _>(slug.to_owned())
    .bind::<SqlUuid, _>(uuid_of(digest));
    Ok(run(database, statement).await? > 0)
}

/// Deletes up to `limit` payloads that last came longer ago than their workspace keeps them; gives how many. Those that
/// another replica is deleting are passed over.
///
/// # Errors
/// Fails with the database; nothing was deleted.
pub async fn sweep_not_understood(
    database: &Database,
    now: Timestamp,
    limit: usize,
) -> Result<usize, StoreError> {
    // What last came long ago first came then or before, which is what the index is by.
    let statement = Sql::new(
        "WITH old AS MATERIALIZED ( \
           SELECT found.workspace_id, found.digest FROM message_state.workspaces CROSS JOIN LATERAL ( \
             SELECT kept.workspace_id, kept.digest FROM ingestion.not_understood AS kept \
             WHERE kept.workspace_id = workspaces.workspace_id \
               AND kept.first_received_at < ? - make_interval(days => workspaces.not_understood_retention_days) \
               AND kept.last_received_at < ? - make_interval(days => workspaces.not_understood_retention_days) \
             ORDER BY kept.first_received_at LIMIT ? FOR UPDATE SKIP LOCKED) AS found LIMIT ?) \
         DELETE FROM ingestion.not_understood AS gone USING old \
         WHERE gone.workspace_id = old.workspace_id AND gone.digest = old.digest",
    )
    .bind::<Timestamptz, _>(At(now))
    .bind::<Timestamptz, _>(At(now))
    .bind::<BigInt, _>(rows_at_most(limit))
    .bind::<BigInt, _>(rows_at_most(limit));
    run(database, statement).await
}
