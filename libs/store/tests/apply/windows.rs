//! Attribution windows that change while messages come in.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use acuse_domain::time::{CLOCK_SKEW, Timestamp, hours};
use acuse_store::apply::Submission;
use acuse_store::{StoreError, restage, workspaces};
use acuse_testkit::build;
use acuse_testkit::build::IntoEvent;

use crate::fixture::{Fixture, NOON, minutes};

#[tokio::test]
async fn what_was_received_ahead_of_a_change_keeps_its_window() {
    let fixture = Fixture::new().await;
    // Received as far ahead of our clock as may be, two hours after the message that it answers.
    let ahead = NOON + CLOCK_SKEW;
    let sent = build::registration("m1", ahead - hours(2));
    let answer = build::inbound("i1", ahead);
    fixture.apply([sent.event(), answer.event()]).await;
    let shorten = |settings: &mut workspaces::Settings| settings.attribution_window = minutes(60);
    let changed = workspaces::update(&fixture.database, "acme", || NOON, shorten).await;
    assert!(changed.unwrap().is_ok());
    assert!(fixture.sent_as("m1").await.message.first_reply.is_some());
    // Something older of the same thread comes late: the answer is looked at again, and stays.
    let older = build::registration("m0", ahead - hours(3));
    fixture.apply([older.event()]).await;
    assert!(fixture.sent_as("m1").await.message.first_reply.is_some());
    // What is received later has the new window.
    let later = build::inbound("i2", ahead + hours(3));
    let between = build::registration("m2", ahead + hours(1));
    fixture.apply([later.event(), between.event()]).await;
    assert_eq!(fixture.sent_as("m2").await.message.first_reply, None);
    assert_eq!(fixture.verified().await, 5);
}

#[tokio::test]
async fn a_change_waits_for_the_batch_under_way_and_counts_from_its_end() {
    let fixture = Fixture::new().await;
    let mut batch = fixture.client().await;
    let running = batch.transaction().await.unwrap();
    running
        .execute(
            "SELECT FROM message_state.workspace_heads WHERE workspace_id = $1 FOR UPDATE",
            &[&fixture.workspace.id.0],
        )
        .await
        .unwrap();
    let clock = Arc::new(AtomicI64::new(NOON.micros()));
    let (database, told) = (fixture.database.clone(), Arc::clone(&clock));
    let change = tokio::spawn(async move {
        let now = move || Timestamp::from_micros(told.load(Ordering::SeqCst));
        let shorten =
            |settings: &mut workspaces::Settings| settings.attribution_window = minutes(60);
        workspaces::update(&database, "acme", now, shorten).await
    });
    let watcher = fixture.client().await;
    let waiting = "SELECT count(*) FROM pg_stat_activity \
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while watcher
        .query_one(waiting, &[])
        .await
        .unwrap()
        .get::<_, i64>(0)
        == 0
    {
        assert!(!change.is_finished(), "the change did not wait");
        tokio::task::yield_now().await;
    }
    let end = NOON + minutes(1);
    clock.store(end.micros(), Ordering::SeqCst);
    running.commit().await.unwrap();
    let changed = change.await.unwrap().unwrap().unwrap();
    let (from, window) = changed.attribution_windows[0];
    assert!(from > end + CLOCK_SKEW);
    assert_eq!(window, minutes(60));
}

#[tokio::test]
async fn what_figures_follow_from_is_never_taken_for_nothing() {
    let fixture = Fixture::new().await;
    let owner = fixture.client().await;
    for (column, nonsense) in [
        ("attribution_windows", "[[0, -1]]"),
        ("attribution_windows", "{}"),
        ("reported_stages", "[[7]]"),
        ("reported_stages", "null"),
    ] {
        let set = |value: &str| {
            let set = format!("UPDATE message_state.workspaces SET {column} = '{value}'");
            let owner = &owner;
            async move { owner.batch_execute(&set).await.unwrap() }
        };
        set(nonsense).await;
        let event = build::registration("m1", NOON).event();
        let workspace = fixture.workspace.id;
        let batch = [Submission { workspace, event }];
        let errors = [
            fixture.applier.apply(&batch, NOON).await.err(),
            workspaces::find(&fixture.database, "acme").await.err(),
            restage::reported(&fixture.database, "acme").await.err(),
        ];
        for error in errors {
            let Some(StoreError::Corrupt(said)) = error else {
                panic!("{column}: {error:?}");
            };
            let named = format!("{column} of the workspace acme");
            assert!(said.contains(&named), "{said}");
        }
        set("[]").await;
    }
    assert!(workspaces::find(&fixture.database, "acme").await.is_ok());
}
