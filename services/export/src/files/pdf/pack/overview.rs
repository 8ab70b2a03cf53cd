//! What messages there are, and how far they came.

use acuse_pages::{Bars, Chart, Document, Donut, Lines, Series, Share, Unit};
use acuse_proto::reporting::{Delivery, DeliveryPart, Metric};

use super::super::figures::{label, part};
use super::super::reports::tabled_as;
use super::super::say::Say;
use super::breakdowns::{BARS, SHARES};
use crate::files::overview::{Line, Section, named, table};
use crate::files::table::TableRow as _;
use crate::pack::Overview;

/// Draws sections of it, each with a table of those of these columns that tell something of it, where its charts do not tell all.
pub(in super::super) fn draw(
    document: &mut Document,
    say: &mut Say,
    (overview, sections): (&Overview, Vec<(Section, Vec<Line>)>),
    columns: &[String],
) {
    let bucket = overview.asked.bucket();
    let mut is_empty = true;
    for (section, lines) in sections {
        let total = lines.last().map_or(0, Line::messages);
        if total == 0 {
            continue;
        }
        is_empty = false;
        let title = section.title(say.words());
        if section.is_course() {
            course(document, say, (title, overview), &lines);
        } else {
            distribution(document, say, title, &lines);
            // Count and share of each value, and the total, stand beside the donut.
            if lines.len() <= SHARES + 1 {
                continue;
            }
        }
        if let Some(picked) = section.columns(columns, &lines) {
            let labels = section.labels(&picked, bucket, say.words());
            let (columns, rows) = tabled_as(say, (&picked, &labels), &lines);
            document.table(&columns, &rows);
        }
    }
    if is_empty {
        document.note(say.text("pack.no_data"));
    }
}

/// A donut, and bars of the same beside it.
fn distribution(document: &mut Document, say: &mut Say, title: &str, lines: &[Line]) {
    let values: Vec<&Line> = lines.iter().filter(|line| !line.is_total()).collect();
    let mut names = Vec::with_capacity(values.len());
    for line in &values {
        let cell = named(line, say.words());
        names.push(say.cell(&cell));
    }
    let all: i64 = values.iter().map(|line| line.messages()).sum();
    let mut shares: Vec<Share> = (names.iter().zip(&values))
        .map(|(name, line)| Share {
            name: name.clone(),
            value: line.messages() as f64,
        })
        .collect();
    if shares.len() > SHARES {
        let rest: f64 = shares.drain(SHARES - 1..).map(|share| share.value).sum();
        shares.push(Share {
            name: say.text("row.others").to_owned(),
            value: rest,
        });
    }
    let messages = label(say, Metric::Messages);
    let shown = values.iter().take(BARS);
    let told = |line: &&Line| {
        let share = line.messages() as f64 / all.max(1) as f64;
        let count = say.count(line.messages());
        format!("{count} ({})", say.numbers().share(share))
    };
    let series = Series {
        name: messages.to_owned(),
        values: (shown.clone())
            .map(|line| Some(line.messages() as f64))
            .collect(),
        told: shown.map(told).collect(),
    };
    names.truncate(BARS);
    document.charts(&[
        Chart::Donut(Donut {
            title: title.to_owned(),
            shares,
            whole: messages.to_owned(),
            nothing: say.text("pack.no_data").to_owned(),
        }),
        Chart::Bars(Bars {
            title: messages.to_owned(),
            unit: Unit::Count,
            categories: names,
            series: vec![series],
            lying: true,
        }),
    ]);
}

/// What of a delivery is drawn, in its order.
type Part = (&'static str, fn(&Delivery) -> Option<DeliveryPart>);

/// What is drawn of some deliveries, called as the columns of their table: where messages wait is told of those alone that stand
/// somewhere.
fn parts(say: &mut Say, cumulative: bool, total: &Delivery) -> Vec<Part> {
    let parts: [Part; 5] = [
        ("sent", |of| of.sent),
        ("delivered", |of| of.delivered),
        ("read", |of| of.read),
        ("failed", |of| of.failed),
        ("waiting", |of| of.waiting),
    ];
    let picked = table(cumulative);
    let labels = picked.labels(say.words()).into_iter().zip(picked.ids());
    let labels: Vec<(&str, &str)> = labels.collect();
    let told = parts.into_iter().filter(|(_, of)| of(total).is_some());
    told.map(|(id, of)| {
        let mut found = labels.iter().filter(|(_, column)| *column == id);
        (found.next().map_or(id, |(label, _)| label), of)
    })
    .collect()
}

/// Lines over time; of what they add up to, a donut where each message stands once, else bars.
fn course(
    document: &mut Document,
    say: &mut Say,
    (title, overview): (&str, &Overview),
    lines: &[Line],
) {
    let total = lines.last().map(Line::delivery).unwrap_or_default();
    let parts = parts(say, overview.asked.cumulative, &total);
    let of_time = lines.iter().filter(|line| !line.is_total());
    let bucket = overview.asked.bucket();
    let mut categories = Vec::new();
    for line in of_time.clone() {
        categories.push(part(say, bucket, line.part()));
    }
    let messages = label(say, Metric::Messages);
    let series = parts.iter().map(|(name, of)| {
        let counts = of_time.clone().map(|line| of(&line.delivery()));
        Series {
            name: (*name).to_owned(),
            values: (counts.map(|part| part.map(|part| part.count as f64))).collect(),
            told: Vec::new(),
        }
    });
    document.charts(&[Chart::Lines(Lines {
        title: title.to_owned(),
        unit: Unit::Count,
        categories,
        series: series.collect(),
    })]);
    let counts = parts
        .iter()
        .map(|(name, of)| (*name, of(&total).unwrap_or_default()));
    let bars = Chart::Bars(Bars {
        title: messages.to_owned(),
        unit: Unit::Count,
        categories: parts.iter().map(|(name, _)| (*name).to_owned()).collect(),
        series: vec![Series {
            name: messages.to_owned(),
            values: (counts.clone())
                .map(|(_, part)| Some(part.count as f64))
                .collect(),
            told: (counts.clone())
                .map(|(_, part)| {
                    let count = say.count(part.count);
                    let share = part.share.map(|share| say.numbers().share(share));
                    share.map_or(count.clone(), |share| format!("{count} ({share})"))
                })
                .collect(),
        }],
        lying: true,
    });
    if overview.asked.cumulative {
        document.charts(&[bars]);
        return;
    }
    let donut = Chart::Donut(Donut {
        title: say.text("pack.states").to_owned(),
        shares: counts
            .map(|(name, part)| Share {
                name: name.to_owned(),
                value: part.count as f64,
            })
            .collect(),
        whole: messages.to_owned(),
        nothing: say.text("pack.no_data").to_owned(),
    });
    document.charts(&[donut, bars]);
}
