//! `changes`: what each commit changed in what messages add to reports.

use acuse_domain::contribution::Contribution;
use diesel::sql_types::{BigInt, Bytea, Integer, Nullable, Timestamptz, Uuid as SqlUuid};
use uuid::Uuid;

use crate::error::StoreError;
use crate::sql::rows;
use crate::types::At;

/// The first byte of a stored contribution: how the rest is encoded.
const ENCODING: u8 = 3;

rows! {
    /// One message's change in one commit.
    ChangeRow in "message_state.changes" {
        workspace_id: i32 => Integer,
        sequence: i64 => BigInt,
        message_id: Uuid => SqlUuid,
        committed_at: At => Timestamptz,
        before: Option<Vec<u8>> => Nullable<Bytea>,
        after: Option<Vec<u8>> => Nullable<Bytea>,
    }
}

/// A contribution as a change stores it; `None` adds nothing and stores nothing.
pub(crate) fn encode(contribution: Option<&Contribution>) -> Result<Option<Vec<u8>>, StoreError> {
    contribution
        .map(|contribution| {
            postcard::to_extend(contribution, vec![ENCODING])
                .map_err(|error| StoreError::Corrupt(format!("a contribution: {error}")))
        })
        .transpose()
}

/// The contribution that a change stored.
pub(crate) fn decode(stored: Option<&[u8]>) -> Result<Option<Contribution>, StoreError> {
    match stored {
        None => Ok(None),
        Some([ENCODING, rest @ ..]) => postcard::from_bytes(rest)
            .map(Some)
            .map_err(|error| StoreError::Corrupt(format!("a stored contribution: {error}"))),
        Some(_) => Err(StoreError::Corrupt(
            "a stored contribution in an unknown encoding".to_owned(),
        )),
    }
}
