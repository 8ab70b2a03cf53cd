//! Streams of batches: everything answered is there once, whatever is away meanwhile.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use acuse_proto::ingestion::ingest_request::Items;
use acuse_proto::ingestion::ingest_response::Outcome;
use acuse_proto::ingestion::{
    BatchAcknowledgement, IngestRequest, IngestResponse, RecordInboundMessagesRequest,
    RecordStatusesRequest, RegisterMessagesRequest,
};
use acuse_proto::types::{ContactRef, Content, ItemOutcome, OutboundRegistration};
use acuse_rpc::client::Call;
use futures::StreamExt as _;
use futures::stream::{self, Stream};
use tonic::{Code, Status, Streaming};

use crate::calls::{inbound, registration, status};
use crate::rig::Acuse;

async fn open(
    acuse: &Acuse,
    requests: impl Stream<Item = IngestRequest> + Send + 'static,
) -> Streaming<IngestResponse> {
    let call = Call::plain().endless().request(requests);
    let answer = acuse.evidence().ingest(call).await;
    answer.unwrap().into_inner()
}

fn acknowledged(answer: IngestResponse) -> (u64, BatchAcknowledgement) {
    match answer.outcome {
        Some(Outcome::Acknowledged(told)) => (answer.sequence, told),
        other => panic!("{other:?}"),
    }
}

/// All acknowledgements by number, which come in order, and what the stream ends with.
async fn read(
    mut answers: Streaming<IngestResponse>,
) -> (BTreeMap<u64, BatchAcknowledgement>, Result<(), Status>) {
    let mut all = BTreeMap::new();
    loop {
        match answers.message().await {
            Ok(Some(answer)) => {
                let (sequence, told) = acknowledged(answer);
                let last = all.last_key_value().map_or(0, |(last, _)| *last);
                assert!(sequence > last, "{sequence} came after {last}");
                all.insert(sequence, told);
            }
            Ok(None) => return (all, Ok(())),
            Err(end) => return (all, Err(end)),
        }
    }
}

/// A message to a contact of its own.
fn message(number: usize) -> OutboundRegistration {
    OutboundRegistration {
        contact: Some(ContactRef {
            phone: Some(format!("+5691234{number:04}")),
            ..ContactRef::default()
        }),
        ..registration(&format!("m{number}"))
    }
}

fn batch(sequence: u64, messages: Vec<OutboundRegistration>) -> IngestRequest {
    IngestRequest {
        sequence,
        items: Some(Items::Registrations(RegisterMessagesRequest { messages })),
        all_results: false,
    }
}

