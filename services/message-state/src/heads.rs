//! How far workspaces have come: one task asks for all who wait to hear of it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use acuse_domain::ids::WorkspaceId;
use acuse_rpc::background::{Outage, Stop, guarded};
use acuse_store::{Database, workspaces};
use tokio::sync::{Notify, watch};
use tokio::time::sleep;

/// How long a commit of another replica stays unnoticed at most.
const INTERVAL: Duration = Duration::from_millis(200);

/// How long the task rests at least, so that a storm of commits is not a storm of questions.
const REST: Duration = Duration::from_millis(20);

/// The newest change of each workspace that somebody follows.
#[derive(Debug)]
pub(crate) struct Heads {
    database: Database,
    followed: Mutex<HashMap<WorkspaceId, watch::Sender<i64>>>,
    /// Somebody follows.
    begun: Notify,
}

impl Heads {
    pub(crate) fn new(database: Database) -> Self {
        Self {
            database,
            followed: Mutex::default(),
            begun: Notify::new(),
        }
    }

    /// Follows a workspace: the sequence of its newest change, as far as it is known; 0 until it is.
    pub(crate) fn follow(&self, workspace: WorkspaceId) -> watch::Receiver<i64> {
        let receiver = {
            let mut followed = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
            let sender = followed
                .entry(workspace)
                .or_insert_with(|| watch::Sender::new(0));
            sender.subscribe()
        };
        self.begun.notify_one();
        receiver
    }

    /// The workspaces that are followed; the others are forgotten.
    fn wanted(&self) -> Vec<WorkspaceId> {
        let mut followed = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
        followed.retain(|_, sender| sender.receiver_count() > 0);
        followed.keys().copied().collect()
    }

    fn tell(&self, newest: Vec<(WorkspaceId, i64)>) {
        let followed = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
        for (workspace, sequence) in newest {
            if let Some(sender) = followed.get(&workspace) {
                sender.send_if_modified(|known| std::mem::replace(known, sequence) != sequence);
            }
        }
    }

    /// Asks until it is told to stop: after commits of this process at once, else from time to time. Nobody following, it asks
    /// nothing.
    pub(crate) async fn run(self: Arc<Self>, mut committed: watch::Receiver<()>, mut stop: Stop) {
        let mut outage = Outage::new("following workspaces");
        loop {
            let wanted = self.wanted();
            let rest = if wanted.is_empty() {
                if stop.wait(self.begun.notified()).await {
                    return;
                }
                continue;
            } else {
                match guarded(workspaces::newest_changes(&self.database, wanted)).await {
                    Ok(newest) => {
                        outage.over();
                        self.tell(newest);
                        REST
                    }
                    Err(problem) => outage.goes_on(&problem),
                }
            };
            let pause = async {
                sleep(rest).await;
                tokio::select! {
                    Ok(()) = committed.changed() => {}
                    () = self.begun.notified() => {}
                    () = sleep(INTERVAL) => {}
                }
            };
            if stop.wait(pause).await {
                return;
            }
        }
    }
}
