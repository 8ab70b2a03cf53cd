//! `directory`: the numbers that rows use for external ids, and what people call them.
//!
//! Numbers are given in a transaction of their own that commits before any row uses them, so that a cache never holds
//! one that was rolled back.

pub(crate) mod cache;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use acuse_domain::ids::{NameId, WorkspaceId};
use acuse_domain::names::{DatedLabel, Dimension, Label, Mention};
use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Integer, Jsonb, Nullable, SmallInt, Text};
use diesel_async::AsyncPgConnection;
use futures::FutureExt;
use serde_json::Value;

use crate::error::StoreError;
use crate::pool::{Database, Role};
use crate::sql::{Rows, Sql, rows};

rows! {
    /// One external id.
    NameRow in "message_state.directory" {
        workspace_id: i32 => Integer,
        dimension: i16 => SmallInt,
        name_id: i32 => Integer,
        external_id: String => Text,
        label: Value => Jsonb,
    }
}

/// An external id of one workspace.
pub(crate) type NameKey = (WorkspaceId, Dimension, String);

/// What is to be stored: the names that are new or called something new, with all that was stated.
type Wanted = BTreeMap<NameKey, Vec<Mention>>;

/// Names as they are stored, with their numbers and labels.
pub(crate) type Stored = HashMap<NameKey, (NameId, DatedLabel)>;

/// Stores what mentions call names, in the transaction under way. It takes the lock of the directory, which nothing else
/// is locked after.
pub(crate) async fn state(
    connection: &AsyncPgConnection,
    mentions: Vec<(WorkspaceId, Mention)>,
) -> Result<Stored, StoreError> {
    let mut wanted = Wanted::new();
    for (workspace, mention) in mentions {
        let key = (workspace, mention.dimension, mention.external_id.clone());
        wanted.entry(key).or_default().push(mention);
    }
    if wanted.is_empty() {
        return Ok(Stored::new());
    }
    store(connection, wanted).await
}

async fn store(connection: &AsyncPgConnection, wanted: Wanted) -> Result<Stored, StoreError> {
    let mut last = lock_heads(connection, &wanted).await?;
    let mut known: Stored = load(connection, &wanted)
        .await?
        .into_iter()
        .filter_map(|row| {
            let dimension = Dimension::from_code(row.dimension)?;
            let label = serde_json::from_value(row.label).unwrap_or_default();
            let key = (WorkspaceId(row.workspace_id), dimension, row.external_id);
            Some((key, (NameId(row.name_id), label)))
        })
        .collect();
    let (mut made, mut renamed) = (Vec::new(), Vec::new());
    for (key, mentions) in wanted {
        let is_known = known.contains_key(&key);
        let (number, label) = known.entry(key.clone()).or_insert_with(|| {
            let last = last.entry(key.0).or_insert(0);
            *last += 1;
            (NameId(*last), DatedLabel::default())
        });
        let mut changed = false;
        for mention in &mentions {
            changed |= label.absorb(&mention.label, mention.at);
        }
        let row = NameRow {
            workspace_id: key.0.0,
            dimension: key.1.code(),
            name_id: number.0,
            external_id: key.2,
            label: serde_json::to_value(&*label).unwrap_or_default(),
        };
        match (is_known, changed) {
            (false, _) => made.push(row),
            (true, true) => renamed.push(row),
            (true, false) => {}
        }
    }
    if !made.is_empty() {
        NameRow::insert(made, "").run(connection).await?;
        store_heads(connection, &last).await?;
    }
    if !renamed.is_empty() {
        NameRow::update(renamed, &["workspace_id", "dimension", "name_id"])
            .run(connection)
            .await?;
    }
    Ok(known)
}

#[derive(QueryableByName)]
struct HeadRow {
    #[diesel(sql_type = Integer)]
    workspace_id: i32,
    #[diesel(sql_type = Integer)]
    last_name: i32,
}

async fn lock_heads(
    connection: &AsyncPgConnection,
    wanted: &Wanted,
) -> Result<HashMap<WorkspaceId, i32>, StoreError> {
    let workspaces: BTreeSet<i32> = wanted.keys().map(|(workspace, ..)| workspace.0).collect();
    let heads: Vec<HeadRow> = Sql::new(
        "SELECT workspace_id, last_name FROM message_state.directory_heads \
         WHERE workspace_id = ANY(?) ORDER BY workspace_id FOR UPDATE",
    )
    .bind_all::<Integer, _>(workspaces)
    .fetch(connection)
    .await?;
    Ok(heads
        .into_iter()
        .map(|head| (WorkspaceId(head.workspace_id), head.last_name))
        .collect())
}

