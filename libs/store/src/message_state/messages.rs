//! `messages`: outbound messages, narrow.

use acuse_domain::capabilities::Capabilities;
use acuse_domain::contribution::{Contribution, Dimensions, Measures, SentMeasures};
use acuse_domain::evidence::PricingNames;
use acuse_domain::facts::{Facts, Times};
use acuse_domain::ids::{ContactId, MessageId, NameId, WorkspaceId};
use acuse_domain::kinds::{
    Channel, ContentType, ConversationType, Direction, MessageState, MessageType, ReplyAttribution,
    Source, Stage, StatusKind, TemplateCategory,
};
use acuse_domain::outbound::{Attribution, FirstReply, Outbound, Registered};
use acuse_domain::taxonomy::FailureCategory;
use acuse_domain::watermark::Marks;
use diesel::sql_types::{
    BigInt, Bool, Bytea, Integer, Nullable, SmallInt, Timestamptz, Uuid as SqlUuid,
};
use uuid::Uuid;

use super::{stated, times};
use crate::error::StoreError;
use crate::sql::rows;
use crate::types::{self, At};

rows! {
    /// One outbound message: what decides its state, and the state that follows, as reports read it.
    MessageRow in "message_state.messages" {
        workspace_id: i32 => Integer,
        message_id: Uuid => SqlUuid,
        changed_sequence: i64 => BigInt,
        rank: i64 => BigInt,
        origin: At => Timestamptz,
        queued_at: Option<At> => Nullable<Timestamptz>,
        dispatched_at: Option<At> => Nullable<Timestamptz>,
        dispatch_failed_at: Option<At> => Nullable<Timestamptz>,
        sent_at: Option<At> => Nullable<Timestamptz>,
        delivered_at: Option<At> => Nullable<Timestamptz>,
        read_at: Option<At> => Nullable<Timestamptz>,
        played_at: Option<At> => Nullable<Timestamptz>,
        failed_at: Option<At> => Nullable<Timestamptz>,
        deleted_at: Option<At> => Nullable<Timestamptz>,
        delivery_mark_at: Option<At> => Nullable<Timestamptz>,
        read_mark_at: Option<At> => Nullable<Timestamptz>,
        replied_at: Option<At> => Nullable<Timestamptz>,
        reply_id: Option<Uuid> => Nullable<SqlUuid>,
        registration_digest: Option<Uuid> => Nullable<SqlUuid>,
        contact_id: Option<i64> => Nullable<BigInt>,
        channel_account_id: Option<i32> => Nullable<Integer>,
        account_id: Option<i32> => Nullable<Integer>,
        template_id: Option<i32> => Nullable<Integer>,
        subtype_id: Option<i32> => Nullable<Integer>,
        campaign_id: Option<i32> => Nullable<Integer>,
        broadcast_id: Option<i32> => Nullable<Integer>,
        agent_id: Option<i32> => Nullable<Integer>,
        team_id: Option<i32> => Nullable<Integer>,
        department_id: Option<i32> => Nullable<Integer>,
        error_code_id: Option<i32> => Nullable<Integer>,
        pricing_category_id: Option<i32> => Nullable<Integer>,
        pricing_type_id: Option<i32> => Nullable<Integer>,
        channel: Option<i16> => Nullable<SmallInt>,
        source: i16 => SmallInt,
        kind: Option<i16> => Nullable<SmallInt>,
        template_category: Option<i16> => Nullable<SmallInt>,
        content_type: Option<i16> => Nullable<SmallInt>,
        conversation_type: Option<i16> => Nullable<SmallInt>,
        failure_category: Option<i16> => Nullable<SmallInt>,
        failed_stage: Option<i16> => Nullable<SmallInt>,
        reply_how: Option<i16> => Nullable<SmallInt>,
        state: i16 => SmallInt,
        reached: i16 => SmallInt,
        reportable: i16 => SmallInt,
        attached: bool => Bool,
        pending: bool => Bool,
        conflict: bool => Bool,
        billable: bool => Bool,
        opened_ticket: bool => Bool,
        has_sender_id: bool => Bool,
        session_stated: Option<bool> => Nullable<Bool>,
        session_derived: Option<bool> => Nullable<Bool>,
        stated: Option<Vec<u8>> => Nullable<Bytea>,
    }
}

/// Columns that say what the message is, and what watermarks say of it. Statuses of a registered message leave them as they
/// are, so that a batch of statuses need not write them.
pub(crate) const IDENTITY: &[&str] = &[
    "rank",
    "delivery_mark_at",
    "read_mark_at",
    "registration_digest",
    "contact_id",
    "channel_account_id",
    "account_id",
    "template_id",
    "subtype_id",
    "campaign_id",
    "broadcast_id",
    "agent_id",
    "team_id",
    "department_id",
    "channel",
    "source",
    "kind",
    "template_category",
    "content_type",
    "reportable",
    "opened_ticket",
    "has_sender_id",
    "session_stated",
];

