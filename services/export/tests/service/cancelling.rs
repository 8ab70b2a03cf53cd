//! Exports that are cancelled or deleted: nothing of them is published, and nothing stays.

use std::sync::Arc;
use std::time::{Duration, Instant};

use acuse_domain::scope::Role;
use acuse_proto::convert::timestamp;
use acuse_proto::export::{Export, ExportState};
use acuse_rpc::Secret;
use acuse_rpc::auth::Claims;
use acuse_testkit::service::eventually;
use acuse_testkit::service::wire::reason;
use tokio::sync::Semaphore;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::outage::proxied;
use crate::peer::Answer;
use crate::proxy::Mode;
use crate::rig::{ACME, NOW, PATIENCE, Rig, ids, plain};

/// Longer than a worker takes to stop, by far on a busy machine.
const SOON: Duration = Duration::from_secs(5);

/// Answers the first call batch by batch, and every other at once.
fn first_waits(gate: &Arc<Semaphore>) -> impl FnMut(usize) -> Result<Answer, Status> + use<> {
    let gate = Arc::clone(gate);
    move |call| {
        Ok(Answer {
            gate: (call == 1).then(|| Arc::clone(&gate)),
            ..Answer::of(3_000)
        })
    }
}

/// An export in its midst, whose worker waits for more rows.
async fn in_its_midst(rig: &Rig, token: &Secret) -> Export {
    let id = rig.create(token, plain()).await.unwrap().id;
    eventually(PATIENCE, || async {
        let found = rig.get(token, &id).await.unwrap();
        (found.progress?.rows_done == 1_000).then_some(found)
    })
    .await
}

/// Makes one more export to its end: there is a worker for it.
async fn assert_works(rig: &Rig, token: &Secret) {
    let id = rig.create(token, plain()).await.unwrap().id;
    rig.until(token, &id, ExportState::Succeeded).await;
    let pieces = rig.download(token, &id, 0).await.unwrap();
    assert_eq!(ids(&pieces).len(), 3_000);
}

