//! `not_understood`: payloads with something in them that was not understood, each once.

mod find;
mod settle;

use std::collections::BTreeSet;

use acuse_domain::ids::Digest;
use acuse_domain::time::Timestamp;
use diesel::sql_types::{
    BigInt, Binary, Integer, Jsonb, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{Parcel, json, run, storable};
use crate::error::StoreError;
use crate::pool::Database;
use crate::sql::{Rows, rows};
use crate::types::{At, uuid_of};

pub use find::{Counted, Counts, Filter, Page, Wanted, count_not_understood, not_understood};
pub use settle::{delete_not_understood, settle_not_understood, sweep_not_understood};

rows! {
    /// One payload as stored.
    NotUnderstoodRow in "ingestion.not_understood" {
        workspace_id: i32 => Integer,
        digest: Uuid => SqlUuid,
        integration_id: Uuid => SqlUuid,
        provider: i16 => SmallInt,
        content_type: Option<String> => Nullable<Text>,
        query: Option<String> => Nullable<Text>,
        body: Vec<u8> => Binary,
        findings: Value => Jsonb,
        reasons: Value => Jsonb,
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
    /// The payload, with the time when it was first received. Without its body where that was not asked for.
    pub parcel: Parcel,
    /// Length of the body, in bytes.
    pub body_bytes: usize,
    /// What the reading of the one received last did not understand; none where the body was not asked for.
    pub findings: Vec<Finding>,
    /// The reasons of the findings, each once and in order.
    pub reasons: Vec<String>,
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
/// comes again is counted, and the findings and the query of the one received last stay.
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
    let (findings, reasons) = stored(findings);
    let row = NotUnderstoodRow {
        workspace_id: integration.workspace.0,
        digest: uuid_of(digest),
        integration_id: integration.id,
        provider: integration.provider.code(),
        content_type: parcel.content_type.as_deref().map(storable),
        query: parcel.query.as_deref().map(storable),
        body: parcel.body.clone(),
        findings: json(&findings)?,
        reasons: json(&reasons)?,
        first_received_at: At(parcel.received_at),
        last_received_at: At(parcel.received_at),
        times: 1,
    };
    let again = "ON CONFLICT (workspace_id, digest) DO UPDATE SET times = not_understood.times + 1, \
         first_received_at = least(not_understood.first_received_at, excluded.first_received_at), \
         last_received_at = greatest(not_understood.last_received_at, excluded.last_received_at), \
         findings = CASE WHEN excluded.last_received_at >= not_understood.last_received_at \
           THEN excluded.findings ELSE not_understood.findings END, \
         reasons = CASE WHEN excluded.last_received_at >= not_understood.last_received_at \
           THEN excluded.reasons ELSE not_understood.reasons END, \
         query = CASE WHEN excluded.last_received_at >= not_understood.last_received_at \
           THEN excluded.query ELSE not_understood.query END";
    run(database, NotUnderstoodRow::insert([row], again)).await?;
    Ok(())
}

/// Findings as they are stored, and their reasons.
fn stored(findings: &[Finding]) -> (Vec<Finding>, Vec<String>) {
    let findings: Vec<Finding> = findings
        .iter()
        .map(|finding| Finding {
            path: storable(&finding.path),
            reason: storable(&finding.reason),
            detail: storable(&finding.detail),
        })
        .collect();
    let reasons: BTreeSet<&String> = findings.iter().map(|finding| &finding.reason).collect();
    let reasons = reasons.into_iter().cloned().collect();
    (findings, reasons)
}
