//! Workspaces: made, found and changed.

use std::collections::BTreeMap;
use std::time::Duration;

use acuse_domain::attribution::change_window;
use acuse_domain::calendar::Zone;
use acuse_domain::ids::WorkspaceId;
use acuse_domain::thread::DEFAULT_ATTRIBUTION_WINDOW;
use acuse_domain::time::{Timestamp, days};
use futures::FutureExt;

use crate::error::StoreError;
use crate::message_state::heads::{self, HeadRow};
use crate::message_state::rollup_set::RollupSet;
use crate::message_state::workspaces as table;
pub use crate::message_state::workspaces::Workspace;
use crate::pool::{Database, Role};

/// A workspace to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWorkspace {
    /// The name that callers know; never changes.
    pub slug: String,
    /// Its settings.
    pub settings: Settings,
}

/// What can be set of a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The name for people.
    pub display_name: String,
    /// Its time zone.
    pub zone: Zone,
    /// Language of its exports: `es`, `en` or `pt`.
    pub language: String,
    /// Reports cover nothing before this; `None` for no limit.
    pub data_available_from: Option<Timestamp>,
    /// How long after an outbound message an inbound one still answers it. A change applies to inbound messages from
    /// the time of the change on.
    pub attribution_window: Duration,
    /// The longest interval of a report, in days.
    pub report_max_days: i32,
    /// Exports that run at once.
    pub export_max_concurrent: i32,
    /// How many months rows are kept.
    pub retention_months: i32,
    /// How many days payloads of webhooks are kept that were not understood, from when they last came.
    pub not_understood_retention_days: i32,
}

impl Settings {
    /// What a workspace has unless set otherwise: Spanish, UTC, 24 hours, 90 days, 4 exports, 13 months, 90 days of what was
    /// not understood.
    pub fn usual(display_name: impl Into<String>) -> Self {
        Self {
            display_name: display_name.into(),
            zone: Zone::UTC,
            language: "es".to_owned(),
            data_available_from: None,
            attribution_window: DEFAULT_ATTRIBUTION_WINDOW,
            report_max_days: 90,
            export_max_concurrent: 4,
            retention_months: 13,
            not_understood_retention_days: 90,
        }
    }
}

impl Workspace {
    /// Its settings as they are now.
    pub fn settings(&self) -> Settings {
        Settings {
            display_name: self.display_name.clone(),
            zone: self.zone(),
            language: self.language.clone(),
            data_available_from: self.data_available_from,
            attribution_window: self
                .attribution_windows
                .last()
                .map_or(DEFAULT_ATTRIBUTION_WINDOW, |(_, window)| *window),
            report_max_days: self.report_max_days,
            export_max_concurrent: self.export_max_concurrent,
            retention_months: self.retention_months,
            not_understood_retention_days: self.not_understood_retention_days,
        }
    }

    /// Sets all but the attribution window.
    fn apply(&mut self, settings: Settings, now: Timestamp) {
        self.display_name = settings.display_name;
        self.time_zone = settings.zone.name().to_owned();
        self.language = settings.language;
        self.data_available_from = settings.data_available_from;
        self.report_max_days = settings.report_max_days;
        self.export_max_concurrent = settings.export_max_concurrent;
        self.retention_months = settings.retention_months;
        self.not_understood_retention_days = settings.not_understood_retention_days;
        self.updated_at = now;
    }
}

/// Makes a workspace; `None` where the slug is taken.
///
/// # Errors
/// Fails with the database.
pub async fn create(
    database: &Database,
    new: NewWorkspace,
    now: Timestamp,
) -> Result<Option<Workspace>, StoreError> {
    let mut workspace = Workspace {
        id: WorkspaceId(0),
        slug: new.slug,
        display_name: String::new(),
        time_zone: "UTC".to_owned(),
        language: String::new(),
        data_available_from: None,
        attribution_windows: Vec::new(),
        report_max_days: 0,
        export_max_concurrent: 0,
        retention_months: 0,
        not_understood_retention_days: 0,
        created_at: now,
        updated_at: now,
        facet_zone: None,
        rollups: RollupSet::default(),
        reported_stages: BTreeMap::new(),
    };
    let window = new.settings.attribution_window;
    if window != DEFAULT_ATTRIBUTION_WINDOW {
        // Set from the start it applies to all that was ever received.
        let always = (Timestamp::default(), window);
        workspace.attribution_windows.push(always);
    }
    workspace.apply(new.settings, now);
    database
        .transaction(Role::Writer, None, move |connection| {
            async move { table::create(connection, &workspace).await }.boxed()
        })
        .await
}

