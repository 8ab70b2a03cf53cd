//! A run: rows in the order of time, column by column.

use std::ops::Range;

use super::column::Column;
use super::row::{FIELDS, Field, Row};
use crate::calendar::Interval;
use crate::time::Timestamp;

/// Rows in the order of time.
#[derive(Debug)]
pub(super) struct Run {
    /// Instants in microseconds, ascending.
    at: Box<[i64]>,
    /// In the order of [`FIELDS`].
    columns: [Column; FIELDS.len()],
}

impl Run {
    pub(super) fn new(mut rows: Vec<Row>) -> Self {
        rows.sort_unstable_by_key(|row| row.at);
        Self {
            at: rows.iter().map(|row| row.at).collect(),
            columns: std::array::from_fn(|place| {
                Column::new(rows.iter().map(move |row| row.values[place]))
            }),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.at.len()
    }

    /// When its first row is; `None` without any.
    pub(super) fn first(&self) -> Option<Timestamp> {
        self.at.first().copied().map(Timestamp::from_micros)
    }

    /// When its last row is; `None` without any.
    pub(super) fn last(&self) -> Option<Timestamp> {
        self.at.last().copied().map(Timestamp::from_micros)
    }

    pub(super) fn column(&self, field: Field) -> &Column {
        &self.columns[field.place()]
    }

    /// The rows of an interval.
    pub(super) fn within(&self, interval: Interval) -> Range<usize> {
        let before = |micros: i64| self.at.partition_point(|at| *at < micros);
        let start = before(interval.start.micros());
        start..before(interval.end.micros()).max(start)
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = Row> {
        self.at.iter().enumerate().map(|(row, at)| Row {
            at: *at,
            values: std::array::from_fn(|place| self.columns[place].value(row)),
        })
    }

    pub(super) fn bytes(&self) -> usize {
        let columns: usize = self.columns.iter().map(Column::bytes).sum();
        size_of_val::<[i64]>(&self.at) + columns
    }
}
