//! `totals` and `facets`, and with them `histograms`: what reports read, in sets of which a workspace uses one at a time.

use std::collections::HashMap;

use acuse_domain::counts::Counts;
use acuse_domain::ids::WorkspaceId;
use acuse_domain::kinds::Direction;
use acuse_domain::rollup::{Deltas, Facet, FacetKey, TotalKey};
use diesel::QueryableByName;
use diesel::sql_types::{Array, Date, Integer, SmallInt, Timestamptz};
use diesel_async::AsyncPgConnection;

use super::histograms;
use super::rollup_set::RollupSet;
use crate::error::StoreError;
use crate::sql::Sql;
use crate::types::{At, Day};

/// Rows that one statement writes at most: connections keep the memory that the largest statement took.
pub(super) const ROWS: usize = 2_000;

/// Adds deltas to the stored rollups of a set, in one transaction with the position up to which they are folded.
pub(crate) async fn add(
    connection: &AsyncPgConnection,
    set: RollupSet,
    deltas: &Deltas,
) -> Result<(), StoreError> {
    let [totals_table, facets_table] = ["totals", "facets"].map(|name| set.table(name));
    // Written in the order of keys: two writers of one workspace exclude each other, but neighbours share pages.
    let totals = sorted(&deltas.totals);
    for rows in totals.chunks(ROWS) {
        let keys = total_keys(merge(&totals_table, TOTAL_KEY), rows);
        with_counts(keys, rows).run(connection).await?;
    }
    // Rows that messages left are looked at once more, and go where they hold nothing any more.
    for rows in keep(totals, has_left).chunks(ROWS) {
        let clear = total_keys(clear(&totals_table, TOTAL_KEY), rows);
        clear.run(connection).await?;
    }
    let facets = sorted(&deltas.facets);
    for rows in facets.chunks(ROWS) {
        let keys = facet_keys(merge(&facets_table, FACET_KEY), rows);
        with_counts(keys, rows).run(connection).await?;
    }
    for rows in keep(facets, has_left).chunks(ROWS) {
        let clear = facet_keys(clear(&facets_table, FACET_KEY), rows);
        clear.run(connection).await?;
    }
    histograms::add(connection, set, &deltas.histograms).await
}

fn sorted<K: Ord + Copy, V>(map: &HashMap<K, V>) -> Vec<(K, &V)> {
    let mut entries: Vec<(K, &V)> = map.iter().map(|(key, value)| (*key, value)).collect();
    entries.sort_unstable_by_key(|(key, _)| *key);
    entries
}

/// Whether messages left a row, so that it may hold nothing any more.
fn has_left(counts: &Counts) -> bool {
    counts.messages < 0 || counts.unattached < 0
}

fn keep<K, V>(rows: Vec<(K, &V)>, wanted: impl Fn(&V) -> bool) -> Vec<(K, &V)> {
    rows.into_iter()
        .filter(|(_, value)| wanted(value))
        .collect()
}

const TOTAL_KEY: &[&str] = &[
    "workspace_id",
    "at",
    "direction",
    "channel",
    "department_id",
];
const FACET_KEY: &[&str] = &[
    "workspace_id",
    "direction",
    "facet",
    "day",
    "department_id",
    "value",
];
/// Adds to rows by key, and makes those that are not there. Nobody else writes a workspace's rollups meanwhile, so that this
/// needs no arbitration between inserts, which would lock every row before it changes it.
fn merge(table: &str, key: &[&str]) -> String {
    let counts = Counts::NAMES;
    let sums: Vec<String> = counts
        .iter()
        .map(|count| format!("{count} = stored.{count} + new.{count}"))
        .collect();
    let columns: Vec<&str> = key.iter().chain(counts).copied().collect();
    let new: Vec<String> = columns
        .iter()
        .map(|column| format!("new.{column}"))
        .collect();
    format!(
        "MERGE INTO {table} AS stored USING unnest({}) AS new({}) ON {} \
         WHEN MATCHED THEN UPDATE SET {} WHEN NOT MATCHED THEN INSERT ({}) VALUES ({})",
        vec!["?"; columns.len()].join(", "),
        columns.join(", "),
        matches(key, "new"),
        sums.join(", "),
        columns.join(", "),
        new.join(", "),
    )
}

fn matches(key: &[&str], other: &str) -> String {
    let equal = key
        .iter()
        .map(|column| format!("stored.{column} = {other}.{column}"));
    equal.collect::<Vec<_>>().join(" AND ")
}

/// Every message counts in `messages` or in `unattached`: a row with neither holds zeros alone.
fn clear(table: &str, key: &[&str]) -> String {
    format!(
        "DELETE FROM {table} AS stored USING unnest({}) AS touched({}) WHERE {} \
         AND stored.messages = 0 AND stored.unattached = 0",
        vec!["?"; key.len()].join(", "),
        key.join(", "),
        matches(key, "touched"),
    )
}

