//! Random histories, told by two processes at once: shuffled, repeated, in batches. They end as one calm writer ends, and as
//! the reference says.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use acuse_proto::message_state::message_state_service_client::MessageStateServiceClient;
use acuse_proto::message_state::{ApplyEventsRequest, AttributionWindow, Event, Workspace};
use acuse_proto::types::ItemOutcome;
use acuse_rpc::client::{Call, Channel, Credentials};
use acuse_testkit::canonical_dump;
use acuse_testkit::service::{channel, eventually};
use acuse_tests::difference::{SHOWN, difference};
use acuse_tests::history::scramble::{Arrival, Chaos, scramble};
use acuse_tests::history::{self, History, Shape};
use acuse_tests::{observed, reference};
use futures::future::try_join_all;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use tokio::sync::Barrier;

use crate::rig::Installation;
use crate::rig::process::Process;

/// From a call's beginning to its end.
type Interval = (Instant, Instant);

/// A database, and the processes that write to it.
struct Writing {
    acuse: Installation,
    replicas: Vec<Process>,
}

impl Writing {
    /// So many replicas of message-state, and the workspaces of a history.
    async fn start(history: &History, replicas: usize) -> Self {
        let acuse = Installation::new().await;
        let mut started = Vec::new();
        for _ in 0..replicas {
            started.push(acuse.message_state_at(Some(history::NOW)).await);
        }
        for like in &history.workspaces {
            let workspace = Workspace {
                slug: like.slug.clone(),
                time_zone: Some(like.time_zone.to_owned()),
                attribution_window: Some(AttributionWindow {
                    length: Some(prost_types::Duration {
                        seconds: like.attribution_seconds.into(),
                        nanos: 0,
                    }),
                    applies_from: None,
                }),
                ..Workspace::default()
            };
            acuse.create_workspace(started[0].address, workspace).await;
        }
        Self {
            acuse,
            replicas: started,
        }
    }

    /// Tells what several writers have to say, each its batches in turn, all of them at the same time, one half to each
    /// replica. Gives the calls of each replica.
    async fn tell(&self, history: &History, writers: Vec<Vec<Vec<Arrival>>>) -> Vec<Vec<Interval>> {
        let start = Arc::new(Barrier::new(writers.len()));
        let writing = writers.into_iter().enumerate().map(|(writer, batches)| {
            let replica = writer % self.replicas.len();
            let address = self.replicas[replica].address;
            let slugs = history.workspaces.iter().map(|workspace| &workspace.slug);
            let clients = slugs.map(|slug| self.client(address, slug)).collect();
            let start = Arc::clone(&start);
            tokio::spawn(async move {
                start.wait().await;
                (replica, write(clients, batches).await)
            })
        });
        let mut calls = vec![Vec::new(); self.replicas.len()];
        for (replica, made) in try_join_all(writing).await.unwrap() {
            calls[replica].extend(made);
        }
        calls
    }

    fn client(&self, address: SocketAddr, slug: &str) -> MessageStateServiceClient<Channel> {
        let token = Credentials::Bearer(self.acuse.keys.anything(slug));
        MessageStateServiceClient::new(channel(address, token))
    }

    /// Returns when all that changed is in the rollups.
    async fn folded(&self) {
        let session = self.acuse.session().await;
        let behind = "SELECT FROM message_state.workspace_heads \
                      LEFT JOIN message_state.fold_positions USING (workspace_id) \
                      WHERE coalesce(folded_sequence, 0) < last_sequence";
        eventually(Duration::from_secs(60), || async {
            let behind = session.query(behind, &[]).await.unwrap();
            behind.is_empty().then_some(())
        })
        .await;
    }

    async fn dump(&self) -> String {
        canonical_dump(&self.acuse.session().await).await.unwrap()
    }

    /// Where what is stored differs from what the reference says.
    async fn reference_faults(&self, history: &History) -> Vec<String> {
        let session = self.acuse.session().await;
        let mut faults = Vec::new();
        for workspace in &history.workspaces {
            let settings = reference::Settings {
                time_zone: workspace.time_zone.to_owned(),
                attribution_window: i64::from(workspace.attribution_seconds) * 1_000_000,
                reported: reference::Reported::new(),
            };
            let expected = reference::expect(&workspace.events, &settings);
            assert!(expected.undecided.is_empty(), "something is left open");
            let slug = &workspace.slug;
            let observed = observed::read(&session, slug).await.unwrap();
            let found = observed::differences(&expected, &observed);
            faults.extend(found.iter().map(|line| format!("{slug}: {line}")));
        }
        faults
    }

    /// Stops the processes, and tells how many deadlocks there were. A session may keep its figures for itself for some
    /// seconds, but not beyond its end.
    async fn deadlocks(&mut self) -> i64 {
        for replica in &mut self.replicas {
            replica.stop().await;
        }
        let session = self.acuse.session().await;
        let others = "SELECT FROM pg_stat_activity WHERE datname = current_database() \
                      AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
        eventually(Duration::from_secs(10), || async {
            let others = session.query(others, &[]).await.unwrap();
            others.is_empty().then_some(())
        })
        .await;
        let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
        session.query_one(deadlocks, &[]).await.unwrap().get(0)
    }
}

