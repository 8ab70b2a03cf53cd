//! Copies in memory count what the rows do, and stand back where they cannot.

use std::time::Duration;

use acuse_domain::contribution::Contribution;
use acuse_domain::kinds::Direction;
use acuse_domain::report::{Group, Query};
use acuse_domain::scope::{Limit, Scope};
use acuse_domain::time::days;
use acuse_store::StoreError;
use acuse_store::read::{Asked, Copies, CopiesConfig, Path, Scoped};
use acuse_store::retention;
use acuse_store::workspaces::{self, Settings, Workspace};
use acuse_testkit::build::{self, IntoEvent};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::fixture::{NOW, Store, count};
use crate::scopes::everything;
use crate::{population, queries};

/// Always due to be brought up to date.
const ALWAYS: CopiesConfig = CopiesConfig {
    bytes: 64 << 20,
    refresh: Duration::ZERO,
    idle: Duration::from_secs(600),
};

async fn refresh(copies: &Copies) {
    while copies.refresh().await.unwrap() {}
}

fn by_rows(scoped: &Scoped, query: &Query) -> Asked {
    Asked {
        question: scoped.question(query.clone(), Vec::new()),
        path: Path::Rows,
        durations: query.direction == Direction::Outbound,
        departments: true,
    }
}

/// Asks random questions, which all are what counting every message gives; gives how many of how many copies answered.
async fn compare(
    scoped: &Scoped,
    contributions: &[Contribution],
    dice: &mut StdRng,
    questions: usize,
) -> (usize, usize) {
    let queries = (0..questions).map(|_| queries::query(dice, contributions));
    let asked: Vec<Asked> = queries.map(|query| by_rows(scoped, &query)).collect();
    let answer = scoped.answer(asked.clone()).await.unwrap();
    for (asked, answered) in asked.iter().zip(answer.answered) {
        assert_eq!(answered, count(asked, contributions), "{asked:#?}");
    }
    (answer.from_copies, questions)
}

