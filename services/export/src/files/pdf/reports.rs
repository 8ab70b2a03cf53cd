//! Reports of figures: a chart, and a table with the columns that were asked for.

use acuse_pages::{Column, Document, Paper, Row};
use acuse_proto::reporting as wire;
use acuse_proto::reporting::{Basis, Bucket};

use super::align;
use super::front::About;
use super::pack::{breakdowns, consolidated, rankings};
use super::say::Say;
use crate::files::figures;
use crate::files::report::Report;
use crate::files::table::Picked;
use crate::files::words::Words;
use crate::pack::{Breakdown, Ranking};

/// What is drawn of a report.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Drawn {
    /// The course of a period, in parts of that length.
    Consolidated(Bucket, wire::GetConsolidatedResponse),
    /// Shares and rates.
    Breakdown(Breakdown),
    /// Places.
    Ranking(Ranking),
}

/// Columns that there is room for on paper beside those that say what a row is.
const READABLE: [&str; 11] = [
    "messages",
    "sent",
    "delivered",
    "read",
    "replied",
    "failed",
    "delivery_rate",
    "read_rate",
    "reply_rate",
    "bounce_rate",
    "received",
];

/// What says what a row is, or where it stands.
const NAMES: [&str; 9] = [
    "period",
    "part",
    "rank",
    "figure",
    "score",
    "previous_rank",
    "previous_figure",
    "movement",
    "departments",
];

/// Whether a column of a report of figures is on paper where none is named.
pub(crate) fn is_readable(report: Report, id: &str) -> bool {
    if report == Report::Ranking {
        // A place is told by its figure; the others would make the table too wide.
        return id == "messages" || is_name(id);
    }
    READABLE.contains(&id) || is_name(id) || id.starts_with("time_to_")
}

fn is_name(id: &str) -> bool {
    let dimensions =
        (0..=i32::from(u8::MAX)).filter_map(|number| wire::Dimension::try_from(number).ok());
    let mut names = dimensions.map(super::say::name_of);
    NAMES.contains(&id) || names.any(|name| name == id)
}

impl Drawn {
    /// What the figures rest on.
    pub(crate) fn basis(&self) -> Basis {
        let basis = match self {
            Self::Consolidated(_, answer) => answer.basis.clone(),
            Self::Breakdown(breakdown) => breakdown.answer.basis.clone(),
            Self::Ranking(ranking) => ranking.answer.basis.clone(),
        };
        basis.unwrap_or_default()
    }
}

/// The file of a report of figures.
pub(crate) fn figures(
    (picked, rows): (&Picked<figures::Row>, &[figures::Row]),
    drawn: &Drawn,
    about: &About,
    words: &mut Words,
) -> Vec<u8> {
    let mut say = Say::new(words.language(), &about.zone);
    let columns = picked.columns.iter().zip(picked.labels(words));
    let columns: Vec<Column> = columns
        .map(|(column, label)| Column {
            label: label.to_owned(),
            align: align(column.kind),
        })
        .collect();
    let mut table = Vec::with_capacity(rows.len());
    for row in rows {
        let cells = picked.columns.iter();
        table.push(Row {
            cells: cells
                .map(|column| say.cell(&(column.cell)(row, words)))
                .collect(),
            total: row.is_total(),
        });
    }
    let front = about.front(&mut say, None);
    let mut document = Document::new(front, Paper::for_table(&columns, &table));
    match drawn {
        Drawn::Consolidated(bucket, answer) => {
            consolidated::overview(&mut document, &mut say, *bucket, answer);
        }
        Drawn::Breakdown(breakdown) => {
            document.heading(&breakdowns::title(&say, breakdown));
            breakdowns::charts(&mut document, &mut say, breakdown);
        }
        Drawn::Ranking(ranking) => {
            document.heading(&rankings::title(&say, ranking));
            rankings::charts(&mut document, &mut say, ranking);
        }
    }
    document.table(&columns, &table);
    document.finish()
}
