//! What goes on without being asked: folding changes into the rollups, and dropping those that all are done with.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use acuse_rpc::Clock;
use acuse_rpc::background::{Outage, Stop, guarded};
use acuse_store::Database;
use acuse_store::fold::Folder;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use crate::commit::Idle;
use crate::heads::Heads;
use crate::upkeep::keep_up;

/// After how long without a commit, and with none under way, everything is folded: nobody is kept waiting by it then.
const FOLD_WHEN_QUIET: Duration = Duration::from_millis(20);

/// The longest that changes wait: for more while commits come one upon the other, or to be seen where another process commits. A
/// run of ten times as many touches a few times as many rows; and reports add up themselves what is not folded.
const MAX_FOLD_WAIT: Duration = Duration::from_secs(4);

/// How often it is seen to meanwhile whether a workspace has so many changes that they wait no longer.
const FOLD_LOOK: Duration = Duration::from_millis(250);

/// So many changes of one workspace wait no longer: reports would feel them.
const MANY: i64 = 4_000;

/// How long the trimming rests after it dropped something: there may be more.
const TRIM_REST: Duration = Duration::from_millis(500);

/// How long the last run at the end may take. What is left is folded by whoever starts next.
const LAST_FOLD: Duration = Duration::from_secs(5);

const TRIM_INTERVAL: Duration = Duration::from_secs(60);

