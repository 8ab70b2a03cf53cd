//! Being told of changes as they come.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use acuse_message_state::Config;
use acuse_proto::message_state::event::Event as Item;
use acuse_proto::message_state::{
    ChangeFilter, ChangeKind, Event, ListChangesRequest, MessageChange, WatchMessagesRequest,
    WatchMessagesResponse,
};
use acuse_proto::types::{MessageState, StatusKind};
use acuse_rpc::Secret;
use acuse_rpc::client::Call;
use acuse_testkit::service::wire::{fields, reason};
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _};
use tokio::sync::watch;
use tokio::time::timeout;
use tonic::{Code, Status, Streaming};

use crate::changes::list;
use crate::rig::{ACME, Rig};
use crate::samples::{event, minute, outbound, registration, registrations, reply, status};

/// Longer than anything here may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Tokens are good at every replica.
fn shared(config: &mut Config) {
    let secret = "a secret that all replicas share, long enough";
    config.page_token_secret = Some(Secret::new(secret));
}

async fn watch(rig: &Rig, token: Secret, request: WatchMessagesRequest) -> Result<Watch, Status> {
    let mut client = rig.messages(token);
    let call = Call::plain().endless().request(request);
    let answer = client.watch_messages(call).await?;
    Ok(Watch(answer.into_inner()))
}

struct Watch(Streaming<WatchMessagesResponse>);

impl Watch {
    async fn next(&mut self) -> Result<WatchMessagesResponse, Status> {
        let next = timeout(PATIENCE, self.0.message()).await.unwrap();
        next.map(|answer| answer.expect("a watch does not end by itself"))
    }
}

fn from(token: &str) -> WatchMessagesRequest {
    WatchMessagesRequest {
        resume_token: token.to_owned(),
        ..WatchMessagesRequest::default()
    }
}

