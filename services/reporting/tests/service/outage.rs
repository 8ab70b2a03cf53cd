//! When the database is away, and when a caller is in a hurry.

use std::time::Duration;

use acuse_proto::reporting::GetConsolidatedRequest;
use acuse_rpc::client::{Call, Credentials};
use acuse_store::Address;
use acuse_testkit::service::eventually;
use acuse_testkit::service::wire::call;
use tonic::Code;

use crate::rig::Rig;
use crate::samples::work;

const SERVING: [u8; 2] = [8, 1];
const NOT_SERVING: [u8; 2] = [8, 2];

const SAVED: &str = "acuse.reporting.v1.SavedReportService";

/// A database that is not there: nobody listens.
fn nowhere() -> Address {
    "postgres://acuse@127.0.0.1:1/acuse".parse().unwrap()
}

/// Waits until health says this of a service, as an encoded answer.
async fn eventually_told(rig: &Rig, service: &str, expected: &[u8]) {
    eventually(Duration::from_secs(10), async || {
        let channel = rig.channel(Credentials::None);
        let length = u8::try_from(service.len()).unwrap();
        let asked = [&[10, length][..], service.as_bytes()].concat();
        let told = call(channel, "/grpc.health.v1.Health/Check", asked).await;
        told.is_ok_and(|answers| answers == [expected])
            .then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn health_is_that_of_the_database() {
    let rig = Rig::start().await;
    for service in ["", SAVED] {
        eventually_told(&rig, service, &SERVING).await;
    }
    let rig = Rig::with(|_| {}, |config| config.database = nowhere()).await;
    for service in ["", SAVED] {
        eventually_told(&rig, service, &NOT_SERVING).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn health_of_saved_reports_is_that_of_the_primary_as_well() {
    let rig = Rig::with(|_| {}, |config| config.primary = Some(nowhere())).await;
    eventually_told(&rig, "acuse.reporting.v1.ReportingService", &SERVING).await;
    // Long enough for all that are checked together to be told of.
    tokio::time::sleep(Duration::from_millis(300)).await;
    eventually_told(&rig, SAVED, &NOT_SERVING).await;
    eventually_told(&rig, "", &SERVING).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_database_calls_may_be_tried_again() {
    let rig = Rig::with(|_| {}, |config| config.database = nowhere()).await;
    let refused = rig
        .consolidated(GetConsolidatedRequest::default())
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable, "{refused}");
    assert!(acuse_rpc::status::retry_delay(&refused).is_some());
    assert!(!refused.message().contains("127.0.0.1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_stops_the_query() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    let session = rig.session().await;
    // Whoever reads messages waits for this.
    session
        .batch_execute("BEGIN; LOCK TABLE message_state.facets, message_state.totals, message_state.messages IN ACCESS EXCLUSIVE MODE")
        .await
        .unwrap();
    let patience = Duration::from_secs(2);
    let request = Call::plain()
        .within(patience)
        .request(GetConsolidatedRequest::default());
    let mut client = rig.client(rig.administrator());
    let asked = tokio::spawn(async move { client.get_consolidated(request).await });
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    // Another session: within a transaction Postgres shows who is at work as it was when that was first asked.
    let onlooker = rig.session().await;
    let until = async |waits: bool| {
        eventually(Duration::from_secs(4), async || {
            let row = onlooker.query_one(waiting, &[]).await.unwrap();
            ((row.get::<_, i64>(0) > 0) == waits).then_some(())
        })
        .await;
    };
    // There is a query to stop.
    until(true).await;
    let refused = asked.await.unwrap().unwrap_err();
    assert_eq!(refused.code(), Code::DeadlineExceeded, "{refused}");
    until(false).await;
    session.batch_execute("ROLLBACK").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn it_stops_when_it_is_told_to() {
    let mut rig = Rig::start().await;
    assert!(
        rig.consolidated(GetConsolidatedRequest::default())
            .await
            .is_ok()
    );
    rig.stop().await;
}
