//! What was told of jobs, for those in this process who follow one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use acuse_store::export::Progress;
use tokio::sync::watch;
use uuid::Uuid;

use super::words::Word;

/// What was told of a job since somebody began to follow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Told {
    /// How often something changed that only the record tells.
    pub(crate) changes: u64,
    /// The latest claim that told how far it is, by its fence, and how far.
    pub(crate) progress: Option<(u64, Progress)>,
}

type Jobs = HashMap<Uuid, watch::Sender<Told>>;

/// The jobs that somebody follows.
#[derive(Debug, Default)]
pub(super) struct Followed(Mutex<Jobs>);

impl Followed {
    /// Begins to follow a job.
    pub(super) fn follow(self: &Arc<Self>, job: Uuid) -> Following {
        let mut jobs = self.jobs();
        let told = jobs.entry(job).or_default().subscribe();
        Following {
            followed: Arc::clone(self),
            job,
            told,
        }
    }

    /// Passes on what was told.
    pub(super) fn hear(&self, word: Word) {
        let job = match word {
            Word::Progress(lease, _) => lease.job,
            Word::Changed(job) => job,
        };
        if let Some(told) = self.jobs().get(&job) {
            told.send_modify(|told| match word {
                Word::Progress(lease, progress) => told.progress = Some((lease.fence, progress)),
                Word::Changed(_) => told.changes += 1,
            });
        }
    }

    /// Something may have been told of any of them that nobody heard.
    pub(super) fn missed(&self) {
        for told in self.jobs().values() {
            told.send_modify(|told| told.changes += 1);
        }
    }

    fn jobs(&self) -> MutexGuard<'_, Jobs> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody who follows a job, until it is dropped.
#[derive(Debug)]
pub(crate) struct Following {
    followed: Arc<Followed>,
    job: Uuid,
    told: watch::Receiver<Told>,
}

impl Following {
    /// What was told so far.
    pub(crate) fn told(&mut self) -> Told {
        *self.told.borrow_and_update()
    }

    /// Returns when something was told since [`Following::told`] was last asked.
    pub(crate) async fn more(&mut self) {
        if self.told.changed().await.is_err() {
            std::future::pending().await
        }
    }

    /// Returns when something changed that only the record tells, since there were so many `changes`.
    pub(crate) async fn changed(&mut self, changes: u64) {
        let changed = |told: &Told| told.changes != changes;
        let gone = self.told.wait_for(changed).await.is_err();
        if gone {
            std::future::pending().await
        }
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let mut jobs = self.followed.jobs();
        // This one's own receiver is there still.
        if let Some(told) = jobs.get(&self.job)
            && told.receiver_count() <= 1
        {
            jobs.remove(&self.job);
        }
    }
}

#[cfg(test)]
mod tests {
    use acuse_domain::ids::WorkspaceId;
    use acuse_store::export::Lease;

    use super::*;

    #[tokio::test]
    async fn who_follows_a_job_hears_of_it_and_nothing_stays() {
        let followed = Arc::<Followed>::default();
        let [one, other] = [1, 2].map(Uuid::from_u128);
        let [mut first, mut second] = [one, one].map(|job| followed.follow(job));
        let mut apart = followed.follow(other);
        let lease = Lease {
            workspace: WorkspaceId(1),
            job: one,
            fence: 4,
        };
        let progress = Progress {
            rows: 5,
            expected: None,
        };
        followed.hear(Word::Changed(one));
        followed.hear(Word::Progress(lease, progress));
        for following in [&mut first, &mut second] {
            following.more().await;
            let told = following.told();
            assert_eq!((told.changes, told.progress), (1, Some((4, progress))));
        }
        assert_eq!(apart.told(), Told::default());
        followed.missed();
        apart.changed(0).await;
        drop((first, apart));
        assert_eq!(followed.jobs().len(), 1);
        drop(second);
        assert!(followed.jobs().is_empty());
    }
}