fn senders(answer: &WatchMessagesResponse) -> Vec<String> {
    let messages = answer
        .changes
        .iter()
        .filter_map(|change| change.message.as_ref());
    let ids = messages.filter_map(|message| message.sender_message_id.clone());
    ids.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn commits_of_every_replica_are_told() {
    let rig = Rig::with(shared).await;
    let other = Rig::at(rig.database.as_ref().unwrap().url(), shared).await;
    // Signed by keys of its own: each replica is called with its own tokens.
    let token = rig.anything(ACME);
    rig.apply(vec![registration("before")]).await.unwrap();
    let mut watch = watch(&rig, token.clone(), from("")).await.unwrap();
    let first = watch.next().await.unwrap();
    assert!(first.changes.is_empty());

    rig.apply(vec![registration("here")]).await.unwrap();
    assert_eq!(senders(&watch.next().await.unwrap()), ["here"]);
    other.apply(vec![registration("there")]).await.unwrap();
    let told = watch.next().await.unwrap();
    assert_eq!(senders(&told), ["there"]);

    // Whoever lists goes on where a watch was, and the other way round.
    for event in registrations("m", 2) {
        rig.apply(vec![event]).await.unwrap();
    }
    let request = ListChangesRequest {
        page_token: told.resume_token,
        page_size: 1,
        ..ListChangesRequest::default()
    };
    let listed = list(&rig, token.clone(), request).await.unwrap();
    assert_eq!((listed.changes.len(), listed.has_more), (1, true));
    let resumed = self::watch(&rig, token, from(&listed.next_page_token)).await;
    let rest = resumed.unwrap().next().await.unwrap();
    assert_eq!(senders(&rest), ["m1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_ends_when_the_service_does_and_goes_on_elsewhere() {
    let rig = Rig::with(shared).await;
    let other = Rig::at(rig.database.as_ref().unwrap().url(), shared).await;
    let mut watch = watch(&other, other.anything(ACME), from("")).await.unwrap();
    let token = watch.next().await.unwrap().resume_token;
    let ended = tokio::spawn(async move { watch.next().await.unwrap_err() });
    other.stop().await;
    let error = ended.await.unwrap();
    assert_eq!(
        (error.code(), &*reason(&error)),
        (Code::Unavailable, "STOPPING")
    );
    assert!(acuse_rpc::status::retry_delay(&error).is_some());

    rig.apply(vec![registration("meanwhile")]).await.unwrap();
    let mut resumed = self::watch(&rig, rig.anything(ACME), from(&token))
        .await
        .unwrap();
    assert_eq!(senders(&resumed.next().await.unwrap()), ["meanwhile"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_watch_is_its_answer() {
    let rig = Rig::start().await;
    let error = watch(&rig, rig.anything(ACME), from("nonsense")).await;
    assert_eq!(fields(&error.err().unwrap()), ["resume_token"]);
    let session = rig.session().await;
    let mut begun = watch(&rig, rig.anything(ACME), from("")).await.unwrap();
    let token = begun.next().await.unwrap().resume_token;
    rig.apply(registrations("m", 2)).await.unwrap();
    session
        .execute("DELETE FROM message_state.changes WHERE sequence = 1", &[])
        .await
        .unwrap();
    let error = watch(&rig, rig.anything(ACME), from(&token)).await;
    assert_eq!(reason(&error.err().unwrap()), "TOKEN_EXPIRED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_ends_with_its_token() {
    let rig = Rig::start().await;
    // Tokens are good for ten seconds more than they say, because clocks differ.
    let long_ago = SystemTime::now() - Duration::from_secs(2);
    let token = rig.keys.lasting(ACME, long_ago, Duration::ZERO);
    let mut watch = watch(&rig, token, from("")).await.unwrap();
    assert!(watch.next().await.unwrap().changes.is_empty());
    let error = watch.next().await.unwrap_err();
    assert_eq!(error.code(), Code::Unauthenticated);
    assert_eq!(reason(&error), "TOKEN_EXPIRED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_that_nobody_reads_holds_up_nobody() {
    let rig = Rig::start().await;
    let mut slow = watch(&rig, rig.anything(ACME), from("")).await.unwrap();
    slow.next().await.unwrap();
    for round in 0..10 {
        let prefix = format!("r{round}-");
        // What is on its way to somebody who does not read, 2 MiB at most, is a tenth of what these say.
        let wordy = (0..500).map(|index| {
            let mut message = outbound(&format!("{prefix}{index}"));
            message.content.as_mut().unwrap().body = Some("w".repeat(4_096));
            event(Item::Registration(message))
        });
        rig.apply(wordy.collect()).await.unwrap();
        let read = |id: String| status(&id, StatusKind::Read, minute(4));
        let events = (0..500).map(|index| read(format!("{prefix}{index}")));
        rig.apply(events.collect()).await.unwrap();
    }
    let mut states = BTreeMap::new();
    let mut told = 0;
    while states.len() < 5_000 || states.values().any(|state| *state != MessageState::Read) {
        let answer = slow.next().await.unwrap();
        told += answer.changes.len();
        for change in answer.changes {
            states.insert(change.message_id.clone(), change.message.unwrap().state());
        }
    }
    // Of the 10,000 changes fewer are told: who reads late is told of each message once.
    assert!((5_000..10_000).contains(&told), "{told}");
}

/// A random course of some messages: each event of it may come at any time.
fn course(rng: &mut StdRng, messages: usize) -> Vec<Event> {
    use StatusKind::{Delivered, Failed, Played, Read, Sent};
    let kinds = [Sent, Delivered, Read, Played, Failed];
    let mut events = Vec::new();
    for index in 0..messages {
        let id = format!("m{index}");
        events.push(registration(&id));
        for _ in 0..rng.random_range(1..6) {
            let kind = kinds[rng.random_range(0..kinds.len())];
            events.push(status(&id, kind, minute(rng.random_range(1..50))));
        }
        if rng.random_bool(0.3) {
            let body = format!("to {id}");
            events.push(reply(&id, &body, minute(rng.random_range(1..50))));
        }
    }
    events.shuffle(rng);
    events
}

/// What somebody copied who follows changes.
#[derive(Debug, Default, Clone, PartialEq)]
struct Copied(BTreeMap<String, MessageState>);

impl Copied {
    fn take_in(&mut self, changes: Vec<MessageChange>) {
        for change in changes {
            let id = change.message_id.clone();
            match change.kind() {
                ChangeKind::Left => self.0.remove(&id),
                _ => self.0.insert(id, change.message.unwrap().state()),
            };
        }
    }

    /// The messages in some states; without any, all.
    fn of(&self, states: &[MessageState]) -> Self {
        let mut kept = self.clone();
        let keep = |state: &MessageState| states.is_empty() || states.contains(state);
        kept.0.retain(|_, state| keep(state));
        kept
    }
}

/// Follows with interruptions until what was copied is as `expected`, once that is known.
async fn follow(
    replicas: Arc<[Rig; 2]>,
    states: Vec<MessageState>,
    mut rng: StdRng,
    expected: watch::Receiver<Option<Copied>>,
) -> Copied {
    let filter = ChangeFilter {
        states: states.iter().map(|state| (*state).into()).collect(),
        ..ChangeFilter::default()
    };
    let (mut copied, mut token) = (Copied::default(), String::new());
    let is_done = |copied: &Copied| {
        let expected = expected.borrow();
        let expected = expected.as_ref();
        expected.is_some_and(|expected| expected.of(&states) == *copied)
    };
    let began = Instant::now();
    while !is_done(&copied) && began.elapsed() < PATIENCE {
        let rig = &replicas[rng.random_range(0..2)];
        let request = WatchMessagesRequest {
            filter: Some(filter.clone()),
            from_oldest: token.is_empty(),
            resume_token: token.clone(),
        };
        let mut watch = self::watch(rig, rig.anything(ACME), request).await.unwrap();
        for _ in 0..rng.random_range(1..5) {
            let next = timeout(Duration::from_millis(500), watch.next()).await;
            let Ok(answer) = next else { break };
            let answer = answer.unwrap();
            // Now and then the connection is gone before the answer is taken in.
            if rng.random_bool(0.2) {
                break;
            }
            token = answer.resume_token;
            copied.take_in(answer.changes);
        }
    }
    // To the end of the log, so that nothing later is overlooked.
    loop {
        let request = ListChangesRequest {
            filter: Some(filter.clone()),
            page_token: token,
            ..ListChangesRequest::default()
        };
        let rig = &replicas[0];
        let page = list(rig, rig.anything(ACME), request).await.unwrap();
        copied.take_in(page.changes);
        token = page.next_page_token;
        if !page.has_more {
            return copied;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_at_random_misses_nothing() {
    let named = std::env::var("ACUSE_TEST_SEED").ok();
    let seed: u64 = named.map_or_else(|| rand::rng().random(), |seed| seed.parse().unwrap());
    println!("ACUSE_TEST_SEED={seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    let rig = Rig::with(shared).await;
    let other = Rig::at(rig.database.as_ref().unwrap().url(), shared).await;
    let replicas = Arc::new([rig, other]);
    let events = course(&mut rng, 150);
    let (told, expected) = watch::channel(None);

    let filters = [vec![], vec![MessageState::Sent, MessageState::Delivered]];
    let followers: Vec<_> = filters
        .iter()
        .map(|states| {
            let rng = StdRng::seed_from_u64(rng.random());
            let followed = follow(Arc::clone(&replicas), states.clone(), rng, expected.clone());
            tokio::spawn(followed)
        })
        .collect();
    let mut batches: [Vec<Vec<Event>>; 2] = Default::default();
    let mut rest = events.into_iter();
    loop {
        let batch: Vec<Event> = rest.by_ref().take(rng.random_range(1..25)).collect();
        if batch.is_empty() {
            break;
        }
        batches[rng.random_range(0..2)].push(batch);
    }
    let hand_in = async |rig: &Rig, batches: Vec<Vec<Event>>| {
        for batch in batches {
            rig.apply(batch).await.unwrap();
        }
    };
    let [first, second] = batches;
    tokio::join!(hand_in(&replicas[0], first), hand_in(&replicas[1], second));

    let mut stored = Copied::default();
    for index in 0..150 {
        let message = replicas[0].message(&format!("m{index}")).await.unwrap();
        stored.0.insert(message.id.clone(), message.state());
    }
    told.send_replace(Some(stored.clone()));
    for (states, follower) in filters.iter().zip(followers) {
        assert_eq!(follower.await.unwrap(), stored.of(states), "{states:?}");
    }
}
