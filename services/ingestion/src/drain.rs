//! Works the inbox off: webhooks that could not be applied when they came.
//!
//! Any number of replicas do so at once: each claims entries for the time of a lease. What was applied is deleted, what fails
//! comes again later, and nothing is given up. While message-state is away one entry is tried now and then, so that the rest
//! keeps its place; an entry that fails by itself comes again after ever longer pauses, and holds up no other.

mod entry;

use std::sync::Arc;
use std::time::Duration;

use acuse_rpc::background::{Outage, Stop, guarded};
use acuse_store::StoreError;
use acuse_store::ingestion::{Lease, Waiting, claim, finish, postpone};
use acuse_telemetry::metrics::catalog::INBOX_DRAINED;
use futures::StreamExt as _;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::parts::Parts;
use entry::{Fate, work_off};
pub(crate) use entry::{headers_of, unread};

/// The longest that entries wait of which this replica was not told: another's, and those that come again.
const POLL: Duration = Duration::from_secs(1);

/// How long a claim holds, and with it what a replica had claimed that was killed.
const LEASE: Duration = Duration::from_secs(30);

/// Entries that each worker takes of one claim at most: as many as are through, however slowly, while it holds. See
/// [`entry::PATIENCE`].
const OF_EACH_WORKER: usize = 2;

/// Why a stopping replica gives back what it had claimed and not begun.
const HANDED_BACK: &str = "its replica stopped";

/// How the inbox is worked off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DrainConfig {
    /// Whether this replica does so at all.
    pub enabled: bool,
    /// Entries that are claimed at once, but no more than two for each worker.
    pub entries: usize,
    /// Entries that are worked off at the same time.
    pub workers: usize,
}

impl Default for DrainConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            entries: 16,
            workers: 8,
        }
    }
}

impl DrainConfig {
    fn claimed_at_once(&self) -> usize {
        self.entries.min(self.workers * OF_EACH_WORKER)
    }
}

/// The task. Dropping it leaves it running; [`Drainer::stop`] ends it.
pub(crate) struct Drainer {
    stop: watch::Sender<bool>,
    task: Option<JoinHandle<()>>,
}

impl Drainer {
    /// Starts it, if it is configured.
    pub(crate) fn start(config: DrainConfig, parts: &Arc<Parts>) -> Self {
        for outcome in ["applied", "failed", "away", "untried"] {
            INBOX_DRAINED.exists([outcome.into()]);
        }
        let stop = watch::Sender::new(false);
        let told = stop.subscribe();
        let task = config
            .enabled
            .then(|| tokio::spawn(drain(config, Arc::clone(parts), told)));
        Self { stop, task }
    }

    /// Ends it, after the entries that are under way.
    pub(crate) async fn stop(self) {
        self.stop.send_replace(true);
        if let Some(task) = self.task {
            // It ends by itself, and a panic inside is no reason to end otherwise than in order.
            let _ = task.await;
        }
    }
}

async fn drain(config: DrainConfig, parts: Arc<Parts>, told: watch::Receiver<bool>) {
    let mut outage = Outage::new("working the inbox off");
    let mut stop = Stop::new(told.clone());
    let mut rest = None;
    loop {
        let pause = async {
            match rest {
                // Nothing that came in meanwhile makes an outage end sooner.
                Some(rest) => sleep(rest).await,
                None => tokio::select! {
                    () = parts.inbox_filled.notified() => {}
                    () = sleep(POLL) => {}
                },
            }
        };
        if stop.wait(pause).await {
            return;
        }
        // After an outage one entry shows whether it is over.
        let entries = rest.map_or(config.claimed_at_once(), |_| 1);
        let round = guarded(round(&parts, entries, config.workers, &told)).await;
        rest = match round {
            // Of an outage nothing new is known.
            Ok(Round::Empty) => rest.map(|_| POLL),
            Ok(Round::Done) => {
                outage.over();
                // There may be more.
                parts.inbox_filled.notify_one();
                None
            }
            Ok(Round::Away(cause)) => Some(outage.goes_on(&cause)),
            Err(problem) => Some(outage.goes_on(&problem)),
        };
    }
}

/// What became of one claim.
enum Round {
    /// There was nothing to claim.
    Empty,
    /// Everything claimed is applied, or comes again by itself.
    Done,
    /// Something that all entries need is away.
    Away(String),
}

/// Claims entries and works them off.
async fn round(
    parts: &Parts,
    entries: usize,
    workers: usize,
    told: &watch::Receiver<bool>,
) -> Result<Round, StoreError> {
    let waiting = claim(&parts.database, entries, parts.clock.now(), LEASE).await?;
    if waiting.is_empty() {
        return Ok(Round::Empty);
    }
    let claimed = waiting.len();
    let away = &watch::Sender::new(false);
    let settled: Vec<(Lease, Fate)> = futures::stream::iter(waiting)
        .map(|waiting| async move {
            let lease = waiting.lease;
            (lease, unless_over(parts, waiting, told, away).await)
        })
        .buffer_unordered(workers)
        .collect()
        .await;
    settle(parts, claimed, settled).await
}

/// Works one entry off, unless there is no point in beginning any more.
async fn unless_over(
    parts: &Parts,
    waiting: Waiting,
    told: &watch::Receiver<bool>,
    away: &watch::Sender<bool>,
) -> Fate {
    if *told.borrow() {
        return Fate::Untried(HANDED_BACK);
    }
    if *away.borrow() {
        return Fate::Untried("message-state is away");
    }
    let fate = work_off(parts, waiting).await;
    if matches!(fate, Fate::Away(_)) {
        away.send_replace(true);
    }
    fate
}

/// Deletes what was applied, and says when the rest comes again.
async fn settle(
    parts: &Parts,
    claimed: usize,
    settled: Vec<(Lease, Fate)>,
) -> Result<Round, StoreError> {
    let now = parts.clock.now();
    let (mut applied, mut cause) = (Vec::new(), None);
    let mut again: Vec<(Lease, Duration, String)> = Vec::new();
    for (lease, fate) in settled {
        INBOX_DRAINED.one([fate.as_str().into()]);
        match fate {
            Fate::Applied => applied.push(lease),
            Fate::Untried(why) => again.push((lease, Duration::ZERO, why.to_owned())),
            Fate::Failed(pause, why) => again.push((lease, pause, why)),
            Fate::Away(why) => {
                cause = Some(why.clone());
                again.push((lease, POLL, why));
            }
        }
    }
    if !applied.is_empty() {
        finish(&parts.database, &applied).await?;
        tracing::info!(claimed, applied = applied.len(), "inbox worked off");
    }
    for (pause, why, leases) in alike(again) {
        postpone(&parts.database, &leases, now + pause, &why).await?;
    }
    Ok(cause.map_or(Round::Done, Round::Away))
}

/// Entries that come again at the same time and for the same reason, together.
fn alike(again: Vec<(Lease, Duration, String)>) -> Vec<(Duration, String, Vec<Lease>)> {
    let mut groups: Vec<(Duration, String, Vec<Lease>)> = Vec::new();
    for (lease, pause, why) in again {
        let group = groups
            .iter_mut()
            .find(|(other, cause, _)| *other == pause && *cause == why);
        match group {
            Some((_, _, leases)) => leases.push(lease),
            None => groups.push((pause, why, vec![lease])),
        }
    }
    groups
}
