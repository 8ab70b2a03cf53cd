//! As of when a report is.

use std::collections::BTreeSet;

use acuse_domain::kinds::Direction;
use acuse_domain::report::{Dimension, Group};
use acuse_domain::scope::Scope;
use acuse_domain::time::days;
use acuse_store::fold::Folder;
use acuse_store::read::{Answer, Asked, Copies, CopiesConfig, Path, Scoped};
use acuse_store::workspaces::Workspace;
use acuse_store::{Database, PoolConfig};

use crate::fixture::{NOW, Store};
use crate::population;
use crate::scopes::everything;

async fn hold(database: &Database, slug: &str) -> Option<Scoped> {
    let scope = Scope::whole(slug);
    Scoped::hold(database, &scope, NOW).await.unwrap()
}

async fn answer(store: &Store, workspace: &Workspace) -> Answer {
    let scoped = store.whole(workspace).await;
    scoped.answer(vec![asked(&scoped)]).await.unwrap()
}

fn asked(scoped: &Scoped) -> Asked {
    let query = everything(Direction::Outbound, Group::All);
    Asked {
        question: scoped.question(query, Vec::new()),
        path: Path::Totals,
        durations: true,
        departments: true,
    }
}

#[tokio::test]
async fn a_report_of_nothing_is_as_of_no_moment() {
    let store = Store::new().await;
    let workspace = store.workspace("acme").await;
    let answer = answer(&store, &workspace).await;
    assert_eq!(answer.as_of, None);
    assert!(answer.answered[0].cells.is_empty());
    let scoped = store.whole(&workspace).await;
    assert_eq!(scoped.answer(Vec::new()).await.unwrap().answered, []);
}

#[tokio::test]
async fn a_report_is_as_of_its_newest_event_also_after_trimming() {
    let store = Store::new().await;
    let workspace = store.workspace("acme").await;
    store.apply(&workspace, &population::events(1, 40)).await;
    let folder = Folder::new(store.database.clone());
    // What is not folded yet is not trimmed.
    assert_eq!(folder.trim(NOW + days(90), days(1)).await.unwrap(), 0);
    let before = answer(&store, &workspace).await;
    assert_eq!(before.as_of, Some(NOW));
    store.fold().await;
    assert!(folder.trim(NOW + days(90), days(1)).await.unwrap() > 0);
    assert_eq!(folder.trim(NOW + days(90), days(1)).await.unwrap(), 0);
    let after = answer(&store, &workspace).await;
    assert_eq!(after.as_of, Some(NOW));
    assert_eq!(after.answered, before.answered);
    // What comes later is found behind what was trimmed.
    store.apply(&workspace, &population::events(2, 40)).await;
    let later = answer(&store, &workspace).await;
    assert!(later.last_sequence > later.folded_sequence);
    assert_ne!(later.answered, after.answered);
}

#[tokio::test]
async fn where_the_folding_is_far_behind_rows_are_counted() {
    let store = Store::new().await;
    let workspace = store.workspace("acme").await;
    store.apply(&workspace, &population::events(1, 40)).await;
    let before = answer(&store, &workspace).await;
    let behind = u32::try_from(before.last_sequence - before.folded_sequence).unwrap();
    assert!(behind > 40);
    // Whoever reads the changes misses one from now on.
    let gone = "DELETE FROM message_state.changes WHERE workspace_id = $1 AND sequence = 1";
    let gone = store.admin.execute(gone, &[&workspace.id.0]).await;
    assert_eq!(gone.unwrap(), 1);
    let scoped = store.whole(&workspace).await;
    let asked = vec![asked(&scoped)];
    for (longest, reads_changes) in [(behind, true), (behind - 1, false)] {
        let scoped = scoped.clone().with_longest_tail(longest);
        let answer = scoped.answer(asked.clone()).await;
        assert_eq!(answer.is_err(), reads_changes, "{longest}");
        assert!(answer.is_ok_and(|answer| answer == before) != reads_changes);
    }
}

