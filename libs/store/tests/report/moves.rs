//! Messages that are read page by page while their times change: each that counts all the while is read once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use acuse_domain::event::Event;
use acuse_domain::identity::sender_key;
use acuse_domain::ids::MessageId;
use acuse_domain::kinds::{Direction, MessageType, StatusKind};
use acuse_domain::registration::TemplateRef;
use acuse_domain::report::{Group, IdCondition, IdKind};
use acuse_domain::time::{Timestamp, hours};
use acuse_store::StoreError;
use acuse_store::fold::Folder;
use acuse_store::read::{Entry, HsmRows, Lookup, Order, Pages, Scoped};
use acuse_store::workspaces::Workspace;
use acuse_testkit::build::{self, IntoEvent};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::fixture::{NOW, Store};
use crate::scopes::everything;

fn minute(number: u64) -> Timestamp {
    NOW - hours(10) + Duration::from_secs(60 * number)
}

/// Of a template, known by its sender and by the provider under one id.
fn registered(id: &str, at: u64) -> Event {
    let mut it = build::registration(id, minute(at));
    it.names.provider = Some(build::wamid(id));
    it.kind = MessageType::Template;
    it.template = Some(TemplateRef {
        name: Some("bienvenida".to_owned()),
        ..TemplateRef::default()
    });
    it.event()
}

fn told(id: &str, kind: StatusKind, at: u64) -> Event {
    build::status(id, kind, minute(at)).event()
}

/// The same of a message that its sender knows by another id.
fn linked(sender: &str, id: &str, at: u64) -> Event {
    let mut it = build::status(id, StatusKind::Delivered, minute(at));
    it.names.sender = Some(sender.to_owned());
    it.event()
}

enum Reader {
    Sent(Pages),
    Received(Pages),
    Templates(Box<HsmRows<Arc<Entry>>>),
}

impl Reader {
    fn sent(scoped: &Scoped, order: Order) -> Self {
        let query = everything(Direction::Outbound, Group::All);
        Self::Sent(scoped.pages(&scoped.question(query, Vec::new()), order, None))
    }

    fn received(scoped: &Scoped, order: Order) -> Self {
        let query = everything(Direction::Inbound, Group::All);
        Self::Received(scoped.pages(&scoped.question(query, Vec::new()), order, None))
    }

    fn templates(scoped: &Scoped) -> Self {
        let question = scoped.question(everything(Direction::Outbound, Group::All), Vec::new());
        Self::Templates(Box::new(scoped.hsm_rows(&question, None, Arc::new)))
    }

    async fn next(&mut self, limit: usize) -> Result<Vec<MessageId>, StoreError> {
        let page: Vec<MessageId> = match self {
            Self::Sent(pages) => {
                let views = pages.messages(limit).await?.into_iter();
                views.map(|view| view.message.id).collect()
            }
            Self::Received(pages) => {
                let rows = pages.received(limit).await?.into_iter();
                rows.map(|(inbound, _)| inbound.id).collect()
            }
            Self::Templates(rows) => {
                let rows = rows.next(limit).await?.into_iter();
                rows.map(|row| row.id).collect()
            }
        };
        assert!(page.len() <= limit);
        Ok(page)
    }

    async fn rest(&mut self, limit: usize) -> Vec<MessageId> {
        let mut all = Vec::new();
        loop {
            let page = self.next(limit).await.unwrap();
            if page.is_empty() {
                return all;
            }
            all.extend(page);
        }
    }
}

async fn id_of(scoped: &Scoped, sender: &str) -> MessageId {
    let found = scoped.message(Lookup::Key(sender_key(sender))).await;
    found.unwrap().unwrap().message.id
}

/// The messages of a workspace, outbound or inbound.
async fn ids(store: &Store, workspace: &Workspace, table: &str) -> BTreeSet<MessageId> {
    let sql = format!("SELECT message_id::text FROM message_state.{table} WHERE workspace_id = $1");
    let rows = store.admin.query(&sql, &[&workspace.id.0]).await.unwrap();
    let ids = rows
        .iter()
        .map(|row| row.get::<_, &str>(0).parse().unwrap());
    ids.map(MessageId).collect()
}

