//! `contacts`: the people at the other end, and `contact_addresses`: under what they are known.

use diesel::sql_types::{BigInt, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid};
use uuid::Uuid;

use crate::sql::rows;
use crate::types::At;

rows! {
    /// One contact.
    ContactRow in "message_state.contacts" {
        workspace_id: i32 => Integer,
        contact_id: i64 => BigInt,
        name: Option<String> => Nullable<Text>,
        named_at: Option<At> => Nullable<Timestamptz>,
        first_inbound_at: Option<At> => Nullable<Timestamptz>,
        last_inbound_at: Option<At> => Nullable<Timestamptz>,
    }
}

rows! {
    /// One address of a contact.
    AddressRow in "message_state.contact_addresses" {
        workspace_id: i32 => Integer,
        digest: Uuid => SqlUuid,
        contact_id: i64 => BigInt,
        kind: i16 => SmallInt,
        scope: String => Text,
        value: String => Text,
    }
}