/// The last days, which are kept whatever is dropped.
fn lately(group: Group) -> Query {
    let mut query = everything(Direction::Outbound, group);
    query.interval.start = query.interval.start.max(NOW - days(10));
    query
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_count_what_rows_do_while_messages_come_in() {
    let store = Store::new().await;
    let workspace = store.workspace("acme").await;
    let seed = rand::rng().random();
    eprintln!("seed {seed}");
    let mut dice = StdRng::seed_from_u64(seed);
    let events = population::events(seed, 500);
    let (early, late) = events.split_at(events.len() / 2);
    store.apply(&workspace, early).await;

    let copies = Copies::new(store.database.clone(), ALWAYS);
    let scoped = store.whole(&workspace).await.with_copies(copies.clone());
    let contributions = store.contributions(&workspace).await;
    let (copied, _) = compare(&scoped, &contributions, &mut dice, 80).await;
    assert_eq!(copied, 0, "nothing is held before it was asked for");
    refresh(&copies).await;
    // Some of the intervals are held now. Of so many at once not all are noted, so that these make room for what is asked next.
    compare(&scoped, &contributions, &mut dice, 80).await;
    refresh(&copies).await;
    let whole = everything(Direction::Outbound, Group::All);
    scoped.answer(vec![by_rows(&scoped, &whole)]).await.unwrap();
    refresh(&copies).await;
    let (copied, all) = compare(&scoped, &contributions, &mut dice, 80).await;
    assert_eq!(copied, all);

    for (step, events) in late.chunks(late.len() / 80 + 1).enumerate() {
        store.apply(&workspace, events).await;
        if step % 20 == 0 {
            // Neither folded nor refreshed since.
            let contributions = store.contributions(&workspace).await;
            let (copied, all) = compare(&scoped, &contributions, &mut dice, 40).await;
            assert_eq!(copied, all);
        }
        refresh(&copies).await;
    }
    store.fold().await;
    let contributions = store.contributions(&workspace).await;
    let (copied, all) = compare(&scoped, &contributions, &mut dice, 120).await;
    assert_eq!(copied, all);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scope_is_a_scope_in_copies_too() {
    let store = Store::new().await;
    let workspace = store.workspace("acme").await;
    store.apply(&workspace, &population::events(7, 300)).await;
    let copies = Copies::new(store.database.clone(), ALWAYS);
    let scope = Scope {
        departments: Limit::Only(["department-1".to_owned()].into()),
        ..Scope::whole("acme")
    };
    let asked = |scoped: &Scoped| vec![by_rows(scoped, &lately(Group::All))];
    let rows = store.open(&scope).await;
    let scoped = store.open(&scope).await.with_copies(copies.clone());
    let expected = rows.answer(asked(&rows)).await.unwrap().answered;
    scoped.answer(asked(&scoped)).await.unwrap();
    refresh(&copies).await;
    let found = scoped.answer(asked(&scoped)).await.unwrap();
    assert_eq!((found.answered, found.from_copies), (expected.clone(), 1));
    let whole = store.whole(&workspace).await.with_copies(copies.clone());
    let whole = whole.answer(asked(&whole)).await.unwrap();
    assert_eq!(whole.from_copies, 1);
    assert_ne!(whole.answered, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_takes_too_much_memory_is_not_held() {
    let store = Store::new().await;
    let workspace = store.workspace("acme").await;
    store.apply(&workspace, &population::events(8, 200)).await;
    let few = CopiesConfig {
        bytes: 20_000,
        ..ALWAYS
    };
    let copies = Copies::new(store.database.clone(), few);
    let scoped = store.whole(&workspace).await.with_copies(copies.clone());
    let asked = vec![by_rows(&scoped, &lately(Group::All))];
    for _ in 0..3 {
        let answer = scoped.answer(asked.clone()).await.unwrap();
        assert_eq!(answer.from_copies, 0);
        assert!(!answer.answered[0].cells.is_empty());
        refresh(&copies).await;
        assert_eq!(copies.bytes(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_made_anew_where_changes_are_gone() {
    let store = Store::new().await;
    let workspace = store.workspace("acme").await;
    store.apply(&workspace, &population::events(9, 200)).await;
    let copies = Copies::new(store.database.clone(), ALWAYS);
    let scoped = store.whole(&workspace).await.with_copies(copies.clone());
    let asked = vec![by_rows(&scoped, &lately(Group::All))];
    scoped.answer(asked.clone()).await.unwrap();
    refresh(&copies).await;
    let more = build::registration("one more", NOW - days(1));
    store.apply(&workspace, &[more.event()]).await;
    store.fold().await;
    let forget = "DELETE FROM message_state.changes WHERE sequence < (SELECT max(sequence) FROM message_state.changes)";
    store.admin.execute(forget, &[]).await.unwrap();
    let expected = count(&asked[0], &store.contributions(&workspace).await);
    // The one is nothing that the changes which are left can be added to.
    for _ in 0..2 {
        refresh(&copies).await;
        let answer = scoped.answer(asked.clone()).await.unwrap();
        assert_eq!(answer.answered[0].cells, expected.cells);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_are_dropped_are_in_no_copy() {
    let store = Store::new().await;
    let workspace = store.workspace("acme").await;
    let old = build::registration("old", NOW - days(70));
    let new = build::registration("new", NOW - days(1));
    store.apply(&workspace, &[old.event(), new.event()]).await;
    store.fold().await;
    let copies = Copies::new(store.database.clone(), ALWAYS);
    let scoped = store.whole(&workspace).await.with_copies(copies.clone());
    let (all, late) = (
        by_rows(&scoped, &everything(Direction::Outbound, Group::All)),
        by_rows(&scoped, &lately(Group::All)),
    );
    let asked = vec![all, late];
    scoped.answer(asked.clone()).await.unwrap();
    refresh(&copies).await;
    let answer = scoped.answer(asked.clone()).await.unwrap();
    assert_eq!(answer.from_copies, 2);
    keep_one_month(&store, &workspace).await;
    let expected = &answer.answered[1..];
    for _ in 0..2 {
        // Neither what is left nor what was there is told for what was asked.
        let refused = scoped.answer(asked.clone()).await;
        assert!(
            matches!(refused, Err(StoreError::Dropped(_))),
            "{refused:?}"
        );
        let answer = scoped.answer(asked[1..].to_vec()).await.unwrap();
        assert_eq!((&answer.answered[..], answer.from_copies), (expected, 0));
        refresh(&copies).await;
    }
}

async fn keep_one_month(store: &Store, workspace: &Workspace) {
    let change = |settings: &mut Settings| settings.retention_months = 1;
    let changed = workspaces::update(&store.database, &workspace.slug, || NOW, change).await;
    changed.unwrap().unwrap();
    let dropped = retention::drop_old(&store.database, NOW).await.unwrap();
    assert_eq!(dropped.messages, 1);
}
