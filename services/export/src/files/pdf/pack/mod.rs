//! Report packs: each of their reports on a page of its own, with a chart where it has a shape.

pub(super) mod breakdowns;
pub(super) mod consolidated;
pub(super) mod funnel;
pub(super) mod overview;
pub(super) mod rankings;
pub(super) mod replies;

use acuse_domain::glossary::Language;
use acuse_pages::{Document, Paper};

use super::About;
use super::say::Say;
use crate::files::{OVERVIEW, Report, is_readable};
use crate::pack::{Pack, received_not_applicable};

/// The file of a pack.
pub(crate) fn written(pack: &Pack, about: &About, language: Language) -> Vec<u8> {
    let mut say = Say::new(language, &about.zone);
    let mut front = about.front(&mut say, None);
    if pack.lacks_received() {
        let (label, note) = received_not_applicable(say.words());
        front.facts.push((label.to_owned(), note.to_owned()));
    }
    let mut document = Document::new(front, Paper::A4Landscape);
    if pack.is_empty() {
        // One page that says so, in place of one for each report.
        consolidated::tiles(&mut document, &say, &pack.consolidated);
        document.heading(say.text("pages.no_data"));
        return document.finish();
    }
    consolidated::overview(&mut document, &mut say, pack.bucket, &pack.consolidated);
    document.section(say.text("pack.summary"));
    consolidated::summary(&mut document, &say, &pack.consolidated);
    document.section(say.text("pack.series"));
    consolidated::series(&mut document, &mut say, pack.bucket, &pack.consolidated);
    document.section(say.text("messages_overview.sheet"));
    overview::draw(
        &mut document,
        &mut say,
        (&pack.overview, pack.sections()),
        &readable(),
    );
    funnel::draw(&mut document, &mut say, pack.sends, &pack.funnel);
    for breakdown in &pack.breakdowns {
        let title = breakdowns::title(&say, breakdown);
        begin(&mut document, &title, breakdown.answer.rows.is_empty());
        breakdowns::draw(&mut document, &mut say, breakdown);
    }
    for ranking in &pack.rankings {
        let title = rankings::title(&say, ranking);
        begin(&mut document, &title, ranking.answer.rows.is_empty());
        rankings::draw(&mut document, &mut say, ranking);
    }
    document.section(say.text("pack.replies"));
    replies::draw(&mut document, &say, &pack.replies);
    document.finish()
}

/// The columns of an overview that there is room for.
fn readable() -> Vec<String> {
    let columns = OVERVIEW.ids().into_iter();
    let readable = columns.filter(|id| is_readable(Report::MessagesOverview, id));
    readable.map(str::to_owned).collect()
}

/// Begins a report: on a page of its own, unless there is nothing in it.
fn begin(document: &mut Document, title: &str, is_empty: bool) {
    if is_empty {
        document.heading(title);
    } else {
        document.section(title);
    }
}
