//! The ledger ends the same in whatever order items come: state, replies and sessions.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod cases;

use std::collections::BTreeMap;

use acuse_domain::evidence::{Recipient, SenderIdentity, StatusEvidence};
use acuse_domain::ids::{ContactId, Digest, MessageId, NameId, WorkspaceId};
use acuse_domain::inbound::Inbound;
use acuse_domain::kinds::{
    Channel, ContentType, InboundKind, MessageType, Provider, Source, StatusKind,
};
use acuse_domain::ledger::{Ledger, NewInbound, NewRegistration, Numbered, Settings};
use acuse_domain::names::Dimension;
use acuse_domain::outbound::{Attribution, Outbound, Registered};
use acuse_domain::time::{Timestamp, hours};
use proptest::prelude::*;

const WORKSPACE: WorkspaceId = WorkspaceId(1);
const START: Timestamp = Timestamp::from_seconds(1_790_000_000);

/// By what an item names its message.
#[derive(Debug, Clone, Copy)]
enum Named {
    Sender,
    Provider,
    Both,
}

#[derive(Debug, Clone)]
enum Step {
    Register {
        message: u8,
        named: Named,
        hour: u64,
        contact: u8,
        called: u8,
    },
    Status {
        message: u8,
        named: Named,
        kind: StatusKind,
        hour: u64,
    },
    Inbound {
        id: u8,
        hour: u64,
        contact: u8,
        quoted: Option<u8>,
        kind: InboundKind,
        deleted: bool,
    },
}

fn sender_key(message: u8) -> Digest {
    Digest::of(&[b"sender", &[message]])
}

fn provider_key(message: u8) -> Digest {
    Digest::of(&[b"provider", &[message]])
}

impl Named {
    fn sender_key(self, message: u8) -> Option<Digest> {
        (!matches!(self, Self::Provider)).then(|| sender_key(message))
    }

    fn provider_key(self, message: u8) -> Option<Digest> {
        (!matches!(self, Self::Sender)).then(|| provider_key(message))
    }
}

fn step() -> impl Strategy<Value = Step> {
    let hour = || prop_oneof![0..60u64, 700..760u64];
    let named = prop::sample::select(&[Named::Sender, Named::Provider, Named::Both]);
    prop_oneof![
        (0..6u8, named.clone(), hour(), 0..4u8).prop_map(|(message, named, hour, called)| {
            Step::Register {
                message,
                named,
                hour,
                contact: message % 2,
                called,
            }
        }),
        (0..6u8, named, prop::sample::select(StatusKind::ALL), hour()).prop_map(
            |(message, named, kind, hour)| Step::Status {
                message,
                named,
                kind,
                hour,
            }
        ),
        (0..6u8, hour(), prop::option::of(0..8u8), 0..8u8).prop_map(|(id, hour, quoted, odd)| {
            Step::Inbound {
                id,
                hour,
                contact: id % 2,
                quoted,
                kind: if odd == 0 {
                    InboundKind::Reaction
                } else {
                    InboundKind::Regular
                },
                deleted: odd == 1,
            }
        }),
    ]
}

fn at(hour: u64) -> Timestamp {
    START + hours(hour)
}

/// The texts of subtypes, in another order than that of their numbers. The first is the template's own id.
const SUBTYPES: [&str; 4] = ["m-id", "z", "b", "a"];

fn subtype(called: u8) -> NameId {
    NameId(100 + i32::from(called))
}

fn text((_, dimension, number): Numbered) -> Option<&'static str> {
    match dimension {
        Dimension::Template => Some(SUBTYPES[0]),
        _ => SUBTYPES
            .get(usize::try_from(number.0).unwrap() - 100)
            .copied(),
    }
}

/// A registration says the same each time; only by which ids, and what its template is called, differs.
fn registration(message: u8, named: Named, hour: u64, contact: u8) -> NewRegistration {
    let attribution = Attribution {
        channel: Some(Channel::WhatsApp),
        channel_account: Some(NameId(1)),
        account: None,
        source: Source::Api,
        kind: Some(MessageType::Session),
        template: None,
        subtype: None,
        template_category: None,
        campaign: None,
        broadcast: None,
        agent: Some(NameId(i32::from(message))),
        team: None,
        department: None,
        content_type: Some(ContentType::Text),
    };
    NewRegistration {
        sender_key: named.sender_key(message),
        provider_key: named.provider_key(message),
        registered: Registered {
            digest: Digest::of(&[&[message]]),
            attribution,
            contact: ContactId(i64::from(contact)),
            opened_ticket: false,
            session_open: None,
        },
        evidence: vec![StatusEvidence::new(
            StatusKind::Queued,
            at(hour),
            Provider::Sender,
        )],
    }
}

