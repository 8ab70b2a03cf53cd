//! Rows of template messages are as many as are counted, and show what the messages show.

use std::collections::BTreeMap;
use std::sync::Arc;

use acuse_domain::ids::MessageId;
use acuse_domain::kinds::{Direction, MessageType, Stage, StageStatus};
use acuse_domain::names;
use acuse_domain::report::{Condition, Dimension, Group, IdCondition, IdKind};
use acuse_store::read::{Asked, Entry, HsmRow, MessageView, Path, Place, Question, Scoped};

use crate::fixture::Store;
use crate::population;
use crate::scopes::everything;

type Row = HsmRow<Arc<Entry>>;

fn named(entry: Entry) -> Arc<Entry> {
    Arc::new(entry)
}

async fn rows(scoped: &Scoped, question: &Question, limit: usize) -> Vec<Row> {
    let mut reader = scoped.hsm_rows(question, None, named);
    let mut rows = Vec::new();
    loop {
        let page = reader.next(limit).await.unwrap();
        assert!(page.len() <= limit);
        if page.is_empty() {
            return rows;
        }
        rows.extend(page);
    }
}

/// How many templates a report over the same question counts.
async fn counted(scoped: &Scoped, question: &Question) -> i64 {
    let mut query = question.query().clone();
    let template = i32::from(MessageType::Template.code());
    let of_templates = Condition::any_of(Dimension::Type, [template]);
    query.conditions.push(of_templates);
    let asked = Asked {
        question: scoped.question(query, question.ids().to_vec()),
        path: Path::Rows,
        durations: false,
        departments: false,
    };
    let answer = scoped.answer(vec![asked]).await.unwrap();
    let cells = answer.answered[0].cells.values();
    cells.map(|cell| cell.counts.messages).sum()
}

#[tokio::test]
async fn rows_are_the_messages_that_are_counted() {
    let store = Store::new().await;
    let (workspace, other) = (
        store.workspace("acme").await,
        store.workspace("other").await,
    );
    let events = population::events(11, 250);
    store.apply(&workspace, &events).await;
    store.apply(&other, &events).await;
    let scoped = store.whole(&workspace).await;
    let views: BTreeMap<MessageId, MessageView> = store
        .views(&workspace)
        .await
        .into_iter()
        .map(|view| (view.message.id, view))
        .collect();
    let mut query = everything(Direction::Outbound, Group::values(Dimension::State));
    let all = scoped.question(query.clone(), Vec::new());
    let conversations = ["conversation-1", "conversation-2"];
    let conversation = IdCondition::any_of(IdKind::ConversationId, conversations);
    let some = scoped.question(query.clone(), vec![conversation]);
    query.conditions = vec![Condition::none_of(Dimension::Department, [0])];
    let of_departments = scoped.question(query, Vec::new());

    let is_template =
        |view: &&MessageView| view.message.attribution().kind == Some(MessageType::Template);
    let templates = views.values().filter(is_template).count();
    for (question, expected) in [(all, Some(templates)), (some, None), (of_departments, None)] {
        let listed = rows(&scoped, &question, 7).await;
        assert_eq!(listed.len() as i64, counted(&scoped, &question).await);
        assert!(!listed.is_empty());
        assert!(expected.is_none_or(|expected| listed.len() == expected));
        assert!(listed.is_sorted_by_key(|row| (row.origin, row.id)));
        assert_eq!(rows(&scoped, &question, 1_000).await, listed);
        let after = &listed[listed.len() / 2];
        let mut rest = scoped.hsm_rows(
            &question,
            Some(Place {
                at: after.origin,
                id: after.id,
            }),
            named,
        );
        let rest = rest.next(1_000).await.unwrap();
        assert_eq!(rest, listed[listed.len() / 2 + 1..]);
        for row in &listed {
            check(row, &views[&row.id]);
        }
    }
}

fn check(row: &Row, view: &MessageView) {
    let (message, from) = (&view.message, view.message.attribution());
    assert_eq!(from.kind, Some(MessageType::Template));
    assert_eq!(row.origin, message.origin());
    let named = |dimension, number: Option<_>| view.names.get(&(dimension, number?));
    let (agent, campaign) = (
        named(names::Dimension::Agent, from.agent),
        named(names::Dimension::Campaign, from.campaign),
    );
    assert_eq!(row.agent.as_deref(), agent);
    assert_eq!(row.campaign.as_deref(), campaign);
    assert_eq!(
        row.template.as_deref(),
        named(names::Dimension::Template, from.template)
    );
    assert!(row.template.is_some());
    assert_eq!(Some(&row.message_id), view.sender_message_id.as_ref());
    assert_eq!(row.body, view.content.body);
    assert!(row.destination.is_some());
    let standing = message.standing();
    assert_eq!((row.state, row.stages), (standing.state, standing.stages));
    assert_eq!(row.failure, standing.failure);
    assert_eq!(row.replied_at, message.first_reply.map(|reply| reply.at));
    for (stage, at) in Stage::ALL.iter().zip(row.reached_at) {
        let succeeded = standing.stage(*stage) == StageStatus::Succeeded;
        assert!(succeeded || at.is_none(), "{row:?}");
    }
    let delivered = message
        .facts
        .within_window()
        .times
        .get(acuse_domain::kinds::StatusKind::Delivered);
    assert!(row.reached_at[2].is_none() || row.reached_at[2] == delivered);
}
