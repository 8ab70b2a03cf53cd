//! As of when a report is.

use acuse_domain::kinds::Direction;
use acuse_domain::report::Group;
use acuse_domain::time::days;
use acuse_store::fold::Folder;
use acuse_store::read::{Answer, Asked, Path, Scoped};
use acuse_store::workspaces::Workspace;

use crate::fixture::{NOW, Store};
use crate::population;
use crate::scopes::everything;

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
