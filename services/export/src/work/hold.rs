//! Holding a claim while its file is made.

use std::time::Duration;

use acuse_store::export::{self, Lease, Progress};
use tokio::time::{Instant, sleep, timeout};

use super::file::Gauge;
use crate::parts::Parts;

/// How often progress is told to who watches.
const TELL: Duration = Duration::from_secs(1);

/// How often the record is looked at for whether the job is the claim's still: whoever cancels a job while Redis is away is heard
/// that soon.
const LOOK: Duration = Duration::from_millis(500);

/// Renews a claim as long as that can be done, and tells how far it is; returns when it is lost: cancelled, deleted, or another's.
pub(super) async fn hold(parts: &Parts, lease: Lease, gauge: &Gauge) {
    let mut holding = Holding {
        parts,
        lease,
        length: parts.work.lease,
        renewed: Instant::now(),
        written: Progress::default(),
    };
    let mut following = parts.live.follow(lease.job);
    let (mut told, mut told_at) = (Progress::default(), Instant::now());
    loop {
        // Read first, so that nothing is missed that is told while the record is looked at.
        let changes = following.told().changes;
        if !holding.still(gauge.read()).await {
            return;
        }
        tokio::select! {
            () = following.changed(changes) => {}
            () = sleep(LOOK.min(holding.interval())) => {}
        }
        let progress = gauge.read();
        if progress != told && told_at.elapsed() >= TELL.min(holding.interval()) {
            parts.live.tell(lease, progress).await;
            (told, told_at) = (progress, Instant::now());
        }
    }
}

struct Holding<'a> {
    parts: &'a Parts,
    lease: Lease,
    length: Duration,
    renewed: Instant,
    /// The progress that the record has.
    written: Progress,
}

impl Holding<'_> {
    /// How often it is renewed.
    fn interval(&self) -> Duration {
        self.length / 3
    }

    /// Whether the claim holds, as far as that can be said: while the database is away, until its lease ends.
    async fn still(&mut self, progress: Progress) -> bool {
        let (database, lease) = (&self.parts.database, self.lease);
        let began = Instant::now();
        // While nobody hears what is told, watchers go by the record.
        let tells = progress != self.written && !self.parts.live.hears();
        let due = if tells { TELL } else { self.interval() };
        let renews = self.renewed.elapsed() >= due.min(self.interval());
        let asking = async {
            if renews {
                let until = self.parts.clock.now() + self.length;
                export::renew(database, lease, progress, until).await
            } else {
                export::holds(database, lease).await
            }
        };
        match timeout(self.interval(), asking).await {
            Ok(Ok(true)) if renews => {
                (self.renewed, self.written) = (began, progress);
                true
            }
            Ok(Ok(held)) => held,
            // After its end somebody else may have it.
            Ok(Err(_)) | Err(_) => self.renewed.elapsed() < self.length,
        }
    }
}
