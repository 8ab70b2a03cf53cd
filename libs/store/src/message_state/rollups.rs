//! `totals`, `facets` and `histograms`: what reports read, in sets of which a workspace uses one at a time.

use std::collections::HashMap;

use acuse_domain::counts::Counts;
use acuse_domain::ids::WorkspaceId;
use acuse_domain::kinds::Direction;
use acuse_domain::rollup::{Deltas, Facet, FacetKey, HistogramKey, Span, TotalKey};
use diesel::QueryableByName;
use diesel::sql_types::{Array, Date, Integer, SmallInt, Timestamptz};
use diesel_async::AsyncPgConnection;

use super::rollup_set::RollupSet;
use crate::error::StoreError;
use crate::sql::Sql;
use crate::types::{At, Day};

/// Adds deltas to the stored rollups of a set, in one transaction with the position up to which they are folded.
pub(crate) async fn add(
    connection: &AsyncPgConnection,
    set: RollupSet,
    deltas: &Deltas,
) -> Result<(), StoreError> {
    for statement in statements(set, deltas) {
        statement.run(connection).await?;
    }
    Ok(())
}

fn statements(set: RollupSet, deltas: &Deltas) -> Vec<Sql> {
    let [totals_table, facets_table, histograms_table] =
        ["totals", "facets", "histograms"].map(|name| set.table(name));
    // Written in the order of keys: two writers of one workspace exclude each other, but neighbours share pages.
    let totals = sorted(&deltas.totals);
    let facets = sorted(&deltas.facets);
    let histograms = sorted(&deltas.histograms);
    // Rows that messages left are looked at once more, and go where they hold nothing any more.
    let mut statements = Vec::new();
    if !totals.is_empty() {
        statements.push(with_counts(
            total_keys(upsert(&totals_table, TOTAL_KEY), &totals),
            &totals,
        ));
        let left = keep(totals, has_left);
        if !left.is_empty() {
            statements.push(total_keys(clear(&totals_table, TOTAL_KEY), &left));
        }
    }
    if !facets.is_empty() {
        statements.push(with_counts(
            facet_keys(upsert(&facets_table, FACET_KEY), &facets),
            &facets,
        ));
        let left = keep(facets, has_left);
        if !left.is_empty() {
            statements.push(facet_keys(clear(&facets_table, FACET_KEY), &left));
        }
    }
    if !histograms.is_empty() {
        let add = histogram_keys(
            upsert_columns(&histograms_table, HISTOGRAM_KEY, &["messages"]),
            &histograms,
        );
        statements
            .push(add.bind_all::<Integer, _>(histograms.iter().map(|(_, count)| small(**count))));
        let left = keep(histograms, |count| *count < 0);
        if !left.is_empty() {
            let clear = clear_where(&histograms_table, HISTOGRAM_KEY, "stored.messages = 0");
            statements.push(histogram_keys(clear, &left));
        }
    }
    statements
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
const HISTOGRAM_KEY: &[&str] = &[
    "workspace_id",
    "facet",
    "day",
    "department_id",
    "value",
    "metric",
    "bin",
];

fn upsert(table: &str, key: &[&str]) -> String {
    upsert_columns(table, key, Counts::NAMES)
}

fn upsert_columns(table: &str, key: &[&str], counts: &[&str]) -> String {
    let sums: Vec<String> = counts
        .iter()
        .map(|count| format!("{count} = stored.{count} + excluded.{count}"))
        .collect();
    let columns: Vec<&str> = key.iter().chain(counts).copied().collect();
    format!(
        "INSERT INTO {table} AS stored ({}) SELECT * FROM unnest({}) ON CONFLICT ({}) DO UPDATE SET {}",
        columns.join(", "),
        vec!["?"; columns.len()].join(", "),
        key.join(", "),
        sums.join(", "),
    )
}

/// Every message counts in `messages` or in `unattached`: a row with neither holds zeros alone.
fn clear(table: &str, key: &[&str]) -> String {
    clear_where(table, key, "stored.messages = 0 AND stored.unattached = 0")
}

fn clear_where(table: &str, key: &[&str], condition: &str) -> String {
    let matches: Vec<String> = key
        .iter()
        .map(|column| format!("stored.{column} = touched.{column}"))
        .collect();
    format!(
        "DELETE FROM {table} AS stored USING unnest({}) AS touched({}) WHERE {} AND {condition}",
        vec!["?"; key.len()].join(", "),
        key.join(", "),
        matches.join(" AND "),
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

fn histogram_keys<V>(text: String, rows: &[(HistogramKey, V)]) -> Sql {
    Sql::new(text)
        .bind_all::<Integer, _>(rows.iter().map(|(key, _)| key.of.workspace.0))
        .bind_all::<SmallInt, _>(rows.iter().map(|(key, _)| key.of.facet.code()))
        .bind_all::<Date, _>(rows.iter().map(|(key, _)| Day(key.of.day)))
        .bind_all::<Integer, _>(rows.iter().map(|(key, _)| key.of.department))
        .bind_all::<Integer, _>(rows.iter().map(|(key, _)| key.of.value))
        .bind_all::<SmallInt, _>(rows.iter().map(|(key, _)| key.span.code()))
        .bind_all::<SmallInt, _>(
            rows.iter()
                .map(|(key, _)| i16::try_from(key.bin).unwrap_or(i16::MAX)),
        )
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

#[derive(QueryableByName)]
struct HistogramRow {
    #[diesel(sql_type = SmallInt)]
    facet: i16,
    #[diesel(sql_type = Date)]
    day: Day,
    #[diesel(sql_type = Integer)]
    department_id: i32,
    #[diesel(sql_type = Integer)]
    value: i32,
    #[diesel(sql_type = SmallInt)]
    metric: i16,
    #[diesel(sql_type = SmallInt)]
    bin: i16,
    #[diesel(sql_type = Integer)]
    messages: i32,
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
    let histograms = "facet, day, department_id, value, metric, bin, messages";
    let rows: Vec<HistogramRow> = query("histograms", histograms).fetch(connection).await?;
    for row in rows {
        let key = HistogramKey {
            of: FacetKey {
                workspace,
                direction: Direction::Outbound,
                facet: facet(row.facet)?,
                day: row.day.0,
                department: row.department_id,
                value: row.value,
            },
            span: Span::from_code(row.metric).ok_or_else(|| corrupt("a span", row.metric))?,
            bin: u16::try_from(row.bin).unwrap_or(0),
        };
        held.histograms.insert(key, row.messages.into());
    }
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

fn facet(code: i16) -> Result<Facet, StoreError> {
    Facet::from_code(code).ok_or_else(|| corrupt("a facet", code))
}

fn corrupt(what: &str, code: i16) -> StoreError {
    StoreError::Corrupt(format!("{what} with the unknown code {code}"))
}