fn status(ledger: &mut Ledger, keys: &[Digest], message: u8, kind: StatusKind, hour: u64) {
    let mut evidence = StatusEvidence::new(kind, at(hour), Provider::MetaWhatsApp);
    evidence.sender = Some(SenderIdentity {
        channel: Channel::WhatsApp,
        external_id: "line".to_owned(),
        name: NameId(1),
    });
    evidence.recipient = Some(Recipient {
        addresses: Digest::of(&[&[message % 2]]),
        // Written in other ways, also by what is one piece of evidence.
        destination: (!hour.is_multiple_of(3)).then(|| format!("{hour}/{}", keys.len())),
        contact: ContactId(i64::from(message % 2)),
    });
    ledger.record(WORKSPACE, keys, &evidence, None).unwrap();
}

fn apply(ledger: &mut Ledger, step: &Step) {
    match step.clone() {
        Step::Register {
            message,
            named,
            hour,
            contact,
            called,
        } => {
            let mut item = registration(message, named, hour, contact);
            item.registered.attribution.template = Some(NameId(99));
            item.registered.attribution.subtype = Some(subtype(called));
            ledger.register(WORKSPACE, &item).unwrap();
        }
        Step::Status {
            message,
            named,
            kind,
            hour,
        } => {
            let keys: Vec<Digest> = [named.sender_key(message), named.provider_key(message)]
                .into_iter()
                .flatten()
                .collect();
            status(ledger, &keys, message, kind, hour);
        }
        Step::Inbound {
            id,
            hour,
            contact,
            quoted,
            kind,
            deleted,
        } => {
            let key = provider_key(100 + id).mirrored();
            // Of the quotes 6 and 7 are of inbound messages.
            let quoted = quoted.map(|quoted| match quoted {
                6 | 7 => provider_key(100 + quoted - 6),
                other => provider_key(other),
            });
            let mut said = vec![id, contact, u8::from(deleted)];
            said.extend(hour.to_le_bytes());
            said.extend(quoted.map_or([0; 16], |quoted| quoted.0));
            said.push(u8::from(kind == InboundKind::Reaction));
            let message = Inbound {
                workspace: WORKSPACE,
                id: MessageId::new(at(hour)),
                rank: 0,
                provider: Provider::MetaWhatsApp,
                digest: Digest::of(&[&said]),
                at: at(hour),
                channel: Channel::WhatsApp,
                channel_account: NameId(1),
                contact: ContactId(i64::from(contact)),
                kind,
                content_type: ContentType::Text,
                is_click: false,
                quoted,
                deleted,
                reply: None,
            };
            ledger.receive(&NewInbound { key, message });
        }
    }
}

fn relate(ledger: &mut Ledger) {
    ledger.settle_subtypes(text);
    let settings = Settings::default();
    let reach = ledger.reach(&settings);
    ledger.attribute(&settings, &reach);
    ledger.settle(&settings, &reach);
}

/// All that follows, by what messages are known by.
fn picture(ledger: &Ledger) -> BTreeMap<String, String> {
    let names: BTreeMap<MessageId, String> = ledger
        .changed_outbound()
        .iter()
        .filter_map(|changed| changed.now)
        .map(|message| (message.id, format!("out {}", message.rank)))
        .chain(
            ledger
                .changed_inbound()
                .iter()
                .filter_map(|changed| changed.now)
                .map(|message| (message.id, format!("in {}", message.rank))),
        )
        .collect();
    let mut picture = BTreeMap::new();
    for message in ledger
        .changed_outbound()
        .iter()
        .filter_map(|changed| changed.now)
    {
        let Outbound {
            registered,
            facts,
            first_reply,
            session_derived,
            ..
        } = message;
        let reply = first_reply.map(|reply| (&names[&reply.id], reply.at, reply.how));
        picture.insert(
            names[&message.id].clone(),
            format!("{registered:?} {facts:?} {reply:?} {session_derived:?}"),
        );
    }
    for message in ledger
        .changed_inbound()
        .iter()
        .filter_map(|changed| changed.now)
    {
        let reply = message
            .reply
            .map(|reply| (&names[&reply.to], reply.how, reply.agent));
        picture.insert(
            names[&message.id].clone(),
            format!(
                "{:?} {:?} {} {reply:?}",
                message.at, message.kind, message.deleted
            ),
        );
    }
    picture
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn items_end_the_same_in_any_order(
        (steps, shuffled) in prop::collection::vec(step(), 0..24).prop_flat_map(|steps| {
            let twice = [steps.clone(), steps.clone()].concat();
            (Just(steps), Just(twice).prop_shuffle())
        })
    ) {
        let mut straight = Ledger::default();
        steps.iter().for_each(|step| apply(&mut straight, step));
        relate(&mut straight);
        let mut otherwise = Ledger::default();
        // Relating in between must not matter either.
        for (position, step) in shuffled.iter().enumerate() {
            apply(&mut otherwise, step);
            if position % 7 == 0 {
                relate(&mut otherwise);
            }
        }
        relate(&mut otherwise);
        prop_assert_eq!(picture(&straight), picture(&otherwise));
    }
}
