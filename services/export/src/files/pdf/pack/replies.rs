//! When contacts reply.

use acuse_pages::{Bars, Chart, Document, HeatMap, Series, Unit};
use acuse_proto::reporting::{Dimension, GetReplyActivityResponse, Metric};

use super::super::figures::label;
use super::super::say::Say;

pub(in super::super) fn draw(
    document: &mut Document,
    say: &Say,
    answer: &GetReplyActivityResponse,
) {
    document.note(&format!(
        "{}: {}",
        label(say, Metric::Replied),
        say.count(answer.replied)
    ));
    let hours: Vec<String> = (0..24).map(|hour| hour.to_string()).collect();
    let weekdays = answer.weekdays.iter();
    let rows = weekdays.clone();
    let rows = rows.map(|day| say.id(Dimension::Weekday, &day.weekday));
    let counts = |hours: &[i64]| hours.iter().map(|count| *count as f64).collect();
    document.charts(&[Chart::HeatMap(HeatMap {
        title: say.text("pack.replies_title").to_owned(),
        rows: rows.collect(),
        columns: hours.clone(),
        values: weekdays.map(|day| counts(&day.by_hour)).collect(),
    })]);
    let values = answer.by_hour.iter().map(|count| Some(*count as f64));
    document.charts(&[Chart::Bars(Bars {
        title: say.dimension(Dimension::HourOfDay).to_owned(),
        unit: Unit::Count,
        categories: hours,
        series: vec![Series {
            name: label(say, Metric::Replied).to_owned(),
            values: values.collect(),
            told: Vec::new(),
        }],
        lying: false,
    })]);
}
