//! Tells how an export goes on.

use std::sync::Arc;
use std::time::Duration;

use acuse_domain::error::{Error, ErrorKind, Result};
use acuse_domain::scope::{Caller, Scope};
use acuse_rpc::auth::Access;
use acuse_rpc::server::Drain;
use acuse_store::export::{Job, JobState};
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use crate::get_export::get_export;
use crate::live::{Following, Told};
use crate::parts::Parts;
use crate::standing::is_over;

/// How long a watcher hears nothing at most.
const QUIET: Duration = Duration::from_secs(10);

/// How often the record is looked at where nothing is told: while Redis is there, and while it is away.
const LOOKS: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(1));

/// Somebody who watches an export.
pub(crate) struct Watch {
    parts: Arc<Parts>,
    caller: Caller,
    scope: Scope,
    id: Uuid,
    following: Following,
    told: Told,
    drain: Drain,
    access: Access,
    /// What was shown last; `None` at the beginning.
    shown: Option<Job>,
    /// When the record was last looked at.
    looked: Instant,
    /// When something is shown even if nothing changed.
    sign_due: Instant,
}

impl Watch {
    /// Begins for the caller of `access`, who sees `scope`, until `drain` begins or their token ends.
    pub(crate) fn new(
        parts: &Arc<Parts>,
        (access, scope): (Access, Scope),
        drain: Drain,
        id: Uuid,
    ) -> Self {
        // Before the first look, so that nothing between is missed.
        let mut following = parts.live.follow(id);
        Self {
            parts: Arc::clone(parts),
            caller: access.caller().clone(),
            scope,
            id,
            told: following.told(),
            following,
            drain,
            access,
            shown: None,
            looked: Instant::now(),
            sign_due: Instant::now(),
        }
    }

    /// The export once it stands otherwise than it was shown last, or a sign of life is due; `None` after its end was shown.
    ///
    /// # Errors
    ///
    /// NOT_FOUND where it does not exist for the caller, or no more; UNAUTHENTICATED when their token ends; UNAVAILABLE when the
    /// service stops, or the database is away.
    pub(crate) async fn next(&mut self) -> Result<Option<Job>> {
        loop {
            let job = match self.shown.clone() {
                None => self.look().await?,
                Some(shown) if is_over(&shown, self.parts.clock.now()) => return Ok(None),
                Some(shown) => {
                    self.wait().await?;
                    self.newer(shown).await?
                }
            };
            let differs = self.shown.as_ref() != Some(&job);
            self.shown = Some(job.clone());
            if differs || self.sign_due <= Instant::now() {
                self.sign_due = Instant::now() + QUIET;
                return Ok(Some(job));
            }
        }
    }

    /// The export as it is known now, which was `shown` before.
    async fn newer(&mut self, mut shown: Job) -> Result<Job> {
        let told = self.following.told();
        let changed = told.changes != self.told.changes;
        self.told = told;
        match told.progress {
            _ if changed || self.look_due() <= Instant::now() => self.look().await,
            Some((fence, progress)) if fence == shown.fence && shown.state == JobState::Running => {
                shown.rows = progress.rows.max(shown.rows);
                shown.rows_expected = progress.expected.or(shown.rows_expected);
                Ok(shown)
            }
            // Of a claim that is not known here yet, or is over.
            Some((fence, _)) if fence > shown.fence => self.look().await,
            _ => Ok(shown),
        }
    }

    async fn look(&mut self) -> Result<Job> {
        self.looked = Instant::now();
        get_export(&self.parts, (&self.caller, &self.scope), self.id).await
    }

    fn look_due(&self) -> Instant {
        let (heard, unheard) = LOOKS;
        let pause = if self.parts.live.hears() {
            heard
        } else {
            unheard
        };
        self.looked + pause
    }

    async fn wait(&mut self) -> Result<()> {
        let until = self.sign_due.min(self.look_due());
        tokio::select! {
            biased;
            () = self.drain.started() => Err(stopping()),
            expired = self.access.expired() => Err(expired),
            () = self.following.more() => Ok(()),
            () = sleep_until(until) => Ok(()),
        }
    }
}

fn stopping() -> Error {
    Error::new(
        ErrorKind::Unavailable {
            retry_after: Duration::from_secs(1),
        },
        "STOPPING",
        "the service is stopping; watch again",
    )
}
