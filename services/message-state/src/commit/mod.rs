//! Group commit: calls that come together share transactions.
//!
//! A workspace belongs to one of a few lanes. A lane takes what waits for it, up to a number of items, and applies it in
//! one transaction; while that runs the next batch gathers by itself, and lanes that have few items take turns, so that more
//! gather. The lane owns the transaction: a caller that goes
//! away leaves it alone. What a batch holds that cannot be stored is found by splitting it, so that nobody else's items
//! suffer.

mod counters;
mod lane;
mod settle;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Duration;

use acuse_domain::error::{Error, ErrorKind};
use acuse_domain::ids::WorkspaceId;
use acuse_domain::time::Timestamp;
use acuse_rpc::Clock;
use acuse_store::StoreError;
use acuse_store::apply::{Outcome, Submission};
use acuse_telemetry::metrics::catalog::{COMMIT_QUEUE, SERVER_SHED};
use futures::future::{BoxFuture, try_join_all};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio::task::JoinHandle;

pub use counters::CommitCounts;
pub(crate) use counters::Counters;

use counters::number;
use lane::{Job, Lane};
use settle::Settler;

/// So many bytes, as encoded, may wait in the place of one item: few items are as large.
const BYTES_OF_ONE: usize = 4_096;

/// When a caller that found no room should come again.
const RETRY_WHEN_FULL: Duration = Duration::from_millis(500);

/// How calls are grouped into transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommitConfig {
    /// Lanes, each with a transaction of its own under way.
    pub lanes: usize,
    /// Items of one transaction at most.
    pub max_items: usize,
    /// How long a lane waits for more before it begins a transaction that is not full.
    pub linger: Duration,
    /// Items that may wait in one lane; callers beyond are told to come again. A call of more bytes than 4 KiB for each of its
    /// items counts as one item for each 4 KiB.
    pub queue_items: usize,
}

impl Default for CommitConfig {
    fn default() -> Self {
        Self {
            lanes: 2,
            max_items: 2_000,
            // While a transaction runs the next batch gathers by itself: 64 callers of one item each get 31 into one
            // without waiting. With 20 ms of it they get 50, and store no more in a second.
            linger: Duration::ZERO,
            queue_items: 20_000,
        }
    }
}

/// What became of one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It was taken in, or refused by the rules.
    Settled(Outcome),
    /// The database does not take it, not even alone.
    Unstorable,
}

/// Why a call's items were not, or not all, taken in. Sending them again changes nothing that was.
#[derive(Debug, Clone)]
pub(crate) enum Failure {
    /// Too many items wait already.
    Full,
    /// Storage is away, or the service is stopping.
    Away(Arc<str>),
    /// A fault of ours.
    Broken(Arc<str>),
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Full => Self::new(
                ErrorKind::ResourceExhausted {
                    retry_after: Some(RETRY_WHEN_FULL),
                },
                "COMMIT_QUEUE_FULL",
                "too many events wait to be stored; send them again shortly",
            ),
            Failure::Away(cause) => {
                Self::unavailable("storage is away; try again", cause.to_string())
            }
            Failure::Broken(cause) => Self::internal(cause.to_string()),
        }
    }
}

/// That too many items wait, which is counted.
fn full() -> Failure {
    SERVER_SHED.one(["commit".into()]);
    Failure::Full
}

/// Has what is in the lanes looked at by who asks for metrics, as long as there are lanes.
fn watch_queues(lanes: &[Entrance], queue_items: usize) {
    SERVER_SHED.exists(["commit".into()]);
    counters::exist();
    let rooms: Vec<_> = lanes
        .iter()
        .map(|lane| Arc::downgrade(&lane.room))
        .collect();
    COMMIT_QUEUE.watch(move |tell| {
        for (lane, room) in rooms.iter().enumerate() {
            if let Some(room) = room.upgrade() {
                let taken = queue_items.saturating_sub(room.available_permits());
                tell(number(taken), [lane.to_string().into()]);
            }
        }
    });
}

/// Applies one batch in one transaction.
pub(crate) type Apply = Arc<
    dyn for<'a> Fn(&'a [Submission], Timestamp) -> BoxFuture<'a, Result<Vec<Outcome>, StoreError>>
        + Send
        + Sync,
>;

/// Whether the lanes have nothing to do.
pub(crate) type Idle = Arc<dyn Fn() -> bool + Send + Sync>;

/// The lanes.
pub(crate) struct Committer {
    lanes: Vec<Entrance>,
    tasks: Vec<JoinHandle<()>>,
    max_items: usize,
    queue_items: usize,
}