/// Makes the calls of one writer, one for each workspace in a batch; gives when they were under way.
async fn write(
    mut clients: Vec<MessageStateServiceClient<Channel>>,
    batches: Vec<Vec<Arrival>>,
) -> Vec<Interval> {
    let mut calls = Vec::new();
    for batch in batches {
        let mut events: Vec<Vec<Event>> = vec![Vec::new(); clients.len()];
        for (workspace, event) in batch {
            events[workspace].push(event);
        }
        for (client, events) in clients.iter_mut().zip(events) {
            if events.is_empty() {
                continue;
            }
            let call = Call::plain().within(Duration::from_secs(60));
            let began = Instant::now();
            let answer = client.apply_events(call.request(ApplyEventsRequest { events }));
            let results = answer.await.unwrap().into_inner().results;
            calls.push((began, Instant::now()));
            for result in results {
                let refused = [ItemOutcome::Rejected, ItemOutcome::Unspecified];
                assert!(!refused.contains(&result.outcome()), "{result:?}");
            }
        }
    }
    calls
}

/// How many of these calls were under way while one of the others was.
fn overlapping(calls: &[Interval], others: &[Interval]) -> usize {
    let overlaps = |(began, ended): &&Interval| {
        let mut others = others.iter();
        others.any(|(other_began, other_ended)| other_began < ended && began < other_ended)
    };
    calls.iter().filter(overlaps).count()
}

/// Some disorder of two writers before each of two processes.
fn chaos(rng: &mut StdRng) -> Chaos {
    Chaos {
        writers: 4,
        max_batch: *[10, 40, 150].choose(rng).unwrap(),
        again_percent: *[10, 50, 100].choose(rng).unwrap(),
        shuffled: true,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_at_once_end_as_one_calm_writer() {
    for seed in history::seeds(1) {
        end_as_one(history::generate(seed, &Shape::large(200))).await;
    }
}

/// All of it about the same workspace, whose lock everybody waits for.
#[tokio::test(flavor = "multi_thread")]
async fn two_processes_and_one_hot_workspace_end_as_one_calm_writer() {
    for seed in history::seeds(1) {
        let mut history = history::generate(seed, &Shape::large(150));
        history.workspaces.truncate(1);
        end_as_one(history).await;
    }
}

/// Tells a history calmly, and in disorder by four writers to two processes at once, and compares the ends.
async fn end_as_one(history: History) {
    let mut rng = StdRng::seed_from_u64(history.seed ^ 0x5eed);
    let calm = Writing::start(&history, 1).await;
    let order = scramble(&history, 0, Chaos::CALM);
    calm.tell(&history, order).await;
    calm.folded().await;

    let mut both = Writing::start(&history, 2).await;
    let chaos = chaos(&mut rng);
    let order = scramble(&history, rng.random(), chaos);
    let calls = both.tell(&history, order).await;
    let overlaps = [
        overlapping(&calls[0], &calls[1]),
        overlapping(&calls[1], &calls[0]),
    ];
    let made = [calls[0].len(), calls[1].len()];
    println!("{chaos:?}: of {made:?} calls {overlaps:?} overlapped with one of the other process");
    for (overlaps, made) in overlaps.into_iter().zip(made) {
        assert!(overlaps * 4 >= made, "they did not write at the same time");
    }
    both.folded().await;

    for (writing, address) in [
        (&calm, calm.replicas[0].address),
        (&both, both.replicas[1].address),
    ] {
        writing.acuse.verify(address).await;
        let faults = writing.reference_faults(&history).await;
        let shown = faults.iter().take(SHOWN).cloned().collect::<Vec<_>>();
        assert!(
            faults.is_empty(),
            "{} faults\n{}",
            faults.len(),
            shown.join("\n")
        );
    }
    let dumps = (calm.dump().await, both.dump().await);
    assert!(
        dumps.0.lines().count() > 1_000,
        "there is little to compare"
    );
    if let Some(difference) = difference(&dumps.0, &dumps.1) {
        panic!("{chaos:?}: {difference}");
    }
    assert_eq!(both.deadlocks().await, 0);
}

/// The figure that says that there was none is one that tells of them.
#[tokio::test(flavor = "multi_thread")]
async fn a_deadlock_would_be_counted() {
    let history = history::generate(1, &Shape::close(1));
    let mut writing = Writing::start(&history, 1).await;
    let (one, other) = (writing.acuse.session().await, writing.acuse.session().await);
    for (session, lock) in [(&one, 1), (&other, 2)] {
        let lock = format!("BEGIN; SELECT pg_advisory_xact_lock({lock})");
        session.batch_execute(&lock).await.unwrap();
    }
    let ended = tokio::join!(
        one.batch_execute("SELECT pg_advisory_xact_lock(2)"),
        other.batch_execute("SELECT pg_advisory_xact_lock(1); COMMIT"),
    );
    assert!(ended.0.is_err() || ended.1.is_err());
    drop((one, other));
    assert_eq!(writing.deadlocks().await, 1);
}
