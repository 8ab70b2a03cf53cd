//! `directory`: the numbers that rows use for external ids, and what people call them.
//!
//! Numbers are given in a transaction of their own that commits before any row uses them, so that a cache never holds
//! one that was rolled back.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{PoisonError, RwLock};

use acuse_domain::ids::{NameId, WorkspaceId};
use acuse_domain::names::{DatedLabel, Dimension, Label, Mention};
use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Integer, Jsonb, Nullable, SmallInt, Text};
use diesel_async::AsyncPgConnection;
use futures::FutureExt;
use serde_json::Value;

use crate::apply::Submission;
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

/// What is known of names, found by external ids as callers hold them.
#[derive(Debug)]
pub(crate) struct Known<T> {
    kinds: HashMap<(WorkspaceId, Dimension), HashMap<String, T>>,
    count: usize,
}

impl<T> Default for Known<T> {
    fn default() -> Self {
        Self {
            kinds: HashMap::new(),
            count: 0,
        }
    }
}

impl<T> Known<T> {
    /// What is known of a name.
    pub(crate) fn get(
        &self,
        workspace: WorkspaceId,
        dimension: Dimension,
        external_id: &str,
    ) -> Option<&T> {
        self.kinds.get(&(workspace, dimension))?.get(external_id)
    }

    fn of(&self, workspace: WorkspaceId, mention: &Mention) -> Option<&T> {
        self.get(workspace, mention.dimension, &mention.external_id)
    }

    fn insert(&mut self, (workspace, dimension, external_id): NameKey, known: T) {
        let kind = self.kinds.entry((workspace, dimension)).or_default();
        if kind.insert(external_id, known).is_none() {
            self.count += 1;
        }
    }
}

/// The numbers of the names that a batch mentions.
pub(crate) type Numbers = Known<NameId>;

/// Names held at most; beyond, the cache starts anew.
const CACHE_SIZE: usize = 200_000;

/// The names that this process has seen, with their numbers and labels.
#[derive(Debug, Default)]
pub(crate) struct NameCache {
    names: RwLock<Known<(NameId, DatedLabel)>>,
}

/// What is to be stored: the names that are new or called something new, with all that was stated.
type Wanted = BTreeMap<NameKey, Vec<Mention>>;

/// Names as they are stored, with their numbers and labels.
pub(crate) type Stored = HashMap<NameKey, (NameId, DatedLabel)>;

/// What is known of the names that a batch mentions.
#[derive(Debug, Default)]
pub(crate) struct Found {
    numbers: Numbers,
    wanted: Wanted,
}

impl Found {
    fn note(&mut self, workspace: WorkspaceId, mention: &Mention, number: Option<NameId>) {
        if self.numbers.of(workspace, mention).is_some() {
            return;
        }
        let key = (workspace, mention.dimension, mention.external_id.clone());
        match number {
            Some(number) => self.numbers.insert(key, number),
            None => {
                let unlabelled = Mention {
                    external_id: mention.external_id.clone(),
                    label: Label::default(),
                    ..*mention
                };
                self.wanted.entry(key).or_insert_with(|| vec![unlabelled]);
            }
        }
    }
}

impl NameCache {
    /// What is known here of the names that a batch mentions; and, of each item, the mentions that would change what is shown
    /// of a name, for all that is known here.
    pub(crate) fn look_up(&self, batch: &[Submission]) -> (Found, Vec<Vec<Mention>>) {
        let mut found = Found::default();
        let names = self.names.read().unwrap_or_else(PoisonError::into_inner);
        let mut restated = Vec::with_capacity(batch.len());
        for Submission { workspace, event } in batch {
            let mut mentions = event.item.mentions();
            mentions.retain(|mention| {
                let known = names.of(*workspace, mention);
                found.note(*workspace, mention, known.map(|(number, _)| *number));
                !mention.label.is_empty()
                    && known.is_none_or(|(_, label)| label.would_change(&mention.label, mention.at))
            });
            mentions.shrink_to_fit();
            restated.push(mentions);
        }
        (found, restated)
    }

    /// The number of every name mentioned; new ones are stored first. What they are called is not.
    pub(crate) async fn complete(
        &self,
        database: &Database,
        found: Found,
    ) -> Result<Numbers, StoreError> {
        let Found {
            mut numbers,
            wanted,
        } = found;
        if wanted.is_empty() {
            return Ok(numbers);
        }
        let stored = database
            .transaction(Role::Writer, None, move |connection| {
                store(connection, wanted).boxed()
            })
            .await?;
        for (key, (number, _)) in &stored {
            numbers.insert(key.clone(), *number);
        }
        self.keep(stored);
        Ok(numbers)
    }

    /// Leaves those mentions that still would change what is shown, now that what is stored of new names is known here.
    pub(crate) fn keep_restated(&self, batch: &[Submission], restated: &mut [Vec<Mention>]) {
        if restated.iter().all(Vec::is_empty) {
            return;
        }
        let names = self.names.read().unwrap_or_else(PoisonError::into_inner);
        for (Submission { workspace, .. }, mentions) in batch.iter().zip(restated) {
            mentions.retain(|mention| {
                let known = names.of(*workspace, mention);
                known.is_none_or(|(_, label)| label.would_change(&mention.label, mention.at))
            });
        }
    }

    /// Takes in names whose transaction has committed.
    pub(crate) fn keep(&self, stored: Stored) {
        let mut names = self.names.write().unwrap_or_else(PoisonError::into_inner);
        if names.count + stored.len() > CACHE_SIZE {
            *names = Known::default();
        }
        for (key, known) in stored {
            names.insert(key, known);
        }
    }

    /// Forgets everything: what is stored is asked for again.
    pub(crate) fn clear(&self) {
        *self.names.write().unwrap_or_else(PoisonError::into_inner) = Known::default();
    }
}

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
