//! What is away comes back by itself, and what is given up stops.

use std::time::{Duration, Instant};

use acuse_message_state::{Clock, Config, StartError, start};
use acuse_proto::message_state::{GetMessageRequest, VerifyRollupsRequest};
use acuse_proto::types::ItemOutcome;
use acuse_rpc::client::{Call, Channel, Credentials};
use acuse_store::migrations;
use acuse_testkit::service::eventually;
use acuse_testkit::{Database, Postgres};
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_types::StatusExt as _;

use crate::rig::{ACME, Rig, by_sender};
use crate::samples::registration;

const SERVICE: &str = "acuse.message_state.v1.MessageStateService";

/// How long an outage, and its end, may go unnoticed.
const NOTICE: Duration = Duration::from_secs(5);

async fn health(client: &HealthClient<Channel>, service: &str) -> ServingStatus {
    let request = HealthCheckRequest {
        service: service.to_owned(),
    };
    let answer = client.clone().check(request).await;
    answer.unwrap().into_inner().status()
}

async fn until(client: &HealthClient<Channel>, expected: ServingStatus) -> Duration {
    let began = Instant::now();
    for service in ["", SERVICE] {
        eventually(NOTICE, || async {
            (health(client, service).await == expected).then_some(())
        })
        .await;
    }
    began.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_may_go_and_come_back() {
    let mut postgres = Postgres::start();
    migrations::run(&postgres.url().parse().unwrap())
        .await
        .unwrap();
    let rig = Rig::at(&postgres.url(), |_| {}).await;
    rig.create_workspaces().await;
    let client = HealthClient::new(rig.channel(Credentials::None));
    until(&client, ServingStatus::Serving).await;
    rig.apply(vec![registration("before")]).await.unwrap();

    postgres.stop();
    let noticed = until(&client, ServingStatus::NotServing).await;
    let error = rig.apply(vec![registration("during")]).await.unwrap_err();
    assert_eq!(error.code(), Code::Unavailable);
    let retry = error.get_details_retry_info();
    assert!(retry.is_some_and(|info| info.retry_delay.is_some()));
    let error = rig.message("before").await.unwrap_err();
    assert_eq!(error.code(), Code::Unavailable);

    postgres.resume();
    let returned = until(&client, ServingStatus::Serving).await;
    println!("stopped: noticed after {noticed:?}; started: after {returned:?}");
    let results = rig.apply(vec![registration("after")]).await.unwrap();
    assert_eq!(results[0].outcome(), ItemOutcome::Applied);
    for there in ["before", "after"] {
        assert!(rig.message(there).await.is_ok());
    }
    let session = acuse_testkit::service::connect(&postgres.url()).await;
    // Folding goes on as well.
    eventually(Duration::from_secs(15), || async {
        let behind = "SELECT FROM message_state.workspace_heads \
                      JOIN message_state.fold_positions USING (workspace_id) \
                      WHERE folded_sequence < last_sequence";
        session
            .query(behind, &[])
            .await
            .unwrap()
            .is_empty()
            .then_some(())
    })
    .await;

    // One that hangs is no better than one that is gone.
    postgres.freeze(true);
    let noticed = until(&client, ServingStatus::NotServing).await;
    postgres.freeze(false);
    let returned = until(&client, ServingStatus::Serving).await;
    println!("frozen: noticed after {noticed:?}; let go: after {returned:?}");
    drop(session);
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_service_is_healthy() {
    let rig = Rig::with(|config| config.database_connections = 7).await;
    let client = HealthClient::new(rig.channel(Credentials::None));
    until(&client, ServingStatus::Serving).await;
    let mut session = rig.session().await;
    let held = session.transaction().await.unwrap();
    let lock = "LOCK message_state.messages, message_state.workspaces IN ACCESS EXCLUSIVE MODE";
    held.batch_execute(lock).await.unwrap();
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let mut client = rig.messages(rig.anything(ACME));
            tokio::spawn(async move {
                let request = GetMessageRequest {
                    key: Some(by_sender("m1")),
                };
                let call = Call::plain().within(Duration::from_millis(3_500));
                client.get_message(call.request(request)).await
            })
        })
        .collect();
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(3) {
        assert_eq!(health(&client, SERVICE).await, ServingStatus::Serving);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // The lock is held until they are over: all of them waited, for it or for a connection.
    for call in calls {
        let refused = call.await.unwrap().unwrap_err();
        let late = [Code::DeadlineExceeded, Code::Unavailable];
        assert!(late.contains(&refused.code()), "{refused}");
    }
    held.rollback().await.unwrap();
}

/// Queries of the service that are under way, but for health's.
async fn queries(session: &tokio_postgres::Client) -> i64 {
    let active = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                  AND application_name = 'acuse' AND state = 'active'";
    session.query_one(active, &[]).await.unwrap().get(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_given_up_leaves_no_query() {
    // The folding would wait for the lock as well.
    let rig = Rig::with(|config| {
        config.background.fold = false;
        config.background.keep_changes = None;
    })
    .await;
    rig.apply(vec![registration("m1")]).await.unwrap();
    let watcher = rig.session().await;
    let mut session = rig.session().await;
    let held = session.transaction().await.unwrap();
    let lock = "LOCK message_state.messages IN ACCESS EXCLUSIVE MODE";
    held.batch_execute(lock).await.unwrap();
    let soon = Duration::from_secs(20);

    let get = |patience: Duration| {
        let mut client = rig.messages(rig.anything(ACME));
        let request = GetMessageRequest {
            key: Some(by_sender("m1")),
        };
        let request = Call::plain().within(patience).request(request);
        tokio::spawn(async move { client.get_message(request).await.map(drop) })
    };
    let verify = || {
        let mut client = rig.maintenance(rig.keys.operator());
        let request = Call::plain()
            .endless()
            .request(VerifyRollupsRequest::default());
        tokio::spawn(async move {
            let mut stream = client.verify_rollups(request).await?.into_inner();
            stream.message().await.map(drop)
        })
    };
    // By leaving: a unary call, and a stream in its middle.
    for streamed in [false, true] {
        let call = if streamed {
            verify()
        } else {
            get(Duration::from_secs(60))
        };
        eventually(soon, || async {
            (queries(&watcher).await == 1).then_some(())
        })
        .await;
        call.abort();
        eventually(soon, || async {
            (queries(&watcher).await == 0).then_some(())
        })
        .await;
    }
    // By its deadline.
    let call = get(Duration::from_secs(2));
    eventually(soon, || async {
        (queries(&watcher).await == 1).then_some(())
    })
    .await;
    let error = call.await.unwrap().unwrap_err();
    assert_eq!(error.code(), Code::DeadlineExceeded);
    eventually(soon, || async {
        (queries(&watcher).await == 0).then_some(())
    })
    .await;
    held.rollback().await.unwrap();
    assert!(rig.message("m1").await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_without_migrations_is_refused() {
    let empty = Database::with_schema("an empty database".to_owned(), |_| async { Ok(()) }).await;
    let rig = Rig::start().await;
    let server = rig.keys.server_config();
    let config = Config::new(server, empty.address());
    let refused = start(config, Clock::system(), std::future::pending()).await;
    let error = refused.unwrap_err();
    assert!(matches!(error, StartError::MigrationsMissing(_)), "{error}");
    assert!(error.to_string().contains("acuse migrate"), "{error}");
}
