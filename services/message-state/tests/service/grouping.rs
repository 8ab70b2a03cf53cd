//! Concurrent calls share transactions, and disturb each other no further.

use std::time::{Duration, Instant};

use acuse_proto::message_state::ApplyEventsRequest;
use acuse_proto::types::ItemOutcome;
use acuse_rpc::client::Call;
use acuse_testkit::service::eventually;
use tonic::Code;

use crate::rig::{ACME, OTHER, Rig};
use crate::samples::registration;

const CALLERS: usize = 64;
const ROUNDS: usize = 6;

#[tokio::test(flavor = "multi_thread")]
async fn callers_of_one_item_share_transactions() {
    let rig = Rig::start().await;
    rig.apply(vec![registration("warm")]).await.unwrap();
    let before = rig.running.commit_counts();
    let began = Instant::now();
    let callers = (0..CALLERS).map(|caller| {
        let mut client = rig.messages(rig.anything(ACME));
        tokio::spawn(async move {
            let mut times = Vec::new();
            for round in 0..ROUNDS {
                let events = vec![registration(&format!("{caller}-{round}"))];
                let began = Instant::now();
                let answer = client.apply_events(ApplyEventsRequest { events }).await;
                let results = answer.unwrap().into_inner().results;
                assert_eq!(results[0].outcome(), ItemOutcome::Applied);
                times.push(began.elapsed());
            }
            times
        })
    });
    let callers: Vec<_> = callers.collect();
    let mut times = Vec::new();
    for caller in callers {
        times.extend(caller.await.unwrap());
    }
    let took = began.elapsed();
    let after = rig.running.commit_counts();
    let (items, commits) = (after.items - before.items, after.commits - before.commits);
    assert_eq!(items, (CALLERS * ROUNDS) as u64);
    times.sort_unstable();
    println!(
        "{items} items in {commits} commits ({:.1} each), {took:?}; a call took {:?} (median), {:?} (p99)",
        items as f64 / commits as f64,
        times[times.len() / 2],
        times[times.len() * 99 / 100],
    );
    assert!(items >= 10 * commits, "{items} items in {commits} commits");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_takes_nobody_along() {
    let rig = Rig::start().await;
    rig.apply(vec![registration("warm")]).await.unwrap();
    // The lane waits for the workspace's lock, so that callers leave while their transaction is under way.
    let mut session = rig.session().await;
    let held = session.transaction().await.unwrap();
    held.batch_execute("SELECT FROM message_state.workspace_heads FOR UPDATE")
        .await
        .unwrap();
    let call = |name: String, patience: Duration| {
        let mut client = rig.messages(rig.anything(ACME));
        tokio::spawn(async move {
            let events = vec![registration(&name)];
            let request = ApplyEventsRequest { events };
            let call = Call::plain().within(patience);
            client.apply_events(call.request(request)).await
        })
    };
    let (short, long) = (Duration::from_millis(600), Duration::from_secs(60));
    let first = call("first".to_owned(), short);
    let watcher = rig.session().await;
    eventually(Duration::from_secs(20), || waits_for_lock(&watcher)).await;
    let callers: Vec<_> = (0..20)
        .map(|number| {
            let patience = if number % 2 == 0 { short } else { long };
            call(format!("c{number}"), patience)
        })
        .collect();
    let error = first.await.unwrap().unwrap_err();
    assert_eq!(error.code(), Code::DeadlineExceeded);
    let mut staying = Vec::new();
    for (number, caller) in callers.into_iter().enumerate() {
        if number % 2 == 0 {
            let error = caller.await.unwrap().unwrap_err();
            assert_eq!(error.code(), Code::DeadlineExceeded);
        } else {
            staying.push((number, caller));
        }
    }
    held.commit().await.unwrap();
    for (number, caller) in staying {
        let results = caller.await.unwrap().unwrap().into_inner().results;
        assert_eq!(results[0].outcome(), ItemOutcome::Applied, "{number}");
        assert!(rig.message(&format!("c{number}")).await.is_ok());
    }
    // The transaction that was under way went on without its caller.
    assert!(rig.message("first").await.is_ok());
}

async fn waits_for_lock(session: &tokio_postgres::Client) -> Option<()> {
    let waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() \
                   AND application_name = 'acuse' AND wait_event_type = 'Lock'";
    let rows = session.query(waiting, &[]).await.unwrap();
    (!rows.is_empty()).then_some(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_that_waits_holds_up_no_other_lane() {
    let rig = Rig::start().await;
    for workspace in [ACME, OTHER] {
        let warm = vec![registration("warm")];
        rig.apply_to(workspace, warm).await.unwrap();
    }
    let mut session = rig.session().await;
    let held = session.transaction().await.unwrap();
    held.batch_execute(
        "SELECT FROM message_state.workspace_heads WHERE workspace_id = \
         (SELECT workspace_id FROM message_state.workspaces WHERE slug = 'acme') FOR UPDATE",
    )
    .await
    .unwrap();
    let waiting = rig.apply(vec![registration("m1")]);
    tokio::pin!(waiting);
    tokio::select! {
        _ = &mut waiting => panic!("it should wait"),
        results = rig.apply_to(OTHER, vec![registration("m1")]) => {
            assert_eq!(results.unwrap()[0].outcome(), ItemOutcome::Applied);
        }
    }
    held.commit().await.unwrap();
    assert_eq!(waiting.await.unwrap()[0].outcome(), ItemOutcome::Applied);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_under_way_is_finished_at_the_end() {
    let rig = Rig::start().await;
    rig.apply(vec![registration("warm")]).await.unwrap();
    // Nothing is committed before this is let go.
    let held = rig.session().await;
    let lock = "BEGIN; SELECT FROM message_state.workspace_heads FOR UPDATE";
    held.batch_execute(lock).await.unwrap();
    let mut client = rig.messages(rig.anything(ACME));
    let events = crate::samples::registrations("m", 1_000);
    let call =
        tokio::spawn(async move { client.apply_events(ApplyEventsRequest { events }).await });
    let watcher = rig.session().await;
    eventually(Duration::from_secs(10), || async {
        let waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() \
                       AND application_name = 'acuse' AND wait_event_type = 'Lock'";
        let rows = watcher.query(waiting, &[]).await.unwrap();
        (!rows.is_empty()).then_some(())
    })
    .await;
    let stopping = tokio::spawn(rig.stop());
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!call.is_finished());
    held.batch_execute("COMMIT").await.unwrap();
    let database = stopping.await.unwrap().unwrap();
    let results = call.await.unwrap().unwrap().into_inner().results;
    assert_eq!(results.len(), 1_000);
    // All of it was folded on the way out.
    let session = acuse_testkit::service::connect(database.url()).await;
    let behind = "SELECT FROM message_state.workspace_heads \
                  JOIN message_state.fold_positions USING (workspace_id) \
                  WHERE folded_sequence < last_sequence";
    assert!(session.query(behind, &[]).await.unwrap().is_empty());
}
