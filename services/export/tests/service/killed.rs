//! Workers that are killed with SIGKILL, and one that is frozen with SIGSTOP: the service as processes.

use std::collections::BTreeSet;
use std::sync::Arc;

use acuse_proto::export::ExportState;
use acuse_testkit::service::eventually;
use futures::future::join_all;
use tokio::sync::Semaphore;

use crate::peer::Answer;
use crate::process::Process;
use crate::rig::{PATIENCE, Rig, ids, plain};

const ROWS: usize = 10_000;

/// Rows of a batch: a hundredth of all.
const BATCH: usize = ROWS / 100;

/// A rig that makes nothing itself, whose reporting tells a hundredth of the rows for each permit to the first `gated` callers.
async fn rig(gated: usize) -> (Rig, Arc<Semaphore>) {
    let gate = Arc::new(Semaphore::new(0));
    let opened = Arc::clone(&gate);
    let script = move |call| {
        Ok(Answer {
            batch: Some(BATCH),
            gate: (call <= gated).then(|| Arc::clone(&gate)),
            ..Answer::of(ROWS)
        })
    };
    let redis = std::env::var("REDIS_URL").unwrap();
    let none = |config: &mut acuse_export::Config| config.work.workers = 0;
    (Rig::with(redis, script, none).await, opened)
}

/// Returns when the record says that so many rows are written.
async fn reaches(rig: &Rig, id: &str, rows: usize) {
    let ana = rig.analyst();
    eventually(PATIENCE, || async {
        let found = rig.get(&ana, id).await.unwrap();
        let done = found.progress.map_or(0, |progress| progress.rows_done);
        assert!(found.end_time.is_none(), "{found:?}");
        (done == i64::try_from(rows).unwrap()).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_killed_anywhere_leaves_its_job_to_another() {
    join_all([10, 50, 99].map(killed_at)).await;
}

/// Kills a worker when it has written so many hundredths.
async fn killed_at(percent: usize) {
    let (rig, gate) = rig(1).await;
    let ana = rig.analyst();
    let first = Process::start(&rig).await;
    let id = rig.create(&ana, plain()).await.unwrap().id;
    gate.add_permits(percent);
    reaches(&rig, &id, percent * BATCH).await;
    first.kill();
    let second = Process::start(&rig).await;
    let done = rig.until(&ana, &id, ExportState::Succeeded).await;
    assert_eq!(done.attempts, 2, "at {percent} %");
    let pieces = rig.download(&ana, &id, 0).await.unwrap();
    assert!(ids(&pieces).into_iter().eq(0..ROWS), "at {percent} %");
    // What the first wrote is gone, at the latest with the next cleaning.
    second.kill();
    let cleaning = Process::start(&rig).await;
    eventually(PATIENCE, || async {
        (rig.files().len() == 1).then_some(())
    })
    .await;
    assert_eq!(rig.get(&ana, &id).await.unwrap(), done);
    let listed = rig.list(&ana, 0, String::new()).await.unwrap();
    assert_eq!(listed.exports.len(), 1);
    assert_eq!(rig.peer.calls().len(), 2);
    drop(cleaning);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_wakes_after_its_lease_publishes_nothing() {
    let (rig, gate) = rig(1).await;
    let ana = rig.analyst();
    let frozen = Process::start(&rig).await;
    let id = rig.create(&ana, plain()).await.unwrap().id;
    gate.add_permits(50);
    reaches(&rig, &id, ROWS / 2).await;
    frozen.signal("STOP");
    let second = Process::start(&rig).await;
    let done = rig.until(&ana, &id, ExportState::Succeeded).await;
    assert_eq!(done.attempts, 2);
    // All that it waited for is there when it wakes.
    gate.add_permits(1_000);
    frozen.signal("CONT");
    eventually(PATIENCE, || async { rig.peer.left(1).then_some(()) }).await;
    let files = eventually(PATIENCE, || async {
        let files = rig.files();
        (files.len() == 1).then_some(files)
    })
    .await;
    assert!(files[0].ends_with("/2"), "{files:?}");
    assert_eq!(rig.get(&ana, &id).await.unwrap(), done);
    let pieces = rig.download(&ana, &id, 0).await.unwrap();
    assert!(ids(&pieces).into_iter().eq(0..ROWS));
    // It is a worker like any other from then on.
    second.kill();
    let after = rig.create(&ana, plain()).await.unwrap().id;
    rig.until(&ana, &after, ExportState::Succeeded).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_replicas_is_killed_and_every_export_ends_once() {
    let (rig, gate) = rig(4).await;
    let ana = rig.analyst();
    let [killed, left] = [Process::start(&rig).await, Process::start(&rig).await];
    let mut asked = BTreeSet::new();
    for _ in 0..6 {
        asked.insert(rig.create(&ana, plain()).await.unwrap().id);
    }
    // Two workers each, which have one job each.
    eventually(PATIENCE, || async {
        (rig.peer.calls().len() == 4).then_some(())
    })
    .await;
    gate.add_permits(40);
    killed.kill();
    gate.add_permits(1_000);
    let mut taken_up_again = 0;
    for id in &asked {
        let done = rig.until(&ana, id, ExportState::Succeeded).await;
        taken_up_again += done.attempts - 1;
        let pieces = rig.download(&ana, id, 0).await.unwrap();
        assert!(ids(&pieces).into_iter().eq(0..ROWS));
    }
    assert_eq!(taken_up_again, 2);
    let listed = rig.list(&ana, 0, String::new()).await.unwrap().exports;
    let listed: BTreeSet<String> = listed.into_iter().map(|export| export.id).collect();
    assert_eq!(listed, asked);
    drop(left);
}