fn total_keys<V>(text: String, rows: &[(TotalKey, V)]) -> Sql {
    Sql::new(text)
        .bind_all::<Integer, _>(rows.iter().map(|(key, _)| key.workspace.0))
        .bind_all::<Timestamptz, _>(rows.iter().map(|(key, _)| At(key.at)))
        .bind_all::<SmallInt, _>(rows.iter().map(|(key, _)| key.direction.code()))
        .bind_all::<SmallInt, _>(rows.iter().map(|(key, _)| key.channel))
        .bind_all::<Integer, _>(rows.iter().map(|(key, _)| key.department))
}

fn facet_keys<V>(text: String, rows: &[(FacetKey, V)]) -> Sql {
    Sql::new(text)
        .bind_all::<Integer, _>(rows.iter().map(|(key, _)| key.workspace.0))
        .bind_all::<SmallInt, _>(rows.iter().map(|(key, _)| key.direction.code()))
        .bind_all::<SmallInt, _>(rows.iter().map(|(key, _)| key.facet.code()))
        .bind_all::<Date, _>(rows.iter().map(|(key, _)| Day(key.day)))
        .bind_all::<Integer, _>(rows.iter().map(|(key, _)| key.department))
        .bind_all::<Integer, _>(rows.iter().map(|(key, _)| key.value))
}

fn with_counts<K>(mut sql: Sql, rows: &[(K, &Counts)]) -> Sql {
    let values: Vec<_> = rows.iter().map(|(_, counts)| counts.values()).collect();
    for column in 0..Counts::NAMES.len() {
        sql = sql.bind_all::<Integer, _>(values.iter().map(|values| small(values[column])));
    }
    sql
}

/// A count as stored. One row counts a quarter hour or a day of one workspace: far below two thousand million.
fn small(count: i64) -> i32 {
    i32::try_from(count).unwrap_or(if count < 0 { i32::MIN } else { i32::MAX })
}

#[derive(QueryableByName)]
struct TotalRow {
    #[diesel(sql_type = Timestamptz)]
    at: At,
    #[diesel(sql_type = SmallInt)]
    direction: i16,
    #[diesel(sql_type = SmallInt)]
    channel: i16,
    #[diesel(sql_type = Integer)]
    department_id: i32,
    #[diesel(sql_type = Array<Integer>)]
    counts: Vec<i32>,
}

#[derive(QueryableByName)]
struct FacetRow {
    #[diesel(sql_type = SmallInt)]
    direction: i16,
    #[diesel(sql_type = SmallInt)]
    facet: i16,
    #[diesel(sql_type = Date)]
    day: Day,
    #[diesel(sql_type = Integer)]
    department_id: i32,
    #[diesel(sql_type = Integer)]
    value: i32,
    #[diesel(sql_type = Array<Integer>)]
    counts: Vec<i32>,
}

/// Everything that a set of rollups holds of a workspace.
pub(crate) async fn load(
    connection: &AsyncPgConnection,
    set: RollupSet,
    workspace: WorkspaceId,
) -> Result<Deltas, StoreError> {
    let counts = Counts::NAMES.join(", ");
    let query = |table: &str, columns: &str| {
        Sql::new(format!(
            "SELECT {columns} FROM {} WHERE workspace_id = ?",
            set.table(table)
        ))
        .bind::<Integer, _>(workspace.0)
    };
    let mut held = Deltas::default();
    let totals = format!("at, direction, channel, department_id, ARRAY[{counts}] AS counts");
    let rows: Vec<TotalRow> = query("totals", &totals).fetch(connection).await?;
    for row in rows {
        let key = TotalKey {
            workspace,
            at: row.at.0,
            direction: direction(row.direction)?,
            channel: row.channel,
            department: row.department_id,
        };
        held.totals.insert(key, counts_of(&row.counts)?);
    }
    let facets = format!("direction, facet, day, department_id, value, ARRAY[{counts}] AS counts");
    let rows: Vec<FacetRow> = query("facets", &facets).fetch(connection).await?;
    for row in rows {
        let key = FacetKey {
            workspace,
            direction: direction(row.direction)?,
            facet: facet(row.facet)?,
            day: row.day.0,
            department: row.department_id,
            value: row.value,
        };
        held.facets.insert(key, counts_of(&row.counts)?);
    }
    held.histograms = histograms::load(connection, set, workspace).await?;
    Ok(held)
}

fn counts_of(stored: &[i32]) -> Result<Counts, StoreError> {
    let values: Vec<i64> = stored.iter().map(|count| i64::from(*count)).collect();
    let values = values
        .try_into()
        .map_err(|_| StoreError::Corrupt("a rollup row with missing counts".to_owned()))?;
    Ok(Counts::from_values(values))
}

fn direction(code: i16) -> Result<Direction, StoreError> {
    Direction::from_code(code).ok_or_else(|| corrupt("a direction", code))
}

pub(super) fn facet(code: i16) -> Result<Facet, StoreError> {
    Facet::from_code(code).ok_or_else(|| corrupt("a facet", code))
}

pub(super) fn corrupt(what: &str, code: i16) -> StoreError {
    StoreError::Corrupt(format!("{what} with the unknown code {code}"))
}
