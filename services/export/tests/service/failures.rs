//! Attempts that fail, workers that die, and workers that only seemed to.

use std::sync::Arc;
use std::time::Duration;

use acuse_proto::export::{ExportFailure, ExportState};
use acuse_rpc::status::from_error;
use acuse_testkit::service::eventually;
use tokio::sync::Semaphore;
use tonic::{Code, Status};

use crate::peer::Answer;
use crate::rig::{NOW, PATIENCE, Rig, ids, plain};

/// Whether the file has each of so many rows once, and nothing else is left in the folder.
async fn assert_whole(rig: &Rig, id: &str, rows: usize) {
    let ana = rig.analyst();
    let pieces = rig.download(&ana, id, 0).await.unwrap();
    assert_eq!(ids(&pieces), (0..rows).collect::<Vec<_>>());
    eventually(PATIENCE, || async {
        (rig.files().len() == 1).then_some(())
    })
    .await;
}

fn gated(rows: usize, gate: &Arc<Semaphore>) -> Answer {
    Answer {
        gate: Some(Arc::clone(gate)),
        ..Answer::of(rows)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reporting_that_breaks_off_is_asked_again_and_every_row_comes_once() {
    let rig = Rig::scripted(|call| {
        Ok(Answer {
            breaks_after: (call < 3).then_some(call * 7_000),
            ..Answer::of(20_000)
        })
    })
    .await;
    let ana = rig.analyst();
    let id = rig.create(&ana, plain()).await.unwrap().id;
    let done = rig.until(&ana, &id, ExportState::Succeeded).await;
    assert_eq!((done.attempts, done.failure), (3, None));
    assert_eq!(done.file.unwrap().rows, 20_000);
    assert_whole(&rig, &id, 20_000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_reporting_refuses_is_not_asked_again() {
    let invalid = acuse_domain::error::Error::invalid_field("question.period", "covers too much");
    let invalid = from_error(invalid);
    let refusals = [
        invalid,
        Status::permission_denied("not you"),
        Status::not_found("no such workspace"),
    ];
    for refusal in refusals {
        let message = refusal.message().to_owned();
        let rig = Rig::scripted(move |_| Err(refusal.clone())).await;
        let ana = rig.analyst();
        let id = rig.create(&ana, plain()).await.unwrap().id;
        let failed = rig.until(&ana, &id, ExportState::Failed).await;
        let failure = ExportFailure {
            reason: "REFUSED".to_owned(),
            message,
        };
        assert_eq!((failed.failure, failed.attempts), (Some(failure), 1));
        let error = rig.download(&ana, &id, 0).await.unwrap_err();
        assert_eq!(error.code(), Code::FailedPrecondition);
        assert_eq!(rig.peer.calls().len(), 1);
        assert!(rig.files().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_failing_is_given_up() {
    let rig = Rig::scripted(|_| {
        Ok(Answer {
            breaks_after: Some(1_000),
            ..Answer::of(2_000)
        })
    })
    .await;
    let ana = rig.analyst();
    let id = rig.create(&ana, plain()).await.unwrap().id;
    let failed = rig.until(&ana, &id, ExportState::Failed).await;
    assert_eq!(failed.failure.unwrap().reason, "ATTEMPTS_EXHAUSTED");
    assert_eq!((failed.attempts, rig.peer.calls().len()), (5, 5));
    assert!(failed.end_time.is_some() && failed.file.is_none());
    eventually(PATIENCE, || async { rig.files().is_empty().then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_lost_its_job_publishes_nothing() {
    let gate = Arc::new(Semaphore::new(1));
    let slow = Arc::clone(&gate);
    // The first worker waits in the middle, the second does not.
    let rig = Rig::scripted(move |call| {
        Ok(match call {
            1 => gated(2_000, &slow),
            _ => Answer::of(3_000),
        })
    })
    .await;
    let ana = rig.analyst();
    let id = rig.create(&ana, plain()).await.unwrap().id;
    eventually(PATIENCE, || async {
        (rig.peer.calls().len() == 1).then_some(())
    })
    .await;
    // Its lease is over, as if it had been away for long.
    let session = rig.session().await;
    let late = "UPDATE export.jobs SET due_at = '2000-01-01' WHERE state = 2";
    assert_eq!(session.execute(late, &[]).await.unwrap(), 1);
    let done = rig.until(&ana, &id, ExportState::Succeeded).await;
    assert_eq!(
        (done.attempts, done.file.as_ref().unwrap().rows),
        (2, 3_000)
    );
    // Now it comes back, and finishes what it was doing.
    gate.add_permits(100);
    assert_whole(&rig, &id, 3_000).await;
    let after = rig.get(&ana, &id).await.unwrap();
    assert_eq!(after, done);
    assert!(rig.files()[0].ends_with("/2"), "{:?}", rig.files());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_whose_worker_died_is_taken_up_after_its_lease() {
    let rig = Rig::of(1_500).await;
    let ana = rig.analyst();
    let before = rig.create(&ana, plain()).await.unwrap().id;
    rig.until(&ana, &before, ExportState::Succeeded).await;
    // Another like it, that somebody claimed who is no more.
    let session = rig.session().await;
    let claimed = "INSERT INTO export.jobs (workspace_id, job_id, request, requested_by, role, state, due_at, fence, \
                   attempts, created_at) \
                   SELECT workspace_id, gen_random_uuid(), request, requested_by, role, 2, created_at + interval '30s', 1, \
                     1, created_at FROM export.jobs RETURNING job_id::text";
    let id: String = session.query_one(claimed, &[]).await.unwrap().get(0);
    // A worker that looked for jobs meanwhile left it alone.
    let after = rig.create(&ana, plain()).await.unwrap().id;
    rig.until(&ana, &after, ExportState::Succeeded).await;
    assert_eq!(
        rig.get(&ana, &id).await.unwrap().state(),
        ExportState::Running
    );
    rig.set_now(NOW + Duration::from_secs(30));
    let done = rig.until(&ana, &id, ExportState::Succeeded).await;
    assert_eq!(done.attempts, 2);
    let pieces = rig.download(&ana, &id, 0).await.unwrap();
    assert_eq!(ids(&pieces), (0..1_500).collect::<Vec<_>>());
    assert_eq!(rig.files().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_kills_its_workers_is_given_up() {
    let rig = Rig::of(1).await;
    let ana = rig.analyst();
    let session = rig.session().await;
    let doomed = "INSERT INTO export.jobs (workspace_id, job_id, request, requested_by, role, state, due_at, fence, \
                  attempts, failures, created_at) \
                  SELECT workspace_id, gen_random_uuid(), '', 'ana', 'analyst', 2, '2000-01-01', 5, 5, 4, now() \
                  FROM message_state.workspaces WHERE slug = 'acme' RETURNING job_id::text";
    let id: String = session.query_one(doomed, &[]).await.unwrap().get(0);
    let failed = rig.until(&ana, &id, ExportState::Failed).await;
    assert_eq!(failed.failure.unwrap().reason, "ATTEMPTS_EXHAUSTED");
    assert!(rig.peer.calls().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_stops_hands_its_jobs_over() {
    let gate = Arc::new(Semaphore::new(1));
    let slow = Arc::clone(&gate);
    let mut rig = Rig::scripted(move |call| {
        Ok(match call {
            1 => gated(2_000, &slow),
            _ => Answer::of(2_000),
        })
    })
    .await;
    let ana = rig.analyst();
    let id = rig.create(&ana, plain()).await.unwrap().id;
    eventually(PATIENCE, || async {
        (rig.peer.calls().len() == 1).then_some(())
    })
    .await;
    let next = rig.replica().await;
    let stopping = std::mem::replace(&mut rig.service, next);
    stopping.stop().await;
    // Its lease would have held for longer than anybody waits here: the clock stands still.
    let done = rig.until(&ana, &id, ExportState::Succeeded).await;
    assert_eq!((done.attempts, done.failure), (2, None));
    assert_whole(&rig, &id, 2_000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_published_is_removed() {
    let rig = Rig::of(10).await;
    let ana = rig.analyst();
    let id = rig.create(&ana, plain()).await.unwrap().id;
    rig.until(&ana, &id, ExportState::Succeeded).await;
    let workspace = rig.files()[0].split('/').next().unwrap().to_owned();
    let put = |path: String| {
        let path = rig.folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "left behind").unwrap();
    };
    put(format!("{workspace}/{id}/7"));
    put(format!("{workspace}/{id}/8#1"));
    put(format!("{workspace}/{}/1", uuid::Uuid::from_u128(1)));
    put("notes.txt".to_owned());
    let cleaning = rig.replica().await;
    let kept = eventually(PATIENCE, || async {
        let mut files = rig.files();
        files.sort();
        (files.len() == 2).then_some(files)
    })
    .await;
    assert_eq!(
        kept,
        [format!("{workspace}/{id}/1"), "notes.txt".to_owned()]
    );
    cleaning.stop().await;
    std::fs::remove_file(rig.folder.join("notes.txt")).unwrap();
    assert_whole(&rig, &id, 10).await;
}
