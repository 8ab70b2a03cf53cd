//! `told_ids`: by which ids messages are found that statuses tell.

use acuse_domain::outbound::Outbound;
use acuse_domain::report::IdKind;
use diesel::sql_types::{Integer, SmallInt, Uuid as SqlUuid};
use uuid::Uuid;

use crate::sql::{Rows, Sql, rows};
use crate::types;

rows! {
    /// One id that counts for one message.
    ToldRow in "message_state.told_ids" {
        workspace_id: i32 => Integer,
        kind: i16 => SmallInt,
        digest: Uuid => SqlUuid,
        message_id: Uuid => SqlUuid,
    }
}

/// What a batch changes in which ids are told of messages.
#[derive(Debug, Default)]
pub(crate) struct ToldChanges {
    gone: Vec<ToldRow>,
    new: Vec<ToldRow>,
}

impl ToldChanges {
    /// Notes what a message is told to have, before and now; `None` where there is no such message.
    pub(crate) fn note(&mut self, before: Option<&Outbound>, now: Option<&Outbound>) {
        for kind in IdKind::TOLD {
            let [id_before, id_now] = [before, now].map(|message| message?.told_id(kind));
            if id_before == id_now {
                continue;
            }
            let row = |message: Option<&Outbound>, id: Option<&str>| {
                let message = message?;
                Some(ToldRow {
                    workspace_id: message.workspace.0,
                    kind: kind.code(),
                    digest: types::uuid_of(kind.told_digest(id?)),
                    message_id: message.id.0,
                })
            };
            self.gone.extend(row(before, id_before));
            self.new.extend(row(now, id_now));
        }
    }

    /// The statements that store it.
    pub(crate) fn finish(self) -> impl Iterator<Item = Sql> {
        let gone = (!self.gone.is_empty()).then(|| {
            let text = "DELETE FROM message_state.told_ids AS stored \
                 USING unnest(?, ?, ?, ?) AS gone(workspace_id, kind, digest, message_id) \
                 WHERE stored.workspace_id = gone.workspace_id AND stored.kind = gone.kind \
                   AND stored.digest = gone.digest AND stored.message_id = gone.message_id";
            ToldRow::bind(self.gone, Sql::new(text))
        });
        let new = (!self.new.is_empty()).then(|| ToldRow::insert(self.new, ""));
        gone.into_iter().chain(new)
    }
}
