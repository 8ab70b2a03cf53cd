//! Senders who are too fast, or too slow: they are held up or told when to come again, and memory stays flat.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use acuse_proto::ingestion::ingest_request::Items;
use acuse_proto::ingestion::ingest_response::Outcome;
use acuse_proto::ingestion::ingestion_service_client::IngestionServiceClient;
use acuse_proto::ingestion::{IngestRequest, IngestResponse, RecordStatusesRequest};
use acuse_proto::types::{ProviderMessageId, StatusEvidence};
use acuse_rpc::client::{Call, Credentials};
use acuse_testkit::Postgres;
use acuse_testkit::service::{channel, eventually};
use futures::StreamExt as _;
use futures::stream;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tonic::Streaming;

use crate::rig::load::{Door, Manner, Told};
use crate::rig::memory::Watched;
use crate::rig::proxy::{Mode, Proxy};
use crate::rig::suite::Suite;
use crate::rig::{Installation, dice};

/// What ingestion holds of streams, and of webhooks, in MiB.
const BUFFER_MIB: usize = 4;

/// An installation whose ingestion holds little.
fn tight(mut acuse: Installation) -> Installation {
    acuse.settings = vec![
        ("ACUSE_STREAM_BUFFER_MIB", BUFFER_MIB.to_string()),
        ("ACUSE_WEBHOOK_BUFFER_MIB", BUFFER_MIB.to_string()),
    ];
    acuse
}

/// MiB that ingestion may take more under pressure than at rest: what is under way is there as it came, as it was read, as it
/// waits to be sent again, and as it is sent; a stream's sender is ahead by a MiB; and the allocator keeps some of what was
/// given back.
const INGESTION_MIB: usize = 12 * BUFFER_MIB;

/// The same of message-state, where all of it is also there as rows, as values of statements and as these are sent.
const MESSAGE_STATE_MIB: usize = 24 * BUFFER_MIB;

/// How much ingestion and message-state grow.
struct Growth([Watched; 2]);

impl Growth {
    fn watch(suite: &Suite) -> Self {
        Self([&suite.ingestions[0], &suite.states[0]].map(Watched::new))
    }

