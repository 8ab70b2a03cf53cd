//! `workspace_heads`: the row that every writing transaction locks first, in the order of workspaces.

use diesel::sql_types::{BigInt, Integer};

use crate::sql::{Rows, Sql, rows};

rows! {
    /// How far a workspace has come.
    HeadRow in "message_state.workspace_heads" {
        workspace_id: i32 => Integer,
        last_sequence: i64 => BigInt,
        last_contact: i64 => BigInt,
    }
}

/// Locks the heads of workspaces, in order, until the transaction ends.
pub(crate) fn lock(workspaces: Vec<i32>) -> Sql {
    Sql::new(
        HeadRow::select()
            + " WHERE stored.workspace_id = ANY(?) ORDER BY stored.workspace_id FOR UPDATE",
    )
    .bind_all::<Integer, _>(workspaces)
}

/// The heads of workspaces.
pub(crate) fn find(workspaces: Vec<i32>) -> Sql {
    Sql::new(HeadRow::select() + " WHERE stored.workspace_id = ANY(?)")
        .bind_all::<Integer, _>(workspaces)
}
