//! `timeline`: every piece of evidence, once.

use diesel::sql_types::{Bool, Integer, Jsonb, Nullable, SmallInt, Timestamptz, Uuid as SqlUuid};
use uuid::Uuid;

use crate::sql::rows;
use crate::types::{At, Json};

/// The kind under which an inbound message stands in its timeline; outbound evidence stands under its status's code.
pub(crate) const INBOUND: i16 = 100;

/// The kind under which the deletion of an inbound message stands.
pub(crate) const INBOUND_DELETED: i16 = 101;

rows! {
    /// One piece of evidence on one message.
    TimelineRow in "message_state.timeline" {
        workspace_id: i32 => Integer,
        message_id: Uuid => SqlUuid,
        digest: Uuid => SqlUuid,
        at: At => Timestamptz,
        received_at: At => Timestamptz,
        kind: i16 => SmallInt,
        provider: i16 => SmallInt,
        at_is_receipt: bool => Bool,
        detail: Option<Json> => Nullable<Jsonb>,
    }
}
