//! `workspaces`: tenants and their settings.

use std::collections::BTreeMap;
use std::time::Duration;

use acuse_domain::calendar::Zone;
use acuse_domain::capabilities::Capabilities;
use acuse_domain::glossary::Language;
use acuse_domain::ids::{NameId, WorkspaceId};
use acuse_domain::time::Timestamp;
use diesel::sql_types::{BigInt, Integer, Jsonb, Nullable, SmallInt, Text, Timestamptz};
use diesel_async::AsyncPgConnection;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::heads::{self, HeadRow};
use super::rollup_set::RollupSet;
use crate::error::StoreError;
use crate::sql::{Rows, Sql, rows};
use crate::types::{self, At};

rows! {
    /// One workspace as stored.
    WorkspaceRow in "message_state.workspaces" {
        workspace_id: i32 => Integer,
        slug: String => Text,
        display_name: String => Text,
        time_zone: String => Text,
        language: String => Text,
        data_available_from: Option<At> => Nullable<Timestamptz>,
        attribution_windows: Value => Jsonb,
        report_max_days: i32 => Integer,
        export_max_concurrent: i32 => Integer,
        retention_months: i32 => Integer,
        not_understood_retention_days: i32 => Integer,
        created_at: At => Timestamptz,
        updated_at: At => Timestamptz,
        facet_zone: Option<String> => Nullable<Text>,
        rollup_set: i16 => SmallInt,
        reported_stages: Value => Jsonb,
    }
}

/// A workspace with its settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    /// Its number.
    pub id: WorkspaceId,
    /// The name that callers know; never changes.
    pub slug: String,
    /// The name for people.
    pub display_name: String,
    /// IANA name of its time zone.
    pub time_zone: String,
    /// Language of its exports: `es`, `en` or `pt`.
    pub language: String,
    /// Reports cover nothing before this; `None` for no limit.
    pub data_available_from: Option<Timestamp>,
    /// How long after an outbound message an inbound one answers it, each with the time from which it applies; empty
    /// for the usual 24 hours.
    pub attribution_windows: Vec<(Timestamp, Duration)>,
    /// The longest interval of a report, in days.
    pub report_max_days: i32,
    /// Exports that run at once.
    pub export_max_concurrent: i32,
    /// How many months rows are kept.
    pub retention_months: i32,
    /// How many days payloads are kept that were not understood.
    pub not_understood_retention_days: i32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its settings were changed last.
    pub updated_at: Timestamp,
    /// IANA name of the zone whose days the facets in use are cut by, where that is not its own: it changed, and they are not
    /// rebuilt yet.
    pub facet_zone: Option<String>,
    /// Which set of rollups is in use.
    pub(crate) rollups: RollupSet,
    /// What channel accounts can report, by their numbers, where that was said of them; of the others their channels decide.
    pub reported_stages: BTreeMap<NameId, Capabilities>,
}

impl Workspace {
    /// Its zone. One that the build does not know (they are checked when set) counts as UTC.
    pub fn zone(&self) -> Zone {
        self.time_zone.parse().unwrap_or(Zone::UTC)
    }

    /// The language that its people are spoken to in. One that the build does not know (they are checked when set) counts as
    /// Spanish.
    pub fn spoken(&self) -> Language {
        Language::parse(&self.language).unwrap_or(Language::Spanish)
    }

    /// The zone whose days the facets in use are cut by. While they are rebuilt for another, it is the one of before.
    pub fn facet_zone(&self) -> Zone {
        match &self.facet_zone {
            Some(name) => name.parse().unwrap_or(Zone::UTC),
            None => self.zone(),
        }
    }

    fn row(&self) -> WorkspaceRow {
        let windows = self
            .attribution_windows
            .iter()
            .map(|(from, window)| serde_json::json!([from.micros(), window.as_secs()]))
            .collect();
        let reported = self.reported_stages.iter();
        let reported =
            reported.map(|(account, stages)| serde_json::json!([account.0, stages.bits()]));
        WorkspaceRow {
            workspace_id: self.id.0,
            slug: self.slug.clone(),
            display_name: self.display_name.clone(),
            time_zone: self.time_zone.clone(),
            language: self.language.clone(),
            data_available_from: types::at(self.data_available_from),
            attribution_windows: Value::Array(windows),
            report_max_days: self.report_max_days,
            export_max_concurrent: self.export_max_concurrent,
            retention_months: self.retention_months,
            not_understood_retention_days: self.not_understood_retention_days,
            created_at: At(self.created_at),
            updated_at: At(self.updated_at),
            facet_zone: self.facet_zone.clone(),
            rollup_set: self.rollups.code(),
            reported_stages: Value::Array(reported.collect()),
        }
    }
}

/// What figures follow from is read or told to be wrong: what is taken for nothing would give others without a word.
impl TryFrom<WorkspaceRow> for Workspace {
    type Error = StoreError;

