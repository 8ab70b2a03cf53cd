//! Work that nobody waits for: jobs are claimed and their files made, and what has had its time is removed.

mod attempt;
mod cleaner;
mod figures;
mod file;
mod hold;
mod measure;
mod scheduler;

use std::sync::Arc;
use std::time::Duration;

use acuse_rpc::background::{Measuring, Outage, Stop, guarded};
use acuse_store::export;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tracing::Instrument as _;

use crate::parts::Parts;

/// How jobs are worked off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkConfig {
    /// Files made at once by this process. With none, jobs wait for another replica.
    pub workers: usize,
    /// How long a claim holds after it was last renewed: a worker that dies is taken for dead after that.
    pub lease: Duration,
    /// How often a worker with nothing to do looks for a job that nobody told it of.
    pub poll: Duration,
    /// The pause after the first failure of a job; each later one is twice as long.
    pub pause: Duration,
    /// How often what has had its time is removed.
    pub clean: Duration,
}

impl Default for WorkConfig {
    fn default() -> Self {
        Self {
            workers: 2,
            lease: Duration::from_secs(30),
            poll: Duration::from_secs(5),
            pause: Duration::from_secs(2),
            clean: Duration::from_secs(600),
        }
    }
}

/// The tasks. Dropping it leaves them running; [`Workers::stop`] ends them.
pub(crate) struct Workers {
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
    /// Follows Redis, and needs no farewell.
    listener: JoinHandle<()>,
    measuring: Measuring,
}

impl Workers {
    /// Starts as many as are configured, the cleaner, and what runs schedules.
    pub(crate) fn start(parts: &Arc<Parts>) -> Self {
        let stop = watch::Sender::new(false);
        let told = || (Arc::clone(parts), Stop::new(stop.subscribe()));
        let mut tasks: Vec<_> = (0..parts.work.workers)
            .map(|_| {
                let (parts, stop) = told();
                tokio::spawn(work(parts, stop))
            })
            .collect();
        let (cleaned, stopped) = told();
        tasks.push(tokio::spawn(cleaner::clean(cleaned, stopped)));
        let (scheduled, stopped) = told();
        tasks.push(tokio::spawn(scheduler::run(scheduled, stopped)));
        let measuring = measure::measure(parts);
        let parts = Arc::clone(parts);
        let listener = tokio::spawn(async move {
            let queued = parts.live.listen(&parts.queued);
            tokio::join!(queued, parts.live.follow_notified(&parts.bells));
        });
        Self {
            stop,
            tasks,
            listener,
            measuring,
        }
    }

    /// Ends the tasks; jobs under way are handed back.
    pub(crate) async fn stop(self) {
        self.stop.send_replace(true);
        self.listener.abort();
        drop(self.measuring);
        for task in self.tasks {
            // Each ends by itself, and a panic inside is no reason to end otherwise than in order.
            let _ = task.await;
        }
    }
}

async fn work(parts: Arc<Parts>, mut stop: Stop) {
    let mut outage = Outage::new("claiming exports");
    loop {
        let now = parts.clock.now();
        let claiming = export::claim(&parts.database, now, now + parts.work.lease);
        let over = match guarded(claiming).await {
            Ok(Some(job)) => {
                outage.over();
                let span = measure::span(&parts, &job).await;
                attempt::run(&parts, job, &mut stop).instrument(span).await;
                stop.wait(std::future::ready(())).await
            }
            Ok(None) => {
                outage.over();
                let woken = async {
                    tokio::select! {
                        () = parts.queued.notified() => {}
                        () = sleep(parts.work.poll) => {}
                    }
                };
                stop.wait(woken).await
            }
            Err(problem) => stop.wait(sleep(outage.goes_on(&problem))).await,
        };
        if over {
            return;
        }
    }
}
