//! Storage in memory, which loads as little for a batch as the real one.

use std::collections::{BTreeMap, BTreeSet};

use acuse_domain::evidence::{Recipient, SenderIdentity, StatusEvidence};
use acuse_domain::ids::{ContactId, Digest, MessageId, NameId, WorkspaceId};
use acuse_domain::kinds::{
    Channel, ContentType, MessageState, MessageType, Provider, Source, StatusKind,
};
use acuse_domain::ledger::{KeyTarget, Ledger, NewRegistration};
use acuse_domain::outbound::{Attribution, Outbound, Registered, ThreadKey};
use acuse_domain::time::{Timestamp, hours};
use acuse_domain::watermark::{Marks, Watermark};

pub(crate) const WORKSPACE: WorkspaceId = WorkspaceId(1);

const START: Timestamp = Timestamp::from_seconds(1_790_000_000);

/// One thing to take in.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// Each registration of a message says the same: it was dispatched if its number is even.
    Register { message: u8, by_sender: bool },
    Status {
        message: u8,
        by_sender: bool,
        by_provider: bool,
        kind: StatusKind,
        hour: u64,
    },
    Watermark {
        contact: u8,
        kind: StatusKind,
        up_to: u64,
        at: u64,
    },
    /// Both contacts turn out to be one.
    Join,
}

pub(crate) fn at(hour: u64) -> Timestamp {
    START + hours(hour)
}

fn key(message: u8, by: &[u8]) -> Digest {
    Digest::of(&[by, &[message]])
}

fn keys(message: u8, by_sender: bool, by_provider: bool) -> Vec<Digest> {
    let sender = by_sender.then(|| key(message, b"sender"));
    let provider = by_provider.then(|| key(message, b"provider"));
    sender.into_iter().chain(provider).collect()
}

/// What is kept from one batch to the next.
#[derive(Default)]
pub(crate) struct Stored {
    pub(crate) messages: BTreeMap<MessageId, Outbound>,
    keys: BTreeMap<Digest, MessageId>,
    pub(crate) watermarks: BTreeSet<Watermark>,
    is_joined: bool,
}

impl Stored {
    fn contact(&self, number: u8) -> ContactId {
        ContactId(if self.is_joined { 0 } else { number.into() })
    }

    pub(crate) fn thread(&self, contact: u8) -> ThreadKey {
        ThreadKey {
            workspace: WORKSPACE,
            channel_account: NameId(1),
            contact: self.contact(contact),
        }
    }

    pub(crate) fn registration(&self, message: u8, by_sender: bool) -> NewRegistration {
        let said = |kind| StatusEvidence::new(kind, at(message.into()), Provider::Sender);
        let mut evidence = vec![said(StatusKind::Queued)];
        evidence.extend(
            message
                .is_multiple_of(2)
                .then(|| said(StatusKind::Dispatched)),
        );
        NewRegistration {
            sender_key: by_sender.then(|| key(message, b"sender")),
            provider_key: (!by_sender).then(|| key(message, b"provider")),
            registered: Registered {
                digest: Digest::of(&[&[message]]),
                attribution: Attribution {
                    channel: Some(Channel::Messenger),
                    channel_account: Some(NameId(1)),
                    account: None,
                    source: Source::Api,
                    kind: Some(MessageType::Session),
                    template: None,
                    subtype: None,
                    template_category: None,
                    campaign: None,
                    broadcast: None,
                    agent: None,
                    team: None,
                    department: None,
                    content_type: Some(ContentType::Text),
                },
                contact: self.contact(message % 2),
                opened_ticket: false,
                session_open: None,
            },
            evidence,
        }
    }

    fn evidence(&self, message: u8, kind: StatusKind, hour: u64) -> StatusEvidence {
        let mut evidence = StatusEvidence::new(kind, at(hour), Provider::MetaMessenger);
        evidence.sender = Some(SenderIdentity {
            channel: Channel::Messenger,
            external_id: "page".to_owned(),
            name: NameId(1),
        });
        evidence.recipient = Some(Recipient {
            addresses: Digest::of(&[&[message % 2]]),
            destination: None,
            contact: self.contact(message % 2),
        });
        evidence
    }

    fn fold(&mut self, ledger: &mut Ledger, step: &Step) {
        match *step {
            Step::Register { message, by_sender } => {
                let item = self.registration(message, by_sender);
                ledger.register(WORKSPACE, &item).unwrap();
            }
            Step::Status {
                message,
                by_sender,
                by_provider,
                kind,
                hour,
            } => {
                let keys = keys(message, by_sender, by_provider);
                let evidence = self.evidence(message, kind, hour);
                ledger.record(WORKSPACE, &keys, &evidence, None).unwrap();
            }
            Step::Watermark {
                contact,
                kind,
                up_to,
                at: hour,
            } => {
                ledger.mark(Watermark {
                    thread: self.thread(contact),
                    up_to: at(up_to),
                    kind,
                    at: at(hour),
                    provider: Provider::MetaMessenger,
                });
            }
            Step::Join => {}
        }
    }

