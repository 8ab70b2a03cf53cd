//! `histograms`: how long messages took, a row for each histogram.
//!
//! Rows are read, added to here and written back: whoever folds or rebuilds a workspace has its position locked, so that
//! nobody else writes them meanwhile.

use std::collections::{BTreeMap, HashMap};

use acuse_domain::ids::WorkspaceId;
use acuse_domain::kinds::Direction;
use acuse_domain::rollup::{FacetKey, HistogramKey, Span};
use diesel::QueryableByName;
use diesel::sql_types::{Array, Date, Integer, SmallInt, Text};
use diesel_async::AsyncPgConnection;

use super::rollup_set::RollupSet;
use super::rollups::{ROWS, corrupt, facet};
use crate::error::StoreError;
use crate::sql::Sql;
use crate::types::Day;

const COLUMNS: &str = "stored.workspace_id, stored.facet, stored.day, stored.department_id, stored.value, stored.metric, \
     stored.bins, stored.counts";

const KEY: &str = "workspace_id, facet, day, department_id, value, metric";

#[derive(QueryableByName)]
struct HistogramRow {
    #[diesel(sql_type = Integer)]
    workspace_id: i32,
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
    #[diesel(sql_type = Array<SmallInt>)]
    bins: Vec<i16>,
    #[diesel(sql_type = Array<Integer>)]
    counts: Vec<i32>,
}

/// What a histogram is of.
type Of = (FacetKey, Span);

/// Messages by bin; none of them is 0.
type Bins = BTreeMap<u16, i64>;

impl HistogramRow {
    fn of(&self) -> Result<Of, StoreError> {
        let key = FacetKey {
            workspace: WorkspaceId(self.workspace_id),
            direction: Direction::Outbound,
            facet: facet(self.facet)?,
            day: self.day.0,
            department: self.department_id,
            value: self.value,
        };
        let span = Span::from_code(self.metric).ok_or_else(|| corrupt("a span", self.metric))?;
        Ok((key, span))
    }

    fn held(&self) -> impl Iterator<Item = (u16, i64)> + '_ {
        let counts = self.counts.iter().map(|count| i64::from(*count));
        let bins = self.bins.iter().map(|bin| u16::try_from(*bin).unwrap_or(0));
        bins.zip(counts)
    }
}

/// Adds deltas to the stored histograms.
pub(super) async fn add(
    connection: &AsyncPgConnection,
    set: RollupSet,
    deltas: &HashMap<HistogramKey, i64>,
) -> Result<(), StoreError> {
    let table = set.table("histograms");
    let mut histograms: BTreeMap<Of, Bins> = BTreeMap::new();
    for (key, count) in deltas {
        let bins = histograms.entry((key.of, key.span)).or_default();
        bins.insert(key.bin, *count);
    }
    let keys: Vec<Of> = histograms.keys().copied().collect();
    for keys in keys.chunks(ROWS) {
        for row in stored(connection, &table, keys.iter()).await? {
            let bins = histograms.entry(row.of()?).or_default();
            for (bin, count) in row.held() {
                *bins.entry(bin).or_default() += count;
            }
        }
    }
    for bins in histograms.values_mut() {
        bins.retain(|_, count| *count != 0);
    }
    let (empty, full): (Vec<_>, Vec<_>) = histograms.iter().partition(|(_, bins)| bins.is_empty());
    for rows in full.chunks(ROWS) {
        write(&table, rows).run(connection).await?;
    }
    for rows in empty.chunks(ROWS) {
        let text = format!(
            "DELETE FROM {table} AS stored USING unnest(?, ?, ?, ?, ?, ?) AS gone({KEY}) \
             WHERE {MATCHES}",
            MATCHES = matches("gone"),
        );
        let keys = rows.iter().map(|(of, _)| *of);
        bind_keys(Sql::new(text), keys).run(connection).await?;
    }
    Ok(())
}

async fn stored(
    connection: &AsyncPgConnection,
    table: &str,
    keys: impl Iterator<Item = &Of> + Clone,
) -> Result<Vec<HistogramRow>, StoreError> {
    let text = format!(
        "SELECT {COLUMNS} FROM unnest(?, ?, ?, ?, ?, ?) AS wanted({KEY}) \
         JOIN {table} AS stored ON {}",
        matches("wanted"),
    );
    bind_keys(Sql::new(text), keys).fetch(connection).await
}

/// Rows by key, with what they hold from now on. Arrays of arrays cannot be taken apart into rows, so that each goes as text.
fn write(table: &str, rows: &[(&Of, &Bins)]) -> Sql {
    let text = format!(
        "MERGE INTO {table} AS stored \
         USING unnest(?, ?, ?, ?, ?, ?, ?, ?) AS new({KEY}, bins, counts) ON {} \
         WHEN MATCHED THEN UPDATE SET bins = new.bins::int2[], counts = new.counts::int4[] \
         WHEN NOT MATCHED THEN INSERT ({KEY}, bins, counts) VALUES ({}, new.bins::int2[], new.counts::int4[])",
        matches("new"),
        KEY.split(", ")
            .map(|column| format!("new.{column}"))
            .collect::<Vec<_>>()
            .join(", "),
    );
    bind_keys(Sql::new(text), rows.iter().map(|(of, _)| *of))
        .bind_all::<Text, _>(rows.iter().map(|(_, bins)| array(bins.keys())))
        .bind_all::<Text, _>(rows.iter().map(|(_, bins)| array(bins.values())))
}

fn array(values: impl Iterator<Item = impl ToString>) -> String {
    let values: Vec<String> = values.map(|value| value.to_string()).collect();
    format!("{{{}}}", values.join(","))
}

fn matches(other: &str) -> String {
    let equal = KEY
        .split(", ")
        .map(|column| format!("stored.{column} = {other}.{column}"));
    equal.collect::<Vec<_>>().join(" AND ")
}

fn bind_keys<'a>(sql: Sql, keys: impl Iterator<Item = &'a Of> + Clone) -> Sql {
    sql.bind_all::<Integer, _>(keys.clone().map(|(key, _)| key.workspace.0))
        .bind_all::<SmallInt, _>(keys.clone().map(|(key, _)| key.facet.code()))
        .bind_all::<Date, _>(keys.clone().map(|(key, _)| Day(key.day)))
        .bind_all::<Integer, _>(keys.clone().map(|(key, _)| key.department))
        .bind_all::<Integer, _>(keys.clone().map(|(key, _)| key.value))
        .bind_all::<SmallInt, _>(keys.map(|(_, span)| span.code()))
}

/// Everything the histograms of a workspace hold.
pub(super) async fn load(
    connection: &AsyncPgConnection,
    set: RollupSet,
    workspace: WorkspaceId,
) -> Result<HashMap<HistogramKey, i64>, StoreError> {
    let rows: Vec<HistogramRow> = Sql::new(format!(
        "SELECT {COLUMNS} FROM {} AS stored WHERE stored.workspace_id = ?",
        set.table("histograms")
    ))
    .bind::<Integer, _>(workspace.0)
    .fetch(connection)
    .await?;
    let mut held = HashMap::new();
    for row in rows {
        let (of, span) = row.of()?;
        let bins = row.held();
        held.extend(bins.map(|(bin, count)| (HistogramKey { of, span, bin }, count)));
    }
    Ok(held)
}
