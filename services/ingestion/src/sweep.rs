//! Deletes what was not understood once its workspace keeps it no longer, and tells how much waits in the inbox.

use std::sync::Arc;
use std::time::Duration;

use acuse_rpc::background::{Outage, Stop, guarded};
use acuse_store::StoreError;
use acuse_store::ingestion::{backlog, sweep_not_understood};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::parts::Parts;

/// From the end of one round to the beginning of the next.
const EVERY: Duration = Duration::from_secs(600);

/// Payloads that one transaction deletes at most.
const PAGE: usize = 500;

/// The task. Dropping it leaves it running; [`Sweeper::stop`] ends it.
pub(crate) struct Sweeper {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Sweeper {
    /// Starts it; the first round begins at once.
    pub(crate) fn start(parts: &Arc<Parts>) -> Self {
        let stop = watch::Sender::new(false);
        let task = tokio::spawn(sweep(Arc::clone(parts), stop.subscribe()));
        Self { stop, task }
    }

    /// Ends it, after the page that is under way.
    pub(crate) async fn stop(self) {
        self.stop.send_replace(true);
        // It ends by itself, and a panic inside is no reason to end otherwise than in order.
        let _ = self.task.await;
    }
}

async fn sweep(parts: Arc<Parts>, told: watch::Receiver<bool>) {
    let mut outage = Outage::new("deleting what was not understood long ago");
    let mut stop = Stop::new(told.clone());
    loop {
        let rest = match guarded(round(&parts, &told)).await {
            Ok(()) => {
                outage.over();
                EVERY
            }
            Err(problem) => outage.goes_on(&problem),
        };
        if stop.wait(sleep(rest)).await {
            return;
        }
    }
}

/// Deletes page after page until nothing is left that is too old.
async fn round(parts: &Parts, told: &watch::Receiver<bool>) -> Result<(), StoreError> {
    let mut deleted = 0;
    while !*told.borrow() {
        let page = sweep_not_understood(&parts.database, parts.clock.now(), PAGE).await?;
        deleted += page;
        if page < PAGE {
            break;
        }
    }
    if deleted > 0 {
        tracing::info!(
            deleted,
            "deleted what was not understood and is kept no longer"
        );
    }
    let waiting = backlog(&parts.database).await?;
    if let Some(oldest) = waiting.oldest {
        let entries = waiting.entries;
        tracing::info!(entries, %oldest, "webhooks wait in the inbox");
    }
    Ok(())
}
