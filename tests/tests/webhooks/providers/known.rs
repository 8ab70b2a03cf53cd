//! What is known in a workspace.

use acuse_domain::kinds::StatusKind;
use acuse_proto::message_state::{
    GetMessageRequest, GetTimelineRequest, MessageKey, TimelineEntry, message_key,
};
use acuse_proto::types::Message;

use crate::corpus::stored::{Kept, Row, Stored, account_id};
use crate::rig::Acuse;

/// Everything that a webhook may leave behind.
#[derive(Debug)]
pub(super) struct Known {
    /// Outbound messages, each with what was heard of it.
    pub(super) outbound: Vec<(Message, Vec<TimelineEntry>)>,
    pub(super) inbound: Vec<Row>,
    pub(super) watermarks: Vec<Watermark>,
    /// What is kept aside.
    pub(super) kept: Kept,
}

/// A watermark.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Watermark {
    pub(super) kind: StatusKind,
    /// Milliseconds since 1970.
    pub(super) at: i64,
    pub(super) account: String,
    pub(super) addresses: Vec<String>,
}

impl Known {
    pub(super) async fn in_workspace(acuse: &Acuse, workspace: &str) -> Self {
        let session = acuse.session().await;
        let query = "SELECT message_id::text FROM message_state.messages \
                     JOIN message_state.workspaces USING (workspace_id) WHERE slug = $1";
        let mut outbound = Vec::new();
        for row in session.query(query, &[&workspace]).await.unwrap() {
            outbound.push(message(acuse, workspace, row.get(0)).await);
        }
        let query = "SELECT m.kind, floor(extract(epoch FROM m.at) * 1000)::int8, d.external_id, \
                            ARRAY(SELECT value FROM message_state.contact_addresses a \
                                  WHERE a.workspace_id = m.workspace_id AND a.contact_id = m.contact_id) \
                     FROM message_state.watermarks m JOIN message_state.workspaces w USING (workspace_id) \
                     JOIN message_state.directory d ON d.workspace_id = m.workspace_id AND d.dimension = 1 \
                          AND d.name_id = m.channel_account_id \
                     WHERE w.slug = $1";
        let watermarks = session.query(query, &[&workspace]).await.unwrap();
        let watermarks = watermarks.iter().map(|row| Watermark {
            kind: StatusKind::from_code(row.get(0)).unwrap(),
            at: row.get(1),
            account: account_id(row.get(2)),
            addresses: row.get(3),
        });
        Self {
            outbound,
            inbound: Stored::of(&session, workspace).await.inbound,
            watermarks: watermarks.collect(),
            kept: Kept::of(&session, workspace).await,
        }
    }

    pub(super) fn is_nothing(&self) -> bool {
        self.outbound.is_empty()
            && self.inbound.is_empty()
            && self.watermarks.is_empty()
            && self.kept.bodies.is_empty()
    }
}

/// A message and its timeline, as any caller gets them.
async fn message(acuse: &Acuse, workspace: &str, id: String) -> (Message, Vec<TimelineEntry>) {
    let key = MessageKey {
        key: Some(message_key::Key::MessageId(id)),
    };
    let mut client = acuse.messages_of(workspace);
    let asked = GetMessageRequest {
        key: Some(key.clone()),
    };
    let message = client.get_message(asked).await.unwrap().into_inner();
    let asked = GetTimelineRequest {
        key: Some(key),
        page_size: 1_000,
        ..GetTimelineRequest::default()
    };
    let heard = client.get_timeline(asked).await.unwrap().into_inner();
    assert!(heard.next_page_token.is_empty());
    (message.message.unwrap(), heard.entries)
}
