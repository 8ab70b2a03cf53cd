//! Message-state is away.

use std::time::{Duration, Instant};

use acuse_proto::ingestion::{
    IntegrationChannelAccount, RecordInboundMessagesRequest, RecordStatusesRequest,
    RegisterMessagesRequest,
};
use acuse_proto::types::{Channel, InboundMessage, OutboundRegistration, StatusEvidence};
use acuse_rpc::client::{Call, Credentials};
use acuse_testkit::service::{eventually, peer};
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_types::StatusExt as _;

use crate::rig::{ACME, Rig, creation, nowhere, status_body};

/// What every call is told that cannot be handed on.
fn is_away(status: &Status) {
    assert_eq!(status.code(), Code::Unavailable, "{status:?}");
    let retry = status.get_details_retry_info();
    assert!(
        retry.is_some_and(|info| info.retry_delay.is_some()),
        "{status:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_told_when_to_come_again() {
    let rig = Rig::start().await;
    let mut client = rig.ingestion(rig.keys.anything(ACME));
    let messages = vec![OutboundRegistration::default()];
    let request = RegisterMessagesRequest { messages };
    is_away(&client.register_messages(request).await.unwrap_err());
    let statuses = vec![StatusEvidence::default()];
    let request = RecordStatusesRequest { statuses };
    is_away(&client.record_statuses(request).await.unwrap_err());
    let messages = vec![InboundMessage::default()];
    let request = RecordInboundMessagesRequest { messages };
    is_away(&client.record_inbound_messages(request).await.unwrap_err());

    // Names of channel accounts have nowhere to go either, and nothing is created without them.
    let mut request = creation("WhatsApp");
    let accounts = &mut request.integration.as_mut().unwrap().channel_accounts;
    accounts.push(IntegrationChannelAccount {
        id: "1001".to_owned(),
        channel: Channel::Whatsapp.into(),
        ..IntegrationChannelAccount::default()
    });
    is_away(&rig.create(request).await.unwrap_err());
    assert_eq!(rig.rows("integrations").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_says_nothing_is_away_and_the_callers_own_deadline_is_not() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap();
    let rig = Rig::with(|config| {
        config.message_state = peer(address);
        config.message_state.deadline = Duration::from_millis(500);
    })
    .await;
    let request = || RecordStatusesRequest {
        statuses: vec![StatusEvidence::default()],
    };
    let mut client = rig.ingestion(rig.keys.anything(ACME));
    is_away(&client.record_statuses(request()).await.unwrap_err());
    let call = Call::plain().within(Duration::from_millis(200));
    let error = client.record_statuses(call.request(request())).await;
    assert_eq!(error.unwrap_err().code(), Code::DeadlineExceeded);

    // A webhook does not wait for it.
    let path = rig.integration().await.webhook_path;
    let began = Instant::now();
    assert_eq!(rig.signed(&path, &status_body("wamid.1")).await.status, 200);
    let took = began.elapsed();
    println!("a silent message-state: answered after {took:?}");
    assert!(took < Duration::from_secs(6), "{took:?}");
    assert_eq!(rig.rows("inbox").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_message_state_is_waited_for_two_seconds() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap();
    let rig = Rig::with(|config| config.message_state = peer(address)).await;
    let path = rig.integration().await.webhook_path;
    let began = Instant::now();
    assert_eq!(rig.signed(&path, &status_body("wamid.1")).await.status, 200);
    let took = began.elapsed();
    assert!((1_900..6_000).contains(&took.as_millis()), "{took:?}");
    assert_eq!(rig.rows("inbox").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_waits_in_the_inbox_byte_for_byte() {
    let rig = Rig::start().await;
    let path = rig.integration().await.webhook_path;
    let body = [&status_body("wamid.1")[..], b" \r\n\t"].concat();
    for _ in 0..2 {
        let answer = rig.signed(&path, &body).await;
        assert_eq!((answer.status, &*answer.body), (200, ""));
    }
    let session = rig.session().await;
    let select = "SELECT body, content_type FROM ingestion.inbox";
    let rows = session.query(select, &[]).await.unwrap();
    assert_eq!(rows.len(), 2, "the same again is another entry");
    for row in rows {
        assert_eq!(row.get::<_, Vec<u8>>(0), body);
        assert_eq!(row.get::<_, &str>(1), "application/json");
    }
    // What says nothing to message-state needs none.
    assert_eq!(
        rig.signed(&path, br#"{"object":"x","entry":[]}"#)
            .await
            .status,
        200
    );
    assert_eq!(rig.rows("inbox").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn health_says_so_of_the_rpcs_alone() {
    let rig = Rig::start().await;
    let client = HealthClient::new(rig.channel(Credentials::None));
    let told = async |service: &str| {
        let request = HealthCheckRequest {
            service: service.to_owned(),
        };
        let answer = client.clone().check(request).await;
        answer.unwrap().into_inner().status()
    };
    for service in ["", "acuse.ingestion.v1.IntegrationService"] {
        eventually(Duration::from_secs(5), || async {
            (told(service).await == ServingStatus::Serving).then_some(())
        })
        .await;
    }
    // Long enough for a check of the peer as well.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let ingestion = told("acuse.ingestion.v1.IngestionService").await;
    assert_eq!(ingestion, ServingStatus::NotServing);
    assert_eq!(told("").await, ServingStatus::Serving);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_put_back_keeps_its_place() {
    let rig = Rig::with(|config| {
        config.drain.enabled = true;
        config.message_state = peer(nowhere());
    })
    .await;
    let path = rig.integration().await.webhook_path;
    for index in 0..20 {
        let body = status_body(&format!("wamid.{index}"));
        assert_eq!(rig.signed(&path, &body).await.status, 200);
    }
    let session = rig.session().await;
    let tried = "SELECT count(*) FROM ingestion.inbox WHERE last_failure IS NOT NULL";
    eventually(Duration::from_secs(10), || async {
        let count: i64 = session.query_one(tried, &[]).await.unwrap().get(0);
        (count > 0).then_some(())
    })
    .await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let seen = "SELECT count(*), sum(attempts) FROM ingestion.inbox";
    let row = session.query_one(seen, &[]).await.unwrap();
    let (entries, attempts): (i64, i64) = (row.get(0), row.get(1));
    println!("20 entries after three seconds of an outage: {attempts} claims");
    assert_eq!(entries, 20);
    assert!(attempts < 200, "{attempts}");
    rig.stop().await;
}
