//! Streams of batches that have nowhere to go, or are none.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use acuse_proto::ingestion::ingest_request::Items;
use acuse_proto::ingestion::ingest_response::Outcome;
use acuse_proto::ingestion::ingestion_service_client::IngestionServiceClient;
use acuse_proto::ingestion::integration_service_client::IntegrationServiceClient;
use acuse_proto::ingestion::{
    IngestRequest, IngestResponse, ListIntegrationsRequest, RecordInboundMessagesRequest,
    RecordStatusesRequest, RegisterMessagesRequest,
};
use acuse_proto::types::{CallError, InboundMessage, OutboundRegistration, StatusEvidence};
use acuse_rpc::client::{Call, Credentials};
use acuse_testkit::service::wire::{fields, reason};
use acuse_testkit::service::{eventually, peer};
use futures::StreamExt as _;
use futures::stream::{self, Stream};
use tokio::net::TcpListener;
use tonic::{Code, Status, Streaming};
use tonic_types::StatusExt as _;

use crate::rig::{ACME, Rig};

/// Batches of about so many bytes are sent to a service that can do nothing with them.
const LONG: usize = 256 << 10;

fn batch(sequence: u64, items: Items) -> IngestRequest {
    IngestRequest {
        sequence,
        items: Some(items),
        all_results: false,
    }
}

fn statuses(count: usize) -> Items {
    Items::Statuses(RecordStatusesRequest {
        statuses: vec![StatusEvidence::default(); count],
    })
}

fn long(sequence: u64) -> IngestRequest {
    let status = StatusEvidence {
        sender_message_id: Some("x".repeat(LONG)),
        ..StatusEvidence::default()
    };
    batch(
        sequence,
        Items::Statuses(RecordStatusesRequest {
            statuses: vec![status],
        }),
    )
}

async fn open(
    rig: &Rig,
    requests: impl Stream<Item = IngestRequest> + Send + 'static,
) -> Streaming<IngestResponse> {
    let mut client = rig.ingestion(rig.keys.anything(ACME));
    let call = Call::plain().endless().request(requests);
    client.ingest(call).await.unwrap().into_inner()
}

/// All answers, and what the stream ends with.
async fn read(mut answers: Streaming<IngestResponse>) -> (Vec<IngestResponse>, Result<(), Status>) {
    let mut all = Vec::new();
    loop {
        match answers.message().await {
            Ok(Some(answer)) => all.push(answer),
            Ok(None) => return (all, Ok(())),
            Err(end) => return (all, Err(end)),
        }
    }
}

