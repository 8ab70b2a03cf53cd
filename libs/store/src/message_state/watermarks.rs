//! `watermarks`: what happened to all that was sent to a contact up to a time.

use std::time::Duration;

use acuse_domain::ids::{ContactId, NameId, WorkspaceId};
use acuse_domain::kinds::{Provider, StatusKind};
use acuse_domain::outbound::ThreadKey;
use acuse_domain::time::Timestamp;
use acuse_domain::watermark::{Coverable, Watermark};
use diesel::sql_types::{BigInt, Double, Integer, SmallInt, Timestamptz};

use crate::error::StoreError;
use crate::sql::{Rows, Sql, rows};
use crate::types::At;

rows! {
    /// One watermark.
    WatermarkRow in "message_state.watermarks" {
        workspace_id: i32 => Integer,
        contact_id: i64 => BigInt,
        channel_account_id: i32 => Integer,
        up_to: At => Timestamptz,
        kind: i16 => SmallInt,
        at: At => Timestamptz,
        provider: i16 => SmallInt,
        received_at: At => Timestamptz,
    }
}

impl WatermarkRow {
    /// The row of a watermark.
    pub(crate) fn new(watermark: &Watermark, received_at: Timestamp) -> Self {
        let thread = &watermark.thread;
        Self {
            workspace_id: thread.workspace.0,
            contact_id: thread.contact.0,
            channel_account_id: thread.channel_account.0,
            up_to: At(watermark.up_to),
            kind: watermark.kind.code(),
            at: At(watermark.at),
            provider: watermark.provider.code(),
            received_at: At(received_at),
        }
    }

    /// The watermark as the domain knows it.
    pub(crate) fn watermark(&self) -> Result<Watermark, StoreError> {
        let kind = StatusKind::from_code(self.kind);
        let provider = Provider::from_code(self.provider);
        let (Some(kind), Some(provider)) = (kind, provider) else {
            return Err(StoreError::Corrupt(format!(
                "a watermark of the unknown kind {} by {}",
                self.kind, self.provider
            )));
        };
        Ok(Watermark {
            thread: ThreadKey {
                workspace: WorkspaceId(self.workspace_id),
                channel_account: NameId(self.channel_account_id),
                contact: ContactId(self.contact_id),
            },
            up_to: self.up_to.0,
            kind,
            at: self.at.0,
            provider,
        })
    }
}

/// The watermarks that cover some messages; of each once for each message.
pub(crate) fn covering(messages: &[Coverable]) -> Sql {
    let text = WatermarkRow::select()
        + " JOIN unnest(?, ?, ?, ?, ?) AS message(workspace_id, contact_id, channel_account_id, left_at, until) \
           USING (workspace_id, contact_id, channel_account_id) \
           WHERE stored.up_to BETWEEN message.left_at AND message.until";
    let threads = || messages.iter().map(|message| message.thread);
    Sql::new(text)
        .bind_all::<Integer, _>(threads().map(|thread| thread.workspace.0))
        .bind_all::<BigInt, _>(threads().map(|thread| thread.contact.0))
        .bind_all::<Integer, _>(threads().map(|thread| thread.channel_account.0))
        .bind_all::<Timestamptz, _>(messages.iter().map(|message| At(message.left)))
        .bind_all::<Timestamptz, _>(messages.iter().map(|message| At(message.until)))
}

/// Drops a page of a workspace's watermarks of before `time`, but those of up to `margin` before its earliest message.
pub(crate) fn drop_before(
    workspace: WorkspaceId,
    time: Timestamp,
    margin: Duration,
    page: i64,
) -> Sql {
    let key = "workspace_id, contact_id, channel_account_id, up_to, kind, at, provider";
    let text = format!(
        "DELETE FROM message_state.watermarks WHERE workspace_id = ? AND ({key}) IN (\
           SELECT {key} FROM message_state.watermarks WHERE workspace_id = ? AND up_to < least(?, (\
             SELECT min(origin) FROM message_state.messages WHERE workspace_id = ?) - make_interval(secs => ?)) \
           ORDER BY up_to LIMIT ?)"
    );
    Sql::new(text)
        .bind::<Integer, _>(workspace.0)
        .bind::<Integer, _>(workspace.0)
        .bind::<Timestamptz, _>(At(time))
        .bind::<Integer, _>(workspace.0)
        .bind::<Double, _>(margin.as_secs_f64())
        .bind::<BigInt, _>(page)
}
