//! The sheet of when contacts reply.

use acuse_proto::reporting::GetReplyActivityResponse;
use rust_xlsxwriter::{Color, ConditionalFormat2ColorScale};

use super::charts::columns as upright;
use super::look::{ACCENT, GOOD};
use super::page::{Page, Written};
use crate::files::words::Words;
use crate::files::{REPLY_ACTIVITY, reply_rows};

/// How wide all charts are together: the hours are many.
const WIDTH: u32 = 1_440;

/// How wide columns are, in characters: of a weekday, of an hour.
const COLUMNS: (f64, f64) = (20.0, 6.5);

/// How tall a row of the map is.
const ROW: f64 = 24.0;

/// What its sheet is called, and the title on it.
pub(super) fn called(words: &Words) -> (&'static str, &'static str) {
    ["replies", "replies_title"]
        .map(|key| words.message("pack", key))
        .into()
}

/// Draws a map of the week, and its hours and days by themselves, with the columns of these ids, or all of them.
pub(super) fn draw(
    page: &mut Page<'_>,
    name: &str,
    (answer, columns): (&GetReplyActivityResponse, &[String]),
) -> Written<()> {
    let picked = REPLY_ACTIVITY.pick(columns);
    for (index, id) in (0..).zip(picked.ids()) {
        if id == "weekday" {
            page.sheet.set_column_width(index, COLUMNS.0)?;
        } else if id.starts_with("hour_") {
            page.sheet.set_column_width(index, COLUMNS.1)?;
        }
    }
    page.width = WIDTH;
    let hours = hours(&picked.ids());
    let days = ["weekday", "replied"].map(|id| picked.ids().contains(&id)) == [true; 2];
    let room = (hours.is_some() || days).then(|| page.room());
    let rows = reply_rows(answer);
    let place = page.table(&picked, &rows)?;
    for row in place.first..=place.last {
        page.sheet.set_row_height(row, ROW)?;
    }
    let replied = page.words.message("metric", "replied");
    let by = |page: &Page<'_>, dimension| {
        let dimension = page.words.message("dimension", dimension);
        format!("{replied}: {}", dimension.to_lowercase())
    };
    let mut charts = Vec::new();
    if let Some((first, last)) = hours {
        let heat = ConditionalFormat2ColorScale::new()
            .set_minimum_color(Color::White)
            .set_maximum_color(GOOD);
        page.sheet
            .add_conditional_format(place.first, first, place.last, last, &heat)?;
        let all = place.last + 1;
        charts.push(upright(
            &by(&*page, "hour_of_day"),
            (name, place.header, first, place.header, last),
            (name, all, first, all, last),
            GOOD,
        ));
    }
    if let (Some(weekday), Some(total)) = (place.column("weekday"), place.column("replied")) {
        charts.push(upright(
            &by(&*page, "weekday"),
            (name, place.first, weekday, place.last, weekday),
            (name, place.first, total, place.last, total),
            ACCENT,
        ));
    }
    match room {
        Some(room) => page.charts(room, &mut charts),
        None => Ok(()),
    }
}

/// The first and the last column of hours, where they stand side by side.
fn hours(ids: &[&str]) -> Option<(u16, u16)> {
    let is_hour = |id: &&str| id.starts_with("hour_");
    let first = ids.iter().position(is_hour)?;
    let last = ids.iter().rposition(is_hour)?;
    let together = ids[first..=last].iter().all(is_hour);
    let column = |index: usize| u16::try_from(index).ok();
    column(first).zip(column(last)).filter(|_| together)
}
