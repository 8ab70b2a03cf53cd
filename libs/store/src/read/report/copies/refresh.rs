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

/// How many days to load at once after so many had so many rows: as many as have about [`PACE`] rows, and twice as many as before
/// at most. Where none were loaded nothing is known of them.
fn next_pace(pace: usize, days: usize, loaded: usize) -> usize {
    let (rows, most) = PACE;
    if days == 0 {
        return pace;
    }
    let fits = days.saturating_mul(rows) / loaded.max(1);
    fits.clamp(1, pace.saturating_mul(2).min(most))
}

impl Copies {
    /// Brings those up to date that are due, loads some of what was asked for, and drops what is no longer asked for; tells
    /// whether there is more to be loaded.
    ///
    /// # Errors
    /// Fails with the database; copies that could not be brought up to date are what they were.
    pub async fn refresh(&self) -> Result<bool, StoreError> {
        let mut more = false;
        let mut failed = None;
        for workspace in self.due_workspaces() {
            match self.refresh_one(workspace).await {
                Ok(of_one) => more |= of_one,
                Err(away @ StoreError::Unavailable(_)) => return Err(away),
                Err(error) => {
                    // The others are brought up to date all the same; of this one less is tried.
                    self.change(workspace, |kept| kept.pace = (kept.pace / 2).max(1));
                    failed.get_or_insert(error);
                }
            }
        }
        failed.map_or(Ok(more), Err)
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
            Lacking::TooMuch if pace > 1 => {
                self.change(workspace, |kept| kept.pace = (pace / 8).max(1));
                return Ok(true);
            }
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
        let next = next_pace(pace, found.days(), loaded);
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
            kept.pace = next;
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
            kept.pace = 1;
            kept.refused_until = Some(Instant::now() + pause);
        });
    }

    fn change(&self, workspace: WorkspaceId, change: impl FnOnce(&mut super::Kept)) {
        if let Some(kept) = self.kept().get_mut(&workspace) {
            change(kept);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::next_pace;

    #[test]
    fn as_many_days_are_loaded_as_have_some_rows() {
        assert_eq!(next_pace(1, 1, 100), 2, "twice as many at most");
        assert_eq!(next_pace(64, 64, 100), 64);
        assert_eq!(next_pace(8, 8, 80_000), 5);
        assert_eq!(next_pace(8, 3, 30_000), 5, "of which there were three");
        assert_eq!(next_pace(1, 1, 400_000), 1);
        assert_eq!(next_pace(4, 4, 0), 8, "days without messages");
        assert_eq!(next_pace(4, 0, 0), 4, "nothing was to be loaded");
    }
}
