//! `not_understood`: payloads with something in them that was not understood, each once.

use acuse_domain::ids::Digest;
use acuse_domain::time::Timestamp;
use diesel::sql_types::{
    BigInt, Binary, Integer, Jsonb, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use futures::FutureExt;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{IntegrationRef, Parcel, json, rows_at_most, run, storable, transaction, workspace_of};
use crate::error::StoreError;
use crate::pool::Database;
use crate::sql::{Rows, Sql, rows};
use crate::types::{At, digest_of, uuid_of};

rows! {
    /// One payload as stored.
    NotUnderstoodRow in "ingestion.not_understood" {
        workspace_id: i32 => Integer,
        digest: Uuid => SqlUuid,
        integration_id: Uuid => SqlUuid,
        provider: i16 => SmallInt,
        content_type: Option<String> => Nullable<Text>,
        body: Vec<u8> => Binary,
        findings: Value => Jsonb,
        first_received_at: At => Timestamptz,
        last_received_at: At => Timestamptz,
        times: i64 => BigInt,
    }
}

/// One thing in a payload that was not understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Where in the payload.
    pub path: String,
    /// A stable reason in snake_case.
    pub reason: String,
    /// What it is about, for a person; never text of a message.
    pub detail: String,
}

/// A payload with something in it that was not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotUnderstood {
    /// Digest of the integration and the body.
    pub digest: Digest,
    /// The payload, with the time when it was first received.
    pub parcel: Parcel,
    /// What the reading of the one received last did not understand.
    pub findings: Vec<Finding>,
    /// When it was received last.
    pub last_received_at: Timestamp,
    /// How often it came: 1 or more. One that is read again after a failure in between counts again.
    pub times: u64,
}

/// Where a payload stands among those of its workspace: in the order in which they first came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// When it was first received.
    pub first_received_at: Timestamp,
    /// Its digest.
    pub digest: Digest,
}

impl Place {
    /// Before everything that came since 1970.
    const BEGINNING: Self = Self {
        first_received_at: Timestamp::from_micros(0),
        digest: Digest([0; 16]),
    };
}

impl NotUnderstood {
    /// Its place.
    pub fn place(&self) -> Place {
        Place {
            first_received_at: self.parcel.received_at,
            digest: self.digest,
        }
    }
}

/// Keeps a payload of which `findings` were not understood. The same body of the same integration is kept once: what
/// comes again is counted, and the findings of the one received last stay.
///
/// # Errors
/// Fails with the database; nothing was kept or counted.
pub async fn keep_not_understood(
    database: &Database,
    parcel: &Parcel,
    findings: &[Finding],
) -> Result<(), StoreError> {
    let integration = parcel.integration;
    let digest = Digest::of(&[integration.id.as_bytes(), &parcel.body]);
    let findings: Vec<Finding> = findings
        .iter()
        .map(|finding| Finding {
            path: storable(&finding.path),
            reason: storable(&finding.reason),
            detail: storable(&finding.detail),
        })
        .collect();
    let row = NotUnderstoodRow {
        workspace_id: integration.workspace.0,
        digest: uuid_of(digest),
        integration_id: integration.id,
        provider: integration.provider.code(),
        content_type: parcel.content_type.as_deref().map(storable),
        body: parcel.body.clone(),
        findings: json(&findings)?,
        first_received_at: At(parcel.received_at),
        last_received_at: At(parcel.received_at),
        times: 1,
    };
    let again = "ON CONFLICT (workspace_id, digest) DO UPDATE SET times = not_understood.times + 1, \
         first_received_at = least(not_understood.first_received_at, excluded.first_received_at), \
         last_received_at = greatest(not_understood.last_received_at, excluded.last_received_at), \
         findings = CASE WHEN excluded.last_received_at >= not_understood.last_received_at \
           THEN excluded.findings ELSE not_understood.findings END";
    run(database, NotUnderstoodRow::insert(&[row], again)).await?;
    Ok(())
}

/// Up to `limit` payloads of a workspace that come after `after`, in the order in which they first came, with their
/// bodies: keep `limit` small. `None` where there is no such workspace.
///
/// # Errors
/// Fails with the database.
pub async fn not_understood(
    database: &Database,
    slug: &str,
    after: Option<Place>,
    limit: usize,
) -> Result<Option<Vec<NotUnderstood>>, StoreError> {
    let slug = slug.to_owned();
    let after = after.unwrap_or(Place::BEGINNING);
    let found = transaction(database, move |connection| {
        async move {
            let Some(workspace) = workspace_of(connection, slug).await? else {
                return Ok(None);
            };
            let text = NotUnderstoodRow::select()
                + " WHERE stored.workspace_id = ? AND (stored.first_received_at, stored.digest) > (?, ?) \
                    ORDER BY stored.first_received_at, stored.digest LIMIT ?";
            let rows: Vec<NotUnderstoodRow> = Sql::new(text)
                .bind::<Integer, _>(workspace)
                .bind::<Timestamptz, _>(At(after.first_received_at))
                .bind::<SqlUuid, _>(uuid_of(after.digest))
                .bind::<BigInt, _>(rows_at_most(limit))
                .fetch(connection)
                .await?;
            Ok(Some(rows))
        }
        .boxed()
    })
    .await?;
    found
        .map(|rows| rows.into_iter().map(NotUnderstood::try_from).collect())
        .transpose()
}

impl TryFrom<NotUnderstoodRow> for NotUnderstood {
    type Error = StoreError;

    fn try_from(row: NotUnderstoodRow) -> Result<Self, StoreError> {
        let integration =
            IntegrationRef::stored(row.workspace_id, row.integration_id, row.provider)?;
        let digest = digest_of(row.digest);
        let corrupt = |_| StoreError::Corrupt(format!("not understood {digest:?}: findings"));
        Ok(Self {
            digest,
            parcel: Parcel {
                integration,
                received_at: row.first_received_at.0,
                content_type: row.content_type,
                body: row.body,
            },
            findings: serde_json::from_value(row.findings).map_err(corrupt)?,
            last_received_at: row.last_received_at.0,
            times: row.times.unsigned_abs(),
        })
    }
}
