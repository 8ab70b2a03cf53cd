//! `rollup_rebuilds`: rebuilds of rollups under way, and `rollup_rebuild_pages`: what each counted as of which change.

use diesel::sql_types::{BigInt, Bool, Integer, SmallInt, Text, Timestamptz, Uuid as SqlUuid};
use uuid::Uuid;

use crate::sql::rows;
use crate::types::At;

rows! {
    /// One rebuild.
    RebuildRow in "message_state.rollup_rebuilds" {
        workspace_id: i32 => Integer,
        reason: String => Text,
        zone: String => Text,
        target_set: i16 => SmallInt,
        phase: i16 => SmallInt,
        after_id: Uuid => SqlUuid,
        sequence: i64 => BigInt,
        messages: i64 => BigInt,
        begun_at: At => Timestamptz,
        updated_at: At => Timestamptz,
    }
}

rows! {
    /// One page of messages, up to an id.
    PageRow in "message_state.rollup_rebuild_pages" {
        workspace_id: i32 => Integer,
        inbound: bool => Bool,
        last_id: Uuid => SqlUuid,
        sequence: i64 => BigInt,
    }
}