/// Whether the columns of [`IDENTITY`] are the same for both.
pub(crate) fn is_same(before: &Outbound, now: &Outbound) -> bool {
    let of = |message: &Outbound| {
        let keys = (message.rank, message.has_sender_id, message.marks);
        let of = (message.attribution(), message.capabilities());
        (keys, of, message.contact())
    };
    before.registered == now.registered && of(before) == of(now)
}

impl MessageRow {
    /// The row of a message, last changed at `sequence`, that adds `contribution` to reports.
    pub(crate) fn new(
        message: &Outbound,
        contribution: &Contribution,
        sequence: i64,
    ) -> Result<Self, StoreError> {
        let time = |kind| types::at(message.facts.times.get(kind));
        let counted = match &contribution.measures {
            Measures::Sent(sent) => Some(sent),
            _ => None,
        };
        let standing = message.standing();
        let registered = message.registered.as_ref();
        let Attribution {
            channel,
            channel_account,
            account,
            source,
            kind,
            template,
            subtype,
            template_category,
            campaign,
            broadcast,
            agent,
            team,
            department,
            content_type,
        } = message.attribution();
        Ok(Self {
            workspace_id: message.workspace.0,
            message_id: message.id.0,
            changed_sequence: sequence,
            rank: message.rank,
            origin: At(message.origin()),
            queued_at: time(StatusKind::Queued),
            dispatched_at: time(StatusKind::Dispatched),
            dispatch_failed_at: time(StatusKind::DispatchFailed),
            sent_at: time(StatusKind::Sent),
            delivered_at: time(StatusKind::Delivered),
            read_at: time(StatusKind::Read),
            played_at: time(StatusKind::Played),
            failed_at: time(StatusKind::Failed),
            deleted_at: time(StatusKind::Deleted),
            delivery_mark_at: types::at(message.marks.delivered),
            read_mark_at: types::at(message.marks.read),
            replied_at: types::at(message.first_reply.map(|reply| reply.at)),
            reply_id: types::message(message.first_reply.map(|reply| reply.id)),
            registration_digest: registered.map(|registered| types::uuid_of(registered.digest)),
            contact_id: types::contact(message.contact()),
            channel_account_id: types::name(channel_account),
            account_id: types::name(account),
            template_id: types::name(template),
            subtype_id: types::name(subtype),
            campaign_id: types::name(campaign),
            broadcast_id: types::name(broadcast),
            agent_id: types::name(agent),
            team_id: types::name(team),
            department_id: types::name(department),
            error_code_id: types::name(contribution.dimensions.error_code),
            pricing_category_id: types::name(contribution.dimensions.pricing_category),
            pricing_type_id: types::name(contribution.dimensions.pricing_type),
            channel: channel.map(Channel::code),
            source: source.code(),
            kind: kind.map(MessageType::code),
            template_category: template_category.map(TemplateCategory::code),
            content_type: content_type.map(ContentType::code),
            conversation_type: contribution
                .dimensions
                .conversation_type
                .map(ConversationType::code),
            failure_category: contribution
                .dimensions
                .failure_category
                .map(FailureCategory::code),
            failed_stage: standing.failed_stage().map(Stage::code),
            reply_how: message.first_reply.map(|reply| reply.how.code()),
            state: standing.state.code(),
            reached: counted.map_or(0, |sent| i16::from(sent.reached)),
            reportable: message.capabilities().bits(),
            attached: message.is_attached(),
            pending: counted.is_some_and(|sent| sent.pending),
            conflict: standing.conflict,
            billable: counted.is_some_and(|sent| sent.billable),
            opened_ticket: registered.is_some_and(|registered| registered.opened_ticket),
            has_sender_id: message.has_sender_id,
            session_stated: registered.and_then(|registered| registered.session_open),
            session_derived: message.session_derived,
            stated: stated::encode(
                &message.facts.stated,
                PricingNames {
                    category: contribution.dimensions.pricing_category,
                    price_type: contribution.dimensions.pricing_type,
                },
            )?,
        })
    }

