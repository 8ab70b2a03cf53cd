//! Totals and their course.

use acuse_pages::{Bars, Chart, Document, Lines, Row, Series, Tile, Unit};
use acuse_proto::reporting::{
    Bucket, Dimension, GetConsolidatedResponse, Metric, Metrics, SeriesBucket,
};

use super::super::figures::{
    Figure, cells, columns, figure, is_rate, is_time, label, number_column, part, text_column,
};
use super::super::say::Say;
use crate::pack::begins_late;

/// What is to be seen first.
const CHIEF: [Metric; 6] = [
    Metric::Messages,
    Metric::DeliveryRate,
    Metric::ReadRate,
    Metric::ReplyRate,
    Metric::BounceRate,
    Metric::Received,
];

/// What is told of all of it.
const TOLD: [Metric; 24] = [
    Metric::Messages,
    Metric::Dispatched,
    Metric::Sent,
    Metric::Delivered,
    Metric::Read,
    Metric::Replied,
    Metric::Failed,
    Metric::Pending,
    Metric::Unconfirmed,
    Metric::Received,
    Metric::Tickets,
    Metric::Billable,
    Metric::SentRate,
    Metric::DeliveryRate,
    Metric::ReadRate,
    Metric::ReplyRate,
    Metric::BounceRate,
    Metric::Unattached,
    Metric::TimeToDeliverP50,
    Metric::TimeToDeliverP90,
    Metric::TimeToReadP50,
    Metric::TimeToReadP90,
    Metric::TimeToReplyP50,
    Metric::TimeToReplyP90,
];

/// Chief figures.
pub(super) fn tiles(document: &mut Document, say: &Say, answer: &GetConsolidatedResponse) {
    let total = answer.total.unwrap_or_default();
    let tiles: Vec<Tile> = CHIEF
        .iter()
        .map(|metric| Tile {
            label: label(say, *metric).to_owned(),
            value: figure(&total, *metric).text(say),
            note: change(say, answer, *metric),
        })
        .collect();
    document.tiles(&tiles);
}

/// Chief figures, and the course of delivery.
pub(in super::super) fn overview(
    document: &mut Document,
    say: &mut Say,
    bucket: Bucket,
    answer: &GetConsolidatedResponse,
) {
    tiles(document, say, answer);
    late(document, say, bucket, answer);
    let categories: Vec<String> = answer
        .series
        .iter()
        .map(|one| part(say, bucket, one.interval.as_ref()))
        .collect();
    document.charts(&[
        Chart::Bars(Bars {
            title: titled(say, &[Metric::Delivered, Metric::Failed]),
            unit: Unit::Count,
            categories: categories.clone(),
            series: courses(say, answer, &[Metric::Delivered, Metric::Failed]),
            lying: false,
        }),
        Chart::Lines(Lines {
            title: titled(say, &[Metric::DeliveryRate]),
            unit: Unit::Share,
            categories,
            series: courses(say, answer, &[Metric::DeliveryRate]),
        }),
    ]);
}

/// Says where a series begins that leaves out what lies before the first messages.
fn late(document: &mut Document, say: &mut Say, bucket: Bucket, answer: &GetConsolidatedResponse) {
    if let Some(first) = begins_late(answer) {
        let begins = part(say, bucket, Some(first));
        let note = say.fill("pack.begins_late", &[&begins]);
        document.note(&format!("{}: {note}.", say.text("pack.series")));
    }
}

fn titled(say: &Say, metrics: &[Metric]) -> String {
    let labels = metrics.iter().map(|metric| label(say, *metric));
    labels.collect::<Vec<_>>().join(" · ")
}

fn courses(say: &Say, answer: &GetConsolidatedResponse, metrics: &[Metric]) -> Vec<Series> {
    let of = |part: &SeriesBucket, metric| {
        let metrics = part.metrics.as_ref()?;
        figure(metrics, metric).value()
    };
    let series = metrics.iter().map(|metric| Series {
        name: label(say, *metric).to_owned(),
        values: answer.series.iter().map(|part| of(part, *metric)).collect(),
        told: Vec::new(),
    });
    series.collect()
}

