//! Filters by ids find what a message shows, however that became known.

use std::time::Duration;

use acuse_domain::contribution::Contribution;
use acuse_domain::event::StatusItem;
use acuse_domain::evidence::Conversation;
use acuse_domain::kinds::{Direction, Provider, StatusKind};
use acuse_domain::phone;
use acuse_domain::report::{Dimension, Group, IdCondition, IdKind, Key, Query, Tally};
use acuse_domain::time::{Timestamp, days};
use acuse_store::read::{Answered, Asked, MessageView, Path, Scoped};
use acuse_store::workspaces::Workspace;
use acuse_testkit::build::{self, IntoEvent};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

use crate::fixture::{NOW, Store};
use crate::population;
use crate::scopes::everything;

const SECOND: Duration = Duration::from_secs(1);

/// The ids of one kind that a message shows.
fn shown(view: &MessageView, kind: IdKind) -> Vec<String> {
    let told = view.message.facts.within_window().into_owned().stated;
    let contact = view.contact.clone();
    let shown = match kind {
        IdKind::Contact => vec![
            contact.external_id,
            contact.phone,
            contact.channel_user_id,
            contact.business_scoped_user_id,
            contact.page_scoped_id,
        ],
        IdKind::Phone => vec![contact.phone],
        IdKind::CorrelationId => {
            let told = told.correlation_id.map(|said| said.value);
            vec![view.correlation_id.clone().or(told)]
        }
        IdKind::ConversationId => {
            let told = told.conversation.and_then(|said| said.value.id);
            vec![view.conversation_id.clone().or(told)]
        }
        IdKind::TicketId => vec![view.ticket_id.clone()],
        IdKind::MessageId => vec![
            Some(view.message.id.to_string()),
            view.sender_message_id.clone(),
            view.provider_message_id.as_ref().map(|id| id.id.clone()),
        ],
    };
    shown.into_iter().flatten().collect()
}

/// What is compared of an id.
fn compared(kind: IdKind, id: &str) -> String {
    let number = || Some(phone::matching_key(&phone::canonical(id)?));
    match kind {
        IdKind::Contact | IdKind::Phone => number().unwrap_or_else(|| id.to_owned()),
        _ => id.to_owned(),
    }
}

fn meets(view: &MessageView, condition: &IdCondition) -> bool {
    let kind = condition.kind;
    let has = shown(view, kind).iter().any(|shown| {
        let mut ids = condition.ids.iter();
        ids.any(|id| compared(kind, id) == compared(kind, shown))
    });
    has != condition.negated
}

async fn answer(scoped: &Scoped, query: &Query, ids: &[IdCondition]) -> Answered {
    let asked = Asked {
        question: scoped.question(query.clone(), ids.to_vec()),
        path: Path::Rows,
        durations: true,
        departments: true,
    };
    scoped.answer(vec![asked]).await.unwrap().answered.remove(0)
}

#[tokio::test]
async fn a_filter_by_ids_finds_what_messages_show() {
    let store = Store::new().await;
    let (workspace, other) = (
        store.workspace("acme").await,
        store.workspace("other").await,
    );
    let seed = rand::rng().random();
    eprintln!("seed {seed}");
    let events = population::events(seed, 250);
    store.apply(&workspace, &events).await;
    store.apply(&other, &events).await;
    let views = store.views(&workspace).await;
    let scoped = store.whole(&workspace).await;
    let mut dice = StdRng::seed_from_u64(seed);
    let query = everything(Direction::Outbound, Group::values(Dimension::Source));
    let mut found = 0;
    for round in 0..60 {
        let conditions: Vec<IdCondition> = (0..dice.random_range(1..=2))
            .map(|_| {
                // Every kind comes up, and some ids that nothing has.
                let kind = IdKind::ALL[round % IdKind::ALL.len()];
                let of_some = views.choose_multiple(&mut dice, 3);
                let mut ids: Vec<String> = of_some.flat_map(|view| shown(view, kind)).collect();
                ids.push("nobody\0".to_owned());
                ids.push("corre".to_owned());
                match dice.random_ratio(1, 3) {
                    true => IdCondition::none_of(kind, ids),
                    false => IdCondition::any_of(kind, ids),
                }
            })
            .collect();
        let mut expected = Tally::new(true, true);
        for view in &views {
            if conditions.iter().all(|condition| meets(view, condition)) {
                expected.add(&query, &Contribution::of_outbound(&view.message), 1);
            }
        }
        let answered = answer(&scoped, &query, &conditions).await;
        found += usize::from(!answered.cells.is_empty());
        assert_eq!(answered, Answered::from(expected), "{conditions:?}");
    }
    assert!(found > 30, "{found}");
}

