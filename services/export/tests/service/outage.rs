//! What is away: Redis, reporting, the database.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use acuse_domain::time::{days, hours};
use acuse_proto::export::{
    ExportState, ListScheduleRunsRequest, ListSchedulesRequest, ScheduleRun, ScheduleRunState,
    WatchNotificationsRequest,
};
use acuse_rpc::client::{Call, Credentials};
use acuse_testkit::service::{connect, eventually, peer};
use redis::AsyncCommands as _;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::peer::Answer;
use crate::planned::daily;
use crate::proxy::{Mode, Proxy};
use crate::rig::{NOW, PATIENCE, Rig, ids, plain};

/// The longest that a call may take while Redis says nothing.
const QUICK: Duration = Duration::from_secs(10);

fn redis_url() -> String {
    std::env::var("REDIS_URL").expect("REDIS_URL is not set")
}

/// Host and port of the tests' Redis, and its URL for somebody who finds it elsewhere, by whatever protocol.
pub(crate) fn taken_apart() -> (String, impl Fn(&str, SocketAddr) -> String) {
    let url = redis_url();
    let rest = url.strip_prefix("redis://").unwrap();
    let (authority, number) = rest.split_once('/').unwrap_or((rest, "0"));
    let (login, host) = match authority.rsplit_once('@') {
        Some((login, host)) => (format!("{login}@"), host),
        None => (String::new(), authority),
    };
    let number = number.to_owned();
    let elsewhere = move |protocol: &str, at| format!("{protocol}://{login}{at}/{number}");
    (host.to_owned(), elsewhere)
}

/// A proxy to the tests' Redis, and the address of it behind the proxy.
pub(crate) async fn proxied() -> (Proxy, String) {
    let (host, elsewhere) = taken_apart();
    let proxy = Proxy::to(host).await;
    let url = elsewhere("redis", proxy.address);
    (proxy, url)
}