/// What became of a metric since the period before; empty where nothing can be said.
fn change(say: &Say, answer: &GetConsolidatedResponse, metric: Metric) -> String {
    let changes = answer
        .previous
        .iter()
        .flat_map(|previous| &previous.changes);
    let mut found = changes.filter(|change| change.metric() == metric);
    let Some(change) = found.next() else {
        return String::new();
    };
    let told = if is_rate(metric) {
        let points = change.difference.map(|points| points * 100.0);
        points.map(|points| signed(points, &say.numbers().decimals(points.abs(), 1), " pp"))
    } else {
        let relative = change.relative;
        relative.map(|share| signed(share, &say.numbers().share(share.abs()), ""))
    };
    told.map(|told| say.fill("pages.since_previous", &[&told]))
        .unwrap_or_default()
}

fn signed(value: f64, text: &str, unit: &str) -> String {
    let nothing = text.bytes().all(|byte| !matches!(byte, b'1'..=b'9'));
    let sign = match value {
        _ if nothing => "",
        less if less < 0.0 => "−",
        _ => "+",
    };
    format!("{sign}{text}{unit}")
}

/// Everything that is known of all of it, beside the period before.
pub(super) fn summary(document: &mut Document, say: &Say, answer: &GetConsolidatedResponse) {
    let total = answer.total.unwrap_or_default();
    let before = answer.previous.as_ref();
    let before = before.and_then(|previous| previous.total);
    let mut columns = vec![
        text_column(say.text("pack.metric")),
        number_column(say.text("pack.this_period")),
    ];
    if before.is_some() {
        columns.push(number_column(say.text("pack.previous_period")));
        columns.push(number_column(say.text("pack.change")));
    }
    let told = TOLD
        .iter()
        .filter(|metric| !is_time(**metric) || total.times.is_some());
    let rows = told.map(|metric| {
        let mut cells = vec![
            label(say, *metric).trim_end_matches(" (s)").to_owned(),
            figure(&total, *metric).text(say),
        ];
        if let Some(before) = &before {
            cells.push(figure(before, *metric).text(say));
            cells.push(difference(
                say,
                figure(before, *metric),
                figure(&total, *metric),
            ));
        }
        Row {
            cells,
            total: false,
        }
    });
    document.table(&columns, &rows.collect::<Vec<_>>());
}

fn difference(say: &Say, before: Figure, now: Figure) -> String {
    let (Some(from), Some(to)) = (before.value(), now.value()) else {
        return say.nothing();
    };
    let by = to - from;
    match now {
        Figure::Count(_) => signed(by, &say.numbers().count(by.abs()), ""),
        Figure::Share(_) => signed(by, &say.numbers().decimals(by.abs() * 100.0, 1), " pp"),
        _ => signed(by, &say.seconds(by.abs()), ""),
    }
}

/// The parts of the period, and all of it.
pub(super) fn series(
    document: &mut Document,
    say: &mut Say,
    bucket: Bucket,
    answer: &GetConsolidatedResponse,
) {
    late(document, say, bucket, answer);
    let columns = columns(say, &[say.dimension(parts(bucket))]);
    let mut rows = Vec::new();
    for one in &answer.series {
        let name = part(say, bucket, one.interval.as_ref());
        let metrics = one.metrics.unwrap_or_default();
        rows.push(row(say, vec![name], &metrics, false));
    }
    let total = answer.total.unwrap_or_default();
    rows.push(row(
        say,
        vec![say.text("row.total").to_owned()],
        &total,
        true,
    ));
    document.table(&columns, &rows);
}

/// What parts of a series are.
fn parts(bucket: Bucket) -> Dimension {
    match bucket {
        Bucket::Hour => Dimension::Hour,
        Bucket::Unspecified | Bucket::Day => Dimension::Day,
        Bucket::Week => Dimension::Week,
        Bucket::Month => Dimension::Month,
    }
}

/// A row of a table of figures.
pub(super) fn row(say: &Say, names: Vec<String>, metrics: &Metrics, total: bool) -> Row {
    Row {
        cells: names.into_iter().chain(cells(say, metrics)).collect(),
        total,
    }
}
