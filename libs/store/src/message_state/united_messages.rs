//! `united_messages`: ids of messages that turned out to be part of another.

use diesel::sql_types::{Integer, Uuid as SqlUuid};
use uuid::Uuid;

use crate::sql::rows;

rows! {
    /// An id that is gone, and the one that stays.
    UnitedRow in "message_state.united_messages" {
        workspace_id: i32 => Integer,
        gone_id: Uuid => SqlUuid,
        message_id: Uuid => SqlUuid,
    }
}
