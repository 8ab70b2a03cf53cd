//! The sheet of what messages there are, and how far they came.

use acuse_proto::reporting::Bucket;
use rust_xlsxwriter::{Chart, ChartFormat, ChartLegendPosition, ChartLine, ChartType};

use super::charts::{axes, font, titled};
use super::look::{ACCENT, BAD, GOOD, INK, LINE, WAITING};
use super::page::{Page, Place, Written};
use super::reports::shares;
use crate::files::overview::{Line, Section};
use crate::files::words::Words;

/// What is drawn of deliveries, in its colours.
const PARTS: [(&str, rust_xlsxwriter::Color); 5] = [
    ("sent", LINE),
    ("delivered", ACCENT),
    ("read", GOOD),
    ("failed", BAD),
    ("waiting", WAITING),
];

/// What its sheet is called, and the title on it.
pub(super) fn called(words: &Words) -> (&'static str, &'static str) {
    ["sheet", "title"]
        .map(|key| words.message("messages_overview", key))
        .into()
}

/// Draws sections of it, each with a table of those of these columns that tell something of it.
pub(super) fn draw(
    page: &mut Page<'_>,
    name: &str,
    sections: Vec<(Section, Vec<Line>)>,
    (bucket, columns): (Bucket, &[String]),
) -> Written<()> {
    let mut is_empty = true;
    for (section, lines) in sections {
        let total = lines.last().map_or(0, Line::messages);
        let Some(picked) = section.columns(columns, &lines).filter(|_| total > 0) else {
            continue;
        };
        is_empty = false;
        page.section(section.title(page.words))?;
        let ids = picked.ids();
        let drawn = match section.is_course() {
            true => PARTS.iter().any(|(id, _)| ids.contains(id)),
            false => ids.contains(&"messages"),
        };
        let room = (drawn && ids.contains(&"value")).then(|| page.room());
        let labels = section.labels(&picked, bucket, page.words);
        let place = page.table_as((&picked, labels), &lines)?;
        let (Some(room), Some(called)) = (room, place.column("value")) else {
            continue;
        };
        let mut charts = match section.is_course() {
            true => vec![course(page, (name, called), &place, bucket)],
            false => shares(page, (name, called), &place),
        };
        page.charts(room, &mut charts)?;
    }
    if is_empty {
        let none = page.words.message("pack", "no_data");
        page.note(none)?;
    }
    Ok(())
}

/// A line for each part of what became of messages.
fn course(page: &Page<'_>, (name, called): (&str, u16), place: &Place, bucket: Bucket) -> Chart {
    let mut chart = titled(ChartType::Line, page.words.message("metric", "messages"));
    axes(&mut chart);
    let (first, last) = (place.first, place.last);
    for (id, color) in PARTS {
        let Some(column) = place.column(id) else {
            continue;
        };
        let stroke = ChartLine::new().set_color(color).set_width(2.25).clone();
        chart
            .add_series()
            .set_name((name, place.header, column))
            .set_categories((name, first, called, last, called))
            .set_values((name, first, column, last, column))
            .set_format(ChartFormat::new().set_line(&stroke));
    }
    chart.x_axis().set_num_format(match bucket {
        Bucket::Hour => "d/m hh:mm",
        Bucket::Month => "m/yyyy",
        Bucket::Unspecified | Bucket::Day | Bucket::Week => "d/m",
    });
    chart
        .legend()
        .set_position(ChartLegendPosition::Bottom)
        .set_font(&font(9, INK));
    chart
}
