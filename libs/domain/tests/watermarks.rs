//! What watermarks say of messages follows from the set of both, however it came to be known, batch by batch.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};

use acuse_domain::evidence::{Recipient, SenderIdentity, StatusEvidence};
use acuse_domain::ids::{ContactId, Digest, MessageId, NameId, WorkspaceId};
use acuse_domain::kinds::{
    Channel, ContentType, MessageState, MessageType, Provider, Source, StatusKind,
};
use acuse_domain::ledger::{KeyTarget, Ledger, NewRegistration};
use acuse_domain::outbound::{Attribution, Outbound, Registered, ThreadKey};
use acuse_domain::time::{Timestamp, days, hours};
use acuse_domain::watermark::{Marks, Watermark};
use proptest::prelude::*;

const WORKSPACE: WorkspaceId = WorkspaceId(1);
const START: Timestamp = Timestamp::from_seconds(1_790_000_000);
const WINDOW: std::time::Duration = days(30);

#[derive(Debug, Clone)]
enum Step {
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

/// Hours near the beginning, and near the end of the window of what happened then.
fn hour() -> impl Strategy<Value = u64> {
    prop_oneof![0..6u64, 718..724u64]
}

fn step() -> impl Strategy<Value = Step> {
    let kinds = prop::sample::select(&[
        StatusKind::Dispatched,
        StatusKind::Sent,
        StatusKind::Delivered,
        StatusKind::Read,
        StatusKind::Failed,
        StatusKind::DispatchFailed,
    ]);
    let marks = prop::sample::select(&[StatusKind::Delivered, StatusKind::Read]);
    prop_oneof![
        2 => (0..4u8, any::<bool>())
            .prop_map(|(message, by_sender)| Step::Register { message, by_sender }),
        4 => (0..4u8, 0..3u8, kinds, hour()).prop_map(|(message, named, kind, hour)| Step::Status {
            message,
            by_sender: named != 1,
            by_provider: named != 2,
            kind,
            hour,
        }),
        4 => (0..2u8, marks, hour(), hour()).prop_map(|(contact, kind, up_to, at)| Step::Watermark {
            contact,
            kind,
            up_to,
            at,
        }),
        1 => Just(Step::Join),
    ]
}

fn at(hour: u64) -> Timestamp {
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
struct Stored {
    messages: BTreeMap<MessageId, Outbound>,
    keys: BTreeMap<Digest, MessageId>,
    watermarks: BTreeSet<Watermark>,
    is_joined: bool,
}

impl Stored {
    fn contact(&self, number: u8) -> ContactId {
        ContactId(if self.is_joined { 0 } else { number.into() })
    }

    fn thread(&self, contact: u8) -> ThreadKey {
        ThreadKey {
            workspace: WORKSPACE,
            channel_account: NameId(1),
            contact: self.contact(contact),
        }
    }

    fn registration(&self, message: u8, by_sender: bool) -> NewRegistration {
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
    fn apply(&mut self, batch: &[Step]) {
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
    fn picture(&self) -> BTreeMap<Digest, (Marks, MessageState)> {
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

/// The rule in plain words, over all watermarks.
fn marks_of(message: &Outbound, watermarks: &BTreeSet<Watermark>) -> Marks {
    let origin = message.origin();
    let time = |kind| {
        let at = message.facts.times.get(kind);
        at.filter(|at| *at <= origin + WINDOW)
    };
    let arrived = time(StatusKind::Delivered)
        .or(time(StatusKind::Read))
        .is_some();
    let sent = time(StatusKind::Sent);
    let failed = time(StatusKind::Failed).is_some()
        || (sent.is_none() && time(StatusKind::DispatchFailed).is_some());
    let mut marks = Marks::default();
    let Some(left) = sent.or(time(StatusKind::Dispatched)) else {
        return marks;
    };
    for watermark in watermarks {
        let is_of_thread = Some(watermark.thread) == message.thread();
        let in_reach = left <= watermark.up_to && watermark.up_to <= origin + WINDOW;
        if is_of_thread && in_reach && (arrived || !failed) {
            let mark = match watermark.kind {
                StatusKind::Read => &mut marks.read,
                _ => &mut marks.delivered,
            };
            *mark = Some(mark.map_or(watermark.at, |at| at.min(watermark.at)));
        }
    }
    marks
}

/// The steps in batches of the sizes given, over and over.
fn tell(steps: &[Step], sizes: &[usize]) -> Stored {
    let mut stored = Stored::default();
    let (mut rest, mut sizes) = (steps, sizes.iter().cycle());
    while !rest.is_empty() {
        let size = (*sizes.next().unwrap()).min(rest.len());
        stored.apply(&rest[..size]);
        rest = &rest[size..];
    }
    stored
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn watermarks_end_the_same_in_any_order_and_batches(
        (steps, shuffled) in prop::collection::vec(step(), 0..20).prop_flat_map(|steps| {
            let twice = [steps.clone(), steps.clone()].concat();
            (Just(steps), Just(twice).prop_shuffle())
        }),
        sizes in prop::collection::vec(1..6usize, 1..4),
    ) {
        let one_by_one = tell(&steps, &[1]);
        for (id, message) in &one_by_one.messages {
            let expected = marks_of(message, &one_by_one.watermarks);
            prop_assert_eq!(message.marks, expected, "{} {:?}", id, message);
        }
        let otherwise = tell(&shuffled, &sizes);
        prop_assert_eq!(&otherwise.watermarks, &one_by_one.watermarks);
        prop_assert_eq!(otherwise.picture(), one_by_one.picture());
        let at_once = tell(&shuffled, &[usize::MAX]);
        prop_assert_eq!(at_once.picture(), one_by_one.picture());
    }
}

#[test]
fn a_watermark_is_known_by_all_that_it_says() {
    let watermark = Watermark {
        thread: Stored::default().thread(0),
        up_to: at(1),
        kind: StatusKind::Read,
        at: at(2),
        provider: Provider::MetaMessenger,
    };
    let others = [
        Watermark {
            up_to: at(2),
            ..watermark
        },
        Watermark {
            at: at(1),
            ..watermark
        },
        Watermark {
            kind: StatusKind::Delivered,
            ..watermark
        },
        Watermark {
            provider: Provider::MetaInstagram,
            ..watermark
        },
    ];
    for other in others {
        assert_ne!(watermark.digest(), other.digest(), "{other:?}");
    }
}

/// A message on WhatsApp is asked nothing for: no look at watermarks in the busiest of batches.
#[test]
fn channels_without_watermarks_ask_for_nothing() {
    let stored = Stored::default();
    let mut ledger = Ledger::default();
    let mut item = stored.registration(0, true);
    item.registered.attribution.channel = Some(Channel::WhatsApp);
    ledger.register(WORKSPACE, &item).unwrap();
    let query = ledger.mark_query();
    assert!(query.messages.is_empty() && query.watermarks.is_empty());
    item.registered.attribution.channel = Some(Channel::Instagram);
    let mut ledger = Ledger::default();
    ledger.register(WORKSPACE, &item).unwrap();
    assert_eq!(ledger.mark_query().messages.len(), 1);
}
