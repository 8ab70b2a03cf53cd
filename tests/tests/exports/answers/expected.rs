//! What files should hold, by what reporting answers.

use acuse_proto::reporting::{
    Availability, Bucket, Delivery, DeliveryPart, Dimension, DimensionValue, Distribution,
    FunnelStage, GetConsolidatedResponse, GetFunnelResponse, GetMessagesOverviewRequest,
    GetMessagesOverviewResponse, GetReplyActivityResponse, Interval, Rate,
};
use jiff::Timestamp;

use super::cells::Cell;

/// A table.
pub(super) struct Expected {
    /// Ids, and labels in English.
    pub(super) columns: Vec<(String, String)>,
    pub(super) rows: Vec<Vec<Cell>>,
    /// Whether it has no other columns.
    pub(super) is_whole: bool,
    /// Whether a workbook has its parts apart.
    is_overview: bool,
}

/// A table of a sheet.
pub(super) struct Section {
    /// What stands above it.
    pub(super) title: Option<Cell>,
    /// What its first column is called where that is not as in plain files.
    pub(super) values: Option<Cell>,
    /// Which columns it has.
    pub(super) columns: Vec<usize>,
    pub(super) rows: Vec<Vec<Cell>>,
}

/// Columns of an overview, with what those of figures are called where it tells how far messages came, and where they stand.
const OVERVIEW: [(&str, &str, &str); 16] = [
    ("section", "Section", "Section"),
    ("value", "Value", "Value"),
    ("start_at", "From", "From"),
    ("end_at", "To", "To"),
    ("messages", "Messages", "Messages"),
    ("share", "Share", "Share"),
    ("waiting", "Waiting", "Waiting"),
    ("sent", "Sent", "Now sent"),
    ("delivered", "Delivered", "Now delivered"),
    ("read", "Read", "Now read"),
    ("failed", "Failed", "Now failed"),
    ("waiting_share", "% waiting", "% waiting"),
    ("sent_share", "% sent", "% now sent"),
    ("delivered_share", "% delivered", "% now delivered"),
    ("read_share", "% read", "% now read"),
    ("failed_share", "% failed", "% now failed"),
];

fn word(section: &'static str, name: &str) -> Cell {
    Cell::Word(section, name.to_owned())
}

fn at(time: Option<prost_types::Timestamp>) -> Timestamp {
    let time = time.unwrap();
    Timestamp::new(time.seconds, time.nanos).unwrap()
}

fn moments(interval: Option<Interval>) -> [Cell; 2] {
    interval.map_or([Cell::Nothing, Cell::Nothing], |interval| {
        [interval.start_at, interval.end_at].map(|end| Cell::Moment(at(end)))
    })
}

fn share(part: i64, all: i64) -> Cell {
    match all {
        0 => Cell::Nothing,
        _ => Cell::Share(part as f64 / all as f64),
    }
}

fn columns(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter()
        .map(|(id, label)| ((*id).to_owned(), (*label).to_owned()))
        .collect()
}

impl Expected {
    fn new(columns: Vec<(String, String)>, rows: Vec<Vec<Cell>>) -> Self {
        Self {
            columns,
            rows,
            is_whole: true,
            is_overview: false,
        }
    }

    pub(super) fn of_overview(
        answer: &GetMessagesOverviewResponse,
        asked: &GetMessagesOverviewRequest,
    ) -> Self {
        let mut rows = match &answer.received_by_channel {
            Some(of) => distribution("received_by_channel", of),
            None => {
                let mut row = vec![Cell::Nothing; OVERVIEW.len()];
                row[0] = word("messages_overview", "received_by_channel");
                row[1] = word("row", "not_applicable");
                vec![row]
            }
        };
        for (name, of) in [
            ("by_channel", &answer.by_channel),
            ("by_source", &answer.by_source),
            ("by_type", &answer.by_type),
            ("by_subtype", &answer.by_subtype),
        ] {
            rows.extend(distribution(name, of.as_ref().unwrap()));
        }
        let name = match asked.cumulative {
            true => "delivery_cumulative",
            false => "delivery",
        };
        for part in &answer.delivery {
            let start = at(part.interval.unwrap().start_at);
            let called = match asked.bucket() {
                Bucket::Hour => Cell::Moment(start),
                _ => Cell::Day(start),
            };
            let of = part.delivery.unwrap();
            rows.push(delivery(name, called, part.interval, of));
        }
        let covered = answer.basis.as_ref().unwrap().covered;
        let total = answer.total.unwrap();
        rows.push(delivery(name, word("row", "total"), covered, total));
        let labels: Vec<(&str, &str)> = OVERVIEW
            .iter()
            .map(|(id, came, stand)| (*id, if asked.cumulative { *came } else { *stand }))
            .collect();
        Self {
            is_overview: true,
            ..Self::new(columns(&labels), rows)
        }
    }

