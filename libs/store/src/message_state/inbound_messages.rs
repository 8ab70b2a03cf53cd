//! `inbound_messages`: what contacts wrote, narrow.

use acuse_domain::contribution::Contribution;
use acuse_domain::ids::{ContactId, MessageId, NameId, WorkspaceId};
use acuse_domain::inbound::{Inbound, Reply};
use acuse_domain::kinds::{Channel, ContentType, InboundKind, Provider, ReplyAttribution};
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, SmallInt, Timestamptz, Uuid as SqlUuid};
use uuid::Uuid;

use crate::sql::rows;
use crate::types::{self, At};

rows! {
    /// One inbound message, with what it takes from the message that it answers.
    InboundRow in "message_state.inbound_messages" {
        workspace_id: i32 => Integer,
        message_id: Uuid => SqlUuid,
        changed_sequence: i64 => BigInt,
        rank: i64 => BigInt,
        received_at: At => Timestamptz,
        digest: Uuid => SqlUuid,
        quoted: Option<Uuid> => Nullable<SqlUuid>,
        reply_to: Option<Uuid> => Nullable<SqlUuid>,
        contact_id: i64 => BigInt,
        channel_account_id: i32 => Integer,
        account_id: Option<i32> => Nullable<Integer>,
        campaign_id: Option<i32> => Nullable<Integer>,
        agent_id: Option<i32> => Nullable<Integer>,
        team_id: Option<i32> => Nullable<Integer>,
        department_id: Option<i32> => Nullable<Integer>,
        provider: i16 => SmallInt,
        channel: i16 => SmallInt,
        kind: i16 => SmallInt,
        content_type: i16 => SmallInt,
        reply_how: Option<i16> => Nullable<SmallInt>,
        is_click: bool => Bool,
        deleted: bool => Bool,
    }
}

impl InboundRow {
    /// The row of a message that was last changed at `sequence`.
    pub(crate) fn new(message: &Inbound, sequence: i64) -> Self {
        let reply = message.reply;
        Self {
            workspace_id: message.workspace.0,
            message_id: message.id.0,
            changed_sequence: sequence,
            rank: message.rank,
            received_at: At(message.at),
            digest: types::uuid_of(message.digest),
            quoted: message.quoted.map(types::uuid_of),
            reply_to: types::message(reply.map(|reply| reply.to)),
            contact_id: message.contact.0,
            channel_account_id: message.channel_account.0,
            account_id: types::name(reply.and_then(|reply| reply.account)),
            campaign_id: types::name(reply.and_then(|reply| reply.campaign)),
            agent_id: types::name(reply.and_then(|reply| reply.agent)),
            team_id: types::name(reply.and_then(|reply| reply.team)),
            department_id: types::name(reply.and_then(|reply| reply.department)),
            provider: message.provider.code(),
            channel: message.channel.code(),
            kind: message.kind.code(),
            content_type: message.content_type.code(),
            reply_how: reply.map(|reply| reply.how.code()),
            is_click: message.is_click,
            deleted: message.deleted,
        }
    }

    /// The message as the domain knows it.
    pub(crate) fn into_inbound(self) -> Inbound {
        let how = self.reply_how.and_then(ReplyAttribution::from_code);
        let reply = self.reply_to.zip(how).map(|(to, how)| Reply {
            to: MessageId(to),
            how,
            account: self.account_id.map(NameId),
            campaign: self.campaign_id.map(NameId),
            agent: self.agent_id.map(NameId),
            team: self.team_id.map(NameId),
            department: self.department_id.map(NameId),
        });
        Inbound {
            workspace: WorkspaceId(self.workspace_id),
            id: MessageId(self.message_id),
            rank: self.rank,
            provider: Provider::from_code(self.provider).unwrap_or(Provider::Other),
            digest: types::digest_of(self.digest),
            at: self.received_at.0,
            channel: Channel::from_code(self.channel).unwrap_or(Channel::Custom),
            channel_account: NameId(self.channel_account_id),
            contact: ContactId(self.contact_id),
            kind: InboundKind::from_code(self.kind).unwrap_or(InboundKind::Regular),
            content_type: ContentType::from_code(self.content_type)
                .unwrap_or(ContentType::Unsupported),
            is_click: self.is_click,
            quoted: self.quoted.map(types::digest_of),
            deleted: self.deleted,
            reply,
        }
    }

    /// What the stored columns say that the message adds to reports.
    pub(crate) fn contribution(&self) -> Option<Contribution> {
        Contribution::of_inbound(&self.clone().into_inbound())
    }
}
