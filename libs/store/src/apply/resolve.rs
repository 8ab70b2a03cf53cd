//! Resolve: items with their ids turned into keys and numbers.

use std::sync::Arc;

use acuse_domain::contact::{Address, ContactRef};
use acuse_domain::event::{Item, StatusItem};
use acuse_domain::evidence::{Echoed, PricingNames, Recipient, StatusEvidence};
use acuse_domain::identity::{ProviderMessageId, sender_key};
use acuse_domain::ids::{ContactId, Digest, NameId, WorkspaceId};
use acuse_domain::inbound::{Inbound, InboundEvidence};
use acuse_domain::kinds::{Channel, MessageType};
use acuse_domain::ledger::{Ledger, NewInbound, NewRegistration, Receipt, Refusal};
use acuse_domain::names::{Dimension, Mention, channel_account_id, error_code_id};
use acuse_domain::outbound::{Attribution, Registered, ThreadKey};
use acuse_domain::registration::{NamedRef, Registration, TemplateRef};
use acuse_domain::time::Timestamp;
use acuse_domain::watermark::{Watermark, WatermarkEvidence};

use super::Submission;
use crate::message_state::directory::cache::Numbers;

/// An item ready to be folded in.
pub(super) struct Prepared {
    pub(super) workspace: WorkspaceId,
    pub(super) received_at: Timestamp,
    pub(super) kind: Kind,
    /// The keys under which its message is looked up.
    pub(super) keys: Vec<Digest>,
    /// The addresses under which it names its contact.
    pub(super) addresses: Vec<Address>,
    /// What it calls the things that it mentions, where that would change what is shown of them.
    pub(super) restated: Vec<Mention>,
    /// What its evidence is known by in the timeline, in the order of the evidence.
    pub(super) digests: Vec<Digest>,
}

/// What an item is, with what its wide rows are made of.
pub(super) enum Kind {
    Registration(Box<NewRegistration>, Arc<Registration>),
    Status(Box<NewStatus>, Arc<StatusItem>),
    Inbound(Box<NewInbound>, Arc<InboundEvidence>),
    Watermark(Box<Watermark>, Arc<WatermarkEvidence>),
}

/// A status with its ids turned to numbers.
pub(super) struct NewStatus {
    evidence: StatusEvidence,
    /// What is counted of an echo.
    echo: Option<Echoed>,
}

/// Turns the items of a batch into what the ledger takes.
pub(super) fn prepare(
    batch: &[Submission],
    restated: Vec<Vec<Mention>>,
    numbers: &Numbers,
) -> Vec<Prepared> {
    batch
        .iter()
        .zip(restated)
        .map(|(submission, restated)| {
            let lookup = Lookup {
                workspace: submission.workspace,
                numbers,
            };
            let (kind, addresses) = match &submission.event.item {
                Item::Registration(registration) => lookup.registration(registration),
                Item::Status(status) => lookup.status(status),
                Item::Inbound(inbound) => lookup.inbound(inbound),
                Item::Watermark(watermark) => lookup.watermark(watermark),
            };
            Prepared {
                workspace: submission.workspace,
                received_at: submission.event.received_at,
                digests: kind.digests(),
                keys: kind.keys(),
                kind,
                addresses,
                restated,
            }
        })
        .collect()
}

impl Prepared {
    /// The evidence on an outbound message that it brings.
    pub(super) fn evidence(&self) -> &[StatusEvidence] {
        match &self.kind {
            Kind::Registration(registration, _) => &registration.evidence,
            Kind::Status(status, _) => std::slice::from_ref(&status.evidence),
            Kind::Inbound(..) | Kind::Watermark(..) => &[],
        }
    }