    pub(super) fn of_funnel(answer: &GetFunnelResponse) -> Self {
        let rows = answer.steps.iter().map(|step| {
            let stage = match step.stage() {
                FunnelStage::All => ("pack", "step_all", "all"),
                FunnelStage::Sent => ("metric", "sent", "sent"),
                FunnelStage::Bounced => ("pack", "step_bounced", "bounced"),
                FunnelStage::Delivered => ("metric", "delivered", "delivered"),
                FunnelStage::Read => ("metric", "read", "read"),
                FunnelStage::Replied => ("metric", "replied", "replied"),
                FunnelStage::Unspecified => unreachable!(),
            };
            vec![
                Cell::Called(stage.0, stage.1.to_owned(), stage.2),
                Cell::Count(step.messages),
                rate(step.messages_share.as_ref()),
                Cell::Count(step.tickets),
                rate(step.tickets_share.as_ref()),
            ]
        });
        let columns = columns(&[
            ("stage", "Stage"),
            ("messages", "Messages"),
            ("messages_share", "Share"),
            ("tickets", "Tickets"),
            ("tickets_share", "Share of tickets"),
        ]);
        Self::new(columns, rows.collect())
    }

    pub(super) fn of_replies(answer: &GetReplyActivityResponse) -> Self {
        let row = |called: Cell, by_hour: &[i64], replied: i64| {
            let counts = by_hour.iter().chain([&replied]);
            let counts = counts.map(|count| Cell::Count(*count));
            [called].into_iter().chain(counts).collect()
        };
        let days = answer.weekdays.iter();
        let mut rows: Vec<Vec<Cell>> = days
            .map(|day| row(word("weekday", &day.weekday), &day.by_hour, day.replied))
            .collect();
        rows.push(row(word("row", "total"), &answer.by_hour, answer.replied));
        let mut columns = columns(&[("weekday", "Weekday")]);
        columns.extend((0..24).map(|hour| (format!("hour_{hour}"), format!("{hour}:00"))));
        columns.push(("replied".to_owned(), "Replied".to_owned()));
        Self::new(columns, rows)
    }

    /// Of a consolidated report what says which part of the period a row is of, and its messages.
    pub(super) fn of_consolidated(answer: &GetConsolidatedResponse, bucket: Bucket) -> Self {
        let row = |called: Cell, interval: Option<Interval>, messages: i64| {
            let [start, end] = moments(interval);
            vec![called, start, end, Cell::Count(messages)]
        };
        let series = answer.series.iter().map(|part| {
            let start = at(part.interval.unwrap().start_at);
            let called = match bucket {
                Bucket::Hour => Cell::Moment(start),
                _ => Cell::Day(start),
            };
            row(called, part.interval, part.metrics.unwrap().messages)
        });
        let mut rows: Vec<Vec<Cell>> = series.collect();
        let covered = answer.basis.as_ref().unwrap().covered;
        let all = answer.total.unwrap().messages;
        rows.push(row(word("row", "total"), covered, all));
        let columns = columns(&[
            ("part", "Part"),
            ("start_at", "From"),
            ("end_at", "To"),
            ("messages", "Messages"),
        ]);
        Self {
            is_whole: false,
            ..Self::new(columns, rows)
        }
    }

    /// Whether something was counted.
    pub(super) fn counts_some(&self) -> bool {
        let counts = |cell: &Cell| matches!(cell, Cell::Count(1..));
        self.rows.iter().flatten().any(counts)
    }