/// Where jobs go into a lane.
struct Entrance {
    queue: mpsc::Sender<Job>,
    room: Arc<Semaphore>,
}

impl fmt::Debug for Committer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Committer")
            .field("lanes", &self.lanes.len())
            .finish_non_exhaustive()
    }
}

impl Committer {
    /// Starts the lanes. Every transaction that changed something changes `committed`.
    pub(crate) fn start(
        config: &CommitConfig,
        apply: &Apply,
        clock: &Clock,
        counters: &Arc<Counters>,
        committed: &watch::Sender<()>,
    ) -> Self {
        let (mut lanes, mut tasks) = (Vec::new(), Vec::new());
        let turn = Arc::new(Semaphore::new(1));
        for _ in 0..config.lanes.max(1) {
            // A job has at least one item, and every item a permit: the queue itself is never what is full.
            let (queue, jobs) = mpsc::channel(config.queue_items);
            let room = Arc::new(Semaphore::new(config.queue_items));
            let settler = Settler {
                apply: Arc::clone(apply),
                clock: clock.clone(),
                counters: Arc::clone(counters),
                committed: committed.clone(),
            };
            let turn = Arc::clone(&turn);
            let lane = Lane::new(jobs, settler, config.max_items, config.linger, turn);
            lanes.push(Entrance { queue, room });
            tasks.push(tokio::spawn(lane.run()));
        }
        watch_queues(&lanes, config.queue_items);
        Self {
            lanes,
            tasks,
            max_items: config.max_items.max(1),
            queue_items: config.queue_items,
        }
    }

    /// Takes in the items of one call, all of one workspace, that are so many bytes when encoded. When this returns what was applied is
    /// durable; the fates are in the order of the items. Dropping the future stops nothing that is under way.
    ///
    /// # Errors
    ///
    /// [`Failure`] where some of the items were not taken in; which ones is not known.
    pub(crate) async fn commit(
        &self,
        items: Vec<Submission>,
        bytes: usize,
    ) -> Result<Vec<Fate>, Failure> {
        let Some(workspace) = items.first().map(|item| item.workspace) else {
            return Ok(Vec::new());
        };
        let lane = self.lane_of(workspace);
        // The largest call has room where nothing else waits.
        let room_of_bytes = (bytes / BYTES_OF_ONE).min(self.queue_items);
        let wanted = items.len().max(room_of_bytes);
        let wanted = u32::try_from(wanted).map_err(|_| full())?;
        let room = Arc::clone(&lane.room);
        let mut permits = room.try_acquire_many_owned(wanted).map_err(|_| full())?;
        let mut answers = Vec::new();
        let mut rest = items;
        while !rest.is_empty() {
            let later = rest.split_off(rest.len().min(self.max_items));
            let items = std::mem::replace(&mut rest, later);
            // The last holds the room of the bytes until it is through.
            let share = if rest.is_empty() {
                permits.num_permits()
            } else {
                items.len()
            };
            let Some(permit) = permits.split(share) else {
                return Err(Failure::Broken(
                    "a call has fewer permits than items".into(),
                ));
            };
            let (answer, answered) = oneshot::channel();
            let job = Job::new(items, permit, answer);
            lane.queue
                .try_send(job)
                .map_err(|_| Failure::Away("the lane is gone".into()))?;
            answers.push(async move {
                let gone = |_| Err(Failure::Away("the lane ended".into()));
                answered.await.unwrap_or_else(gone)
            });
        }
        Ok(try_join_all(answers).await?.concat())
    }

    /// Tells whether nothing waits or is under way, as long as there are lanes and afterwards.
    pub(crate) fn idle(&self) -> Idle {
        let lanes = self.lanes.iter();
        let rooms: Vec<_> = lanes.map(|lane| Arc::downgrade(&lane.room)).collect();
        let all = self.queue_items;
        Arc::new(move || {
            let mut rooms = rooms.iter().filter_map(Weak::upgrade);
            rooms.all(|room| room.available_permits() == all)
        })
    }

    fn lane_of(&self, workspace: WorkspaceId) -> &Entrance {
        let count = self.lanes.len();
        let index = usize::try_from(workspace.0.unsigned_abs()).unwrap_or(0) % count;
        &self.lanes[index]
    }

    /// Takes no more, and returns when everything that waited is through.
    pub(crate) async fn close(self) {
        drop(self.lanes);
        for task in self.tasks {
            // A lane that panicked has nothing left to finish.
            let _ = task.await;
        }
    }
}
