//! The table of an overview: distributions of messages, and how far they came, one after another.

use acuse_proto::reporting::{
    Bucket, Delivery, DeliveryPart, Dimension, DimensionValue, Distribution,
    GetMessagesOverviewResponse, Interval,
};

use super::cell::Cell;
use super::figures::values::{share, value, word};
use super::table::{Column, Kind, Picked, Table, TableRow};
use super::told::instant;
use super::words::Words;
use crate::pack::Overview;

/// What messages there are, and how far they came.
pub(crate) static OVERVIEW: Table<Line> = Table {
    id: "messages_overview",
    columns: &[
        Column::new("section", Kind::Word, |line, words| Cell::Word {
            name: line.section.id(),
            word: line.section.title(words),
        }),
        Column::new("value", Kind::Text, named),
        Column::new("start_at", Kind::Moment, |line, words| {
            words.moment(instant(line.interval.and_then(|covers| covers.start_at)))
        }),
        Column::new("end_at", Kind::Moment, |line, words| {
            words.moment(instant(line.interval.and_then(|covers| covers.end_at)))
        }),
        Column::new("messages", Kind::Count, |line, _| match line.of {
            Of::NotApplicable => Cell::Nothing,
            _ => Cell::Count(line.messages),
        }),
        Column::new("share", Kind::Share, |line, _| match line.delivery {
            Some(_) => Cell::Nothing,
            None => share(line.messages, line.all),
        }),
        count("waiting", |line, _| counted(line, |of| of.waiting)),
        count("sent", |line, _| counted(line, |of| of.sent)),
        count("delivered", |line, _| counted(line, |of| of.delivered)),
        count("read", |line, _| counted(line, |of| of.read)),
        count("failed", |line, _| counted(line, |of| of.failed)),
        part("waiting_share", |line, _| shared(line, |of| of.waiting)),
        part("sent_share", |line, _| shared(line, |of| of.sent)),
        part("delivered_share", |line, _| shared(line, |of| of.delivered)),
        part("read_share", |line, _| shared(line, |of| of.read)),
        part("failed_share", |line, _| shared(line, |of| of.failed)),
    ],
};

/// What the rows of a distribution tell, besides which one it is.
const OF_DISTRIBUTION: [&str; 3] = ["value", "messages", "share"];

/// Columns whose figures are others where messages are told by where they stand, each with the label that it has there: a pack
/// tells both, and a read message is among those that were sent but does not stand there.
const STANDING: [(&str, &str); 8] = [
    ("sent", "state_sent"),
    ("delivered", "state_delivered"),
    ("read", "state_read"),
    ("failed", "state_failed"),
    ("sent_share", "state_sent_share"),
    ("delivered_share", "state_delivered_share"),
    ("read_share", "state_read_share"),
    ("failed_share", "state_failed_share"),
];

/// What lines are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    /// Inbound messages by channel.
    Received,
    /// Outbound messages by a dimension.
    Sent(Dimension),
    /// Where outbound messages stand, over time.
    Standing,
    /// How far outbound messages came, over time.
    Reached,
}

/// A row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    section: Section,
    of: Of,
    /// What it covers, where it is about a time.
    interval: Option<Interval>,
    messages: i64,
    /// Messages of all of the section.
    all: i64,
    /// How far they came, where that is told.
    delivery: Option<Delivery>,
}

/// Which of its section's messages a row has.
#[derive(Debug, Clone, PartialEq)]
enum Of {
    Value(DimensionValue),
    Others,
    Part {
        by_hour: bool,
    },
    All,
    /// None: its section has no meaning with these filters.
    NotApplicable,
}

impl TableRow for Line {
    fn is_total(&self) -> bool {
        self.of == Of::All
    }
}

