//! Refreshing: copies are brought up to date, loaded further, and dropped.

use std::sync::Arc;
use std::time::Duration;

use acuse_domain::ids::WorkspaceId;
use acuse_telemetry::metrics::catalog::{COPIES_LOADED, COPIES_REFUSED};
use futures::FutureExt;
use tokio::time::Instant;

use super::load::{Lacking, lacking};
use super::{Copies, Copy};
use crate::error::StoreError;
use crate::pool::Role;

/// How long a workspace is not tried again whose messages need too much.
const TOO_MUCH: Duration = Duration::from_secs(10 * 60);

/// The same while retention drops rows, page by page.
const DROPPING: Duration = Duration::from_secs(10);

/// After how long without a question a copy makes room for another.
const YIELDS: Duration = Duration::from_secs(60);

/// Rows that are loaded at once, about, and days at most.
const PACE: (usize, usize) = (50_000, 64);

impl Copies {
    /// Brings those up to date that are due, loads some of what was asked for, and drops what is no longer asked for; tells
    /// whether there is more to be loaded.
    ///
    /// # Errors
    /// Fails with the database; the copies are what they were.
    pub async fn refresh(&self) -> Result<bool, StoreError> {
        let mut more = false;
        for workspace in self.due_workspaces() {
            more |= self.refresh_one(workspace).await?;
        }
        Ok(more)
    }

    fn due_workspaces(&self) -> Vec<WorkspaceId> {
        let (now, config) = (Instant::now(), self.0.config);
        let mut kept = self.kept();
        kept.retain(|_, kept| now.duration_since(kept.asked_at) < config.idle);
        let due = kept.iter().filter(|(_, kept)| kept.is_due(now, config));
        due.map(|(workspace, _)| *workspace).collect()
    }

    async fn refresh_one(&self, workspace: WorkspaceId) -> Result<bool, StoreError> {
        let began = Instant::now();
        let (copy, wished, pace) = {
            let kept = self.kept();
            let Some(kept) = kept.get(&workspace) else {
                return Ok(false);
            };
            (kept.copy.clone(), kept.wished.clone(), kept.pace)
        };
        let asked = wished.clone();
        let lacking = self
            .0
            .database
            .transaction(Role::Reader, Some(workspace), move |connection| {
                async move {
                    let wished = (asked.as_slice(), pace);
                    lacking(connection, workspace, copy.as_deref(), wished).await
                }
                .boxed()
            })
            .await?;
        let found = match lacking {
            Lacking::Some(found) => found,
            Lacking::TooMuch => {
                self.refuse(workspace, TOO_MUCH, "a day has too many messages");
                return Ok(false);
            }
            Lacking::Dropped => {
                self.refuse(workspace, DROPPING, "rows are being dropped");
                return Ok(false);
            }
        };
        let (loaded, more) = (found.contributions.len(), found.more);
        COPIES_LOADED.add(loaded as u64, []);
        let united = tokio::task::spawn_blocking(move || found.united()).await;
        match united {
            Ok(Ok(copy)) => self.install(workspace, copy, began),
            Ok(Err(error)) => {
                tracing::error!(workspace = workspace.0, %error, "a copy is dropped");
                self.change(workspace, |kept| kept.copy = None);
                return Ok(true);
            }
            Err(error) => {
                tracing::error!(workspace = workspace.0, %error, "a copy cannot be made");
                self.refuse(workspace, TOO_MUCH, "it cannot be made");
                return Ok(false);
            }
        }
        self.change(workspace, |kept| {
            let (rows, days) = PACE;
            if loaded < rows / 2 {
                kept.pace = (pace * 2).min(days);
            } else if loaded > rows {
                kept.pace = (pace / 2).max(1);
            }
            if !more {
                kept.wished.retain(|interval| !wished.contains(interval));
            }
        });
        self.make_room(workspace);
        Ok(more)
    }

    fn install(&self, workspace: WorkspaceId, copy: Copy, began: Instant) {
        self.change(workspace, |kept| {
            kept.copy = Some(Arc::new(copy));
            kept.refreshed_at = Some(began);
        });
    }

    /// Has copies take no more than they may: of those that were not asked for a while those that were not asked for longest
    /// go, else the one that grew.
    fn make_room(&self, grown: WorkspaceId) {
        let now = Instant::now();
        while self.bytes() > self.0.config.bytes {
            let mut kept = self.kept();
            let others = kept.iter().filter(|(workspace, kept)| {
                **workspace != grown
                    && kept.copy.is_some()
                    && now.duration_since(kept.asked_at) > YIELDS
            });
            let longest = others.min_by_key(|(_, kept)| kept.asked_at);
            let Some(workspace) = longest.map(|(workspace, _)| *workspace) else {
                drop(kept);
                self.refuse(grown, TOO_MUCH, "copies would take too much memory");
                return;
            };
            kept.remove(&workspace);
        }
    }

    /// Drops the copy of a workspace, and tries no other for a while.
    fn refuse(&self, workspace: WorkspaceId, pause: Duration, why: &str) {
        tracing::info!(workspace = workspace.0, why, "not held in memory");
        COPIES_REFUSED.one([]);
        self.change(workspace, |kept| {
            kept.copy = None;
            kept.wished.clear();
            kept.refused_until = Some(Instant::now() + pause);
        });
    }

    fn change(&self, workspace: WorkspaceId, change: impl FnOnce(&mut super::Kept)) {
        if let Some(kept) = self.kept().get_mut(&workspace) {
            change(kept);
        }
    }
}
