//! Tells people what they are told as it comes.

use std::sync::Arc;
use std::time::Duration;

use acuse_domain::error::{Error, ErrorKind, Result};
use acuse_domain::ids::WorkspaceId;
use acuse_domain::scope::{Caller, Scope};
use acuse_rpc::auth::Access;
use acuse_rpc::server::Drain;
use acuse_store::export::{self, Notification, Recipient};
use tokio::time::Instant;

use crate::bells::{Bells, Listener};
use crate::parts::Parts;
use crate::standing::workspace;

/// How long a watcher hears nothing at most.
const QUIET: Duration = Duration::from_secs(10);

/// Notifications of one answer.
const BATCH: usize = 100;

/// Somebody's notifications, from a place on.
pub(crate) struct Watch {
    parts: Arc<Parts>,
    workspace: WorkspaceId,
    subject: String,
    listener: Listener,
    /// The number of the last that they were told.
    place: i64,
}

/// What ends a watch, and when the watcher hears something even if there is nothing.
pub(crate) struct Watcher {
    pub(crate) drain: Drain,
    pub(crate) access: Access,
    sign_due: Instant,
}

impl Watcher {
    /// Watches until `drain` begins or the token of `access` ends. The first sign of life is due at once.
    pub(crate) fn new(drain: Drain, access: Access) -> Self {
        Self {
            drain,
            access,
            sign_due: Instant::now(),
        }
    }
}

impl Watch {
    /// What a caller is told after the notification of the number `from`; `None` for what they are told from now on.
    ///
    /// # Errors
    ///
    /// NOT_FOUND for an unknown workspace, UNAVAILABLE while the database is away.
    pub(crate) async fn begin(
        parts: &Arc<Parts>,
        (caller, scope): (&Caller, &Scope),
        from: Option<i64>,
    ) -> Result<Self> {
        let workspace = workspace(parts, scope).await?.id;
        let subject = caller.subject.clone();
        // Before the record is looked at: what comes meanwhile is heard of.
        let listener = parts.bells.listen(Bells::of(workspace, &subject));
        let of = Recipient {
            workspace,
            subject: &subject,
        };
        let place = match from {
            Some(place) => place,
            None => export::last_told(&parts.database, of).await?,
        };
        Ok(Self {
            parts: Arc::clone(parts),
            workspace,
            subject,
            listener,
            place,
        })
    }

    /// The number of the last that was told.
    pub(crate) fn place(&self) -> i64 {
        self.place
    }

    /// What comes next; nothing where a sign of life is due.
    ///
    /// # Errors
    ///
    /// UNAVAILABLE when the service stops or the database is away, UNAUTHENTICATED when the caller's token is good no more.
    pub(crate) async fn next(&mut self, watcher: &mut Watcher) -> Result<Vec<Notification>> {
        loop {
            let of = Recipient {
                workspace: self.workspace,
                subject: &self.subject,
            };
            let (database, now) = (&self.parts.database, self.parts.clock.now());
            let found = export::notifications_after(database, of, self.place, BATCH, now).await?;
            let is_due = watcher.sign_due <= Instant::now();
            if !found.is_empty() || is_due {
                watcher.sign_due = Instant::now() + QUIET;
                self.place = found.last().map_or(self.place, |last| last.sequence);
                return Ok(found);
            }
            let rest = watcher.sign_due.saturating_duration_since(Instant::now());
            // A bell may be lost where Redis is away.
            let patience = rest.min(self.parts.work.poll);
            tokio::select! {
                biased;
                () = watcher.drain.started() => return Err(stopping()),
                expired = watcher.access.expired() => return Err(expired),
                () = self.listener.wait(patience) => {}
            }
        }
    }
}

fn stopping() -> Error {
    Error::new(
        ErrorKind::Unavailable {
            retry_after: Duration::from_secs(1),
        },
        "STOPPING",
        "the service is stopping; go on with the newest resume_token",
    )
}
