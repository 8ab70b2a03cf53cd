//! Figures by the values of one or two dimensions.

use acuse_pages::{Bars, Chart, Document, Donut, Row, Series, Share, Unit};
use acuse_proto::reporting::{BreakdownRow, Dimension, Metric};

use super::super::figures::{Figure, columns, figure, label};
use super::super::say::Say;
use super::consolidated::row;
use crate::pack::Breakdown;

/// Parts of a donut at most: the rest is drawn as one.
pub(super) const SHARES: usize = 7;

/// Bars below each other at most: the table has all.
pub(super) const BARS: usize = 12;

pub(in super::super) fn title(say: &Say, breakdown: &Breakdown) -> String {
    let dimensions: Vec<_> = breakdown.asked.dimensions().collect();
    let named = |nth: usize| {
        let dimension = dimensions.get(nth).copied().unwrap_or_default();
        say.amid(say.dimension(dimension))
    };
    if dimensions.len() > 1 {
        say.fill("pack.by_two", &[&named(0), &named(1)])
    } else {
        say.fill("pack.by", &[&named(0)])
    }
}

pub(super) fn draw(document: &mut Document, say: &mut Say, breakdown: &Breakdown) {
    let names = charts(document, say, breakdown);
    if names.is_empty() {
        return;
    }
    table(document, say, breakdown, names);
}

/// Draws its charts, and tells what its rows are called.
pub(in super::super) fn charts(
    document: &mut Document,
    say: &mut Say,
    breakdown: &Breakdown,
) -> Vec<Vec<String>> {
    let answer = &breakdown.answer;
    let names: Vec<Vec<String>> = answer.rows.iter().map(|row| names(say, row)).collect();
    let single = breakdown.asked.dimensions.len() == 1;
    let first = breakdown.asked.dimensions().next().unwrap_or_default();
    if answer.rows.is_empty() {
        document.note(say.text("pack.no_data"));
    } else if single && is_time(first) {
        document.charts(&[over_time(say, breakdown, &names)]);
    } else {
        let beside = match has_rates(breakdown) {
            true => rates(say, breakdown, &names),
            false => counts(say, breakdown, &names),
        };
        document.charts(&[donut(say, breakdown, &names), beside]);
    }
    names
}

fn names(say: &mut Say, row: &BreakdownRow) -> Vec<String> {
    row.values.iter().map(|value| say.value(value)).collect()
}

fn is_time(dimension: Dimension) -> bool {
    matches!(
        dimension,
        Dimension::Hour
            | Dimension::Day
            | Dimension::Week
            | Dimension::Month
            | Dimension::Weekday
            | Dimension::HourOfDay
    )
}

/// Whether rates tell something of the values: those of a state, or of a way to fail, are what it says already.
fn has_rates(breakdown: &Breakdown) -> bool {
    let mut dimensions = breakdown.asked.dimensions();
    dimensions.all(|dimension| {
        !matches!(
            dimension,
            Dimension::State
                | Dimension::FailureStage
                | Dimension::FailureCategory
                | Dimension::ErrorCode
                | Dimension::Direction
        )
    })
}

fn value(row: &BreakdownRow, metric: Metric) -> Option<f64> {
    figure(row.metrics.as_ref()?, metric).value()
}

fn told(say: &Say, row: &BreakdownRow, metric: Metric) -> String {
    let figure = row
        .metrics
        .as_ref()
        .map_or(Figure::Absent, |metrics| figure(metrics, metric));
    figure.text(say)
}

/// What shares are of: messages, or what was received where there are none.
fn counted(breakdown: &Breakdown) -> Metric {
    let total = breakdown.answer.total.as_ref();
    match total {
        Some(total) if total.messages == 0 && total.received.unwrap_or(0) > 0 => Metric::Received,
        _ => Metric::Messages,
    }
}