#[tokio::test]
async fn what_is_held_is_read_as_of_one_moment() {
    let store = Store::new().await;
    let workspace = store.workspace("acme").await;
    store.apply(&workspace, &population::events(1, 40)).await;
    let before = answer(&store, &workspace).await;
    let held = hold(&store.database, "acme").await.unwrap();
    store.apply(&workspace, &population::events(2, 40)).await;
    store.fold().await;
    let renamed = "UPDATE message_state.directory SET label = '{}'";
    assert!(store.admin.execute(renamed, &[]).await.unwrap() > 0);
    let after = answer(&store, &workspace).await;
    assert_ne!(after.answered, before.answered);

    let answered = async |scoped: &Scoped| {
        let answer = scoped.answer(vec![asked(scoped)]).await.unwrap();
        (answer.as_of, answer.last_sequence, answer.answered)
    };
    let told = |answer: Answer| (answer.as_of, answer.last_sequence, answer.answered);
    let (before, after) = (told(before), told(after));
    assert_eq!(answered(&held).await, before);
    let agents = || (1..100).map(|number| (Dimension::Agent, number));
    let names = held.names_of(agents()).await.unwrap();
    assert!(names.values().any(|entry| entry.label.name.is_some()));
    assert_eq!(answered(&held).await, before);
    let later = hold(&store.database, "acme").await.unwrap();
    assert_eq!(answered(&later).await, after);
    let names = later.names_of(agents()).await.unwrap();
    assert!(names.values().all(|entry| entry.label.name.is_none()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_is_newer_than_what_is_held_has_another_moment_taken() {
    let store = Store::new().await;
    let workspace = store.workspace("acme").await;
    store.apply(&workspace, &population::events(1, 40)).await;
    let copies = Copies::new(store.database.clone(), CopiesConfig::default());
    let refresh = async || while copies.refresh().await.unwrap() {};
    let held = hold(&store.database, "acme").await.unwrap();
    let held = held.with_copies(copies.clone());
    let by = |path| Asked {
        path,
        ..asked(&held)
    };
    let before = held.answer(vec![by(Path::Totals)]).await.unwrap();
    held.answer(vec![by(Path::Rows)]).await.unwrap();
    store.apply(&workspace, &population::events(2, 40)).await;
    refresh().await;
    let both = held.answer(vec![by(Path::Rows), by(Path::Totals)]).await;
    let both = both.unwrap();
    assert_eq!(both.from_copies, 1);
    let present = answer(&store, &workspace).await;
    assert_ne!(present.answered, before.answered);
    assert_eq!(both.answered[0].cells, present.answered[0].cells);
    assert_eq!(both.answered[1], present.answered[0]);
    // And it stays that one.
    store.apply(&workspace, &population::events(3, 40)).await;
    let again = held.answer(vec![by(Path::Totals)]).await.unwrap();
    assert_eq!(again.last_sequence, present.last_sequence);
    assert_eq!(again.answered, present.answered);
}

/// The connections of services to the database, as far as a condition holds of them.
async fn connections(store: &Store, which: &str) -> BTreeSet<i32> {
    let text = format!(
        "SELECT pid FROM pg_stat_activity \
         WHERE datname = current_database() AND application_name = 'acuse' AND {which}"
    );
    let found = store.admin.query(&text, &[]).await.unwrap();
    found.iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn a_connection_that_was_held_is_used_again() {
    let store = Store::new().await;
    let acme = store.workspace("acme").await;
    store.apply(&acme, &population::events(1, 40)).await;
    let others = connections(&store, "true").await;
    let one = Database::new(&PoolConfig::new(store.test.address(), 1)).unwrap();
    // Whatever came of what was asked.
    for (right, fails) in [
        ("REVOKE SELECT ON message_state.totals FROM", true),
        ("GRANT SELECT ON message_state.totals TO", false),
    ] {
        let right = format!("{right} acuse_message_state_reader");
        store.admin.batch_execute(&right).await.unwrap();
        let held = hold(&one, "acme").await.unwrap();
        let answer = held.answer(vec![asked(&held)]).await;
        assert_eq!(answer.is_err(), fails);
        drop(held);
        assert!(hold(&one, "nobody").await.is_none());
    }
    let own = connections(&store, "true").await;
    assert_eq!(own.difference(&others).count(), 1);
}

#[tokio::test]
async fn who_goes_away_in_the_middle_leaves_nothing_behind() {
    const WAITS: &str = "wait_event_type = 'Lock'";
    let store = Store::new().await;
    store.workspace("acme").await;
    let one = Database::new(&PoolConfig::new(store.test.address(), 1)).unwrap();
    let held = hold(&one, "acme").await.unwrap();
    let lock = "BEGIN; LOCK TABLE message_state.totals";
    store.admin.batch_execute(lock).await.unwrap();
    let waits = async {
        while connections(&store, WAITS).await.is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        answer = held.answer(vec![asked(&held)]) => panic!("{answer:?}"),
        () = waits => {}
    }
    drop(held);
    while !connections(&store, WAITS).await.is_empty() {
        tokio::task::yield_now().await;
    }
    store.admin.batch_execute("ROLLBACK").await.unwrap();
    let held = hold(&one, "acme").await.unwrap();
    assert!(held.answer(vec![asked(&held)]).await.is_ok());
}