/// Makes an export from its beginning to its end, every call of which is quick.
pub(crate) async fn assert_works(rig: &Rig, rows: usize) {
    let ana = rig.analyst();
    let began = Instant::now();
    let id = rig.create(&ana, plain()).await.unwrap().id;
    assert!(began.elapsed() < QUICK, "{:?}", began.elapsed());
    let began = Instant::now();
    rig.get(&ana, &id).await.unwrap();
    assert!(began.elapsed() < QUICK, "{:?}", began.elapsed());
    let done = rig.until(&ana, &id, ExportState::Succeeded).await;
    assert_eq!((done.attempts, done.file.unwrap().rows), (1, rows as i64));
    let pieces = rig.download(&ana, &id, 0).await.unwrap();
    assert_eq!(ids(&pieces).len(), rows);
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_may_be_away_hang_and_come_back() {
    let (proxy, url) = proxied().await;
    proxy.set(Mode::Cut);
    let rig = Rig::with(url, |_| Ok(Answer::of(2_000)), |_| {}).await;
    for mode in [Mode::Cut, Mode::Hanging, Mode::Open, Mode::Hanging] {
        proxy.set(mode);
        assert_works(&rig, 2_000).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_may_go_and_lose_everything_in_the_middle() {
    let (proxy, url) = proxied().await;
    let gate = Arc::new(Semaphore::new(1));
    let opened = Arc::clone(&gate);
    let script = move |_| {
        Ok(Answer {
            gate: Some(Arc::clone(&gate)),
            ..Answer::of(3_000)
        })
    };
    let rig = Rig::with(url, script, |_| {}).await;
    let ana = rig.analyst();
    let id = rig.create(&ana, plain()).await.unwrap().id;
    let rows = async || {
        let found = rig.get(&ana, &id).await.unwrap();
        found.progress.map(|progress| progress.rows_done)
    };
    eventually(PATIENCE, || async {
        (rows().await == Some(1_000)).then_some(())
    })
    .await;

    // Emptied: what is left is the record, which knows of no row yet.
    let client = redis::Client::open(redis_url()).unwrap();
    let mut session = client.get_multiplexed_async_connection().await.unwrap();
    let mine = format!("{}:*", rig.prefix);
    let keys: Vec<String> = session.keys(&mine).await.unwrap();
    assert_eq!(keys.len(), 1, "{keys:?}");
    let _: () = session.expire(&keys[0], 100).await.unwrap();
    let _: () = session.del(&keys).await.unwrap();
    assert_eq!(rows().await, Some(0));
    // The worker's next word brings it back.
    opened.add_permits(1);
    eventually(PATIENCE, || async {
        (rows().await == Some(2_000)).then_some(())
    })
    .await;

    proxy.set(Mode::Cut);
    opened.add_permits(1);
    let done = rig.until(&ana, &id, ExportState::Succeeded).await;
    assert_eq!((done.attempts, done.file.unwrap().rows), (1, 3_000));
    proxy.set(Mode::Open);
    opened.add_permits(3);
    assert_works(&rig, 3_000).await;
    // Nothing stays of what is over, but for what was told of an export while Redis could not be asked to forget it.
    let left: Vec<String> = session.keys(&mine).await.unwrap();
    assert!(left.len() <= 1, "{left:?}");
    for key in left {
        let seconds: i64 = session.ttl(&key).await.unwrap();
        assert!((1..=120).contains(&seconds), "{key} stays for {seconds} s");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn schedules_run_and_are_told_of_without_redis() {
    let (proxy, url) = proxied().await;
    let rig = Rig::with(url, |_| Ok(Answer::of(1)), |_| {}).await;
    let ana = rig.analyst();
    let id = rig.schedule(&ana, daily()).await.unwrap().id;
    let request = WatchNotificationsRequest::default();
    let call = Call::plain().endless().request(request);
    let watch = rig.notifications(&ana).watch_notifications(call).await;
    let mut watch = watch.unwrap().into_inner();
    for (day, mode) in [Mode::Cut, Mode::Hanging, Mode::Open]
        .into_iter()
        .enumerate()
    {
        proxy.set(mode);
        // Eight in the morning in Lima, some days in a row.
        rig.set_now(NOW + hours(12) + days(day as u64));
        let told = loop {
            let answer = timeout(PATIENCE, watch.message()).await.unwrap().unwrap();
            if let Some(told) = answer.unwrap().notifications.pop() {
                break told;
            }
        };
        assert_eq!(told.schedule_id.as_deref(), Some(id.as_str()));
        assert_eq!(rig.runs(&ana, &id).await.len(), day + 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_due_while_the_database_was_away_runs_when_it_is_back() {
    let rig = Rig::of(1).await;
    let ana = rig.analyst();
    let id = rig.schedule(&ana, daily()).await.unwrap().id;
    let (_, name) = rig.database.url().rsplit_once('/').unwrap();
    let beside = connect(&std::env::var("DATABASE_URL").unwrap()).await;
    let reachable = async |reachable: bool| {
        let allow = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {reachable}");
        beside.batch_execute(&allow).await.unwrap();
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                   WHERE datname = $1 AND application_name = 'acuse'";
        beside.query(end, &[&name]).await.unwrap();
    };
    reachable(false).await;
    rig.set_now(NOW + hours(12) + days(1));
    let list = rig
        .schedules(&ana)
        .list_schedules(ListSchedulesRequest::default())
        .await;
    assert_eq!(list.unwrap_err().code(), Code::Unavailable);
    reachable(true).await;
    let runs = eventually(PATIENCE, || async {
        let request = ListScheduleRunsRequest {
            schedule_id: id.clone(),
            ..ListScheduleRunsRequest::default()
        };
        let found = rig.schedules(&ana).list_schedule_runs(request).await;
        let runs = found.ok()?.into_inner().runs;
        (!runs.is_empty()).then_some(runs)
    })
    .await;
    let states: Vec<_> = runs.iter().map(ScheduleRun::state).collect();
    assert_eq!(states, [ScheduleRunState::Made, ScheduleRunState::Missed]);
    let export = runs[0].export_id.as_deref().unwrap();
    rig.until(&ana, export, ExportState::Succeeded).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_replica_hears_of_a_job_at_once() {
    let rig = Rig::with(
        redis_url(),
        |_| Ok(Answer::of(1)),
        // It makes nothing itself.
        |config| config.work.workers = 0,
    )
    .await;
    let worker = rig.patient_replica().await;
    let ana = rig.analyst();
    // Its subscription may take a moment; without one it would find the job in an hour.
    eventually(PATIENCE, || async {
        let id = rig.create(&ana, plain()).await.unwrap().id;
        for _ in 0..100 {
            tokio::time::sleep(Duration::from_millis(20)).await;
            if rig.get(&ana, &id).await.unwrap().state() == ExportState::Succeeded {
                return Some(());
            }
        }
        None
    })
    .await;
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_may_go_while_a_file_is_made_and_come_back() {
    let gate = Arc::new(Semaphore::new(1));
    let opened = Arc::clone(&gate);
    let rig = Rig::scripted(move |_| {
        Ok(Answer {
            gate: Some(Arc::clone(&gate)),
            ..Answer::of(2_000)
        })
    })
    .await;
    let ana = rig.analyst();
    let id = rig.create(&ana, plain()).await.unwrap().id;
    eventually(PATIENCE, || async {
        let found = rig.get(&ana, &id).await.unwrap();
        (found.progress?.rows_done == 1_000).then_some(())
    })
    .await;
    let (_, name) = rig.database.url().rsplit_once('/').unwrap();
    let beside = connect(&std::env::var("DATABASE_URL").unwrap()).await;
    let reachable = async |reachable: bool| {
        let allow = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {reachable}");
        beside.batch_execute(&allow).await.unwrap();
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                   WHERE datname = $1 AND application_name = 'acuse'";
        beside.query(end, &[&name]).await.unwrap();
    };
    reachable(false).await;
    opened.add_permits(1);
    let error = rig.get(&ana, &id).await.unwrap_err();
    assert_eq!(error.code(), Code::Unavailable);
    // The file is finished meanwhile, and cannot be published.
    eventually(PATIENCE, || async {
        (rig.files() == [key(&rig)?]).then_some(())
    })
    .await;
    reachable(true).await;
    let done = eventually(PATIENCE, || async {
        let found = rig.get(&ana, &id).await.ok()?;
        (found.state() == ExportState::Succeeded).then_some(found)
    })
    .await;
    assert_eq!(done.attempts, 1);
    let pieces = rig.download(&ana, &id, 0).await.unwrap();
    assert_eq!(ids(&pieces), (0..2_000).collect::<Vec<_>>());
}

/// The one file that is finished.
fn key(rig: &Rig) -> Option<String> {
    let files = rig.files();
    files.into_iter().find(|file| file.ends_with("/1"))
}

#[tokio::test(flavor = "multi_thread")]
async fn reporting_may_be_away_and_the_service_is_healthy() {
    let rig = Rig::scripted(|call| match call {
        1..3 => Err(Status::unavailable("starting")),
        _ => Ok(Answer::of(5)),
    })
    .await;
    let ana = rig.analyst();
    let id = rig.create(&ana, plain()).await.unwrap().id;
    let done = rig.until(&ana, &id, ExportState::Succeeded).await;
    assert_eq!(done.failure, None);
    // Its peer's health is that of the process, whatever it answers.
    for service in ["", "acuse.export.v1.ExportService", "reporting"] {
        until_told(&rig, service, ServingStatus::Serving).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn health_says_that_reporting_is_not_where_it_is_looked_for() {
    let nobody = SocketAddr::from(([127, 0, 0, 1], 1));
    let rig = Rig::with(
        redis_url(),
        |_| Ok(Answer::of(1)),
        |config| config.reporting = peer(nobody),
    )
    .await;
    for service in ["", "acuse.export.v1.ExportService"] {
        until_told(&rig, service, ServingStatus::Serving).await;
    }
    until_told(&rig, "reporting", ServingStatus::NotServing).await;
}

/// Waits until health says this of a service or a part.
async fn until_told(rig: &Rig, service: &str, expected: ServingStatus) {
    let client = HealthClient::new(rig.channel(Credentials::None));
    eventually(PATIENCE, || async {
        let request = HealthCheckRequest {
            service: service.to_owned(),
        };
        let told = client.clone().check(request).await.unwrap().into_inner();
        (told.status() == expected).then_some(())
    })
    .await;
}