impl Section {
    /// Its stable name.
    fn id(self) -> &'static str {
        match self {
            Self::Received => "received_by_channel",
            Self::Sent(Dimension::Source) => "by_source",
            Self::Sent(Dimension::Type) => "by_type",
            Self::Sent(Dimension::Subtype) => "by_subtype",
            Self::Sent(_) => "by_channel",
            Self::Standing => "delivery",
            Self::Reached => "delivery_cumulative",
        }
    }

    /// What stands above it.
    pub(super) fn title(self, words: &Words) -> &'static str {
        words.message("messages_overview", self.id())
    }

    /// Whether it is about a course of time.
    pub(super) fn is_course(self) -> bool {
        matches!(self, Self::Standing | Self::Reached)
    }

    /// Whether it tells outbound messages apart by this.
    pub(crate) fn is_sent_by(self, dimension: Dimension) -> bool {
        self == Self::Sent(dimension)
    }

    /// By what its messages are told apart.
    fn dimension(self, bucket: Bucket) -> Dimension {
        match (self, bucket) {
            (Self::Received, _) => Dimension::Channel,
            (Self::Sent(dimension), _) => dimension,
            (Self::Standing | Self::Reached, Bucket::Hour) => Dimension::Hour,
            (Self::Standing | Self::Reached, Bucket::Week) => Dimension::Week,
            (Self::Standing | Self::Reached, Bucket::Month) => Dimension::Month,
            (Self::Standing | Self::Reached, Bucket::Day | Bucket::Unspecified) => Dimension::Day,
        }
    }

    /// Of the columns that a file has those that tell something of its lines, where it has a table of its own; none where that
    /// is none.
    pub(super) fn columns(self, ids: &[String], lines: &[Line]) -> Option<Picked<Line>> {
        let mut picked = table(self == Self::Reached).pick(ids);
        let waits = lines.iter().any(|line| {
            let delivery = line.delivery.as_ref();
            delivery.is_some_and(|delivery| delivery.waiting.is_some())
        });
        picked.columns.retain(|column| match column.id {
            "section" => false,
            "share" => !self.is_course(),
            "waiting" | "waiting_share" => waits,
            id => self.is_course() || OF_DISTRIBUTION.contains(&id),
        });
        (!picked.columns.is_empty()).then_some(picked)
    }

    /// The labels of these columns: values are called what they are values of.
    pub(super) fn labels(
        self,
        picked: &Picked<Line>,
        bucket: Bucket,
        words: &Words,
    ) -> Vec<&'static str> {
        let labels = picked.labels(words).into_iter().zip(&picked.columns);
        let dimension = super::figures::values::dimension_key(self.dimension(bucket));
        labels
            .map(|(label, column)| match column.id {
                "value" => words.message("dimension", &dimension),
                _ => label,
            })
            .collect()
    }
}

/// All columns, as they are called where it is told how far messages came, else where they stand.
pub(crate) fn table(cumulative: bool) -> Picked<Line> {
    let mut picked = OVERVIEW.pick(&[]);
    if !cumulative {
        for column in &mut picked.columns {
            let mut standing = STANDING.iter().filter(|(id, _)| *id == column.id);
            column.label = standing.next().map_or(column.label, |(_, label)| label);
        }
    }
    picked
}

/// Every section that there is something to tell of, or could be, with its lines.
pub(crate) fn sections(overview: &Overview) -> Vec<(Section, Vec<Line>)> {
    let answer = &overview.answer;
    let mut sections = Vec::new();
    let sent = [
        (Dimension::Channel, &answer.by_channel),
        (Dimension::Source, &answer.by_source),
        (Dimension::Type, &answer.by_type),
        (Dimension::Subtype, &answer.by_subtype),
    ];
    let sent = sent.map(|(dimension, of)| (Section::Sent(dimension), of));
    let received = match &answer.received_by_channel {
        Some(of) => of_distribution(Section::Received, of),
        None => vec![not_applicable(Section::Received)],
    };
    sections.push((Section::Received, received));
    for (section, of) in sent {
        if let Some(of) = of {
            sections.push((section, of_distribution(section, of)));
        }
    }
    let section = match overview.asked.cumulative {
        true => Section::Reached,
        false => Section::Standing,
    };
    let course = of_course(section, answer, overview.asked.bucket());
    sections.push((section, course));
    sections
}