#[tokio::test]
async fn an_inbound_message_is_found_by_its_contact_and_its_id() {
    let store = Store::new().await;
    let workspace = store.workspace("acme").await;
    let mut strange = build::inbound("in-2", NOW);
    strange.contact = build::phone("5215512345678");
    let events = [build::inbound("in-1", NOW).event(), strange.event()];
    store.apply(&workspace, &events).await;
    let scoped = store.whole(&workspace).await;
    let query = everything(Direction::Inbound, Group::All);
    let asked = [
        (IdCondition::any_of(IdKind::Phone, ["+52 55 1234 5678"]), 1),
        (
            IdCondition::any_of(IdKind::Contact, [build::PHONE, "5215512345678"]),
            2,
        ),
        (IdCondition::none_of(IdKind::Contact, [build::PHONE]), 1),
        (IdCondition::any_of(IdKind::MessageId, ["in-1"]), 1),
        (IdCondition::none_of(IdKind::MessageId, ["in-1", "in-2"]), 0),
        // What inbound messages have none of.
        (IdCondition::any_of(IdKind::TicketId, ["in-1"]), 0),
        (IdCondition::none_of(IdKind::CorrelationId, ["in-1"]), 2),
    ];
    for (condition, expected) in asked {
        let answered = answer(&scoped, &query, std::slice::from_ref(&condition)).await;
        let messages: i64 = answered
            .cells
            .values()
            .map(|cell| cell.counts.messages)
            .sum();
        assert_eq!(messages, expected, "{condition:?}");
    }
}

#[tokio::test]
async fn a_message_is_found_by_every_id_that_leads_to_it() {
    let store = Store::new().await;
    let workspace = store.workspace("acme").await;
    let mut sms = build::registration("own-1", NOW);
    let mut provider = build::wamid("batch-1");
    (provider.provider, provider.scope) = (Provider::SinchSms, "51977452931".to_owned());
    sms.names.provider = Some(provider);
    let sent = |sender: Option<&str>| {
        let mut item = build::status("w2", StatusKind::Sent, NOW);
        item.names.sender = sender.map(str::to_owned);
        item.event()
    };
    let own = build::registration("own-2", NOW).event();
    store.apply(&workspace, &[sms.event(), own]).await;
    store.apply(&workspace, &[sent(None)]).await;
    let apart: Vec<String> = store
        .views(&workspace)
        .await
        .iter()
        .map(|view| view.message.id.to_string())
        .collect();
    assert_eq!(apart.len(), 3);
    // Now two of them turn out to be one.
    store.apply(&workspace, &[sent(Some("own-2"))]).await;
    let scoped = store.whole(&workspace).await;
    let query = everything(Direction::Outbound, Group::All);
    let found = async |ids: &[&str]| {
        let condition = IdCondition::any_of(IdKind::MessageId, ids.iter().copied());
        let answered = answer(&scoped, &query, &[condition]).await;
        answered
            .cells
            .get(&Key::default())
            .map_or(0, |cell| cell.counts.messages)
    };
    for id in ["own-1", "batch-1", "own-2", "w2"] {
        assert_eq!(found(&[id]).await, 1, "{id}");
    }
    for id in &apart {
        assert_eq!(found(&[id]).await, 1, "{id}");
    }
    let all: Vec<&str> = apart.iter().map(String::as_str).collect();
    assert_eq!(found(&all).await, 2);
    assert_eq!(found(&["51977452931", "own"]).await, 0);
}