    /// The times at which a message that it makes may belong.
    pub(super) fn origins(&self) -> impl Iterator<Item = Timestamp> + '_ {
        let inbound = match &self.kind {
            Kind::Inbound(inbound, _) => Some(inbound.message.at),
            _ => None,
        };
        self.evidence().iter().map(|piece| piece.at).chain(inbound)
    }

    /// What the contact is called, as of the item's time.
    pub(super) fn contact_name(&self) -> Option<(Timestamp, &str)> {
        let (contact, at): (&ContactRef, Timestamp) = match &self.kind {
            Kind::Registration(_, registration) => (&registration.contact, registration.queued_at),
            Kind::Inbound(_, inbound) => (&inbound.contact, inbound.at),
            Kind::Watermark(_, watermark) => (&watermark.contact, watermark.at),
            Kind::Status(..) => return None,
        };
        contact.name.as_deref().map(|name| (at, name))
    }

    /// Sets the contact that its addresses lead to.
    pub(super) fn set_contact(&mut self, contact: ContactId) {
        match &mut self.kind {
            Kind::Registration(registration, _) => registration.registered.contact = contact,
            Kind::Inbound(inbound, _) => inbound.message.contact = contact,
            Kind::Watermark(watermark, _) => watermark.thread.contact = contact,
            Kind::Status(status, _) => {
                if let Some(recipient) = &mut status.evidence.recipient {
                    recipient.contact = contact;
                }
            }
        }
    }

    /// Whether the ledger would take it in.
    pub(super) fn is_admitted(&self, ledger: &Ledger) -> bool {
        let registration = match &self.kind {
            Kind::Registration(registration, _) => Some(registration.as_ref()),
            Kind::Status(..) => None,
            Kind::Watermark(..) => return true,
            Kind::Inbound(inbound, _) => {
                return ledger.admits_inbound(self.workspace, inbound.key);
            }
        };
        ledger.admits(self.workspace, &self.keys, registration)
    }

    /// Folds it into the ledger.
    pub(super) fn fold(&self, ledger: &mut Ledger) -> Result<Receipt, Refusal> {
        match &self.kind {
            Kind::Registration(registration, _) => ledger.register(self.workspace, registration),
            Kind::Status(status, _) => {
                let NewStatus { evidence, echo } = status.as_ref();
                ledger.record(self.workspace, &self.keys, evidence, echo.as_ref())
            }
            Kind::Inbound(inbound, _) => Ok(ledger.receive(inbound)),
            Kind::Watermark(watermark, _) => Ok(ledger.mark(**watermark)),
        }
    }
}

impl Kind {
    fn keys(&self) -> Vec<Digest> {
        match self {
            Self::Registration(registration, _) => registration.keys(),
            Self::Status(_, status) => status.names.keys().collect(),
            Self::Inbound(inbound, _) => vec![inbound.key],
            Self::Watermark(..) => Vec::new(),
        }
    }

    fn digests(&self) -> Vec<Digest> {
        match self {
            Self::Registration(registration, _) => {
                let pieces = registration.evidence.iter();
                pieces.map(StatusEvidence::digest).collect()
            }
            Self::Status(status, _) => vec![status.evidence.digest()],
            Self::Inbound(inbound, _) => vec![inbound.message.digest],
            Self::Watermark(..) => Vec::new(),
        }
    }
}

/// Finds the numbers of one workspace's names.
struct Lookup<'a> {
    workspace: WorkspaceId,
    numbers: &'a Numbers,
}