    /// Applies a batch as storage does: it loads what the batch names and what the ledger asks for, and nothing else.
    pub(crate) fn apply(&mut self, batch: &[Step]) {
        let mut ledger = Ledger::default();
        for step in batch {
            let named = match *step {
                Step::Register { message, .. } | Step::Status { message, .. } => {
                    keys(message, true, true)
                }
                _ => Vec::new(),
            };
            for key in named {
                if let Some(id) = self.keys.get(&key) {
                    ledger.load_outbound(self.messages[id].clone());
                    ledger.load_key((WORKSPACE, key), KeyTarget::Outbound(*id));
                }
            }
        }
        let mut told = Vec::new();
        for step in batch {
            self.fold(&mut ledger, step);
            if let Step::Watermark { .. } = step {
                told.push(step.clone());
            }
        }
        if batch.iter().any(|step| matches!(step, Step::Join)) && !self.is_joined {
            self.join(&mut ledger);
        }
        self.settle(&mut ledger);
        for step in told {
            self.keep(&step);
        }
        self.take_back(&ledger);
    }

    fn join(&mut self, ledger: &mut Ledger) {
        let (stays, gone) = (ContactId(0), ContactId(1));
        for message in self.messages.values() {
            if message.contact() == Some(gone) {
                ledger.load_outbound(message.clone());
            }
        }
        self.is_joined = true;
        ledger.join_contacts(WORKSPACE, gone, stays);
        let (of_gone, mut kept): (BTreeSet<Watermark>, BTreeSet<Watermark>) =
            std::mem::take(&mut self.watermarks)
                .into_iter()
                .partition(|watermark| watermark.thread.contact == gone);
        for mut watermark in of_gone {
            watermark.thread.contact = stays;
            if kept.insert(watermark) {
                ledger.mark(watermark);
            }
        }
        self.watermarks = kept;
    }

    fn settle(&self, ledger: &mut Ledger) {
        let query = ledger.mark_query();
        for watermark in &query.watermarks {
            for message in self.messages.values() {
                let place = message.coverable();
                let known = match watermark.kind {
                    StatusKind::Read => message.marks.read,
                    _ => message.marks.delivered,
                };
                let is_covered = place.is_some_and(|place| place.is_covered(watermark));
                if is_covered && known.is_none_or(|known| known > watermark.at) {
                    ledger.load_outbound(message.clone());
                }
            }
        }
        for place in &query.messages {
            for watermark in &self.watermarks {
                if place.is_covered(watermark) {
                    ledger.load_watermark(*watermark);
                }
            }
        }
        ledger.settle_marks();
    }

    fn keep(&mut self, step: &Step) {
        if let Step::Watermark {
            contact,
            kind,
            up_to,
            at: hour,
        } = *step
        {
            self.watermarks.insert(Watermark {
                thread: self.thread(contact),
                up_to: at(up_to),
                kind,
                at: at(hour),
                provider: Provider::MetaMessenger,
            });
        }
    }

    fn take_back(&mut self, ledger: &Ledger) {
        // Rows of contacts that are joined are moved as they are stored, without counting as changed.
        for (id, message) in &mut self.messages {
            if let Some(now) = ledger.outbound(*id) {
                message.clone_from(now);
            }
        }
        for changed in ledger.changed_outbound() {
            match (changed.before, changed.now) {
                (_, Some(now)) => drop(self.messages.insert(now.id, now.clone())),
                (Some(gone), None) => drop(self.messages.remove(&gone.id)),
                (None, None) => {}
            }
        }
        for (gone, stays) in ledger.united() {
            for id in self.keys.values_mut().filter(|id| **id == gone) {
                *id = stays;
            }
        }
        for key in ledger.new_keys() {
            if let Some(KeyTarget::Outbound(id)) = ledger.key(*key) {
                self.keys.insert(key.1, id);
            }
        }
    }

    /// Everything, by what messages are known by.
    pub(crate) fn picture(&self) -> BTreeMap<Digest, (Marks, MessageState)> {
        let shown = |id: &MessageId| {
            let message = &self.messages[id];
            (message.marks, message.standing().state)
        };
        self.keys
            .iter()
            .map(|(key, id)| (*key, shown(id)))
            .collect()
    }
}
