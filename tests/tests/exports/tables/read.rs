//! Files read back by readers that are not ours, and their cells held against what they should be.

use std::collections::BTreeSet;
use std::io::Cursor;

use acuse_domain::glossary::Language;
use acuse_proto::export::ExportFormat;
use acuse_tests::reference::report::Said;
use calamine::{Data, Reader as _, Xlsx};
use csv::StringRecord;
use serde_json::Value;

use super::columns::{Cell, Kind, Table};
use super::words::{Words, shielded};
use crate::opened::{Opened, Readers};

/// A file.
pub(crate) struct Read {
    rows: Rows,
    words: Words,
}

enum Rows {
    Csv(Vec<StringRecord>),
    JsonLines(Vec<Value>),
    Workbook(Vec<StringRecord>),
}

impl Read {
    /// Reads a file, whose header has to be that of the table.
    pub(crate) fn new(
        file: &[u8],
        format: ExportFormat,
        table: &Table,
        language: Language,
        zone: &str,
    ) -> Self {
        let words = Words::of(language, zone);
        let rows = match format {
            ExportFormat::Csv => {
                let mut reader = csv::Reader::from_reader(file);
                words.check_header(reader.headers().unwrap(), table);
                Rows::Csv(reader.records().map(|record| record.unwrap()).collect())
            }
            ExportFormat::Xlsx => {
                let mut rows = workbook(file, table).into_iter();
                words.check_header(&rows.next().unwrap(), table);
                Rows::Workbook(rows.collect())
            }
            _ => {
                let lines = std::str::from_utf8(file).unwrap().lines();
                let rows = lines.map(|line| serde_json::from_str(line).unwrap());
                Rows::JsonLines(of_table(rows.collect(), table))
            }
        };
        Self { rows, words }
    }

    /// The same, as readers of another language read it.
    pub(crate) fn opened(
        readers: &mut Readers,
        file: &[u8],
        format: ExportFormat,
        table: &Table,
        (language, zone): (Language, &str),
    ) -> Self {
        let words = Words::of(language, zone);
        let of_rows = |rows: Vec<StringRecord>| {
            let mut rows = rows.into_iter();
            words.check_header(&rows.next().unwrap(), table);
            rows.collect()
        };
        let rows = match format {
            ExportFormat::Csv => Rows::Csv(of_rows(readers.csv(file))),
            ExportFormat::Xlsx => {
                let rows = readers.sheet(file);
                let shown = |row: &Vec<Opened>| row.iter().map(shown).collect();
                Rows::Workbook(of_rows(rows.iter().map(shown).collect()))
            }
            _ => Rows::JsonLines(of_table(readers.json_lines(file), table)),
        };
        Self { rows, words }
    }

    /// How many rows it has.
    pub(crate) fn rows(&self) -> usize {
        match &self.rows {
            Rows::Csv(rows) | Rows::Workbook(rows) => rows.len(),
            Rows::JsonLines(rows) => rows.len(),
        }
    }

    /// What is wrong with a cell, if anything is.
    pub(crate) fn fault(
        &self,
        row: usize,
        column: usize,
        id: &str,
        should: &Cell,
    ) -> Option<String> {
        let (right, is) = match &self.rows {
            Rows::Csv(rows) => {
                let is = &rows[row][column];
                (self.words.is_shown(should, is), is.to_owned())
            }
            Rows::Workbook(rows) => {
                let is = &rows[row][column];
                (self.words.is_shown(&lined(should), is), is.to_owned())
            }
            Rows::JsonLines(rows) => {
                let is = &rows[row][id];
                (self.words.is_told(should, is), is.to_string())
            }
        };
        (!right).then(|| format!("{is} and not {should:?}"))
    }
}

/// Objects, of which each has to have the columns of a table, and nothing else.
fn of_table(rows: Vec<Value>, table: &Table) -> Vec<Value> {
    let ids: BTreeSet<&str> = table.columns.iter().map(|(id, ..)| *id).collect();
    for row in &rows {
        let keys = row.as_object().unwrap().keys();
        assert_eq!(keys.map(String::as_str).collect::<BTreeSet<_>>(), ids);
    }
    rows
}

/// A cell that another program read from a workbook, as a CSV file would show it.
fn shown(cell: &Opened) -> String {
    match cell {
        Opened::Text(text) => shielded(text),
        Opened::Day(time) | Opened::Time(time) => time.clone(),
        other => unreachable!("{other:?}"),
    }
}

/// A cell with line breaks as a workbook has them: a line feed each.
fn lined(cell: &Cell) -> Cell {
    match cell {
        Cell::Said(Said::Text(text)) => Cell::Said(Said::Text(text.replace("\r\n", "\n"))),
        other => other.clone(),
    }
}

/// The rows of a workbook, its header included, as a CSV file would show them. What is a time in it is a number that is shown as
/// one, and no text looks like one.
fn workbook(file: &[u8], table: &Table) -> Vec<StringRecord> {
    let mut book = Xlsx::new(Cursor::new(file)).unwrap();
    let sheets = book.sheet_names();
    assert_eq!(sheets.len(), 1);
    assert!(book.worksheet_formula(&sheets[0]).unwrap().is_empty());
    let range = book.worksheet_range(&sheets[0]).unwrap();
    let shown = |index: usize, cell: &Data| match cell {
        Data::String(text) => {
            let time = jiff::fmt::strtime::parse("%Y-%m-%d %H:%M:%S", text);
            assert!(time.is_err(), "{text} is text");
            shielded(text)
        }
        Data::DateTime(time) => {
            let (year, month, day, hour, minute, second, _) = time.to_ymd_hms_milli();
            if matches!(table.columns[index].2, Kind::Day(_)) {
                format!("{day}/{month}/{year}")
            } else {
                format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
            }
        }
        other => unreachable!("{other:?}"),
    };
    range
        .rows()
        .map(|row| {
            row.iter()
                .enumerate()
                .map(|(index, cell)| shown(index, cell))
                .collect()
        })
        .collect()
}