fn each_once(read: &[MessageId], due: &BTreeSet<MessageId>) {
    let mut times: BTreeMap<MessageId, u32> = BTreeMap::new();
    for id in read {
        *times.entry(*id).or_default() += 1;
    }
    let twice = times.values().filter(|times| **times > 1).count();
    let missing = due.iter().filter(|id| !times.contains_key(id)).count();
    assert_eq!((twice, missing), (0, 0), "read twice, and not at all");
}

/// Ten messages a minute apart, of which three are read in either order; then some move past the reader's place and back.
#[tokio::test]
async fn what_moves_past_the_reader_is_read_once() {
    let store = Store::new().await;
    let names = ["oldest", "newest", "templates"];
    for name in names {
        let workspace = store.workspace(name).await;
        let sent: Vec<Event> = (0..10)
            .map(|number| registered(&format!("m{number}"), 100 + number))
            .collect();
        store.apply(&workspace, &sent).await;
        let due = ids(&store, &workspace, "messages").await;
        let scoped = store.whole(&workspace).await;
        let mut reader = match name {
            "oldest" => Reader::sent(&scoped, Order::OldestFirst),
            "newest" => Reader::sent(&scoped, Order::NewestFirst),
            _ => Reader::templates(&scoped),
        };
        let mut read = reader.next(3).await.unwrap();
        let moves = [
            // To the end, to the beginning, and by what is told next there and back.
            told("m1", StatusKind::Sent, 200),
            told("m8", StatusKind::Sent, 50),
            told("m0", StatusKind::Sent, 201),
            told("m0", StatusKind::Dispatched, 51),
            told("m9", StatusKind::Sent, 52),
            told("m9", StatusKind::Dispatched, 202),
            told("m5", StatusKind::Sent, 53),
        ];
        store.apply(&workspace, &moves).await;
        read.extend(reader.next(2).await.unwrap());
        let moves = [
            // Back where it was read, and away from where it would have been met.
            told("m1", StatusKind::Dispatched, 54),
            told("m7", StatusKind::Sent, 55),
            told("m5", StatusKind::Dispatched, 203),
            told("m8", StatusKind::Dispatched, 204),
        ];
        store.apply(&workspace, &moves).await;
        read.extend(reader.rest(2).await);
        each_once(&read, &due);
        assert_eq!(read.len(), due.len(), "{name}");
    }
}

/// The earlier of two reports of an inbound message stands, so that it moves towards the beginning.
#[tokio::test]
async fn what_contacts_wrote_is_read_once() {
    let store = Store::new().await;
    for (name, order) in [
        ("oldest", Order::OldestFirst),
        ("newest", Order::NewestFirst),
    ] {
        let workspace = store.workspace(name).await;
        let wrote = |number: u64, at| build::inbound(&format!("in{number}"), minute(at)).event();
        let events: Vec<Event> = (0..10).map(|number| wrote(number, 100 + number)).collect();
        store.apply(&workspace, &events).await;
        let due = ids(&store, &workspace, "inbound_messages").await;
        let scoped = store.whole(&workspace).await;
        let mut reader = Reader::received(&scoped, order);
        let mut read = reader.next(4).await.unwrap();
        store
            .apply(&workspace, &[wrote(8, 50), wrote(2, 51), wrote(4, 52)])
            .await;
        read.extend(reader.rest(3).await);
        each_once(&read, &due);
        assert_eq!(read.len(), due.len(), "{name}");
    }
}

