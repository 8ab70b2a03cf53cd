//! Watching an export until its end.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use acuse_domain::scope::{Permission, Role};
use acuse_domain::time::days;
use acuse_proto::export::{Export, ExportState, WatchExportResponse};
use acuse_rpc::auth::Claims;
use acuse_testkit::service::wire::reason;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tonic::{Code, Status, Streaming};

use crate::outage::proxied;
use crate::peer::Answer;
use crate::proxy::Mode;
use crate::rig::{ACME, NOW, PATIENCE, Rig, plain};

/// What somebody is told who watches an export.
pub(crate) struct Watched(Streaming<WatchExportResponse>);

impl Watched {
    pub(crate) fn of(answers: Streaming<WatchExportResponse>) -> Self {
        Self(answers)
    }

    /// What is told next; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Export>, Status> {
        let next = timeout(PATIENCE, self.0.message()).await.unwrap()?;
        Ok(next.map(|answer| answer.export.unwrap()))
    }

    /// The next that is as `check` says; what is told before is let go.
    pub(crate) async fn until(&mut self, check: impl Fn(&Export) -> bool) -> Export {
        loop {
            let export = self.next().await.unwrap().expect("the watch has ended");
            if check(&export) {
                return export;
            }
        }
    }
}

/// A rig that makes nothing itself, whose reporting tells 3,000 rows, a thousand for each permit.
async fn gated(url: String) -> (Rig, Arc<Semaphore>) {
    let gate = Arc::new(Semaphore::new(0));
    let opened = Arc::clone(&gate);
    let script = move |_| {
        Ok(Answer {
            gate: Some(Arc::clone(&gate)),
            ..Answer::of(3_000)
        })
    };
    let none = |config: &mut acuse_export::Config| config.work.workers = 0;
    (Rig::with(url, script, none).await, opened)
}

fn redis_url() -> String {
    std::env::var("REDIS_URL").unwrap()
}

fn rows(export: &Export) -> i64 {
    export.progress.map_or(0, |progress| progress.rows_done)
}

/// Follows an export from where it waits to its end, which another replica brings about.
async fn assert_told(rig: &Rig, gate: &Semaphore, mut watch: Watched) {
    let first = watch.next().await.unwrap().unwrap();
    assert_eq!(first.state(), ExportState::Queued);
    let worker = rig.lone_worker().await;
    watch
        .until(|export| export.state() == ExportState::Running)
        .await;
    for done in [1_000, 2_000] {
        gate.add_permits(1);
        let told = watch.until(|export| rows(export) >= done).await;
        assert_eq!(told.state(), ExportState::Running);
        assert_eq!((rows(&told), told.attempts), (done, 1));
    }
    gate.add_permits(1);
    let last = watch
        .until(|export| export.state() != ExportState::Running)
        .await;
    assert_eq!(last.state(), ExportState::Succeeded);
    assert_eq!(last.file.as_ref().unwrap().rows, 3_000);
    assert!(watch.next().await.unwrap().is_none(), "it goes on");
    assert_eq!(rig.get(&rig.analyst(), &last.id).await.unwrap(), last);
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_tells_every_step_of_another_replica_and_ends() {
    let (rig, gate) = gated(redis_url()).await;
    let ana = rig.analyst();
    let id = rig.create(&ana, plain()).await.unwrap().id;
    let watch = rig.watch(&ana, &id).await.unwrap();
    assert_told(&rig, &gate, watch).await;
    // What is over is told once.
    let mut watch = rig.watch(&ana, &id).await.unwrap();
    let told = watch.next().await.unwrap().unwrap();
    assert_eq!(told.state(), ExportState::Succeeded);
    assert!(watch.next().await.unwrap().is_none());
    rig.set_now(NOW + days(7));
    let mut watch = rig.watch(&ana, &id).await.unwrap();
    let told = watch.next().await.unwrap().unwrap();
    assert_eq!(told.state(), ExportState::Expired);
    assert!(watch.next().await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_goes_on_while_redis_is_away() {
    for mode in [Mode::Cut, Mode::Hanging] {
        let (proxy, url) = proxied().await;
        let (rig, gate) = gated(url).await;
        let ana = rig.analyst();
        proxy.set(mode);
        let id = rig.create(&ana, plain()).await.unwrap().id;
        let watch = rig.watch(&ana, &id).await.unwrap();
        assert_told(&rig, &gate, watch).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_ends_with_the_export() {
    let (rig, gate) = gated(redis_url()).await;
    let ana = rig.analyst();
    let worker = rig.lone_worker().await;
    let id = rig.create(&ana, plain()).await.unwrap().id;
    let mut watch = rig.watch(&ana, &id).await.unwrap();
    watch
        .until(|export| export.state() == ExportState::Running)
        .await;
    rig.cancel(&ana, &id).await.unwrap();
    let last = watch
        .until(|export| export.state() != ExportState::Running)
        .await;
    assert_eq!(last.state(), ExportState::Cancelled);
    assert!(watch.next().await.unwrap().is_none());

    let id = rig.create(&ana, plain()).await.unwrap().id;
    let mut watch = rig.watch(&ana, &id).await.unwrap();
    rig.delete(&ana, &id).await.unwrap();
    let error = loop {
        match watch.next().await {
            Ok(told) => assert!(told.is_some(), "it ended without a word"),
            Err(error) => break error,
        }
    };
    assert_eq!(error.code(), Code::NotFound);
    gate.add_permits(100);
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_lasts_as_long_as_token_and_service() {
    let (mut rig, _gate) = gated(redis_url()).await;
    let claims = Claims::of("someone", Role::Administrator, Some(ACME));
    let token = rig.token(claims);
    let id = rig.create(&token, plain()).await.unwrap().id;
    // Tokens are good for ten seconds more than they say, because clocks differ.
    let long_ago = SystemTime::now() - Duration::from_secs(2);
    let may = [Permission::Export];
    let short = rig.keys.briefly(ACME, &may, long_ago, Duration::ZERO);
    let mut watch = rig.watch(&short, &id).await.unwrap();
    watch.next().await.unwrap().unwrap();
    let error = watch.next().await.unwrap_err();
    let expired = (Code::Unauthenticated, "TOKEN_EXPIRED".to_owned());
    assert_eq!((error.code(), reason(&error)), expired);

    let mut watch = rig.watch(&token, &id).await.unwrap();
    watch.next().await.unwrap().unwrap();
    let next = rig.replica().await;
    std::mem::replace(&mut rig.service, next).stop().await;
    let error = watch.next().await.unwrap_err();
    assert_eq!(
        (error.code(), reason(&error)),
        (Code::Unavailable, "STOPPING".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_caller_has_so_many_watches_and_hears_also_of_nothing() {
    let few = |config: &mut acuse_export::Config| {
        config.work.workers = 0;
        config.server.limits.streams_per_caller = 2;
    };
    let rig = Rig::with(redis_url(), |_| Ok(Answer::of(1)), few).await;
    let ana = rig.analyst();
    let id = rig.create(&ana, plain()).await.unwrap().id;
    let mut first = rig.watch(&ana, &id).await.unwrap();
    let begun = first.next().await.unwrap();
    let second = rig.watch(&ana, &id).await.unwrap();
    let Err(error) = rig.watch(&ana, &id).await else {
        panic!("a third watch");
    };
    assert_eq!(error.code(), Code::ResourceExhausted);
    let eva = rig.token(Claims::of("eva", Role::Analyst, Some(ACME)));
    assert!(rig.watch(&eva, &id).await.is_ok());
    drop(second);
    // Nothing becomes of it, and the watch says so.
    assert_eq!(first.next().await.unwrap(), begun);
}