    /// The message as the domain knows it.
    pub(crate) fn into_outbound(self) -> Result<Outbound, StoreError> {
        let attribution = self.attribution();
        let contact = self.contact_id.map(ContactId);
        let marks = self.marks();
        let mut facts = Facts {
            times: self.times(),
            stated: stated::decode(self.stated.as_deref())?,
        };
        // The numbers behind what statuses stated are columns, not part of what was stated.
        if let (Some(recipient), Some(contact)) = (&mut facts.stated.recipient, contact) {
            recipient.value.contact = contact;
        }
        if let (Some(sender), Some(name)) = (&mut facts.stated.sender, attribution.channel_account)
        {
            sender.value.name = name;
        }
        if let Some(pricing) = &mut facts.stated.pricing
            && pricing.value.names == PricingNames::default()
        {
            pricing.value.names = self.pricing_names();
        }
        let registered = self
            .registration_digest
            .zip(contact)
            .map(|(digest, contact)| Registered {
                digest: types::digest_of(digest),
                attribution,
                contact,
                opened_ticket: self.opened_ticket,
                session_open: self.session_stated,
            });
        let mut message = Outbound {
            rank: self.rank,
            has_sender_id: self.has_sender_id,
            registered,
            facts,
            first_reply: self.first_reply(),
            marks,
            session_derived: self.session_derived,
            ..Outbound::new(WorkspaceId(self.workspace_id), MessageId(self.message_id))
        };
        message.set_capabilities(Some(Capabilities::from_bits(self.reportable)));
        Ok(message)
    }

    /// What the stored columns say that the message adds to reports: what a report by rows counts.
    pub(crate) fn contribution(&self) -> Contribution {
        let attribution = self.attribution();
        let dimensions = Dimensions {
            conversation_type: self.conversation_type.and_then(ConversationType::from_code),
            failure_category: self.failure_category(),
            error_code: self.error_code_id.map(NameId),
            pricing_category: self.pricing_category_id.map(NameId),
            pricing_type: self.pricing_type_id.map(NameId),
            ..attribution.into()
        };
        Contribution {
            direction: Direction::Outbound,
            at: self.origin.0,
            dimensions,
            measures: if self.attached {
                Measures::Sent(self.measures())
            } else {
                Measures::Unattached
            },
        }
    }

    /// As what its failure was classified.
    pub(crate) fn failure_category(&self) -> Option<FailureCategory> {
        self.failure_category.and_then(FailureCategory::from_code)
    }

    /// What the columns say of the price that counts.
    pub(crate) fn pricing_names(&self) -> PricingNames {
        PricingNames {
            category: self.pricing_category_id.map(NameId),
            price_type: self.pricing_type_id.map(NameId),
        }
    }

    fn measures(&self) -> SentMeasures {
        let facts = Facts {
            times: self.times(),
            ..Facts::default()
        };
        let facts = self.marks().with(&facts);
        SentMeasures {
            state: MessageState::from_code(self.state).unwrap_or(MessageState::Queued),
            reached: u8::try_from(self.reached).unwrap_or(0),
            reportable: Capabilities::from_bits(self.reportable),
            failed_stage: self.failed_stage.and_then(Stage::from_code),
            pending: self.pending,
            opened_ticket: self.opened_ticket,
            billable: self.billable,
            session_open: self.session_stated.or(self.session_derived),
            replied_at: self.replied_at.map(|At(at)| at),
            delivered_at: facts.times.get(StatusKind::Delivered),
            read_at: facts.times.get(StatusKind::Read),
            conflict: self.conflict,
        }
    }

    fn attribution(&self) -> Attribution {
        Attribution {
            channel: self.channel.and_then(Channel::from_code),
            channel_account: self.channel_account_id.map(NameId),
            account: self.account_id.map(NameId),
            source: Source::from_code(self.source).unwrap_or(Source::Echo),
            kind: self.kind.and_then(MessageType::from_code),
            template: self.template_id.map(NameId),
            subtype: self.subtype_id.map(NameId),
            template_category: self.template_category.and_then(TemplateCategory::from_code),
            campaign: self.campaign_id.map(NameId),
            broadcast: self.broadcast_id.map(NameId),
            agent: self.agent_id.map(NameId),
            team: self.team_id.map(NameId),
            department: self.department_id.map(NameId),
            content_type: self.content_type.and_then(ContentType::from_code),
        }
    }

    fn first_reply(&self) -> Option<FirstReply> {
        Some(FirstReply {
            at: self.replied_at?.0,
            id: MessageId(self.reply_id?),
            how: ReplyAttribution::from_code(self.reply_how?)?,
        })
    }

    fn marks(&self) -> Marks {
        times::marks(self.delivery_mark_at, self.read_mark_at)
    }

    fn times(&self) -> Times {
        times::times([
            self.queued_at,
            self.dispatched_at,
            self.dispatch_failed_at,
            self.sent_at,
            self.delivered_at,
            self.read_at,
            self.played_at,
            self.failed_at,
            self.deleted_at,
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::Rows;

    #[test]
    fn what_the_message_is_are_columns_and_no_keys() {
        for column in IDENTITY {
            assert!(MessageRow::COLUMNS[2..].contains(column), "{column}");
        }
    }
}