    /// The tables of its sheet.
    pub(super) fn sections(&self) -> Vec<Section> {
        if !self.is_overview {
            return vec![Section {
                title: None,
                values: None,
                columns: (0..self.columns.len()).collect(),
                rows: self.rows.clone(),
            }];
        }
        let parts = self.rows.chunk_by(|one, next| one[0] == next[0]);
        // One without messages has nothing to draw.
        let parts = parts.filter(|rows| {
            let messages = &rows.last().unwrap()[4];
            !matches!(messages, Cell::Nothing | Cell::Count(0))
        });
        parts.map(section).collect()
    }
}

/// The table that a sheet has of rows of an overview: of columns those that say something of them.
fn section(rows: &[Vec<Cell>]) -> Section {
    let Cell::Word(_, name) = &rows[0][0] else {
        unreachable!()
    };
    let is_course = name.starts_with("delivery");
    let waits = rows.iter().any(|row| row[6] != Cell::Nothing);
    let has = |column: &usize| match OVERVIEW[*column].0 {
        "section" => false,
        "value" | "messages" => true,
        "share" => !is_course,
        "waiting" | "waiting_share" => waits,
        _ => is_course,
    };
    let dimension = match name.as_str() {
        "received_by_channel" | "by_channel" => "channel",
        "by_source" => "source",
        "by_type" => "type",
        "by_subtype" => "subtype",
        _ => match (&rows[0][1], rows.len()) {
            (Cell::Moment(_), _) => "hour",
            // The parts of a period of days say themselves how long they are.
            (_, rows) if rows > 5 => "day",
            _ => "week",
        },
    };
    Section {
        title: Some(rows[0][0].clone()),
        values: Some(word("dimension", dimension)),
        columns: (0..OVERVIEW.len()).filter(has).collect(),
        rows: rows.to_vec(),
    }
}

fn distribution(name: &str, of: &Distribution) -> Vec<Vec<Cell>> {
    let row = |called: Cell, messages: i64| {
        let mut row = vec![Cell::Nothing; OVERVIEW.len()];
        row[0] = word("messages_overview", name);
        row[1] = called;
        row[4] = Cell::Count(messages);
        row[5] = share(messages, of.total);
        row
    };
    let values = of.values.iter();
    let mut rows: Vec<Vec<Cell>> = values
        .map(|one| row(value(one.value.as_ref().unwrap()), one.count))
        .collect();
    if of.other_values > 0 {
        rows.push(row(word("row", "others"), of.others));
    }
    rows.push(row(word("row", "total"), of.total));
    rows
}

fn delivery(name: &str, called: Cell, interval: Option<Interval>, of: Delivery) -> Vec<Cell> {
    let [start, end] = moments(interval);
    let mut row = vec![word("messages_overview", name), called, start, end];
    row.extend([Cell::Count(of.messages), Cell::Nothing]);
    let parts = [of.waiting, of.sent, of.delivered, of.read, of.failed];
    let count = |part: DeliveryPart| Cell::Count(part.count);
    let share = |part: DeliveryPart| part.share.map_or(Cell::Nothing, Cell::Share);
    row.extend(parts.map(|part| part.map_or(Cell::Nothing, count)));
    row.extend(parts.map(|part| part.map_or(Cell::Nothing, share)));
    row
}

fn value(of: &DimensionValue) -> Cell {
    let Some(id) = of.id.as_deref() else {
        return word("row", "none");
    };
    match of.dimension() {
        Dimension::Channel => word("channel", id),
        Dimension::Source => word("source", id),
        Dimension::Type => word("type", id),
        _ => Cell::Text(of.name.as_deref().unwrap_or(id).to_owned()),
    }
}

fn rate(of: Option<&Rate>) -> Cell {
    let Some(of) = of else {
        return Cell::Nothing;
    };
    match of.quotient {
        Some(quotient) => Cell::Share(quotient),
        None if of.availability() == Availability::NotApplicable => word("row", "not_applicable"),
        None => Cell::Nothing,
    }
}