fn told(error: &Status) -> (Code, String) {
    (error.code(), reason(error))
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_waits_is_cancelled_once_and_for_all() {
    let redis = std::env::var("REDIS_URL").unwrap();
    let none = |config: &mut acuse_export::Config| config.work.workers = 0;
    let rig = Rig::with(redis, |_| Ok(Answer::of(3_000)), none).await;
    let ana = rig.analyst();
    let id = rig.create(&ana, plain()).await.unwrap().id;
    rig.set_now(NOW + Duration::from_secs(5));
    let cancelled = rig.cancel(&ana, &id).await.unwrap();
    assert_eq!(cancelled.state(), ExportState::Cancelled);
    let ended = timestamp(NOW + Duration::from_secs(5));
    assert_eq!(
        (cancelled.end_time, cancelled.start_time),
        (Some(ended), None)
    );
    assert_eq!((cancelled.progress, cancelled.attempts), (None, 0));
    // Again, later: it is as it was.
    rig.set_now(NOW + Duration::from_secs(9));
    assert_eq!(rig.cancel(&ana, &id).await.unwrap(), cancelled);
    let error = rig.download(&ana, &id, 0).await.unwrap_err();
    let gone = (Code::FailedPrecondition, "EXPORT_CANCELLED".to_owned());
    assert_eq!(told(&error), gone);
    // A worker that comes later has nothing to do with it.
    let worker = rig.replica().await;
    assert_works(&rig, &ana).await;
    assert_eq!(rig.get(&ana, &id).await.unwrap(), cancelled);
    assert_eq!(rig.peer.calls().len(), 1);
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_runs_is_cancelled_and_its_worker_stops() {
    let gate = Arc::new(Semaphore::new(1));
    let redis = std::env::var("REDIS_URL").unwrap();
    let one = |config: &mut acuse_export::Config| config.work.workers = 1;
    let rig = Rig::with(redis, first_waits(&gate), one).await;
    let ana = rig.analyst();
    let id = in_its_midst(&rig, &ana).await.id;
    let cancelled = rig.cancel(&ana, &id).await.unwrap();
    assert_eq!(cancelled.state(), ExportState::Cancelled);
    let began = Instant::now();
    // The only worker there is.
    assert_works(&rig, &ana).await;
    println!("cancelled and the next one made in {:?}", began.elapsed());
    // The rows that it waited for come too late for anything.
    gate.add_permits(100);
    let after = rig.get(&ana, &id).await.unwrap();
    assert_eq!((after.state(), after.file), (ExportState::Cancelled, None));
    assert_eq!((rig.files().len(), rig.peer.calls().len()), (1, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worker_of_another_replica_stops_with_redis_and_without() {
    for mode in [Mode::Open, Mode::Cut, Mode::Hanging] {
        let (proxy, url) = proxied().await;
        let gate = Arc::new(Semaphore::new(1));
        let none = |config: &mut acuse_export::Config| config.work.workers = 0;
        let rig = Rig::with(url, first_waits(&gate), none).await;
        let worker = rig.lone_worker().await;
        let ana = rig.analyst();
        let id = in_its_midst(&rig, &ana).await.id;
        if mode != Mode::Open {
            proxy.set(mode);
        }
        rig.cancel(&ana, &id).await.unwrap();
        // Its stream is dropped by whoever read it: nobody waits for a batch any more.
        let began = Instant::now();
        eventually(SOON, || async { rig.peer.left(1).then_some(()) }).await;
        println!("{mode:?}: stopped after {:?}", began.elapsed());
        let after = rig.get(&ana, &id).await.unwrap();
        assert_eq!(after.state(), ExportState::Cancelled);
        proxy.set(Mode::Open);
        assert_works(&rig, &ana).await;
        worker.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_over_is_not_cancelled_any_more() {
    let rig = Rig::scripted(|call| match call {
        1 => Ok(Answer::of(10)),
        _ => Err(Status::permission_denied("not you")),
    })
    .await;
    let ana = rig.analyst();
    for state in [ExportState::Succeeded, ExportState::Failed] {
        let id = rig.create(&ana, plain()).await.unwrap().id;
        let ended = rig.until(&ana, &id, state).await;
        let error = rig.cancel(&ana, &id).await.unwrap_err();
        let over = (Code::FailedPrecondition, "EXPORT_OVER".to_owned());
        assert_eq!(told(&error), over);
        assert_eq!(rig.get(&ana, &id).await.unwrap(), ended);
    }
    assert_eq!(rig.files().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_deleted_is_gone_with_its_file() {
    let rig = Rig::of(10).await;
    let ana = rig.analyst();
    let request = Some(Uuid::from_u128(7).to_string());
    let kept = rig.create(&ana, plain()).await.unwrap().id;
    let id = rig.ask(&ana, plain(), request.clone()).await.unwrap().id;
    for id in [&kept, &id] {
        rig.until(&ana, id, ExportState::Succeeded).await;
    }
    rig.delete(&ana, &id).await.unwrap();
    for error in [
        rig.get(&ana, &id).await.unwrap_err(),
        rig.download(&ana, &id, 0).await.unwrap_err(),
        rig.delete(&ana, &id).await.unwrap_err(),
        rig.cancel(&ana, &id).await.unwrap_err(),
    ] {
        assert_eq!(error.code(), Code::NotFound);
    }
    let listed = rig.list(&ana, 0, String::new()).await.unwrap().exports;
    assert_eq!(listed.len(), 1);
    assert_eq!(rig.files().len(), 1);
    assert_eq!(rig.download(&ana, &kept, 0).await.unwrap().len(), 1);
    // The request that made it makes another.
    let again = rig.ask(&ana, plain(), request).await.unwrap().id;
    assert_ne!(again, id);
    rig.until(&ana, &again, ExportState::Succeeded).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_runs_is_deleted_and_its_worker_stops() {
    let gate = Arc::new(Semaphore::new(1));
    let rig = Rig::scripted(first_waits(&gate)).await;
    let ana = rig.analyst();
    let id = in_its_midst(&rig, &ana).await.id;
    rig.delete(&ana, &id).await.unwrap();
    eventually(SOON, || async { rig.peer.left(1).then_some(()) }).await;
    gate.add_permits(100);
    assert_works(&rig, &ana).await;
    assert_eq!(rig.get(&ana, &id).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(rig.files().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_see_an_export_may_not_yet_end_it() {
    let gate = Arc::new(Semaphore::new(1));
    let rig = Rig::scripted(first_waits(&gate)).await;
    let sup = rig.supervisor("sup", &["ventas"]);
    let id = in_its_midst(&rig, &sup).await.id;
    // Seen, and another's.
    for token in [rig.analyst(), rig.supervisor("other", &["ventas"])] {
        assert_eq!(rig.get(&token, &id).await.unwrap().id, id);
        for error in [
            rig.cancel(&token, &id).await.unwrap_err(),
            rig.delete(&token, &id).await.unwrap_err(),
        ] {
            let refused = (Code::PermissionDenied, "EXPORT_OF_ANOTHER".to_owned());
            assert_eq!(told(&error), refused);
        }
    }
    // Not seen, also by one who could.
    let elsewhere = rig.token(Claims {
        accounts: Some(["norte".to_owned()].into()),
        ..Claims::of("root", Role::Administrator, Some(ACME))
    });
    for token in [rig.supervisor("other", &["soporte"]), elsewhere] {
        for error in [
            rig.cancel(&token, &id).await.unwrap_err(),
            rig.delete(&token, &id).await.unwrap_err(),
        ] {
            assert_eq!(error.code(), Code::NotFound);
        }
    }
    let running = rig.get(&sup, &id).await.unwrap();
    assert_eq!(running.state(), ExportState::Running);
    // Who asked may, whatever they see by now; and who runs the workspace.
    let moved = rig.supervisor("sup", &["otra"]);
    rig.cancel(&moved, &id).await.unwrap();
    let root = rig.token(Claims::of("root", Role::Administrator, Some(ACME)));
    let cancelled = rig.cancel(&root, &id).await.unwrap();
    assert_eq!(cancelled.state(), ExportState::Cancelled);
    rig.delete(&root, &id).await.unwrap();
    assert_eq!(rig.get(&sup, &id).await.unwrap_err().code(), Code::NotFound);
}