#[tokio::test]
async fn whatever_moves_each_is_read_once() {
    let store = Store::new().await;
    let seed = rand::random();
    eprintln!("seed {seed}");
    let mut dice = StdRng::seed_from_u64(seed);
    for round in 0..9 {
        let workspace = store.workspace(&format!("w{round}")).await;
        let sent: Vec<Event> = (0..60)
            .map(|number| registered(&format!("m{number}"), dice.random_range(100..200)))
            .collect();
        store.apply(&workspace, &sent).await;
        let due = ids(&store, &workspace, "messages").await;
        let scoped = store.whole(&workspace).await;
        let mut reader = match round % 3 {
            0 => Reader::sent(&scoped, Order::OldestFirst),
            1 => Reader::sent(&scoped, Order::NewestFirst),
            _ => Reader::templates(&scoped),
        };
        let mut read = Vec::new();
        for page in 0.. {
            let found = reader.next(dice.random_range(1..9)).await.unwrap();
            if found.is_empty() {
                break;
            }
            read.extend(found);
            let mut events: Vec<Event> = (0..dice.random_range(0..12))
                .map(|_| {
                    let kind = match dice.random_range(0..5) {
                        0 => StatusKind::Dispatched,
                        1 => StatusKind::Delivered,
                        _ => StatusKind::Sent,
                    };
                    let number = dice.random_range(0..60);
                    told(&format!("m{number}"), kind, dice.random_range(50..250))
                })
                .collect();
            let at = dice.random_range(50..250);
            // Some are told twice of each other's times in one go; and something new comes.
            events.push(registered(&format!("new{page}"), at));
            store.apply(&workspace, &events).await;
        }
        each_once(&read, &due);
    }
}

/// Two that turn out to be one are read as one, under the id that was read.
#[tokio::test]
async fn what_became_part_of_another_is_not_read_again() {
    let store = Store::new().await;
    let workspace = store.workspace("acme").await;
    let mut events = Vec::new();
    for name in ["back", "ahead"] {
        // First told of early, sent late; beside it what nobody registered, which is met first.
        let kind = match name {
            "back" => StatusKind::Sent,
            _ => StatusKind::Dispatched,
        };
        events.push(registered(name, 10));
        events.push(told(name, kind, 190));
        events.push(told(&format!("{name}-again"), StatusKind::Sent, 20));
    }
    events.extend((0..6).map(|number| registered(&format!("m{number}"), 100 + number)));
    store.apply(&workspace, &events).await;
    let scoped = store.whole(&workspace).await;
    let everyone = ids(&store, &workspace, "messages").await;
    let mut reader = Reader::sent(&scoped, Order::OldestFirst);
    let mut read = reader.next(4).await.unwrap();
    let unite = ["back", "ahead"].map(|name| linked(name, &format!("{name}-again"), 195));
    store.apply(&workspace, &unite).await;
    let left = ids(&store, &workspace, "messages").await;
    assert_eq!((everyone.len(), left.len()), (10, 8));
    read.extend(reader.rest(3).await);
    let stay = [id_of(&scoped, "back").await, id_of(&scoped, "ahead").await];
    assert!(!read.contains(&stay[0]) && !read.contains(&stay[1]));
    let gone: BTreeSet<MessageId> = everyone.difference(&left).copied().collect();
    let others = left.iter().filter(|id| !stay.contains(id));
    each_once(&read, &others.chain(&gone).copied().collect());
    assert_eq!(read.len(), 8);

    // Where ids are asked for what a message adds does not tell whether it was read: each is, under the id that it had.
    let condition = IdCondition::any_of(IdKind::Contact, [build::PHONE]);
    let query = everything(Direction::Outbound, Group::All);
    let question = scoped.question(query, vec![condition]);
    let mut reader = Reader::Sent(scoped.pages(&question, Order::OldestFirst, None));
    let mut read = reader.next(2).await.unwrap();
    let moves = [
        told("m5", StatusKind::Sent, 15),
        told("m0", StatusKind::Sent, 191),
    ];
    store.apply(&workspace, &moves).await;
    read.extend(reader.rest(2).await);
    each_once(&read, &left);
}

