//! What goes on without being asked: folding changes into the rollups, and dropping those that all are done with.

use std::sync::Arc;
use std::time::Duration;

use acuse_rpc::Clock;
use acuse_rpc::background::{Outage, Stop, guarded};
use acuse_store::Database;
use acuse_store::fold::Folder;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use crate::heads::Heads;
use crate::upkeep::keep_up;

/// The longest that changes wait to be folded where no commit of this process tells of them.
const FOLD_INTERVAL: Duration = Duration::from_secs(1);

/// How long folding rests after each run, so that runs stay large while commits come one upon the other: a run of ten times as
/// many changes touches a few times as many rows.
const FOLD_REST: Duration = Duration::from_millis(500);

/// How many times as long as it took folding rests, where that is longer.
const FOLD_SHARE: u32 = 2;

/// The longest that it rests: reports add up themselves what is not folded.
const MAX_FOLD_REST: Duration = Duration::from_secs(1);

/// How long the last run at the end may take. What is left is folded by whoever starts next.
const LAST_FOLD: Duration = Duration::from_secs(5);

const TRIM_INTERVAL: Duration = Duration::from_secs(60);

/// What is done in the background.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackgroundConfig {
    /// Whether changes are folded into the rollups here. Reports are right without, but slow down.
    pub fold: bool,
    /// Whether contacts are erased to the end here, rollups rebuilt, months made ahead and dropped when nobody keeps them.
    pub upkeep: bool,
    /// How long folded changes are kept for those who follow them; `None` for ever.
    pub keep_changes: Option<Duration>,
}

impl Default for BackgroundConfig {
    fn default() -> Self {
        Self {
            fold: true,
            upkeep: true,
            keep_changes: Some(Duration::from_secs(24 * 60 * 60)),
        }
    }
}

/// The tasks. Dropping it leaves them running; [`Background::stop`] ends them.
pub(crate) struct Background {
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Background {
    /// Starts what is configured, on the connections of `database`, and on those of `reading` what nobody waits for. `committed` wakes the folding, and what tells how far workspaces have come.
    pub(crate) fn start(
        config: &BackgroundConfig,
        database: &Database,
        reading: &Database,
        clock: &Clock,
        committed: &watch::Sender<()>,
        heads: &Arc<Heads>,
    ) -> Self {
        let stop = watch::Sender::new(false);
        let mut tasks = Vec::new();
        if config.fold {
            let folder = Folder::new(database.clone());
            let (committed, stop) = (committed.subscribe(), stop.subscribe());
            tasks.push(tokio::spawn(fold(folder, committed, Stop::new(stop))));
        }
        if let Some(keep) = config.keep_changes {
            let folder = Folder::new(database.clone());
            let stop = Stop::new(stop.subscribe());
            tasks.push(tokio::spawn(trim(folder, clock.clone(), keep, stop)));
        }
        if config.upkeep {
            let stop = Stop::new(stop.subscribe());
            tasks.push(tokio::spawn(keep_up(reading.clone(), clock.clone(), stop)));
        }
        let heads = Arc::clone(heads);
        tasks.push(tokio::spawn(
            heads.run(committed.subscribe(), Stop::new(stop.subscribe())),
        ));
        Self { stop, tasks }
    }

    /// Ends the tasks, after a last fold.
    pub(crate) async fn stop(self) {
        self.stop.send_replace(true);
        for task in self.tasks {
            // Each ends by itself, and a panic inside is no reason to end otherwise than in order.
            let _ = task.await;
        }
    }
}

async fn fold(folder: Folder, mut committed: watch::Receiver<()>, mut stop: Stop) {
    let mut outage = Outage::new("folding");
    loop {
        let woken = async {
            tokio::select! {
                Ok(()) = committed.changed() => {}
                () = sleep(FOLD_INTERVAL) => {}
            }
        };
        let mut stopping = stop.wait(woken).await;
        let began = Instant::now();
        let folding = guarded(folder.fold_all());
        tokio::pin!(folding);
        let folded = tokio::select! {
            folded = &mut folding, if !stopping => Some(folded),
            () = stop.told() => {
                stopping = true;
                timeout(LAST_FOLD, folding).await.ok()
            }
        };
        let rest = match folded {
            Some(Ok(changes)) => {
                outage.over();
                if changes > 0 {
                    tracing::debug!(changes, "folded");
                }
                (began.elapsed() * FOLD_SHARE).clamp(FOLD_REST, MAX_FOLD_REST)
            }
            Some(Err(problem)) => outage.goes_on(&problem),
            None => {
                tracing::warn!("the last fold was not done in time; who starts next goes on");
                return;
            }
        };
        if stopping {
            return;
        }
        // When it is told to end meanwhile, one more run takes what was committed last.
        stop.wait(sleep(rest)).await;
    }
}

async fn trim(folder: Folder, clock: Clock, keep: Duration, mut stop: Stop) {
    let mut outage = Outage::new("dropping old changes");
    let mut rest = TRIM_INTERVAL;
    while !stop.wait(sleep(rest)).await {
        rest = match guarded(folder.trim(clock.now(), keep)).await {
            Ok(0) => {
                outage.over();
                TRIM_INTERVAL
            }
            Ok(changes) => {
                outage.over();
                tracing::debug!(changes, "old changes dropped");
                FOLD_REST
            }
            Err(problem) => outage.goes_on(&problem),
        };
    }
}
