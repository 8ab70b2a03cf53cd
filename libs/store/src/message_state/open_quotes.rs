//! `open_quotes`: quotes that made no reply.

use diesel::sql_types::{Integer, Nullable, Uuid as SqlUuid};
use uuid::Uuid;

use crate::sql::rows;

rows! {
    /// One quote by one inbound message.
    OpenQuoteRow in "message_state.open_quotes" {
        workspace_id: i32 => Integer,
        quoted: Uuid => SqlUuid,
        inbound_id: Uuid => SqlUuid,
        target_id: Option<Uuid> => Nullable<SqlUuid>,
    }
}
