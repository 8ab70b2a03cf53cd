//! Report packs: each of their reports on a page of its own, with a chart where it has a shape.

pub(super) mod breakdowns;
pub(super) mod consolidated;
mod funnel;
pub(super) mod rankings;
mod replies;

use acuse_domain::glossary::Language;
use acuse_pages::{Document, Paper};

use super::About;
use super::say::Say;
use crate::pack::Pack;

/// The file of a pack.
pub(crate) fn written(pack: &Pack, about: &About, language: Language) -> Vec<u8> {
    let mut say = Say::new(language, &about.zone);
    let front = about.front(&mut say, None);
    let mut document = Document::new(front, Paper::A4Landscape);
    consolidated::overview(&mut document, &mut say, pack.bucket, &pack.consolidated);
    document.section(say.text("pack.summary"));
    consolidated::summary(&mut document, &say, &pack.consolidated);
    document.section(say.text("pack.series"));
    consolidated::series(&mut document, &mut say, pack.bucket, &pack.consolidated);
    funnel::draw(&mut document, &say, pack.sends, &pack.funnel);
    for breakdown in &pack.breakdowns {
        document.section(&breakdowns::title(&say, breakdown));
        breakdowns::draw(&mut document, &mut say, breakdown);
    }
    for ranking in &pack.rankings {
        document.section(&rankings::title(&say, ranking));
        rankings::draw(&mut document, &mut say, ranking);
    }
    document.section(say.text("pack.replies"));
    replies::draw(&mut document, &say, &pack.replies);
    document.finish()
}
