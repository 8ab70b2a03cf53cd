//! `restagings`: workspaces whose messages are being brought to what their channel accounts can report.

use diesel::sql_types::{BigInt, Integer, Timestamptz, Uuid as SqlUuid};
use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use crate::error::StoreError;
use crate::sql::{Rows, Sql, rows};
use crate::types::At;

rows! {
    /// How far that is.
    RestagingRow in "message_state.restagings" {
        workspace_id: i32 => Integer,
        after_id: Uuid => SqlUuid,
        messages_seen: i64 => BigInt,
        messages_changed: i64 => BigInt,
        begun_at: At => Timestamptz,
        updated_at: At => Timestamptz,
    }
}

impl RestagingRow {
    /// Begins anew, also where it is under way.
    pub(crate) async fn begin(
        connection: &AsyncPgConnection,
        workspace: i32,
        now: At,
    ) -> Result<(), StoreError> {
        let row = Self {
            workspace_id: workspace,
            after_id: Uuid::nil(),
            messages_seen: 0,
            messages_changed: 0,
            begun_at: now,
            updated_at: now,
        };
        let again = "ON CONFLICT (workspace_id) DO UPDATE SET after_id = excluded.after_id, \
             messages_seen = 0, messages_changed = 0, begun_at = excluded.begun_at, updated_at = excluded.updated_at";
        Self::insert([row], again).run(connection).await?;
        Ok(())
    }

    /// The one of a workspace, if one is under way.
    pub(crate) async fn find(
        connection: &AsyncPgConnection,
        workspace: i32,
    ) -> Result<Option<Self>, StoreError> {
        Sql::new(Self::select() + " WHERE stored.workspace_id = ?")
            .bind::<Integer, _>(workspace)
            .fetch_optional(connection)
            .await
    }

    /// Ends it.
    pub(crate) async fn end(self, connection: &AsyncPgConnection) -> Result<(), StoreError> {
        Sql::new("DELETE FROM message_state.restagings WHERE workspace_id = ?")
            .bind::<Integer, _>(self.workspace_id)
            .run(connection)
            .await?;
        Ok(())
    }
}
