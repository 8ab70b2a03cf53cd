//! `contents`: the wide part of messages.

use diesel::sql_types::{Integer, Jsonb, Nullable, SmallInt, Text, Uuid as SqlUuid};
use uuid::Uuid;

use crate::sql::rows;
use crate::types::Json;

rows! {
    /// What one message says, and its ids as text.
    #[derive(Default)]
    ContentRow in "message_state.contents" {
        workspace_id: i32 => Integer,
        message_id: Uuid => SqlUuid,
        sender_message_id: Option<String> => Nullable<Text>,
        provider: Option<i16> => Nullable<SmallInt>,
        provider_scope: Option<String> => Nullable<Text>,
        provider_message_id: Option<String> => Nullable<Text>,
        destination: Option<String> => Nullable<Text>,
        content: Option<Json> => Nullable<Jsonb>,
        button: Option<Json> => Nullable<Jsonb>,
        ticket_id: Option<String> => Nullable<Text>,
        conversation_id: Option<String> => Nullable<Text>,
        correlation_id: Option<String> => Nullable<Text>,
    }
}
