//! Workspaces: made, found and changed.

use std::time::Duration;

use acuse_domain::calendar::Zone;
use acuse_domain::ids::WorkspaceId;
use acuse_domain::thread::DEFAULT_ATTRIBUTION_WINDOW;
use acuse_domain::time::Timestamp;
use futures::FutureExt;

use crate::error::StoreError;
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
}

impl Settings {
    /// What a workspace has unless set otherwise: Spanish, UTC, 24 hours, 90 days, 4 exports, 13 months.
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
        }
    }

    fn apply(&mut self, settings: Settings, now: Timestamp) {
        if settings.attribution_window != self.settings().attribution_window {
            self.attribution_windows
                .push((now, settings.attribution_window));
        }
        self.display_name = settings.display_name;
        self.time_zone = settings.zone.name().to_owned();
        self.language = settings.language;
        self.data_available_from = settings.data_available_from;
        self.report_max_days = settings.report_max_days;
        self.export_max_concurrent = settings.export_max_concurrent;
        self.retention_months = settings.retention_months;
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
        created_at: now,
        updated_at: now,
    };
    // A window set from the start applies to all that was ever received.
    workspace.apply(new.settings, Timestamp::default());
    workspace.updated_at = now;
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
            async move { table::find(connection, &slug, false).await }.boxed()
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

/// Why a change of settings was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpdateRefusal {
    /// There is no such workspace.
    NotFound,
    /// The zone cuts the days of what is stored already.
    ZoneInUse,
}

/// Changes the settings of a workspace by `change`.
///
/// # Errors
/// Fails with the database; the inner result is the refusal of a change that cannot be made.
pub async fn update<F>(
    database: &Database,
    slug: &str,
    now: Timestamp,
    change: F,
) -> Result<Result<Workspace, UpdateRefusal>, StoreError>
where
    F: FnOnce(&mut Settings) + Send + 'static,
{
    let slug = slug.to_owned();
    database
        .transaction(Role::Writer, None, move |connection| {
            async move {
                let Some(mut workspace) = table::find(connection, &slug, true).await? else {
                    return Ok(Err(UpdateRefusal::NotFound));
                };
                let mut settings = workspace.settings();
                change(&mut settings);
                let moves_days = settings.zone.name() != workspace.time_zone;
                if moves_days && table::has_messages(connection, workspace.id).await? {
                    return Ok(Err(UpdateRefusal::ZoneInUse));
                }
                workspace.apply(settings, now);
                table::update(connection, &workspace).await?;
                Ok(Ok(workspace))
            }
            .boxed()
        })
        .await
}
