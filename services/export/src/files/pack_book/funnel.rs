//! The sheet of a funnel.

use acuse_proto::reporting::{FunnelStage, GetFunnelResponse, ProactiveSends};

use super::charts::{bars, point};
use super::look::{ACCENT, BAD, GOOD};
use super::page::{Page, Written};
use crate::files::FUNNEL;
use crate::files::words::Words;

/// What its sheet is called, and the title on it.
pub(super) fn called(sends: ProactiveSends, words: &Words) -> (&'static str, &'static str) {
    let title = match sends {
        ProactiveSends::Individual => "funnel_individual",
        ProactiveSends::All | ProactiveSends::Unspecified => "funnel_all",
    };
    ["funnel", title]
        .map(|key| words.message("pack", key))
        .into()
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
