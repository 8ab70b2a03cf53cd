//! Reports of figures: a chart, and a table with the columns that were asked for.

use acuse_domain::glossary::Language;
use acuse_pages::{Column, Document, Paper, Row};
use acuse_proto::reporting as wire;
use acuse_proto::reporting::{Basis, Bucket};

use super::align;
use super::front::About;
use super::pack::{breakdowns, consolidated, funnel, overview, rankings, replies};
use super::say::Say;
use crate::files::overview::sections;
use crate::files::report::Report;
use crate::files::table::{Picked, TableRow};
use crate::pack::{Breakdown, Overview, Ranking, received_not_applicable};

/// What is drawn of a report.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Drawn {
    /// The course of a period, in parts of that length.
    Consolidated(Bucket, wire::GetConsolidatedResponse),
    /// Shares and rates.
    Breakdown(Breakdown),
    /// Places.
    Ranking(Ranking),
    /// Distributions, and how far messages came.
    Overview(Overview),
    /// How far these sends came.
    Funnel(wire::ProactiveSends, wire::GetFunnelResponse),
    /// When contacts reply.
    Replies(wire::GetReplyActivityResponse),
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

/// What of an overview a heading says, and the name of a part of the period.
const BESIDE: [&str; 3] = ["section", "start_at", "end_at"];

/// Whether a column of a report of figures is on paper where none is named.
pub(crate) fn is_readable(report: Report, id: &str) -> bool {
    match report {
        // A place is told by its figure; the others would make the table too wide.
        Report::Ranking => id == "messages" || is_name(id),
        Report::MessagesOverview => !BESIDE.contains(&id),
        Report::Funnel | Report::ReplyActivity => true,
        _ => READABLE.contains(&id) || is_name(id) || id.starts_with("time_to_"),
    }
}

fn is_name(id: &str) -> bool {
    let dimensions =
        (0..=i32::from(u8::MAX)).filter_map(|number| wire::Dimension::try_from(number).ok());
    let mut names = dimensions.map(super::say::name_of);
    NAMES.contains(&id) || names.any(|name| name == id)
}

impl Drawn {
    /// Whether what was received is a part of it that has no meaning with its filters.
    pub(crate) fn lacks_received(&self) -> bool {
        match self {
            Self::Overview(overview) => overview.answer.received_by_channel.is_none(),
            _ => false,
        }
    }

    /// What the figures rest on.
    pub(crate) fn basis(&self) -> Basis {
        let basis = match self {
            Self::Consolidated(_, answer) => answer.basis.clone(),
            Self::Breakdown(breakdown) => breakdown.answer.basis.clone(),
            Self::Ranking(ranking) => ranking.answer.basis.clone(),
            Self::Overview(overview) => overview.answer.basis.clone(),
            Self::Funnel(_, answer) => answer.basis.clone(),
            Self::Replies(answer) => answer.basis.clone(),
        };
        basis.unwrap_or_default()
    }
}

/// The file of a report of figures.
pub(crate) fn figures<R: TableRow>(
    (picked, rows): (&Picked<R>, &[R]),
    drawn: &Drawn,
    about: &About,
    language: Language,
) -> Vec<u8> {
    let mut say = Say::new(language, &about.zone);
    let (columns, table) = tabled(&mut say, picked, rows);
    let mut front = about.front(&mut say, None);
    if drawn.lacks_received() {
        let (label, note) = received_not_applicable(say.words());
        front.facts.push((label.to_owned(), note.to_owned()));
    }
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
        Drawn::Overview(one) => {
            // Each of its sections has a table of its own.
            let columns: Vec<String> = picked.ids().into_iter().map(str::to_owned).collect();
            overview::draw(&mut document, &mut say, (one, sections(one)), &columns);
            return document.finish();
        }
        Drawn::Funnel(sends, answer) => {
            let title = funnel::title(&say, *sends);
            funnel::chart(&mut document, &say, title, answer);
        }
        Drawn::Replies(answer) => replies::draw(&mut document, &say, answer),
    }
    document.table(&columns, &table);
    document.finish()
}

/// A table as it is drawn.
pub(super) fn tabled<R: TableRow>(
    say: &mut Say,
    picked: &Picked<R>,
    rows: &[R],
) -> (Vec<Column>, Vec<Row>) {
    let labels = picked.labels(say.words());
    tabled_as(say, (picked, &labels), rows)
}

/// The same with labels of its own.
pub(super) fn tabled_as<R: TableRow>(
    say: &mut Say,
    (picked, labels): (&Picked<R>, &[&str]),
    rows: &[R],
) -> (Vec<Column>, Vec<Row>) {
    let columns = picked.columns.iter().zip(labels);
    let columns = columns.map(|(column, label)| Column {
        label: (*label).to_owned(),
        align: align(column.kind),
    });
    let columns = columns.collect();
    let mut table = Vec::with_capacity(rows.len());
    for row in rows {
        let mut cells = Vec::with_capacity(picked.columns.len());
        for column in &picked.columns {
            let cell = (column.cell)(row, say.words());
            cells.push(say.cell(&cell));
        }
        table.push(Row {
            cells,
            total: row.is_total(),
        });
    }
    (columns, table)
}
