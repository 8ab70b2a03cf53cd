//! Report packs: each of their reports on a page of its own, with a chart where it has a shape.

mod breakdowns;
mod consolidated;
mod funnel;
mod rankings;
mod replies;

use acuse_domain::glossary::Language;
use acuse_pages::{Document, Paper};

use super::About;
use super::say::Say;
use crate::pack::{Breakdown, Pack, Ranking};
use acuse_proto::reporting::{Bucket, GetConsolidatedResponse};

/// The file of a pack.
pub(crate) fn written(pack: &Pack, about: &About, language: Language) -> Vec<u8> {
    let mut say = Say::new(language, &about.zone);
    let mut document = begun(about, &mut say);
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

/// The file of a consolidated report.
pub(crate) fn consolidated(
    (bucket, answer): (Bucket, &GetConsolidatedResponse),
    about: &About,
    language: Language,
) -> Vec<u8> {
    let mut say = Say::new(language, &about.zone);
    let mut document = begun(about, &mut say);
    consolidated::overview(&mut document, &mut say, bucket, answer);
    document.section(say.text("pack.series"));
    consolidated::series(&mut document, &mut say, bucket, answer);
    document.finish()
}

/// The file of a breakdown.
pub(crate) fn breakdown(breakdown: &Breakdown, about: &About, language: Language) -> Vec<u8> {
    let mut say = Say::new(language, &about.zone);
    let mut document = begun(about, &mut say);
    document.heading(&breakdowns::title(&say, breakdown));
    breakdowns::draw(&mut document, &mut say, breakdown);
    document.finish()
}

/// The file of a ranking.
pub(crate) fn ranking(ranking: &Ranking, about: &About, language: Language) -> Vec<u8> {
    let mut say = Say::new(language, &about.zone);
    let mut document = begun(about, &mut say);
    document.heading(&rankings::title(&say, ranking));
    rankings::draw(&mut document, &mut say, ranking);
    document.finish()
}

fn begun(about: &About, say: &mut Say) -> Document {
    Document::new(about.front(say, None), Paper::A4Landscape)
}
