//! The sheet of a funnel.

use acuse_proto::reporting::{FunnelStage, GetFunnelResponse, ProactiveSends};
use rust_xlsxwriter::Worksheet;

use super::Names;
use super::charts::{bars, point};
use super::look::{ACCENT, BAD, GOOD, Look};
use super::page::{Page, Written};
use crate::files::FUNNEL;
use crate::files::words::Words;
use crate::pack::Head;

/// Begins its sheet; gives the sheet's name beside it.
pub(super) fn begin<'a>(
    sends: ProactiveSends,
    head: &Head,
    sheet: &'a mut Worksheet,
    (look, words): (&'a Look, &'a mut Words),
    names: &mut Names,
) -> Written<(Page<'a>, String)> {
    let name = names.take(words.message("pack", "funnel"));
    let title = words.message(
        "pack",
        match sends {
            ProactiveSends::Individual => "funnel_individual",
            ProactiveSends::All | ProactiveSends::Unspecified => "funnel_all",
        },
    );
    let page = Page::begin(sheet, (look, words), &name, title, head)?;
    Ok((page, name))
}

/// Draws it, with its columns of these ids, or all of them.
pub(super) fn draw(
    page: &mut Page<'_>,
    name: &str,
    (answer, columns): (&GetFunnelResponse, &[String]),
) -> Written<()> {
    let picked = FUNNEL.pick(columns);
    let ids = picked.ids();
    let is_drawn =
        ids.contains(&"stage") && (ids.contains(&"messages") || ids.contains(&"tickets"));
    let room = is_drawn.then(|| page.room());
    let place = page.table(&picked, &answer.steps)?;
    let (Some(room), Some(stage)) = (room, place.column("stage")) else {
        return Ok(());
    };
    let points: Vec<_> = answer
        .steps
        .iter()
        .map(|step| match step.stage() {
            FunnelStage::Bounced => point(BAD),
            FunnelStage::Replied => point(GOOD),
            _ => point(ACCENT),
        })
        .collect();
    let mut drawn = Vec::new();
    for id in ["messages", "tickets"] {
        if let Some(column) = place.column(id) {
            let cells = (
                (name, place.first, stage, place.last, stage),
                (name, place.first, column, place.last, column),
            );
            let title = page.words.message("metric", id);
            drawn.push(bars(title, cells, &points, "#,##0"));
        }
    }
    page.charts(room, &mut drawn)
}
