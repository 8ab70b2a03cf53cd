//! PDF: tables of records, tables of figures and report packs, on pages.

mod figures;
mod front;
mod pack;
mod reports;
mod say;

use acuse_pages::{Align, Column, Records};

use super::table::{Kind, Picked};
use super::words::Words;

pub(crate) use front::About;
pub(crate) use pack::written as pack;
pub(crate) use reports::{Drawn, figures, is_readable};

use say::Say;

/// Records of a file at most: a longer one is not read on paper.
pub(crate) const MOST_ROWS: u64 = 10_000;

/// A table of records under way.
pub(crate) struct Pages {
    records: Records,
    say: Say,
}

impl std::fmt::Debug for Pages {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Pages").finish_non_exhaustive()
    }
}

impl Pages {
    /// Begins a table.
    pub(crate) fn begin<R>(picked: &Picked<R>, about: &About, words: &Words) -> Self {
        let mut say = Say::new(words.language(), &about.zone);
        let rows = say.text("pages.rows");
        let front = about.front(&mut say, Some(rows));
        let columns = picked.columns.iter().zip(picked.labels(words));
        let columns = columns.map(|(column, label)| Column {
            label: label.to_owned(),
            align: align(column.kind),
        });
        Self {
            records: Records::new(front, columns.collect()),
            say,
        }
    }

    /// Adds rows, and gives the pages that are full.
    pub(crate) fn rows<R>(&mut self, picked: &Picked<R>, rows: &[R], words: &mut Words) -> Vec<u8> {
        for row in rows {
            let cells = picked.columns.iter();
            let cells = cells.map(|column| self.say.cell(&(column.cell)(row, words)));
            let cells = cells.collect();
            self.records.add(cells);
        }
        self.records.take()
    }

    /// Ends the file.
    pub(crate) fn end(self) -> Vec<u8> {
        let none = self.say.text("pages.no_rows");
        self.records.finish(none)
    }
}

/// Numbers stand below each other by their last digits.
fn align(kind: Kind) -> Align {
    match kind {
        Kind::Count | Kind::Share | Kind::Seconds => Align::End,
        Kind::Text | Kind::LongText | Kind::Code | Kind::Word | Kind::Day | Kind::Moment => {
            Align::Start
        }
    }
}

#[cfg(test)]
mod tests;
