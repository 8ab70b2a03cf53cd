//! Contribution: what one message adds to reports.
//!
//! A message's row, a change in the log and a recount all go through this one type, so that a report built from
//! rollups and one built from rows cannot disagree about what a message counts as.

use serde::{Deserialize, Serialize};

use crate::capabilities::Capabilities;
use crate::facts::Facts;
use crate::ids::NameId;
use crate::inbound::Inbound;
use crate::kinds::{
    Channel, ContentType, ConversationType, Direction, MessageState, MessageType, Source, Stage,
    StatusKind, TemplateCategory,
};
use crate::outbound::{Attribution, Outbound};
use crate::standing::Standing;
use crate::taxonomy::{self, FailureCategory};
use crate::time::Timestamp;

/// What one message adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Contribution {
    /// Outbound or inbound.
    pub direction: Direction,
    /// The instant that places it in time: an outbound message's origin, an inbound one's receipt.
    pub at: Timestamp,
    /// Its dimensions.
    pub dimensions: Dimensions,
    /// What it counts as.
    pub measures: Measures,
}

/// By what messages are grouped and filtered; `None` shows as "(none)".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[expect(
    missing_docs,
    reason = "each is the dimension of that name in the glossary of reports"
)]
pub struct Dimensions {
    pub channel: Option<Channel>,
    pub channel_account: Option<NameId>,
    pub account: Option<NameId>,
    pub source: Option<Source>,
    pub kind: Option<MessageType>,
    pub template: Option<NameId>,
    pub subtype: Option<NameId>,
    pub template_category: Option<TemplateCategory>,
    pub campaign: Option<NameId>,
    pub broadcast: Option<NameId>,
    pub agent: Option<NameId>,
    pub team: Option<NameId>,
    pub department: Option<NameId>,
    pub content_type: Option<ContentType>,
    pub conversation_type: Option<ConversationType>,
    pub pricing_category: Option<NameId>,
    pub pricing_type: Option<NameId>,
    pub failure_category: Option<FailureCategory>,
    pub error_code: Option<NameId>,
}

impl From<Attribution> for Dimensions {
    fn from(from: Attribution) -> Self {
        Self {
            channel: from.channel,
            channel_account: from.channel_account,
            account: from.account,
            source: Some(from.source),
            kind: from.kind,
            template: from.template,
            subtype: from.subtype,
            template_category: from.template_category,
            campaign: from.campaign,
            broadcast: from.broadcast,
            agent: from.agent,
            team: from.team,
            department: from.department,
            content_type: from.content_type,
            conversation_type: None,
            pricing_category: None,
            pricing_type: None,
            failure_category: None,
            error_code: None,
        }
    }
}

/// What a message counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Measures {
    /// An inbound message.
    Received,
    /// An outbound message that is unattached: shown apart, in no other count.
    Unattached,
    /// An outbound message.
    Sent(SentMeasures),
}

/// What an attached outbound message counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SentMeasures {
    /// Its state.
    pub state: MessageState,
    /// Its stages reached, as bits of [`stage_bit`].
    pub reached: u8,
    /// The stages that its channel account can report.
    pub reportable: Capabilities,
    /// Where it failed.
    pub failed_stage: Option<Stage>,
    /// Whether word of it is still to come.
    pub pending: bool,
    /// Whether it opened a ticket.
    pub opened_ticket: bool,
    /// Whether it was delivered and the provider calls it billable.
    pub billable: bool,
    /// Whether a session was open when it was sent.
    pub session_open: Option<bool>,
    /// When it was first replied to.
    pub replied_at: Option<Timestamp>,
    /// When it is known to have been delivered.
    pub delivered_at: Option<Timestamp>,
    /// When it is known to have been read.
    pub read_at: Option<Timestamp>,
    /// Whether something failed although it was delivered.
    pub conflict: bool,
}

/// The bit that stands for a stage.
pub const fn stage_bit(stage: Stage) -> u8 {
    1 << (stage as u8 - 1)
}

impl SentMeasures {
    /// Whether the stage was reached.
    pub const fn has_reached(&self, stage: Stage) -> bool {
        self.reached & stage_bit(stage) != 0
    }
}

impl Contribution {
    /// What an outbound message adds.
    pub fn of_outbound(message: &Outbound) -> Self {
        let facts = message.counted();
        let capabilities = message.capabilities();
        let standing = Standing::of(&facts, capabilities);
        let failed = standing.failed_stage().and(standing.failure.as_ref());
        let priced = facts.stated.pricing.as_ref();
        let priced = priced.map(|said| said.value.names).unwrap_or_default();
        let dimensions = Dimensions {
            pricing_category: priced.category,
            pricing_type: priced.price_type,
            conversation_type: facts
                .stated
                .conversation
                .as_ref()
                .and_then(|conversation| conversation.value.kind()),
            failure_category: standing.failed_stage().map(|_| {
                failed.map_or(FailureCategory::Unknown, |failure| {
                    taxonomy::classify(failure.provider, &failure.report.code).category
                })
            }),
            error_code: failed.and_then(|failure| failure.error_code),
            ..message.attribution().into()
        };
        let measures = if message.is_attached() {
            Measures::Sent(Self::sent_measures(message, &facts, &standing))
        } else {
            Measures::Unattached
        };
        Self {
            direction: Direction::Outbound,
            at: message.origin(),
            dimensions,
            measures,
        }
    }

    /// What an inbound message adds; `None` where it does not count.
    pub fn of_inbound(message: &Inbound) -> Option<Self> {
        let reply = message.reply;
        message.counts().then(|| Self {
            direction: Direction::Inbound,
            at: message.at,
            dimensions: Dimensions {
                channel: Some(message.channel),
                channel_account: Some(message.channel_account),
                account: reply.and_then(|reply| reply.account),
                campaign: reply.and_then(|reply| reply.campaign),
                agent: reply.and_then(|reply| reply.agent),
                team: reply.and_then(|reply| reply.team),
                department: reply.and_then(|reply| reply.department),
                content_type: Some(message.content_type),
                ..Dimensions::default()
            },
            measures: Measures::Received,
        })
    }

    fn sent_measures(message: &Outbound, facts: &Facts, standing: &Standing) -> SentMeasures {
        let reached = Stage::ALL
            .iter()
            .filter(|stage| standing.reached(**stage))
            .fold(0, |bits, stage| bits | stage_bit(*stage));
        let charged = facts
            .stated
            .pricing
            .as_ref()
            .is_some_and(|pricing| pricing.value.billable == Some(true));
        SentMeasures {
            state: standing.state,
            reached,
            reportable: message.capabilities(),
            failed_stage: standing.failed_stage(),
            pending: standing.is_pending(),
            opened_ticket: message
                .registered
                .as_ref()
                .is_some_and(|registered| registered.opened_ticket),
            billable: charged && standing.reached(Stage::Delivery),
            session_open: message.session_open(),
            replied_at: message.first_reply.map(|reply| reply.at),
            delivered_at: facts.times.get(StatusKind::Delivered),
            read_at: facts.times.get(StatusKind::Read),
            conflict: standing.conflict,
        }
    }
}