impl Lookup<'_> {
    fn number(&self, dimension: Dimension, external_id: &str) -> Option<NameId> {
        let number = self.numbers.get(self.workspace, dimension, external_id);
        number.copied()
    }

    fn channel_account(&self, channel: Channel, id: &str) -> Option<NameId> {
        self.number(Dimension::ChannelAccount, &channel_account_id(channel, id))
    }

    fn named(&self, dimension: Dimension, reference: &Option<NamedRef>) -> Option<NameId> {
        self.number(dimension, &reference.as_ref()?.id)
    }

    fn evidence(&self, mut evidence: StatusEvidence) -> StatusEvidence {
        if let Some(failure) = evidence.as_failure() {
            let id = error_code_id(failure.provider, &failure.report.code);
            evidence.error_code = self.number(Dimension::ErrorCode, &id);
        }
        if let Some(pricing) = &mut evidence.pricing {
            let word = |dimension, word: &Option<String>| self.number(dimension, word.as_deref()?);
            pricing.names = PricingNames {
                category: word(Dimension::PricingCategory, &pricing.category),
                price_type: word(Dimension::PricingType, &pricing.price_type),
            };
        }
        if let Some(sender) = &mut evidence.sender {
            sender.name = self
                .channel_account(sender.channel, &sender.external_id)
                .unwrap_or_default();
        }
        evidence
    }

    fn status(&self, status: &Arc<StatusItem>) -> (Kind, Vec<Address>) {
        let mut evidence = self.evidence(status.evidence.clone());
        let mut addresses = Vec::new();
        if let (Some(recipient), Some(sender)) = (&status.recipient, &evidence.sender) {
            addresses = recipient.addresses(sender.channel, &sender.external_id);
            evidence.recipient = Some(Recipient {
                addresses: recipient.digest(sender.channel, &sender.external_id),
                destination: recipient.destination().map(str::to_owned),
                contact: ContactId::default(),
            });
        }
        let echo = status.echo.as_ref().map(|echo| echo.told_by(&evidence));
        let new = NewStatus { evidence, echo };
        let kind = Kind::Status(Box::new(new), Arc::clone(status));
        (kind, addresses)
    }

    fn watermark(&self, told: &Arc<WatermarkEvidence>) -> (Kind, Vec<Address>) {
        let account = &told.channel_account.id;
        let watermark = Watermark {
            thread: ThreadKey {
                workspace: self.workspace,
                channel_account: self
                    .channel_account(told.channel, account)
                    .unwrap_or_default(),
                contact: ContactId::default(),
            },
            up_to: told.up_to,
            kind: told.kind,
            at: told.at,
            provider: told.provider,
        };
        let addresses = told.contact.addresses(told.channel, account);
        let kind = Kind::Watermark(Box::new(watermark), Arc::clone(told));
        (kind, addresses)
    }

    fn registration(&self, registration: &Arc<Registration>) -> (Kind, Vec<Address>) {
        let names = &registration.names;
        let item = NewRegistration {
            sender_key: names.sender.as_deref().map(sender_key),
            provider_key: names.provider.as_ref().map(ProviderMessageId::outbound_key),
            registered: Registered {
                digest: registration.digest(),
                attribution: self.attribution(registration),
                contact: ContactId::default(),
                opened_ticket: registration.opened_ticket,
                session_open: registration.session_open,
            },
            evidence: registration
                .evidence()
                .into_iter()
                .map(|piece| self.evidence(piece))
                .collect(),
        };
        let addresses = registration
            .contact
            .addresses(registration.channel, &registration.channel_account.id);
        let kind = Kind::Registration(Box::new(item), Arc::clone(registration));
        (kind, addresses)
    }

    fn attribution(&self, registration: &Registration) -> Attribution {
        let template = registration
            .template
            .as_ref()
            .filter(|_| registration.kind == MessageType::Template);
        Attribution {
            channel: Some(registration.channel),
            channel_account: self
                .channel_account(registration.channel, &registration.channel_account.id),
            account: self.named(Dimension::Account, &registration.account),
            source: registration.source,
            kind: Some(registration.kind),
            template: template
                .map(TemplateRef::external_id)
                .and_then(|id| self.number(Dimension::Template, &id)),
            subtype: registration
                .subtype()
                .and_then(|subtype| self.number(Dimension::Subtype, &subtype)),
            template_category: template.and_then(|template| template.category),
            campaign: self.named(Dimension::Campaign, &registration.campaign),
            broadcast: self.named(Dimension::Broadcast, &registration.broadcast),
            agent: self.named(Dimension::Agent, &registration.agent),
            team: self.named(Dimension::Team, &registration.team),
            department: self.named(Dimension::Department, &registration.department),
            content_type: Some(registration.content_type),
        }
    }

    fn inbound(&self, inbound: &Arc<InboundEvidence>) -> (Kind, Vec<Address>) {
        let key = inbound.id.inbound_key();
        let message = Inbound {
            workspace: self.workspace,
            id: acuse_domain::ids::MessageId::new(inbound.at),
            rank: key.rank(),
            provider: inbound.id.provider,
            digest: inbound.digest(),
            at: inbound.at,
            channel: inbound.channel,
            channel_account: self
                .channel_account(inbound.channel, &inbound.channel_account.id)
                .unwrap_or_default(),
            contact: ContactId::default(),
            kind: inbound.kind,
            content_type: inbound.content_type,
            is_click: inbound.button.is_some(),
            quoted: inbound.quoted.as_ref().map(ProviderMessageId::outbound_key),
            deleted: inbound.deleted,
            reply: None,
        };
        let addresses = inbound
            .contact
            .addresses(inbound.channel, &inbound.channel_account.id);
        let item = NewInbound { key, message };
        let kind = Kind::Inbound(Box::new(item), Arc::clone(inbound));
        (kind, addresses)
    }
}