async fn store_heads(
    connection: &AsyncPgConnection,
    last: &HashMap<WorkspaceId, i32>,
) -> Result<(), StoreError> {
    Sql::new(
        "UPDATE message_state.directory_heads AS stored SET last_name = new.last_name \
         FROM unnest(?, ?) AS new(workspace_id, last_name) WHERE stored.workspace_id = new.workspace_id",
    )
    .bind_all::<Integer, _>(last.keys().map(|workspace| workspace.0))
    .bind_all::<Integer, _>(last.values().copied())
    .run(connection)
    .await?;
    Ok(())
}

async fn load(connection: &AsyncPgConnection, wanted: &Wanted) -> Result<Vec<NameRow>, StoreError> {
    let text = NameRow::select()
        + " JOIN unnest(?, ?, ?) AS wanted(workspace_id, dimension, external_id) \
           USING (workspace_id, dimension, external_id)";
    Sql::new(text)
        .bind_all::<Integer, _>(wanted.keys().map(|(workspace, ..)| workspace.0))
        .bind_all::<SmallInt, _>(wanted.keys().map(|(_, dimension, _)| dimension.code()))
        .bind_all::<Text, _>(wanted.keys().map(|(.., id)| id.clone()))
        .fetch(connection)
        .await
}

/// An external id with what it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What kind of thing.
    pub dimension: Dimension,
    /// Its external id.
    pub external_id: String,
    /// What it is called now.
    pub label: Label,
}

/// Up to `limit` names of a dimension whose external id comes after `after`, in the order of external ids; of the names
/// with the numbers `only`, where there is such a limit.
pub(crate) async fn list(
    connection: &AsyncPgConnection,
    workspace: WorkspaceId,
    dimension: Dimension,
    only: Option<Vec<i32>>,
    after: &str,
    limit: i64,
) -> Result<Vec<Entry>, StoreError> {
    let text = NameRow::select()
        + " WHERE stored.workspace_id = ? AND stored.dimension = ? AND stored.external_id > ? \
           AND (? IS NULL OR stored.name_id = ANY(?)) ORDER BY stored.external_id LIMIT ?";
    let rows: Vec<NameRow> = Sql::new(text)
        .bind::<Integer, _>(workspace.0)
        .bind::<SmallInt, _>(dimension.code())
        .bind::<Text, _>(after.to_owned())
        .bind::<Nullable<Array<Integer>>, _>(only.clone())
        .bind::<Nullable<Array<Integer>>, _>(only)
        .bind::<BigInt, _>(limit)
        .fetch(connection)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Entry {
            dimension,
            external_id: row.external_id,
            label: shown(row.label),
        })
        .collect())
}

/// The names behind numbers of one workspace.
pub(crate) async fn names(
    connection: &AsyncPgConnection,
    workspace: WorkspaceId,
    numbers: &BTreeSet<(Dimension, NameId)>,
) -> Result<HashMap<(Dimension, NameId), Entry>, StoreError> {
    let text = NameRow::select()
        + " JOIN unnest(?, ?) AS wanted(dimension, name_id) USING (dimension, name_id) \
           WHERE stored.workspace_id = ?";
    let rows: Vec<NameRow> = Sql::new(text)
        .bind_all::<SmallInt, _>(numbers.iter().map(|(dimension, _)| dimension.code()))
        .bind_all::<Integer, _>(numbers.iter().map(|(_, number)| number.0))
        .bind::<Integer, _>(workspace.0)
        .fetch(connection)
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let dimension = Dimension::from_code(row.dimension)?;
            let entry = Entry {
                dimension,
                external_id: row.external_id,
                label: shown(row.label),
            };
            Some(((dimension, NameId(row.name_id)), entry))
        })
        .collect())
}

fn shown(stored: Value) -> Label {
    serde_json::from_value::<DatedLabel>(stored)
        .unwrap_or_default()
        .shown()
}

/// Whether there is a name of that external id.
pub(crate) async fn is_known(
    database: &Database,
    workspace: WorkspaceId,
    mention: &Mention,
) -> Result<bool, StoreError> {
    let found = known(database, workspace, std::slice::from_ref(mention)).await?;
    Ok(!found.is_empty())
}

/// The labels kept for external ids of one workspace; those not known are left out.
pub(crate) async fn known(
    database: &Database,
    workspace: WorkspaceId,
    mentions: &[Mention],
) -> Result<HashMap<(Dimension, String), DatedLabel>, StoreError> {
    let wanted: Wanted = mentions
        .iter()
        .map(|mention| {
            let key = (workspace, mention.dimension, mention.external_id.clone());
            (key, Vec::new())
        })
        .collect();
    let rows = database
        .transaction(Role::Snapshot, None, move |connection| {
            async move { load(connection, &wanted).await }.boxed()
        })
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let dimension = Dimension::from_code(row.dimension)?;
            let label = serde_json::from_value(row.label).unwrap_or_default();
            Some(((dimension, row.external_id), label))
        })
        .collect())
}