    fn try_from(row: WorkspaceRow) -> Result<Self, StoreError> {
        let windows: Vec<(i64, u64)> =
            read(&row.slug, "attribution_windows", row.attribution_windows)?;
        let reported: Vec<(i32, i16)> = read(&row.slug, "reported_stages", row.reported_stages)?;
        Ok(Self {
            id: WorkspaceId(row.workspace_id),
            slug: row.slug,
            display_name: row.display_name,
            time_zone: row.time_zone,
            language: row.language,
            data_available_from: row.data_available_from.map(|At(at)| at),
            attribution_windows: windows
                .into_iter()
                .map(|(from, window)| (Timestamp::from_micros(from), Duration::from_secs(window)))
                .collect(),
            report_max_days: row.report_max_days,
            export_max_concurrent: row.export_max_concurrent,
            retention_months: row.retention_months,
            not_understood_retention_days: row.not_understood_retention_days,
            created_at: row.created_at.0,
            updated_at: row.updated_at.0,
            facet_zone: row.facet_zone,
            rollups: RollupSet::in_use(row.rollup_set),
            reported_stages: reported
                .into_iter()
                .map(|(account, bits)| (NameId(account), Capabilities::from_bits(bits)))
                .collect(),
        })
    }
}

fn read<T: DeserializeOwned>(slug: &str, column: &str, value: Value) -> Result<T, StoreError> {
    serde_json::from_value(value)
        .map_err(|error| StoreError::Corrupt(format!("{column} of the workspace {slug}: {error}")))
}

/// Stores a new workspace (its id is given here); `None` where the slug is taken.
pub(crate) async fn create(
    connection: &AsyncPgConnection,
    workspace: &Workspace,
) -> Result<Option<Workspace>, StoreError> {
    let columns: Vec<&str> = WorkspaceRow::COLUMNS[1..].to_vec();
    let text = format!(
        "WITH made AS (INSERT INTO message_state.workspaces ({0}) \
         SELECT {0} FROM unnest({1}) AS new({2}) ON CONFLICT (slug) DO NOTHING RETURNING *), \
         head AS (INSERT INTO message_state.workspace_heads (workspace_id) SELECT workspace_id FROM made), \
         names AS (INSERT INTO message_state.directory_heads (workspace_id) SELECT workspace_id FROM made), \
         folds AS (INSERT INTO message_state.fold_positions (workspace_id) SELECT workspace_id FROM made) \
         SELECT * FROM made",
        columns.join(", "),
        vec!["?"; WorkspaceRow::COLUMNS.len()].join(", "),
        WorkspaceRow::COLUMNS.join(", "),
    );
    let made: Option<WorkspaceRow> = WorkspaceRow::bind(vec![workspace.row()], Sql::new(text))
        .fetch_optional(connection)
        .await?;
    made.map(Workspace::try_from).transpose()
}

/// The workspace of that slug.
pub(crate) async fn find(
    connection: &AsyncPgConnection,
    slug: &str,
) -> Result<Option<Workspace>, StoreError> {
    let row: Option<WorkspaceRow> = Sql::new(WorkspaceRow::select() + " WHERE stored.slug = ?")
        .bind::<Text, _>(slug.to_owned())
        .fetch_optional(connection)
        .await?;
    row.map(Workspace::try_from).transpose()
}

/// The workspace of that slug, which the transaction names from then on.
pub(crate) async fn find_and_name(
    connection: &AsyncPgConnection,
    slug: &str,
) -> Result<Option<Workspace>, StoreError> {
    let columns = WorkspaceRow::COLUMNS.join(", ");
    let row: Option<WorkspaceRow> = Sql::new(format!(
        "SELECT {columns}, set_config('acuse.workspace_id', workspace_id::text, true) AS named \
         FROM message_state.workspaces WHERE slug = ?"
    ))
    .bind::<Text, _>(slug.to_owned())
    .fetch_optional(connection)
    .await?;
    row.map(Workspace::try_from).transpose()
}

/// The workspace of that slug, and whether it ever took in a message. Its head is locked, so that no batch runs until the
/// transaction ends.
pub(crate) async fn lock(
    connection: &AsyncPgConnection,
    slug: &str,
) -> Result<Option<(Workspace, bool)>, StoreError> {
    let Some(found) = find(connection, slug).await? else {
        return Ok(None);
    };
    let heads: Vec<HeadRow> = heads::lock(vec![found.id.0]).fetch(connection).await?;
    let has_messages = heads.iter().any(|head| head.last_sequence > 0);
    // Read again: what was read before the lock may have been changed by whoever held it.
    let locked = find(connection, slug).await?;
    Ok(locked.map(|workspace| (workspace, has_messages)))
}

/// Up to `limit` workspaces whose slug comes after `after`, in the order of slugs.
pub(crate) async fn list(
    connection: &AsyncPgConnection,
    after: &str,
    limit: i64,
) -> Result<Vec<Workspace>, StoreError> {
    let text = WorkspaceRow::select() + " WHERE stored.slug > ? ORDER BY stored.slug LIMIT ?";
    let rows: Vec<WorkspaceRow> = Sql::new(text)
        .bind::<Text, _>(after.to_owned())
        .bind::<BigInt, _>(limit)
        .fetch(connection)
        .await?;
    rows.into_iter().map(Workspace::try_from).collect()
}

/// The workspaces of those numbers.
pub(crate) fn by_id(ids: Vec<i32>) -> Sql {
    Sql::new(WorkspaceRow::select() + " WHERE stored.workspace_id = ANY(?)")
        .bind_all::<Integer, _>(ids)
}

/// Stores changed settings.
pub(crate) async fn update(
    connection: &AsyncPgConnection,
    workspace: &Workspace,
) -> Result<(), StoreError> {
    WorkspaceRow::update([workspace.row()], &["workspace_id", "slug", "created_at"])
        .run(connection)
        .await?;
    Ok(())
}
