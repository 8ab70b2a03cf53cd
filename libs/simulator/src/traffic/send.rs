//! One outbound message: what its sender says of it, and what its provider does.

use acuse_proto::types::{
    Channel, Content, ContentType, DispatchFailureReason, Failure, MessageType,
    OutboundRegistration, Provider, ProviderMessageId, Source, StatusEvidence, StatusKind,
    outbound_registration::Subtype,
};

use super::{
    Happening, What,
    course::course,
    moment::{DAY, Moment, SECOND},
};
use crate::{
    business::{Agent, Campaign, Contact, Department, Sender, Template},
    dice::Dice,
};

/// Of messages that are sent one by one, those that never leave.
const STUCK: f64 = 0.003;

/// How the platform tells of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Once it has left, with the provider's id.
    Sent,
    /// While it waits in the outbox, and once more when it left.
    Queued,
    /// By the provider's id alone: this system gives no ids of its own.
    Anonymous,
}

/// A message to be sent.
pub(super) struct Send<'a> {
    pub(super) sender: &'a Sender,
    pub(super) contact: &'a Contact,
    pub(super) source: Source,
    pub(super) template: Option<&'a Template>,
    pub(super) content: Content,
    pub(super) content_type: ContentType,
    pub(super) campaign: Option<(&'a Campaign<'a>, acuse_proto::types::NamedRef)>,
    pub(super) department: Option<&'a Department>,
    pub(super) agent: Option<&'a Agent>,
    /// A ticket, and whether this message opens it.
    pub(super) ticket: Option<(String, bool)>,
    pub(super) correlation: Option<String>,
    pub(super) session_open: Option<bool>,
    pub(super) style: Style,
    /// What the messages of one call to the provider share.
    pub(super) run: String,
    /// The number in the business's list cannot exist.
    pub(super) is_mistyped: bool,
    pub(super) queued: Moment,
}

/// A message that was sent.
pub(super) struct Sent {
    pub(super) id: ProviderMessageId,
    /// When the contact had it; absent where it never arrived.
    pub(super) seen: Option<Moment>,
}

impl Send<'_> {
    /// Sends the message: tells of it and of what becomes of it. `None` where it never leaves.
    pub(super) fn tell(self, id: &str, dice: &mut Dice, told: &mut Vec<Happening>) -> Option<Sent> {
        if self.is_mistyped {
            let registration = self.registration(Some(id), None, None);
            told.push(self.told(self.queued, What::Registered(registration)));
            return None;
        }
        if self.source != Source::Broadcast && dice.chance(STUCK) {
            self.stuck(id, dice, told);
            return None;
        }
        let provider_id = self.sender.message_id(dice, self.contact, &self.run);
        let dispatched = self.queued.after(dice.between(50..=3 * SECOND));
        self.register(id, &provider_id, dispatched, told);
        let course = course(self.sender, self.temper(), dispatched, dice);
        self.report(&provider_id, dispatched, &course, dice, told);
        // Nobody answers what they read when it is long forgotten.
        let read = course.read.filter(|read| read.since(dispatched) < 7 * DAY);
        let seen = match course.failed {
            None => read.or(course.delivered).or(course.sent),
            Some(_) => None,
        };
        Some(Sent {
            id: provider_id,
            seen,
        })
    }

    /// What the platform says, `at`.
    fn told(&self, at: Moment, what: What) -> Happening {
        Happening { told_at: at, what }
    }

    fn register(
        &self,
        id: &str,
        provider_id: &ProviderMessageId,
        dispatched: Moment,
        told: &mut Vec<Happening>,
    ) {
        let known = Some(provider_id.clone());
        let (at, registration) = match self.style {
            Style::Sent => {
                let said = self.registration(Some(id), known, Some(dispatched));
                (dispatched.after(80), said)
            }
            Style::Anonymous => {
                let said = self.registration(None, known, Some(dispatched));
                (dispatched.after(80), said)
            }
            Style::Queued => (self.queued, self.registration(Some(id), None, None)),
        };
        told.push(self.told(at, What::Registered(registration)));
        if self.style == Style::Queued {
            let left = StatusEvidence {
                sender_message_id: Some(id.to_owned()),
                provider_message_id: Some(provider_id.clone()),
                kind: StatusKind::Dispatched.into(),
                happened_at: Some(dispatched.wire()),
                provider: Some(Provider::Sender.into()),
                ..StatusEvidence::default()
            };
            told.push(self.told(dispatched.after(80), What::Status(left)));
        }
    }

    /// A message that the platform could not send.
    fn stuck(&self, id: &str, dice: &mut Dice, told: &mut Vec<Happening>) {
        let reason = *dice.pick(&[
            DispatchFailureReason::InternalError,
            DispatchFailureReason::InsufficientBalance,
            DispatchFailureReason::UnassignedVariables,
        ]);
        let registration = self.registration(Some(id), None, None);
        told.push(self.told(self.queued, What::Registered(registration)));
        let at = self.queued.after(dice.between(100..=5 * SECOND));
        let failed = StatusEvidence {
            sender_message_id: Some(id.to_owned()),
            kind: StatusKind::DispatchFailed.into(),
            happened_at: Some(at.wire()),
            failure: Some(Failure {
                dispatch_reason: Some(reason.into()),
                ..Failure::default()
            }),
            ..StatusEvidence::default()
        };
        told.push(self.told(at, What::Status(failed)));
    }

    fn registration(
        &self,
        id: Option<&str>,
        provider_id: Option<ProviderMessageId>,
        dispatched: Option<Moment>,
    ) -> OutboundRegistration {
        let channel = self.sender.channel;
        let contact = if self.is_mistyped {
            self.contact.as_mistyped(channel)
        } else {
            self.contact.as_addressed(channel)
        };
        // Templates are WhatsApp's; elsewhere their text goes as it is.
        let template = self.template.filter(|_| channel == Channel::Whatsapp);
        let (kind, subtype) = match template {
            Some(template) => (
                MessageType::Template,
                Some(Subtype::Template(template.named.clone())),
            ),
            None if channel == Channel::Messenger && self.session_open == Some(false) => (
                MessageType::MessageTag,
                Some(Subtype::MessageTag("HUMAN_AGENT".to_owned())),
            ),
            None => (MessageType::Session, None),
        };
        let content_type = match template {
            Some(_) => ContentType::Template,
            None => self.content_type,
        };
        let (campaign, broadcast) = self.campaign.clone().unzip();
        OutboundRegistration {
            sender_message_id: id.map(str::to_owned),
            provider_message_id: provider_id,
            channel: channel.into(),
            channel_account_id: self.sender.id.clone(),
            contact: Some(contact),
            source: self.source.into(),
            r#type: kind.into(),
            subtype,
            account: campaign.map(|campaign| campaign.account.clone()),
            campaign: campaign.map(|campaign| campaign.named.clone()),
            broadcast: broadcast.filter(|_| self.source == Source::Broadcast),
            agent: self.agent.map(|agent| agent.named.clone()),
            team: self.agent.map(|agent| agent.team.clone()),
            department: self.department.map(|department| department.named.clone()),
            content_type: content_type.into(),
            content: Some(self.content.clone()),
            ticket_id: self.ticket.as_ref().map(|(ticket, _)| ticket.clone()),
            opened_ticket: self.ticket.as_ref().is_some_and(|(_, opens)| *opens),
            conversation_id: None,
            correlation_id: self.correlation.clone(),
            session_open: self.session_open,
            queued_at: Some(self.queued.wire()),
            dispatched_at: dispatched.map(Moment::wire),
        }
    }
}