/// The lines of all sections.
pub(crate) fn rows(overview: &Overview) -> Vec<Line> {
    let sections = sections(overview).into_iter();
    sections.flat_map(|(_, lines)| lines).collect()
}

/// In place of a section's lines: without any, it could be taken for one that has no messages.
fn not_applicable(section: Section) -> Line {
    Line {
        section,
        of: Of::NotApplicable,
        interval: None,
        messages: 0,
        all: 0,
        delivery: None,
    }
}

fn of_distribution(section: Section, of: &Distribution) -> Vec<Line> {
    let line = |what, messages| Line {
        section,
        of: what,
        interval: None,
        messages,
        all: of.total,
        delivery: None,
    };
    let values = of.values.iter();
    let mut lines: Vec<Line> = values
        .map(|one| line(Of::Value(one.value.clone().unwrap_or_default()), one.count))
        .collect();
    if of.other_values > 0 {
        lines.push(line(Of::Others, of.others));
    }
    lines.push(line(Of::All, of.total));
    lines
}

fn of_course(section: Section, answer: &GetMessagesOverviewResponse, bucket: Bucket) -> Vec<Line> {
    let total = answer.total.unwrap_or_default();
    let line = |of, interval, delivery: Delivery| Line {
        section,
        of,
        interval,
        messages: delivery.messages,
        all: total.messages,
        delivery: Some(delivery),
    };
    let by_hour = bucket == Bucket::Hour;
    let parts = answer.delivery.iter();
    let mut lines: Vec<Line> = parts
        .map(|one| {
            let part = Of::Part { by_hour };
            line(part, one.interval, one.delivery.unwrap_or_default())
        })
        .collect();
    let covered = answer.basis.as_ref().and_then(|basis| basis.covered);
    lines.push(line(Of::All, covered, total));
    lines
}

impl Line {
    /// Its messages.
    pub(super) fn messages(&self) -> i64 {
        self.messages
    }

    /// Where it begins, where it is a part of a course of time.
    pub(super) fn part(&self) -> Option<&Interval> {
        match self.of {
            Of::Part { .. } => self.interval.as_ref(),
            _ => None,
        }
    }

    /// How far its messages came.
    pub(super) fn delivery(&self) -> Delivery {
        self.delivery.unwrap_or_default()
    }
}

/// What a line is of.
pub(super) fn named<'a>(line: &'a Line, words: &mut Words) -> Cell<'a> {
    let start = line.interval.and_then(|covers| covers.start_at);
    match &line.of {
        Of::Value(of) => value(of, words),
        Of::Others => word(words, "others"),
        Of::Part { by_hour: true } => words.moment(instant(start)),
        Of::Part { by_hour: false } => words.day(instant(start)),
        Of::All => word(words, "total"),
        Of::NotApplicable => word(words, "not_applicable"),
    }
}

fn counted<'a>(line: &Line, of: impl Fn(&Delivery) -> Option<DeliveryPart>) -> Cell<'a> {
    let part = line.delivery.as_ref().and_then(of);
    part.map_or(Cell::Nothing, |part| Cell::Count(part.count))
}

fn shared<'a>(line: &Line, of: impl Fn(&Delivery) -> Option<DeliveryPart>) -> Cell<'a> {
    let part = line.delivery.as_ref().and_then(of);
    let share = part.and_then(|part| part.share);
    share.map_or(Cell::Nothing, Cell::Share)
}

const fn count(
    id: &'static str,
    cell: for<'a> fn(&'a Line, &mut Words) -> Cell<'a>,
) -> Column<Line> {
    Column::new(id, Kind::Count, cell)
}

const fn part(
    id: &'static str,
    cell: for<'a> fn(&'a Line, &mut Words) -> Cell<'a>,
) -> Column<Line> {
    Column::new(id, Kind::Share, cell)
}

#[cfg(test)]
pub(super) mod tests;