/// How many messages have an id, and how many have not.
async fn divided(store: &Store, workspace: &Workspace, kind: IdKind, id: &str) -> [i64; 2] {
    let scoped = store.whole(workspace).await;
    let query = everything(Direction::Outbound, Group::All);
    let mut counts = [0, 0];
    let conditions = [
        IdCondition::any_of(kind, [id]),
        IdCondition::none_of(kind, [id]),
    ];
    for (count, condition) in counts.iter_mut().zip(conditions) {
        let answered = answer(&scoped, &query, &[condition]).await;
        *count = answered
            .cells
            .values()
            .map(|cell| cell.counts.messages)
            .sum();
    }
    counts
}

/// A status that tells of a conversation.
fn telling(wamid: &str, kind: StatusKind, at: Timestamp, conversation: &str) -> StatusItem {
    let mut item = build::status(wamid, kind, at);
    item.evidence.conversation = Some(Conversation {
        id: Some(conversation.to_owned()),
        origin: None,
        expires_at: None,
    });
    item
}

#[tokio::test]
async fn a_message_is_found_by_the_told_id_that_counts() {
    let store = Store::new().await;
    let workspace = store.workspace("acme").await;
    let conversation = IdKind::ConversationId;
    let divided = async |id: &str| divided(&store, &workspace, conversation, id).await;
    let at = NOW - days(1);
    let other = build::status("w2", StatusKind::Sent, at);
    let sent = telling("w1", StatusKind::Sent, at, "first");
    let delivered = telling("w1", StatusKind::Delivered, at + SECOND, "later");
    for status in [other.clone(), sent, delivered] {
        store.apply(&workspace, &[status.event()]).await;
    }
    assert_eq!(divided("first").await, [1, 1]);
    assert_eq!(divided("later").await, [0, 2]);
    // It was sent earlier than was known, and in another conversation.
    let mut earlier = telling("w1", StatusKind::Sent, at - SECOND, "before");
    store.apply(&workspace, &[earlier.clone().event()]).await;
    assert_eq!(divided("first").await, [0, 2]);
    assert_eq!(divided("before").await, [1, 1]);
    // Now both turn out to be one.
    let mut other = other;
    for status in [&mut other, &mut earlier] {
        status.names.sender = Some("own-1".to_owned());
    }
    store
        .apply(&workspace, &[other.event(), earlier.event()])
        .await;
    assert_eq!(divided("before").await, [1, 0]);
}

#[tokio::test]
async fn a_registered_id_goes_before_a_told_one() {
    let store = Store::new().await;
    let workspace = store.workspace("acme").await;
    let divided = async |kind, id: &str| divided(&store, &workspace, kind, id).await;
    let (conversation, correlation) = (IdKind::ConversationId, IdKind::CorrelationId);
    let mut sent = telling("w1", StatusKind::Sent, NOW, "told");
    sent.names.sender = Some("own-1".to_owned());
    sent.evidence.correlation_id = Some("told".to_owned());
    store.apply(&workspace, &[sent.event()]).await;
    for kind in [conversation, correlation] {
        assert_eq!(divided(kind, "told").await, [1, 0], "{kind:?}");
    }
    let mut registration = build::registration("own-1", NOW);
    registration.conversation_id = Some("registered".to_owned());
    store.apply(&workspace, &[registration.event()]).await;
    assert_eq!(divided(conversation, "registered").await, [1, 0]);
    for kind in [conversation, correlation] {
        assert_eq!(divided(kind, "told").await, [0, 1], "{kind:?}");
    }
}