/// So many batches of so many registrations each, with text of some length; made once, as times of now are in them.
fn batches(count: usize, size: usize, text: usize) -> Vec<IngestRequest> {
    let content = (text > 0).then(|| Content {
        body: Some("x".repeat(text)),
        ..Content::default()
    });
    let message = |number| OutboundRegistration {
        content: content.clone(),
        ..message(number)
    };
    let messages = |index: usize| (index * size..(index + 1) * size).map(message).collect();
    (0..count)
        .map(|index| batch(index as u64 + 1, messages(index)))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_of_any_kind_are_answered_in_their_order_with_what_was_not_applied() {
    let acuse = Acuse::start().await;
    let mut requests = batches(20, 50, 0);
    let mut wrong = message(1_000);
    wrong.channel = 0;
    requests.push(batch(30, vec![message(1_000), wrong, message(0)]));
    let statuses = vec![status("m1"), status("m2")];
    requests.push(IngestRequest {
        sequence: 31,
        items: Some(Items::Statuses(RecordStatusesRequest { statuses })),
        all_results: true,
    });
    let messages = vec![inbound("i1")];
    requests.push(IngestRequest {
        sequence: 32,
        items: Some(Items::InboundMessages(RecordInboundMessagesRequest {
            messages,
        })),
        all_results: false,
    });
    // What a batch answers to whoever waits for it before the next.
    let (tell, told) = tokio::sync::mpsc::unbounded_channel();
    let sent = stream::unfold(told, |mut told| async move {
        let next = told.recv().await?;
        Some((next, told))
    });
    let mut answers = open(&acuse, sent).await;
    let mut all = BTreeMap::new();
    for request in requests.clone() {
        tell.send(request).unwrap();
        let (sequence, told) = acknowledged(answers.message().await.unwrap().unwrap());
        all.insert(sequence, told);
    }
    drop(tell);
    assert!(answers.message().await.unwrap().is_none());
    for sequence in 1..=20 {
        assert_eq!(
            (all[&sequence].applied, all[&sequence].results.len()),
            (50, 0)
        );
    }
    let odd = &all[&30];
    assert_eq!((odd.applied, odd.duplicate, odd.rejected), (1, 1, 1));
    let named: Vec<_> = odd.results.iter().map(|one| one.index).collect();
    assert_eq!(named, [1, 2]);
    let error = odd.results[0].result.clone().unwrap().error.unwrap();
    assert_eq!(error.field_violations[0].field, "channel");
    let whole = all[&31].results.iter();
    let whole = whole.map(|one| one.result.as_ref().unwrap().outcome());
    assert_eq!(whole.collect::<Vec<_>>(), [ItemOutcome::Applied; 2]);
    assert_eq!(acuse.rows("message_state.messages").await, 1_001);
    assert_eq!(acuse.rows("message_state.inbound_messages").await, 1);

    // All at once, and all of it known.
    let (again, end) = read(open(&acuse, stream::iter(requests)).await).await;
    end.unwrap();
    let sum = |count: fn(&BatchAcknowledgement) -> u32| again.values().map(count).sum::<u32>();
    assert_eq!(sum(|told| told.applied), 0);
    assert_eq!(sum(|told| told.duplicate), 1_005);
    assert_eq!(acuse.rows("message_state.messages").await, 1_001);
}

/// A sender that is faster than anything becomes durable is held up: how far it runs ahead does not grow with what it sends.
#[tokio::test(flavor = "multi_thread")]
async fn a_fast_sender_runs_ahead_by_so_much_and_loses_nothing() {
    let acuse = Acuse::start().await;
    // 128 KiB each.
    let requests = batches(80, 32, 4 << 10);
    let (sent, answered) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let ahead = Arc::new(AtomicU64::new(0));
    let sending = {
        let (sent, answered, ahead) = (sent.clone(), answered.clone(), ahead.clone());
        stream::iter(requests).map(move |request| {
            let now = sent.fetch_add(1, Ordering::SeqCst) + 1;
            ahead.fetch_max(now - answered.load(Ordering::SeqCst), Ordering::SeqCst);
            request
        })
    };
    let mut answers = open(&acuse, sending).await;
    let mut applied = 0;
    while let Some(answer) = answers.message().await.unwrap() {
        applied += acknowledged(answer).1.applied;
        answered.fetch_add(1, Ordering::SeqCst);
    }
    let ahead = ahead.load(Ordering::SeqCst);
    println!("80 batches of 128 KiB: the sender was {ahead} ahead at most");
    assert_eq!(applied, 2_560);
    assert_eq!(acuse.rows("message_state.messages").await, 2_560);
    // Nine in the service, eight on their way there, and what the sender's own side holds.
    assert!(
        ahead <= 32,
        "{ahead} batches were taken ahead of what was answered"
    );
}

/// Sends what was not answered until all of it is; the batches that were answered before, and how many streams it took.
async fn until_all_is_answered(acuse: &Acuse, requests: &[IngestRequest]) -> usize {
    let mut left: Vec<IngestRequest> = requests.to_vec();
    let mut streams = 0;
    while !left.is_empty() {
        streams += 1;
        assert!(streams < 200, "it never ends");
        let call = Call::plain().endless().request(stream::iter(left.clone()));
        let answers = match acuse.evidence().ingest(call).await {
            Ok(answer) => answer.into_inner(),
            Err(away) => {
                assert_eq!(away.code(), Code::Unavailable, "{away:?}");
                continue;
            }
        };
        let (told, end) = read(answers).await;
        if let Err(end) = end {
            assert_eq!(end.code(), Code::Unavailable, "{end:?}");
        }
        left.retain(|request| !told.contains_key(&request.sequence));
    }
    streams
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_outlives_a_restart_of_message_state() {
    let mut acuse = Acuse::start().await;
    let requests = batches(40, 25, 0);
    let (first, rest) = requests.split_at(10);
    let (tell, told) = tokio::sync::mpsc::unbounded_channel();
    let sent = stream::unfold(told, |mut told| async move {
        let next = told.recv().await?;
        Some((next, told))
    });
    let mut answers = open(&acuse, sent).await;
    for request in first {
        tell.send(request.clone()).unwrap();
    }
    for sequence in 1..=10 {
        let answer = answers.message().await.unwrap().unwrap();
        assert_eq!(acknowledged(answer).0, sequence);
    }
    acuse.stop_message_state().await;
    for request in rest {
        tell.send(request.clone()).unwrap();
    }
    drop(tell);
    let reading = tokio::spawn(read(answers));
    acuse.tells_of_rpcs(false).await;
    assert!(!reading.is_finished(), "it waits");
    acuse.start_message_state().await;
    let (told, end) = reading.await.unwrap();
    end.unwrap();
    assert_eq!(
        told.into_keys().collect::<Vec<_>>(),
        (11..=40).collect::<Vec<_>>()
    );
    assert_eq!(acuse.rows("message_state.messages").await, 1_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_answered_is_sent_again_when_message_state_is_away_for_long() {
    let mut acuse = Acuse::start().await;
    let requests = batches(40, 25, 0);
    let (answered, end) = read(open(&acuse, stream::iter(requests[..20].to_vec())).await).await;
    end.unwrap();
    assert_eq!(answered.len(), 20);
    acuse
        .start_ingestion(|config| config.batch_patience = Duration::from_millis(500))
        .await;
    acuse.stop_ingestion().await;
    acuse.stop_message_state().await;
    let (none, end) = read(open(&acuse, stream::iter(requests[20..].to_vec())).await).await;
    assert!(none.is_empty());
    assert_eq!(end.unwrap_err().code(), Code::Unavailable);
    acuse.start_message_state().await;
    // Also what was answered already: it changes nothing.
    until_all_is_answered(&acuse, &requests).await;
    assert_eq!(acuse.rows("message_state.messages").await, 1_000);
    assert_eq!(
        acuse.rows("message_state.changes").await,
        1_000,
        "each once"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_stops_answers_what_is_under_way() {
    let mut acuse = Acuse::start().await;
    acuse.start_ingestion(|_| {}).await;
    let requests = batches(60, 25, 0);
    let endless = stream::iter(requests.clone()).chain(stream::pending());
    let mut answers = open(&acuse, endless).await;
    let first = answers.message().await.unwrap().unwrap();
    assert_eq!(acknowledged(first).0, 1);
    let reading = tokio::spawn(read(answers));
    acuse.stop_ingestion().await;
    let (told, end) = reading.await.unwrap();
    assert_eq!(end.unwrap_err().code(), Code::Unavailable);
    let answered = told.len() + 1;
    println!("{answered} of 60 batches were answered before it stopped");
    let stored = acuse.rows("message_state.messages").await;
    assert_eq!(
        stored,
        i64::try_from(25 * answered).unwrap(),
        "no more was begun"
    );
    let rest = &requests[answered..];
    until_all_is_answered(&acuse, rest).await;
    assert_eq!(acuse.rows("message_state.messages").await, 1_500);
}
