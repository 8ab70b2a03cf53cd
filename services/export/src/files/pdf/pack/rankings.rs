//! Rankings.

use acuse_pages::{Bars, Chart, Column, Document, Row, Series, Unit};
use acuse_proto::reporting::{Metric, RankingEnd, RankingRow, RateBasis};

use super::super::figures::{Figure, figure, is_rate, is_time, label, number_column, text_column};
use super::super::say::Say;
use crate::pack::Ranking;

/// Bars below each other at most: the table has all.
const BARS: usize = 15;

pub(in super::super) fn title(say: &Say, ranking: &Ranking) -> String {
    let (dimension, metric) = (ranking.asked.dimension(), ranking.asked.metric());
    let metric = say.amid(label(say, metric).trim_end_matches(" (s)"));
    let what = say.fill("pack.ranking_by", &[say.dimension(dimension), &metric]);
    let what = if ranking.asked.first() == RankingEnd::Worst {
        format!("{what} ({})", say.text("pack.worst_first"))
    } else {
        what
    };
    say.fill("pack.ranking_of", &[&what])
}

pub(super) fn draw(document: &mut Document, say: &mut Say, ranking: &Ranking) {
    let names = charts(document, say, ranking);
    if names.is_empty() {
        return;
    }
    let rows = &ranking.answer.rows;
    let departments = rows.iter().any(|row| !row.departments.is_empty());
    let shown = (ranking.asked.metric(), is_wilson(ranking), departments);
    let (before, covered) = (ranking.answer.previous, ranking.answer.previous_covered);
    let is_compared = before.is_some() && covered == before;
    let columns = columns(say, ranking, shown);
    let rows: Vec<Row> = rows
        .iter()
        .zip(names)
        .map(|(row, name)| Row {
            cells: cells(say, shown, (row, is_compared), name),
            total: false,
        })
        .collect();
    document.table(&columns, &rows);
}

/// Draws its chart, and tells what its rows are called.
pub(in super::super) fn charts(
    document: &mut Document,
    say: &mut Say,
    ranking: &Ranking,
) -> Vec<String> {
    let (metric, rows) = (ranking.asked.metric(), &ranking.answer.rows);
    let mut names = Vec::with_capacity(rows.len());
    for row in rows {
        names.push(
            row.value
                .as_ref()
                .map(|value| say.value(value))
                .unwrap_or_default(),
        );
    }
    note(document, say, ranking);
    if rows.is_empty() {
        document.note(say.text("pack.no_data"));
        return names;
    }
    let shown = rows.iter().take(BARS);
    let series = |name: &str, value: fn(&RankingRow) -> f64| Series {
        name: name.trim_end_matches(" (s)").to_owned(),
        values: shown.clone().map(value).map(Some).collect(),
        told: shown
            .clone()
            .map(|row| told(say, metric, value(row)))
            .collect(),
    };
    // What they are ordered by is drawn first: with bounds alone it would be unclear why a longer bar stands below a shorter one.
    let mut drawn = vec![series(label(say, metric), |row| row.figure)];
    if is_wilson(ranking) {
        drawn.insert(0, series(say.text("figures.score"), |row| row.score));
    }
    document.charts(&[Chart::Bars(Bars {
        title: label(say, metric).trim_end_matches(" (s)").to_owned(),
        unit: if is_rate(metric) {
            Unit::Share
        } else {
            Unit::Count
        },
        categories: names.iter().take(BARS).cloned().collect(),
        series: drawn,
        lying: true,
    })]);
    names
}

/// Whether what was compared are the bounds of rates.
fn is_wilson(ranking: &Ranking) -> bool {
    is_rate(ranking.asked.metric()) && ranking.asked.rate_basis() == RateBasis::Wilson
}

/// A value of a metric.
fn told(say: &Say, metric: Metric, value: f64) -> String {
    let figure = match metric {
        rate if is_rate(rate) => Figure::Share(value),
        time if is_time(time) => Figure::Seconds(value),
        _ => Figure::Count(value.round() as i64),
    };
    figure.text(say)
}

fn note(document: &mut Document, say: &Say, ranking: &Ranking) {
    let answer = &ranking.answer;
    let mut told = vec![
        format!(
            "{}: {}",
            say.text("pack.ranked"),
            say.count(answer.ranked_values)
        ),
        format!(
            "{}: {}",
            say.text("pack.unranked"),
            say.count(answer.unranked_values)
        ),
    ];
    if let Some(volume) = ranking.asked.minimum_volume.filter(|volume| *volume > 1) {
        told.push(say.fill("pack.minimum_volume", &[&say.count(volume)]));
    }
    if is_wilson(ranking) {
        told.push(say.text("pack.wilson").to_owned());
    }
    document.note(&told.join(" · "));
}

fn columns(
    say: &Say,
    ranking: &Ranking,
    (metric, wilson, departments): (Metric, bool, bool),
) -> Vec<Column> {
    let figure = label(say, metric).trim_end_matches(" (s)");
    let mut columns = vec![
        number_column(say.text("figures.rank")),
        text_column(say.dimension(ranking.asked.dimension())),
        number_column(figure),
    ];
    if wilson {
        columns.push(number_column(say.text("figures.score")));
    }
    if metric != Metric::Messages {
        columns.push(number_column(label(say, Metric::Messages)));
    }
    columns.push(number_column(say.text("figures.previous_rank")));
    columns.push(number_column(say.text("figures.previous_figure")));
    columns.push(number_column(say.text("figures.movement")));
    if departments {
        columns.push(text_column(say.text("figures.departments")));
    }
    columns
}

fn cells(
    say: &mut Say,
    (metric, wilson, departments): (Metric, bool, bool),
    (row, is_compared): (&RankingRow, bool),
    name: String,
) -> Vec<String> {
    let of = |say: &Say, value: f64| told(say, metric, value);
    let mut cells = vec![say.count(row.rank), name, of(say, row.figure)];
    if wilson {
        cells.push(of(say, row.score));
    }
    if metric != Metric::Messages {
        let metrics = row.metrics.unwrap_or_default();
        cells.push(figure(&metrics, Metric::Messages).text(say));
    }
    let before = row.previous_rank.map(|rank| say.count(rank));
    cells.push(before.unwrap_or_else(|| say.nothing()));
    let before = row.previous_figure.map(|value| of(say, value));
    cells.push(before.unwrap_or_else(|| say.nothing()));
    cells.push(match row.movement {
        None if is_compared => say.text("pack.new").to_owned(),
        None => say.nothing(),
        Some(0) => "=".to_owned(),
        Some(up) if up > 0 => format!("▲ {up}"),
        Some(down) => format!("▼ {}", -down),
    });
    if departments {
        let names = row.departments.iter().map(|value| say.value(value));
        cells.push(names.collect::<Vec<_>>().join(", "));
    }
    cells
}