fn donut(say: &Say, breakdown: &Breakdown, names: &[Vec<String>]) -> Chart {
    let metric = counted(breakdown);
    let mut all: Vec<Share> = breakdown
        .answer
        .rows
        .iter()
        .zip(names)
        .map(|(row, names)| Share {
            name: names.join(" · "),
            value: value(row, metric).unwrap_or(0.0),
        })
        .collect();
    // Whatever orders the rows: the greatest parts are the ones to be seen.
    all.sort_by(|one, other| other.value.total_cmp(&one.value));
    let others = breakdown.answer.others.as_ref();
    let others = others.and_then(|others| figure(others, metric).value());
    let mut rest = others.unwrap_or(0.0);
    if all.len() > SHARES || (rest > 0.0 && all.len() == SHARES) {
        rest += all
            .drain(SHARES - 1..)
            .map(|share| share.value)
            .sum::<f64>();
    }
    if rest > 0.0 {
        all.push(Share {
            name: say.text("row.others").to_owned(),
            value: rest,
        });
    }
    Chart::Donut(Donut {
        title: label(say, metric).to_owned(),
        shares: all,
        whole: label(say, metric).to_owned(),
        nothing: say.text("pack.no_data").to_owned(),
    })
}

fn rates(say: &Say, breakdown: &Breakdown, names: &[Vec<String>]) -> Chart {
    let shown = [Metric::DeliveryRate, Metric::ReadRate];
    let rows = breakdown.answer.rows.iter().take(BARS);
    let series = shown.iter().map(|metric| Series {
        name: label(say, *metric).to_owned(),
        values: rows.clone().map(|row| value(row, *metric)).collect(),
        told: rows.clone().map(|row| told(say, row, *metric)).collect(),
    });
    let categories = names.iter().take(BARS).map(|names| names.join(" · "));
    Chart::Bars(Bars {
        title: shown.map(|metric| label(say, metric)).join(" · "),
        unit: Unit::Share,
        categories: categories.collect(),
        series: series.collect(),
        lying: true,
    })
}

/// How many there are of each value.
fn counts(say: &Say, breakdown: &Breakdown, names: &[Vec<String>]) -> Chart {
    let metric = counted(breakdown);
    let rows = breakdown.answer.rows.iter().take(BARS);
    Chart::Bars(Bars {
        title: label(say, metric).to_owned(),
        unit: Unit::Count,
        categories: names
            .iter()
            .take(BARS)
            .map(|names| names.join(" · "))
            .collect(),
        series: vec![Series {
            name: label(say, metric).to_owned(),
            values: rows.clone().map(|row| value(row, metric)).collect(),
            told: rows.map(|row| told(say, row, metric)).collect(),
        }],
        lying: true,
    })
}

fn over_time(say: &Say, breakdown: &Breakdown, names: &[Vec<String>]) -> Chart {
    let shown = [Metric::Delivered, Metric::Failed];
    let rows = breakdown.answer.rows.iter();
    let series = shown.iter().map(|metric| Series {
        name: label(say, *metric).to_owned(),
        values: rows.clone().map(|row| value(row, *metric)).collect(),
        told: rows.clone().map(|row| told(say, row, *metric)).collect(),
    });
    Chart::Bars(Bars {
        title: shown.map(|metric| label(say, metric)).join(" · "),
        unit: Unit::Count,
        categories: names.iter().map(|names| names.join(" · ")).collect(),
        series: series.collect(),
        lying: false,
    })
}

fn table(document: &mut Document, say: &Say, breakdown: &Breakdown, names: Vec<Vec<String>>) {
    let answer = &breakdown.answer;
    let labels: Vec<&str> = breakdown
        .asked
        .dimensions()
        .map(|dimension| say.dimension(dimension))
        .collect();
    let columns = columns(say, &labels);
    let mut rows: Vec<Row> = answer
        .rows
        .iter()
        .zip(names)
        .map(|(one, names)| row(say, names, &one.metrics.unwrap_or_default(), false))
        .collect();
    // Where there are two dimensions the second has nothing beside these.
    let named = |text: String| {
        let mut names = vec![String::new(); labels.len().max(1)];
        names[0] = text;
        names
    };
    if let Some(others) = &answer.others {
        let name = format!(
            "{} ({})",
            say.text("row.others"),
            say.count(answer.other_values)
        );
        rows.push(row(say, named(name), others, false));
    }
    let total = answer.total.unwrap_or_default();
    let name = named(say.text("row.total").to_owned());
    rows.push(row(say, name, &total, true));
    document.table(&columns, &rows);
}