/// The number of a batch that was refused, and the fields that were at fault.
fn refused(answer: &IngestResponse) -> (u64, Vec<&str>) {
    let Some(Outcome::Refused(error)) = &answer.outcome else {
        panic!("{answer:?}");
    };
    assert_eq!(error.reason, "INVALID_ARGUMENT");
    let fields = error.field_violations.iter();
    (answer.sequence, fields.map(|one| &*one.field).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_batch_is_refused_and_the_stream_goes_on() {
    let rig = Rig::start().await;
    let none = IngestRequest {
        sequence: 1,
        ..IngestRequest::default()
    };
    let registrations = Items::Registrations(RegisterMessagesRequest {
        messages: vec![OutboundRegistration::default(); 5_001],
    });
    let inbound = Items::InboundMessages(RecordInboundMessagesRequest {
        messages: vec![InboundMessage::default(); 5_001],
    });
    let requests = [
        none,
        batch(2, statuses(0)),
        batch(70, registrations),
        batch(71, inbound),
    ];
    let (answers, end) = read(open(&rig, stream::iter(requests)).await).await;
    let refused: Vec<_> = answers.iter().map(refused).collect();
    assert_eq!(
        refused,
        [
            (1, vec!["items"]),
            (2, vec!["statuses.statuses"]),
            (70, vec!["registrations.messages"]),
            (71, vec!["inbound_messages.messages"]),
        ]
    );
    end.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_that_do_not_grow_end_the_stream_after_what_was_before_them() {
    let rig = Rig::start().await;
    for (numbers, answered) in [
        (vec![0], 0),
        (vec![1, 1], 1),
        (vec![5, 7, 6, 8], 2),
        (vec![u64::MAX, 1], 1),
    ] {
        let requests: Vec<_> = numbers
            .iter()
            .map(|number| batch(*number, statuses(0)))
            .collect();
        let (answers, end) = read(open(&rig, stream::iter(requests)).await).await;
        assert_eq!(answers.len(), answered, "{numbers:?}");
        let end = end.unwrap_err();
        assert_eq!(end.code(), Code::InvalidArgument);
        assert_eq!(fields(&end), ["sequence"], "{numbers:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_when_its_batches_have_waited_for_long_enough() {
    let rig = Rig::start().await;
    let requests = [batch(1, statuses(0)), batch(2, statuses(1))];
    // The sender does not end it.
    let requests = stream::iter(requests).chain(stream::pending());
    let (answers, end) = read(open(&rig, requests).await).await;
    assert_eq!(answers.len(), 1);
    let end = end.unwrap_err();
    assert_eq!(end.code(), Code::Unavailable, "{end:?}");
    let retry = end.get_details_retry_info().unwrap();
    assert!(retry.retry_delay.unwrap() >= Duration::from_secs(1));
}

/// A sender with far more to send than there is room for is held up, and nobody else is: not even on its own connection.
#[tokio::test(flavor = "multi_thread")]
async fn a_sender_is_held_up_while_nothing_becomes_durable() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap();
    let rig = Rig::with(|config| {
        config.message_state = peer(address);
        config.batch_patience = Duration::from_secs(8);
    })
    .await;
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&sent);
    let requests = stream::iter(1..=2_000).map(move |sequence| {
        counted.fetch_add(1, Ordering::Relaxed);
        long(sequence)
    });
    let channel = rig.channel(Credentials::Bearer(rig.keys.anything(ACME)));
    let call = Call::plain().endless().request(requests);
    let mut client = IngestionServiceClient::new(channel.clone());
    let answers = client.ingest(call).await.unwrap().into_inner();
    let stream = tokio::spawn(read(answers));
    // All places are taken, and what may be sent ahead is on its way.
    eventually(Duration::from_secs(8), || async {
        (sent.load(Ordering::Relaxed) > 10).then_some(())
    })
    .await;
    let mut others = IntegrationServiceClient::new(channel);
    let listed = others.list_integrations(ListIntegrationsRequest::default());
    listed.await.unwrap();
    assert!(!stream.is_finished(), "the stream is under way still");

    let (answers, end) = stream.await.unwrap();
    assert_eq!(answers, []);
    assert_eq!(end.unwrap_err().code(), Code::Unavailable);
    // Eight under way, one that waits, and what flow control lets through: 1 MiB here, and as much before it is sent.
    let sent = sent.load(Ordering::Relaxed);
    println!("{sent} of 2,000 batches of 256 KiB were sent in eight seconds");
    assert!(
        sent <= 32,
        "{sent} batches were taken from a sender that was to wait"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_of_all_streams_share_the_room_there_is() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap();
    let rig = Rig::with(|config| {
        config.message_state = peer(address);
        config.batch_patience = Duration::from_secs(2);
        config.stream_buffer_bytes = 4 * LONG;
    })
    .await;
    let streams = (0..4).map(async |_| {
        let sent = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&sent);
        let requests = stream::iter(1..=1_000).map(move |sequence| {
            counted.fetch_add(1, Ordering::Relaxed);
            long(sequence)
        });
        let (_, end) = read(open(&rig, requests).await).await;
        (sent.load(Ordering::Relaxed), end.unwrap_err().code())
    });
    let ends = futures::future::join_all(streams).await;
    let sent: usize = ends.iter().map(|(sent, _)| sent).sum();
    println!("{sent} batches of 256 KiB were sent by four senders, with room for one");
    assert!(
        ends.iter().all(|(_, code)| *code == Code::Unavailable),
        "{ends:?}"
    );
    // One under way, one of each that waits, and what flow control lets through; with room for all it would be 52 or more.
    assert!(sent < 44, "{ends:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_stops_ends_its_streams_and_says_so() {
    let rig = Rig::start().await;
    let (tell, told) = tokio::sync::mpsc::unbounded_channel();
    let requests = stream::unfold(told, |mut told| async move {
        let next = told.recv().await?;
        Some((next, told))
    });
    let mut answers = open(&rig, requests).await;
    tell.send(batch(1, statuses(0))).unwrap();
    assert_eq!(answers.message().await.unwrap().unwrap().sequence, 1);
    let stopping = tokio::spawn(rig.stop());
    let end = answers.message().await.unwrap_err();
    assert_eq!(
        (end.code(), &*reason(&end)),
        (Code::Unavailable, "STOPPING")
    );
    assert!(end.get_details_retry_info().is_some());
    // It did not have to be cut off.
    stopping.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_with_its_token() {
    let rig = Rig::start().await;
    // Tokens are good for ten seconds more than they say, because clocks differ.
    let long_ago = SystemTime::now() - Duration::from_secs(2);
    let token = rig.keys.lasting(ACME, long_ago, Duration::ZERO);
    // The sender does not end it.
    let requests = stream::iter([batch(1, statuses(0))]).chain(stream::pending());
    let mut client = rig.ingestion(token);
    let call = Call::plain().endless().request(requests);
    let answers = client.ingest(call).await.unwrap().into_inner();
    let (answers, end) = read(answers).await;
    assert_eq!(answers.len(), 1);
    let end = end.unwrap_err();
    assert_eq!(
        (end.code(), &*reason(&end)),
        (Code::Unauthenticated, "TOKEN_EXPIRED")
    );
}

/// A batch is there twice while it is under way, and takes room for both.
#[tokio::test(flavor = "multi_thread")]
async fn a_batch_takes_twice_its_length_of_the_room() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap();
    let patience = Duration::from_secs(1);
    let rig = Rig::with(|config| {
        config.message_state = peer(address);
        config.batch_patience = patience;
        config.stream_buffer_bytes = 3 * LONG;
    })
    .await;
    let began = Instant::now();
    let streams = (0..2).map(async |_| {
        let requests = stream::iter([long(1)]).chain(stream::pending());
        read(open(&rig, requests).await).await.1.unwrap_err().code()
    });
    let ends = futures::future::join_all(streams).await;
    assert_eq!(ends, [Code::Unavailable; 2]);
    // The patience with the second batch begins when the first is gone.
    assert!(began.elapsed() > patience * 3 / 2, "both were under way");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_caller_has_so_many_streams() {
    let rig = Rig::with(|config| config.server.limits.streams_per_caller = 1).await;
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let requests = stream::once(ended).filter_map(async |_| None::<IngestRequest>);
    let held = open(&rig, requests).await;
    let mut client = rig.ingestion(rig.keys.anything(ACME));
    let again = client.ingest(stream::pending::<IngestRequest>()).await;
    assert_eq!(reason(&again.unwrap_err()), "TOO_MANY_STREAMS");
    drop(end);
    read(held).await.1.unwrap();
    eventually(Duration::from_secs(5), || async {
        let mut client = client.clone();
        let opened = client.ingest(stream::pending::<IngestRequest>()).await;
        opened.ok().map(drop)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_too_long_ends_its_stream() {
    let rig = Rig::with(|config| config.server.limits.message_bytes = LONG / 2).await;
    let requests = stream::iter([long(1)]).chain(stream::pending());
    let ended = read(open(&rig, requests).await).await.1.unwrap_err();
    let reason = reason(&ended);
    let told = (ended.code(), &*reason);
    assert_eq!(told, (Code::ResourceExhausted, "MESSAGE_TOO_LARGE"));
    assert!(ended.get_details_retry_info().is_none(), "it stays long");
    let listed = CallError::from_str_name(&format!("CALL_ERROR_{reason}"));
    assert_eq!(listed, Some(CallError::MessageTooLarge));
}