/// The workspace of that slug.
///
/// # Errors
/// Fails with the database.
pub async fn find(database: &Database, slug: &str) -> Result<Option<Workspace>, StoreError> {
    let slug = slug.to_owned();
    database
        .transaction(Role::Snapshot, None, move |connection| {
            async move { table::find(connection, &slug).await }.boxed()
        })
        .await
}

/// Up to `limit` workspaces whose slug comes after `after`, in the order of slugs.
///
/// # Errors
/// Fails with the database.
pub async fn list(
    database: &Database,
    after: &str,
    limit: usize,
) -> Result<Vec<Workspace>, StoreError> {
    let (after, limit) = (after.to_owned(), i64::try_from(limit).unwrap_or(i64::MAX));
    database
        .transaction(Role::Snapshot, None, move |connection| {
            async move { table::list(connection, &after, limit).await }.boxed()
        })
        .await
}

/// The sequences of the newest changes of workspaces; one that there is not is left out.
///
/// # Errors
/// Fails with the database.
pub async fn newest_changes(
    database: &Database,
    workspaces: Vec<WorkspaceId>,
) -> Result<Vec<(WorkspaceId, i64)>, StoreError> {
    let ids = workspaces
        .into_iter()
        .map(|workspace| workspace.0)
        .collect();
    let rows: Vec<HeadRow> = database
        .transaction(Role::Snapshot, None, move |connection| {
            async move { heads::find(ids).fetch(connection).await }.boxed()
        })
        .await?;
    let newest = rows
        .into_iter()
        .map(|row| (WorkspaceId(row.workspace_id), row.last_sequence));
    Ok(newest.collect())
}

/// How old a row may be at most: partitions are dropped whole, at the end of the month after the last one kept.
fn kept(retention_months: i32) -> Duration {
    let months = u64::try_from(retention_months)
        .unwrap_or(0)
        .saturating_add(2);
    days(months.saturating_mul(31))
}

/// Why a change of settings was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpdateRefusal {
    /// There is no such workspace.
    NotFound,
    /// The attribution window was changed too often.
    TooManyWindows,
}

/// Changes the settings of a workspace by `change`, between two batches: none runs under the settings of before once
/// this has begun, and `now` is asked for the time only then.
///
/// # Errors
/// Fails with the database; the inner result is the refusal of a change that cannot be made.
pub async fn update<F>(
    database: &Database,
    slug: &str,
    now: impl FnOnce() -> Timestamp + Send + 'static,
    change: F,
) -> Result<Result<Workspace, UpdateRefusal>, StoreError>
where
    F: FnOnce(&mut Settings) + Send + 'static,
{
    let slug = slug.to_owned();
    database
        .transaction(Role::Writer, None, move |connection| {
            async move {
                let Some((mut workspace, has_messages)) = table::lock(connection, &slug).await?
                else {
                    return Ok(Err(UpdateRefusal::NotFound));
                };
                let now = now();
                let before = workspace.settings();
                let mut settings = before.clone();
                change(&mut settings);
                if settings.zone.name() != workspace.time_zone {
                    let cut_by = workspace.facet_zone.take();
                    let cut_by = cut_by.unwrap_or_else(|| workspace.time_zone.clone());
                    // Without messages no day is cut yet.
                    workspace.facet_zone =
                        Some(cut_by).filter(|zone| has_messages && zone != settings.zone.name());
                }
                if settings.attribution_window != before.attribution_window {
                    let windows = &mut workspace.attribution_windows;
                    let kept = kept(settings.retention_months);
                    if change_window(windows, settings.attribution_window, now, kept).is_err() {
                        return Ok(Err(UpdateRefusal::TooManyWindows));
                    }
                }
                workspace.apply(settings, now);
                table::update(connection, &workspace).await?;
                Ok(Ok(workspace))
            }
            .boxed()
        })
        .await
}
