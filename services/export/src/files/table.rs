//! Tables: columns with labels, and how their cells are taken from a row.

use super::cell::Cell;
use super::words::Words;

/// What a column holds, for its width and on which side its cells stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A name or a short text.
    Text,
    /// Text of any length: what a message says, a reason.
    LongText,
    /// A phone number or an id.
    Code,
    /// One of a few words, or yes and no.
    Word,
    /// A day.
    Day,
    /// A date and time.
    Moment,
    /// A whole number.
    Count,
    /// A percentage.
    Share,
    /// A length of time.
    Seconds,
}

/// A column of a table of `R`.
#[derive(Debug)]
pub(crate) struct Column<R> {
    /// Its stable name in snake_case: it is chosen by it, and it is the key in JSON Lines.
    pub(crate) id: &'static str,
    /// What its label is called in the message files: as the column, where what it counts has no other name there.
    pub(crate) label: &'static str,
    /// What it holds.
    pub(crate) kind: Kind,
    /// Its cell of a row.
    pub(crate) cell: for<'a> fn(&'a R, &mut Words) -> Cell<'a>,
}

// Not derived: a column is that of its rows, which need not be copied for it.
impl<R> Clone for Column<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for Column<R> {}

impl<R> Column<R> {
    /// A column.
    pub(crate) const fn new(
        id: &'static str,
        kind: Kind,
        cell: for<'a> fn(&'a R, &mut Words) -> Cell<'a>,
    ) -> Self {
        Self {
            id,
            label: id,
            kind,
            cell,
        }
    }
}

/// A row of a table of figures.
pub(crate) trait TableRow {
    /// Whether it is everything.
    fn is_total(&self) -> bool;

    /// Whether it is of the period before.
    fn is_previous(&self) -> bool {
        false
    }
}

/// A table: its stable name and its columns in their order. Its title and labels are in the message files.
#[derive(Debug)]
pub(crate) struct Table<R: 'static> {
    /// Its stable name in snake_case, and the section of the message files.
    pub(crate) id: &'static str,
    /// All of its columns.
    pub(crate) columns: &'static [Column<R>],
}

/// The columns of a table that a file has, in the file's order.
#[derive(Debug, Clone)]
pub(crate) struct Picked<R> {
    /// The table's stable name.
    pub(crate) table: &'static str,
    /// The columns.
    pub(crate) columns: Vec<Column<R>>,
}

impl<R> Table<R> {
    /// The ids of all columns.
    pub(crate) fn ids(&self) -> Vec<&'static str> {
        self.columns.iter().map(|column| column.id).collect()
    }

    /// The columns of these ids, in this order; all of them where none is named. Unknown ids are passed over: they are refused
    /// when an export is asked for.
    pub(crate) fn pick(&self, ids: &[String]) -> Picked<R> {
        let all = Picked {
            table: self.id,
            columns: self.columns.to_vec(),
        };
        all.pick(ids)
    }
}

impl<R> Picked<R> {
    /// The ids of the columns.
    pub(crate) fn ids(&self) -> Vec<&'static str> {
        self.columns.iter().map(|column| column.id).collect()
    }

    /// Of its columns those with these ids, in this order; all of them where none is named.
    pub(crate) fn pick(self, ids: &[String]) -> Self {
        if ids.is_empty() {
            return self;
        }
        let found = |id: &String| self.columns.iter().find(|column| column.id == id);
        Self {
            columns: ids.iter().filter_map(found).copied().collect(),
            table: self.table,
        }
    }

    /// The label of each column.
    pub(crate) fn labels(&self, words: &Words) -> Vec<&'static str> {
        let columns = self.columns.iter();
        columns
            .map(|column| words.label(self.table, column.label))
            .collect()
    }
}
