//! A load whose totals are known: messages, what becomes of them, and replies, told by calls and by signed webhooks, in no
//! order, by senders who try again until they are acknowledged.

mod send;
mod stream;
mod told;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rand::Rng as _;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::Installation;
pub(crate) use send::Ways;
use send::send;
use stream::Streamer;
use told::Parcel;
pub(crate) use told::Told;

/// Webhooks hold so many things at most.
const MOST_IN_WEBHOOK: usize = 3;

/// Longer than a load takes.
const PATIENCE: Duration = Duration::from_secs(100);

/// What came of sending so far.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// Calls and webhooks that were acknowledged.
    acknowledged: [AtomicUsize; 2],
    /// Those of them that had to be sent more than once.
    retried: [AtomicUsize; 2],
    /// How often a call or a webhook was sent and not acknowledged.
    failed: [AtomicUsize; 2],
    /// Sent, and neither acknowledged nor failed.
    under_way: [AtomicUsize; 2],
    /// Failures by what was answered.
    answers: Mutex<BTreeMap<String, usize>>,
}

/// By which door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    /// Calls over gRPC, which are answered after what they tell was applied.
    Calls,
    /// Webhooks over HTTP, which may wait in the inbox.
    Webhooks,
}

impl Counts {
    fn read(of: &[AtomicUsize; 2], door: Door) -> usize {
        of[door as usize].load(Ordering::SeqCst)
    }

    pub(crate) fn acknowledged(&self, door: Door) -> usize {
        Self::read(&self.acknowledged, door)
    }

    pub(crate) fn retried(&self, door: Door) -> usize {
        Self::read(&self.retried, door)
    }

    pub(crate) fn failed(&self, door: Door) -> usize {
        Self::read(&self.failed, door)
    }

    pub(crate) fn under_way(&self, door: Door) -> usize {
        Self::read(&self.under_way, door)
    }

    /// How often this was answered instead of an acknowledgement.
    pub(crate) fn answers(&self, answer: &str) -> usize {
        let answers = self.answers.lock().unwrap();
        answers.get(answer).copied().unwrap_or_default()
    }

    /// Notes what was answered instead of an acknowledgement.
    fn answered(&self, answer: String) {
        *self.answers.lock().unwrap().entry(answer).or_default() += 1;
    }
}

/// How a load is sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manner {
    /// Senders of calls, and as many of webhooks.
    pub(crate) senders: usize,
    /// How much of the webhooks, from 0 to 1, is held back.
    pub(crate) held_back: f64,
    /// What a call tells is one batch of a stream, of which each sender has one.
    pub(crate) by_streams: bool,
    /// Batches that a stream has under way at once; as many as it takes if absent.
    pub(crate) ahead: Option<usize>,
}

impl Manner {
    /// By calls, nothing held back.
    pub(crate) const CALLS: Self = Self {
        senders: 4,
        held_back: 0.0,
        by_streams: false,
        ahead: None,
    };

    /// By streams.
    pub(crate) const STREAMS: Self = Self {
        by_streams: true,
        ahead: Some(16),
        ..Self::CALLS
    };
}

/// A load that is being sent.
pub(crate) struct Load {
    pub(crate) told: Told,
    pub(crate) counts: Arc<Counts>,
    /// Calls and webhooks in it.
    totals: [usize; 2],
    /// Webhooks that nobody begins to send.
    held: watch::Sender<usize>,
    senders: JoinSet<()>,
}

impl Load {
    /// Begins to send what `told` says, in an order that `rng` decides.
    pub(crate) fn begin(told: Told, rng: &mut StdRng, ways: &Ways, manner: Manner) -> Self {
        let held = watch::Sender::new(0);
        let counts = Arc::new(Counts::default());
        let mut senders = JoinSet::new();
        let mut totals = [0; 2];
        for (door, mut parcels) in [
            (
                Door::Calls,
                told.calls(|| rng.random_range(1..=told.together)),
            ),
            (
                Door::Webhooks,
                told.webhooks(|| rng.random_range(1..=MOST_IN_WEBHOOK)),
            ),
        ] {
            parcels.shuffle(rng);
            totals[door as usize] = parcels.len();
            if door == Door::Webhooks {
                held.send_replace(part(parcels.len(), manner.held_back));
            }
            let queue = Arc::new(Mutex::new(parcels));
            for _ in 0..manner.senders {
                if door == Door::Calls && manner.by_streams {
                    let streamer = Streamer {
                        queue: Arc::clone(&queue),
                        counts: Arc::clone(&counts),
                        ways: ways.clone(),
                        ahead: manner.ahead,
                    };
                    senders.spawn(streamer.work());
                    continue;
                }
                let sender = Sender {
                    door,
                    queue: Arc::clone(&queue),
                    counts: Arc::clone(&counts),
                    held: (door == Door::Webhooks).then(|| held.subscribe()),
                    ways: ways.clone(),
                };
                senders.spawn(sender.work());
            }
        }
        Self {
            told,
            counts,
            totals,
            held,
            senders,
        }
    }

