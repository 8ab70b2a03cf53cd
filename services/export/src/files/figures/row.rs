//! Rows of tables of figures, made of reporting's answers.

use acuse_proto::reporting::{
    Bucket, DimensionValue, GetBreakdownResponse, GetConsolidatedResponse, GetRankingResponse,
    Interval, Metric, Metrics, SeriesBucket,
};

use super::super::table::TableRow;

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowKind {
    /// A part of the period.
    Part,
    /// A value, or a pair of values.
    Value,
    /// So many values that have no row of their own.
    Others(i64),
    /// Everything.
    Total,
}

/// A row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    /// What it is.
    pub(super) kind: RowKind,
    /// Whether it is of the period before.
    pub(super) previous: bool,
    /// What it covers, where that is not all of the period.
    pub(super) interval: Option<Interval>,
    /// Whether the parts are hours.
    pub(super) by_hour: bool,
    /// Its values.
    pub(super) values: Vec<DimensionValue>,
    /// Its share of all messages; `None` where it has none.
    pub(super) share: Option<f64>,
    /// Its place.
    pub(super) place: Option<Place>,
    /// Its figures.
    pub(super) metrics: Metrics,
}

/// The place of a value in a ranking.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Place {
    pub(super) metric: Metric,
    pub(super) rank: i64,
    pub(super) figure: f64,
    pub(super) score: f64,
    pub(super) previous_rank: Option<i64>,
    pub(super) previous_figure: Option<f64>,
    pub(super) movement: Option<i64>,
    pub(super) departments: Vec<DimensionValue>,
}

impl Row {
    fn of(kind: RowKind, metrics: Option<Metrics>) -> Self {
        Self {
            kind,
            previous: false,
            interval: None,
            by_hour: false,
            values: Vec::new(),
            share: None,
            place: None,
            metrics: metrics.unwrap_or_default(),
        }
    }
}

/// The parts of the period and all of it; then the same of the period before, where that was asked for.
pub(crate) fn of_consolidated(answer: GetConsolidatedResponse, bucket: Bucket) -> Vec<Row> {
    let part = |bucket_of: SeriesBucket| Row {
        interval: bucket_of.interval,
        by_hour: bucket == Bucket::Hour,
        ..Row::of(RowKind::Part, bucket_of.metrics)
    };
    let covered = answer.basis.and_then(|basis| basis.covered);
    let mut rows: Vec<Row> = answer.series.into_iter().map(part).collect();
    rows.push(Row {
        interval: covered,
        ..Row::of(RowKind::Total, answer.total)
    });
    if let Some(previous) = answer.previous {
        let mut before: Vec<Row> = previous.series.into_iter().map(part).collect();
        before.push(Row {
            interval: previous.covered,
            ..Row::of(RowKind::Total, previous.total)
        });
        rows.extend(before.into_iter().map(|row| Row {
            previous: true,
            ..row
        }));
    }
    rows
}

/// The values in their order, the others, and everything.
pub(crate) fn of_breakdown(answer: GetBreakdownResponse) -> Vec<Row> {
    let mut rows: Vec<Row> = answer
        .rows
        .into_iter()
        .map(|row| Row {
            values: row.values,
            ..Row::of(RowKind::Value, row.metrics)
        })
        .collect();
    if let Some(others) = answer.others {
        let kind = RowKind::Others(answer.other_values);
        rows.push(Row::of(kind, Some(others)));
    }
    let total = answer.total.unwrap_or_default();
    rows.push(Row::of(RowKind::Total, Some(total)));
    for row in &mut rows {
        row.share = share(row.metrics.messages, total.messages);
    }
    rows
}

/// The values by their rank.
pub(crate) fn of_ranking(answer: GetRankingResponse, metric: Metric) -> Vec<Row> {
    let rows = answer.rows.into_iter().map(|row| Row {
        values: row.value.into_iter().collect(),
        place: Some(Place {
            metric,
            rank: row.rank,
            figure: row.figure,
            score: row.score,
            previous_rank: row.previous_rank,
            previous_figure: row.previous_figure,
            movement: row.movement,
            departments: row.departments,
        }),
        ..Row::of(RowKind::Value, row.metrics)
    });
    rows.collect()
}

/// Exact up to 2^53 messages.
#[allow(clippy::cast_precision_loss)]
fn share(part: i64, all: i64) -> Option<f64> {
    (all > 0).then(|| part as f64 / all as f64)
}

impl TableRow for Row {
    fn is_total(&self) -> bool {
        self.kind == RowKind::Total
    }

    fn is_previous(&self) -> bool {
        self.previous
    }
}