/// What is done in the background.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackgroundConfig {
    /// Whether changes are folded into the rollups here. Reports are right without, but slow down.
    pub fold: bool,
    /// Whether contacts are erased to the end here, messages brought to what their channel accounts report, rollups rebuilt,
    /// months made ahead and dropped when nobody keeps them.
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
    /// Starts what is configured, on the connections of `database`, and on those of `reading` what nobody waits for.
    /// `committed` wakes the folding, and what tells how far workspaces have come; `idle` tells whether a commit is under way.
    pub(crate) fn start(
        config: &BackgroundConfig,
        database: &Database,
        reading: &Database,
        clock: &Clock,
        committed: &watch::Sender<()>,
        idle: Idle,
        heads: &Arc<Heads>,
    ) -> Self {
        let stop = watch::Sender::new(false);
        let mut tasks = Vec::new();
        if config.fold {
            let folder = Folder::new(database.clone());
            let (committed, stop) = (committed.subscribe(), stop.subscribe());
            tasks.push(tokio::spawn(fold(folder, committed, idle, Stop::new(stop))));
        }
        if let Some(keep) = config.keep_changes {
            let folder = Folder::new(database.clone());
            let stop = Stop::new(stop.subscribe());
            tasks.push(tokio::spawn(trim(folder, clock.clone(), keep, stop)));
        }
        if config.upkeep {
            let stop = Stop::new(stop.subscribe());
            let committed = committed.clone();
            let keeping = keep_up(reading.clone(), clock.clone(), committed, stop);
            tasks.push(tokio::spawn(keeping));
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

/// What of the changes is to be folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Due {
    /// All of them.
    All,
    /// Those of workspaces that have many.
    Many,
}

/// When what is to be folded.
struct Pace {
    committed: watch::Receiver<()>,
    idle: Idle,
    /// Since when changes may be waiting for more; `None` where none are known of.
    waiting_since: Option<Instant>,
}

impl Pace {
    async fn due(&mut self) -> Due {
        let since = match self.waiting_since {
            Some(since) => since,
            None => {
                if timeout(MAX_FOLD_WAIT, self.commit()).await.is_err() {
                    return Due::All;
                }
                *self.waiting_since.insert(Instant::now())
            }
        };
        let look = Instant::now() + FOLD_LOOK;
        while since.elapsed() < MAX_FOLD_WAIT {
            if timeout(FOLD_WHEN_QUIET, self.commit()).await.is_err() && (self.idle)() {
                break;
            }
            if Instant::now() >= look {
                return Due::Many;
            }
        }
        self.waiting_since = None;
        Due::All
    }

    /// Waits for a commit that was not seen yet.
    async fn commit(&mut self) {
        if self.committed.changed().await.is_err() {
            // Nobody commits any more.
            pending().await
        }
    }
}

async fn fold(folder: Folder, committed: watch::Receiver<()>, idle: Idle, mut stop: Stop) {
    let mut outage = Outage::new("folding");
    let mut pace = Pace {
        committed,
        idle,
        waiting_since: None,
    };
    loop {
        let mut due = Due::All;
        // What was committed last is taken by a run that begins after the end was told.
        let is_last = stop.wait(async { due = pace.due().await }).await;
        let folding = guarded(async {
            match due {
                Due::All => folder.fold_all().await,
                Due::Many => folder.fold_from(MANY).await,
            }
        });
        tokio::pin!(folding);
        let folded = tokio::select! {
            folded = &mut folding, if !is_last => Some(folded),
            () = stop.told() => timeout(LAST_FOLD, folding).await.ok(),
        };
        let rest = match folded {
            Some(Ok(changes)) => {
                outage.over();
                if changes > 0 {
                    tracing::debug!(changes, "folded");
                }
                Duration::ZERO
            }
            Some(Err(problem)) => outage.goes_on(&problem),
            None => {
                tracing::warn!("the last fold was not done in time; who starts next goes on");
                return;
            }
        };
        if is_last {
            return;
        }
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
                TRIM_REST
            }
            Err(problem) => outage.goes_on(&problem),
        };
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    struct Rig {
        committed: watch::Sender<()>,
        busy: Arc<AtomicBool>,
        pace: Pace,
        since: Instant,
    }

    impl Rig {
        fn new() -> Self {
            let committed = watch::Sender::new(());
            let busy = Arc::new(AtomicBool::new(false));
            let told = Arc::clone(&busy);
            let pace = Pace {
                committed: committed.subscribe(),
                idle: Arc::new(move || !told.load(Ordering::Relaxed)),
                waiting_since: None,
            };
            Self {
                committed,
                busy,
                pace,
                since: Instant::now(),
            }
        }

        /// What is due next, and after how many milliseconds of the test.
        async fn due(&mut self) -> (Due, u128) {
            let due = self.pace.due().await;
            (due, self.since.elapsed().as_millis())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_others_commit_is_seen_in_time() {
        let mut rig = Rig::new();
        assert_eq!(rig.due().await, (Due::All, 4_000));
        assert_eq!(rig.due().await, (Due::All, 8_000));
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_is_used() {
        let mut rig = Rig::new();
        rig.committed.send_replace(());
        assert_eq!(rig.due().await, (Due::All, 20));
        // That commit is done with.
        assert_eq!(rig.due().await, (Due::All, 4_020));
        // One that came while everything was folded is not.
        rig.committed.send_replace(());
        assert_eq!(rig.due().await, (Due::All, 4_040));
    }

    #[tokio::test(start_paused = true)]
    async fn a_commit_under_way_is_waited_for() {
        let mut rig = Rig::new();
        rig.busy.store(true, Ordering::Relaxed);
        rig.committed.send_replace(());
        let busy = Arc::clone(&rig.busy);
        tokio::spawn(async move {
            sleep(Duration::from_millis(130)).await;
            busy.store(false, Ordering::Relaxed);
        });
        assert_eq!(rig.due().await, (Due::All, 140));
        // But not for ever.
        rig.busy.store(true, Ordering::Relaxed);
        rig.committed.send_replace(());
        let all = loop {
            if let (Due::All, after) = rig.due().await {
                break after;
            }
        };
        assert!((4_140..=4_160).contains(&all), "{all}");
    }

    #[tokio::test(start_paused = true)]
    async fn while_commits_do_not_pause_only_many_changes_are_folded_but_not_for_ever() {
        let mut rig = Rig::new();
        let committed = rig.committed.clone();
        tokio::spawn(async move {
            loop {
                committed.send_replace(());
                sleep(Duration::from_millis(10)).await;
            }
        });
        let (mut many, mut last) = (0, 0);
        let all = loop {
            let (due, after) = rig.due().await;
            match due {
                Due::All => break after,
                Due::Many => many += 1,
            }
            assert!((250..=270).contains(&(after - last)), "{last} to {after}");
            last = after;
        };
        assert!((4_000..=4_020).contains(&all), "{all}");
        assert!((13..=16).contains(&many), "{many}");
        // Then it begins anew.
        assert_eq!(rig.due().await.0, Due::Many);
    }
}