    fn is_within_bounds(&self) {
        let [ingestion, state] = &self.0;
        let grown = (ingestion.growth(), state.growth());
        println!("ingestion and message-state grew by {grown:?} MiB");
        assert!(grown.0 <= INGESTION_MIB && grown.1 <= MESSAGE_STATE_MIB);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_that_is_far_too_fast_is_held_up() {
    let mut dice = dice();
    let postgres = Postgres::start();
    let mut acuse = tight(Installation::on(&postgres).await);
    let proxy = Proxy::to(postgres.address()).await;
    let direct = acuse.database_url.clone();
    let (from, to) = (postgres.address(), proxy.address);
    acuse.database_url = direct.replace(&from.to_string(), &to.to_string());
    let state = acuse.message_state().await;
    acuse.database_url = direct;
    let addresses = [state.address];
    let suite = Suite::before(acuse, vec![state], &addresses, 1).await;
    proxy.set(Mode::Delayed(Duration::from_millis(1)));

    let growth = Growth::watch(&suite);
    // 40 MiB of texts, ten times what may be under way.
    let (messages, text) = (640, 64 << 10);
    let manner = Manner {
        senders: 8,
        ahead: None,
        ..Manner::STREAMS
    };
    let mut load = suite.send(Told::of(messages).at_length(text, 16), &mut dice, manner);
    let most_ahead = Arc::new(AtomicUsize::new(0));
    let (counts, seen) = (Arc::clone(&load.counts), Arc::clone(&most_ahead));
    let looking = tokio::spawn(async move {
        loop {
            seen.fetch_max(counts.under_way(Door::Calls), Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    load.acknowledged().await;
    looking.abort();
    let (ahead, batches) = (most_ahead.load(Ordering::SeqCst), load.calls());
    println!(
        "{} MiB in {batches} batches, {ahead} of them under way at most",
        (messages * text) >> 20
    );
    growth.is_within_bounds();
    suite.holds_once(&load).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_who_are_too_many_are_told_when_to_come_again() {
    let mut dice = dice();
    let mut acuse = Installation::new().await;
    acuse.settings = vec![("ACUSE_MAX_CONCURRENT_CALLS", "8".to_owned())];
    let suite = Suite::of(acuse, 1, 1).await;
    let manner = Manner {
        senders: 16,
        ..Manner::CALLS
    };
    let mut load = suite.send(Told::of(200), &mut dice, manner);
    load.acknowledged().await;
    // A sender panics where such an answer does not say when.
    assert!(load.counts.answers("ResourceExhausted") > 0);
    assert!(load.counts.retried(Door::Calls) > 0);
    suite.holds_once(&load).await;
}

/// Batches that somebody has who reads no answers, and how many do so.
const HOARD: u64 = 60;
const HOARDERS: usize = 4;

/// A long batch whose answer is long as well: everything in it is wrong, and told to be.
fn wrong(sequence: u64) -> IngestRequest {
    let wrong = StatusEvidence {
        provider_message_id: Some(ProviderMessageId {
            id: "x".repeat(500),
            ..ProviderMessageId::default()
        }),
        ..StatusEvidence::default()
    };
    let statuses = vec![wrong; 500];
    IngestRequest {
        sequence,
        items: Some(Items::Statuses(RecordStatusesRequest { statuses })),
        all_results: false,
    }
}

/// Opens a stream of such batches, counting what is taken of them.
async fn hoard(suite: &Suite, taken: Arc<AtomicUsize>) -> Streaming<IngestResponse> {
    let token = Credentials::Bearer(suite.acuse.token());
    let channel = channel(suite.ingestions[0].address, token);
    let mut client = IngestionServiceClient::new(channel);
    let requests = stream::iter(1..=HOARD).map(move |sequence| {
        taken.fetch_add(1, Ordering::SeqCst);
        wrong(sequence)
    });
    let call = Call::plain().endless().request(requests);
    client.ingest(call).await.unwrap().into_inner()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_no_answers_is_held_up_and_nobody_else_is() {
    let suite = Suite::of(tight(Installation::new().await), 1, 1).await;
    let growth = Growth::watch(&suite);
    let taken = Arc::new(AtomicUsize::new(0));
    let mut hoards = Vec::new();
    for _ in 0..HOARDERS {
        hoards.push(hoard(&suite, Arc::clone(&taken)).await);
    }
    let held_at = eventually(Duration::from_secs(60), || async {
        let before = taken.load(Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(500)).await;
        let still = taken.load(Ordering::SeqCst) == before;
        (before > 0 && still).then_some(before)
    })
    .await;
    let mut load = suite.load(100, &mut dice());
    load.acknowledged().await;
    let held_after = taken.load(Ordering::SeqCst);
    let all = usize::try_from(HOARD).unwrap() * HOARDERS;
    println!("of {all} batches {held_at} were taken, {held_after} when others were done");
    assert!(held_after < all, "nothing holds them up");
    for mut answers in hoards {
        let mut expected = 1;
        while let Some(answer) = answers.message().await.unwrap() {
            let Some(Outcome::Acknowledged(told)) = answer.outcome else {
                panic!("{answer:?}");
            };
            assert_eq!((answer.sequence, told.rejected), (expected, 500));
            expected += 1;
        }
        assert_eq!(expected, HOARD + 1);
    }
    growth.is_within_bounds();
    suite.holds_once(&load).await;
}

/// Begins to send a webhook of 3 MiB; gives the connection when so many bytes of its body are on their way, or no more are
/// taken.
async fn begin_body(address: SocketAddr, bytes: usize) -> TcpStream {
    let mut socket = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /webhooks/meta-whatsapp/{} HTTP/1.1\r\nhost: acuse\r\ncontent-length: {}\r\n\r\n",
        uuid::Uuid::nil(),
        3 << 20
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    // Who is turned away is told so before the end.
    let _ = socket.write_all(&vec![b' '; bytes]).await;
    socket
}

/// The status that is answered, if any ever is.
async fn status(socket: &mut TcpStream) -> Option<String> {
    let mut answer = vec![0; 12];
    socket.read_exact(&mut answer).await.ok()?;
    let answer = String::from_utf8(answer).unwrap();
    Some(answer.rsplit(' ').next().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_never_arrive_take_no_memory_and_nobodys_turn() {
    let mut dice = dice();
    let suite = Suite::of(tight(Installation::new().await), 1, 1).await;
    let growth = Growth::watch(&suite);
    let address = suite.ingestions[0].address;
    let mut slow = Vec::new();
    for _ in 0..300 {
        slow.push(begin_body(address, 1_000).await);
    }
    let mut load = suite.load(100, &mut dice);
    load.acknowledged().await;
    assert_eq!(load.counts.answers("503"), 0, "there was room");
    drop(slow);

    // More than there is room for: most are turned away, in whatever order.
    let turned_away = Arc::new(AtomicUsize::new(0));
    let mut greedy = JoinSet::new();
    for _ in 0..64 {
        let turned_away = Arc::clone(&turned_away);
        greedy.spawn(async move {
            let mut socket = begin_body(address, 2 << 20).await;
            if status(&mut socket).await.as_deref() == Some("503") {
                turned_away.fetch_add(1, Ordering::SeqCst);
            }
        });
    }
    eventually(Duration::from_secs(30), || async {
        (turned_away.load(Ordering::SeqCst) >= 50).then_some(())
    })
    .await;
    greedy.shutdown().await;
    growth.is_within_bounds();
    suite.holds_once(&load).await;
}