    /// How many webhooks are held back.
    pub(crate) fn held_back(&self) -> usize {
        *self.held.borrow()
    }

    /// Sends what is held back.
    pub(crate) fn let_go(&self) {
        self.held.send_replace(0);
    }

    /// Returns when all that is not held back is acknowledged.
    pub(crate) async fn rests(&self) {
        let [calls, webhooks] = self.totals;
        let webhooks = webhooks - self.held_back();
        self.until(|counts| {
            let acknowledged = |door| counts.acknowledged(door);
            acknowledged(Door::Calls) == calls && acknowledged(Door::Webhooks) == webhooks
        })
        .await;
    }

    /// How many calls, or batches, there are in it.
    pub(crate) fn calls(&self) -> usize {
        self.totals[Door::Calls as usize]
    }

    /// How many webhooks there are in it.
    pub(crate) fn webhooks(&self) -> usize {
        self.totals[Door::Webhooks as usize]
    }

    /// Returns when so much of the calls, from 0 to 1, is acknowledged and others are under way.
    #[allow(clippy::cast_precision_loss)]
    pub(crate) async fn reaches(&self, share: f64) {
        self.until(|counts| {
            let done = counts.acknowledged(Door::Calls) as f64;
            done >= share * self.totals[0] as f64 && counts.under_way(Door::Calls) > 0
        })
        .await;
    }

    /// Returns when the counts are so.
    pub(crate) async fn until(&self, are_so: impl Fn(&Counts) -> bool) {
        let began = std::time::Instant::now();
        // As closely as can be: what is under way now may not be a moment later.
        while !are_so(&self.counts) {
            assert!(began.elapsed() < PATIENCE, "{:?}", self.counts);
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Returns when everything is acknowledged.
    pub(crate) async fn acknowledged(&mut self) {
        let all = async {
            while let Some(sender) = self.senders.join_next().await {
                sender.unwrap();
            }
        };
        let done = tokio::time::timeout(PATIENCE, all).await;
        assert!(done.is_ok(), "not all is acknowledged: {:?}", self.counts);
        for door in [Door::Calls, Door::Webhooks] {
            assert_eq!(self.counts.acknowledged(door), self.totals[door as usize]);
        }
        println!("{:?}", self.counts);
    }

    /// Waits until what is in the inbox was applied, and holds what is stored and reported against what was told.
    pub(crate) async fn is_there_once(
        &self,
        acuse: &Installation,
        message_state: std::net::SocketAddr,
        reporting: std::net::SocketAddr,
    ) {
        acuse.drained().await;
        let faults = self.told.faults(acuse).await;
        assert!(faults.is_empty(), "{faults:#?}");
        acuse.verify(message_state).await;
        self.told
            .is_reported(&self.told.reported(acuse, reporting).await);
    }
}

/// So much of a number, from 0 to 1.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss
)]
fn part(of: usize, share: f64) -> usize {
    (of as f64 * share) as usize
}

struct Sender {
    door: Door,
    queue: Arc<Mutex<Vec<Parcel>>>,
    counts: Arc<Counts>,
    /// How many of the queue are held back, if any ever are.
    held: Option<watch::Receiver<usize>>,
    ways: Ways,
}

impl Sender {
    /// Sends what is in the queue, each until it is acknowledged.
    async fn work(mut self) {
        let door = self.door as usize;
        let add = |of: &[AtomicUsize; 2]| of[door].fetch_add(1, Ordering::SeqCst);
        while let Some(parcel) = self.next().await {
            let mut attempt = 0;
            loop {
                add(&self.counts.under_way);
                let sent = send(&self.ways, &parcel, attempt).await;
                self.counts.under_way[door].fetch_sub(1, Ordering::SeqCst);
                let Err(answer) = sent else { break };
                add(&self.counts.failed);
                self.counts.answered(answer);
                attempt += 1;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            add(&self.counts.acknowledged);
            if attempt > 0 {
                add(&self.counts.retried);
            }
        }
    }

    /// What is to be sent next, once it is not held back; `None` at the end.
    async fn next(&mut self) -> Option<Parcel> {
        loop {
            let held = self.held.as_ref().map_or(0, |held| *held.borrow());
            {
                let mut queue = self.queue.lock().unwrap();
                if queue.is_empty() || queue.len() > held {
                    return queue.pop();
                }
            }
            self.held.as_mut()?.changed().await.ok()?;
        }
    }
}