/// One that counts and was not read yet becomes part of one that did not count, behind the reader: it is read for it.
#[tokio::test]
async fn what_was_not_read_is_read_where_it_becomes_part_of_another() {
    let store = Store::new().await;
    for goes_first in [false, true] {
        let workspace = store.workspace(&format!("goes-first-{goes_first}")).await;
        // Of what nobody registered it is not known that it is of a template.
        let mut events = vec![told("unregistered", StatusKind::Sent, 50)];
        events.extend((0..6).map(|number| registered(&format!("m{number}"), 100 + number)));
        let mut ahead = build::registration("ahead", minute(120));
        ahead.kind = MessageType::Template;
        ahead.template = Some(TemplateRef {
            name: Some("bienvenida".to_owned()),
            ..TemplateRef::default()
        });
        ahead.names.provider = None;
        events.push(ahead.event());
        store.apply(&workspace, &events).await;
        let scoped = store.whole(&workspace).await;
        let mut reader = Reader::templates(&scoped);
        let mut read = reader.next(3).await.unwrap();
        if goes_first {
            // Behind the reader by itself, and looked for there; it is gone before it is found.
            let mut sent = build::status("unregistered", StatusKind::Sent, minute(60));
            sent.names.provider = None;
            sent.names.sender = Some("ahead".to_owned());
            store.apply(&workspace, &[sent.event()]).await;
        }
        store
            .apply(&workspace, &[linked("ahead", "unregistered", 121)])
            .await;
        read.extend(reader.rest(2).await);
        let left = ids(&store, &workspace, "messages").await;
        assert_eq!(left.len(), 7);
        each_once(&read, &left);
    }
}

/// What does not count when its place is passed was not read: it is met where it goes.
#[tokio::test]
async fn what_comes_to_count_is_met_where_it_stands() {
    let store = Store::new().await;
    let workspace = store.workspace("acme").await;
    let mut events: Vec<Event> = (0..6)
        .map(|number| registered(&format!("m{number}"), 100 + number))
        .collect();
    // Known by its delivery alone: unattached.
    events.push(told("later", StatusKind::Delivered, 101));
    store.apply(&workspace, &events).await;
    let scoped = store.whole(&workspace).await;
    let mut reader = Reader::sent(&scoped, Order::OldestFirst);
    let mut read = reader.next(4).await.unwrap();
    let news = [
        told("later", StatusKind::Dispatched, 150),
        // Comes in behind, and goes on.
        registered("new", 90),
        told("new", StatusKind::Sent, 151),
    ];
    store.apply(&workspace, &news[..2]).await;
    read.extend(reader.next(1).await.unwrap());
    store.apply(&workspace, &news[2..]).await;
    read.extend(reader.rest(1).await);
    each_once(&read, &ids(&store, &workspace, "messages").await);
}

#[tokio::test]
async fn many_changes_are_read_by_themselves_and_none_may_be_missing() {
    let store = Store::new().await;
    let workspace = store.workspace("acme").await;
    let registered = |number: u64| registered(&format!("m{number}"), 100 + number % 7);
    let events: Vec<Event> = (0..20).map(registered).collect();
    store.apply(&workspace, &events).await;
    let due = ids(&store, &workspace, "messages").await;
    let scoped = store.whole(&workspace).await;
    let mut reader = Reader::sent(&scoped, Order::OldestFirst);
    let mut late = Reader::sent(&scoped, Order::OldestFirst);
    let mut read = reader.next(10).await.unwrap();
    late.next(10).await.unwrap();
    let mut events: Vec<Event> = (20..2_300).map(registered).collect();
    let moved = (0..20).map(|number| {
        let at = if number % 2 == 0 { 50 } else { 150 };
        told(&format!("m{number}"), StatusKind::Sent, at)
    });
    events.extend(moved);
    store.apply(&workspace, &events).await;
    read.extend(reader.rest(300).await);
    each_once(&read, &due);

    store.fold().await;
    let folder = Folder::new(store.database.clone());
    assert!(folder.trim(NOW + hours(1), hours(0)).await.unwrap() > 0);
    // To go on without them would be to guess.
    let refused = late.next(10).await;
    assert!(
        matches!(refused, Err(StoreError::Contended(_))),
        "{refused:?}"
    );
}
