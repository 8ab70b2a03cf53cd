//! Others have all connections that Postgres gives.

use std::time::Duration;

use acuse_proto::ingestion::RegisterMessagesRequest;
use acuse_rpc::client::Call;
use acuse_rpc::status::retry_delay;
use acuse_testkit::Postgres;
use acuse_testkit::service::{connect, eventually};
use rand::Rng as _;
use tokio::sync::Mutex;
use tokio_postgres::{Client, NoTls};
use tonic::Code;
use tonic_health::pb::health_check_response::ServingStatus;

use crate::rig::load::Door;
use crate::rig::suite::Suite;
use crate::rig::{Installation, dice};

/// Sessions of others, until they are dropped.
struct Crowd {
    sessions: Mutex<Vec<Client>>,
}

impl Crowd {
    /// Takes all connections, also those that the services have now.
    async fn of(postgres: &Postgres) -> Self {
        let url = format!("{}?application_name=crowd", postgres.url());
        let first = connect(&url).await;
        let crowd = Self {
            sessions: Mutex::new(Vec::new()),
        };
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                   WHERE backend_type = 'client backend' AND application_name <> 'crowd'";
        eventually(Duration::from_secs(60), || async {
            let ended = first.query(end, &[]).await.unwrap();
            while let Ok((session, connection)) = tokio_postgres::connect(&url, NoTls).await {
                tokio::spawn(async { connection.await.ok() });
                crowd.sessions.lock().await.push(session);
            }
            ended.is_empty().then_some(())
        })
        .await;
        crowd.sessions.lock().await.push(first);
        crowd
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_refused_and_nothing_is_lost() {
    let mut dice = dice();
    let postgres = Postgres::start();
    let mut suite = Suite::of(Installation::on(&postgres).await, 1, 1).await;
    let mut load = suite.load(200, &mut dice);
    load.reaches(dice.random_range(0.1..0.6)).await;
    let crowd = Crowd::of(&postgres).await;
    let failed = [Door::Calls, Door::Webhooks].map(|door| load.counts.failed(door));
    println!("{} sessions of others", crowd.sessions.lock().await.len());
    load.until(|counts| {
        counts.failed(Door::Calls) > failed[0] && counts.failed(Door::Webhooks) > failed[1]
    })
    .await;
    let messages = vec![load.told.registration(0)];
    let call = Call::plain().within(Duration::from_secs(30));
    let request = call.request(RegisterMessagesRequest { messages });
    let refused = suite.ways.calls().register_messages(request).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable, "{refused:?}");
    assert!(retry_delay(&refused).is_some(), "{refused:?}");
    suite.states[0].says(ServingStatus::NotServing).await;
    suite.ingestions[0].says(ServingStatus::NotServing).await;
    drop(crowd);
    let back = tokio::join!(
        suite.states[0].says(ServingStatus::Serving),
        suite.ingestions[0].says(ServingStatus::Serving),
        suite.reporting.says(ServingStatus::Serving),
    );
    println!("serving after {back:?}");
    load.acknowledged().await;
    assert!(load.counts.retried(Door::Calls) > 0);
    assert!(load.counts.retried(Door::Webhooks) > 0);
    suite.holds_once(&load).await;
}
