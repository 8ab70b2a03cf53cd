//! `message_keys`: by what messages are known.

use diesel::sql_types::{Bool, Integer, Uuid as SqlUuid};
use uuid::Uuid;

use crate::sql::rows;

rows! {
    /// One key, and the message that it leads to.
    KeyRow in "message_state.message_keys" {
        workspace_id: i32 => Integer,
        digest: Uuid => SqlUuid,
        message_id: Uuid => SqlUuid,
        inbound: bool => Bool,
    }
}
