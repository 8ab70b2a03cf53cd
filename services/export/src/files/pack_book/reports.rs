//! The sheets of breakdowns and rankings.

use acuse_proto::reporting::{Dimension, RankingEnd, RateBasis};
use rust_xlsxwriter::{Chart, ConditionalFormatDataBar, Worksheet};

use super::Names;
use super::charts::{bars, doughnut};
use super::look::{Look, SLICES};
use super::page::{Page, Place, Written};
use crate::files::figures::{self, values};
use crate::files::filled;
use crate::files::table::{Kind, TableRow as _};
use crate::files::words::Words;
use crate::pack::{Breakdown, Head, Ranking, grouped};

/// Bars and slices that can still be told apart.
const MOST: (u32, u32) = (15, 8);

/// What a breakdown tells of each value.
const BROKEN_DOWN: [&str; 11] = [
    "messages",
    "share",
    "received",
    "sent",
    "delivered",
    "read",
    "failed",
    "replied",
    "delivery_rate",
    "read_rate",
    "reply_rate",
];

/// Draws a breakdown.
pub(super) fn breakdown(
    breakdown: &Breakdown,
    head: &Head,
    sheet: &mut Worksheet,
    (look, words): (&Look, &mut Words),
    names: &mut Names,
) -> Written<()> {
    let dimensions: Vec<Dimension> = breakdown.asked.dimensions().collect();
    let labels: Vec<&str> = dimensions
        .iter()
        .map(|dimension| words.message("dimension", &values::dimension_key(*dimension)))
        .collect();
    let form = if labels.len() > 1 { "by_two" } else { "by" };
    let lower: Vec<String> = labels.iter().map(|label| label.to_lowercase()).collect();
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
    let title = filled(words.message("pack", form), &lower);
    let name = names.take(&title);
    let mut page = Page::begin(sheet, (look, words), &name, &title, head)?;
    let rows = figures::of_breakdown(breakdown.answer.clone());
    let mut ids: Vec<String> = dimensions
        .iter()
        .map(|one| values::dimension_key(*one))
        .collect();
    ids.extend(BROKEN_DOWN.iter().map(|id| (*id).to_owned()));
    let picked = figures::breakdown(&breakdown.asked).pick(&ids);
    let values = rows.iter().filter(|row| !row.is_total()).count();
    let values = u32::try_from(values).unwrap_or(u32::MAX);
    let drawn = dimensions.len() == 1 && values > 0;
    let room = drawn.then(|| page.room());
    let place = page.table(&picked, &rows)?;
    shaded(&mut page, &place, "messages")?;
    if let Some(room) = room {
        let mut charts = shares(&page, (&name, 0), &place);
        page.charts(room, &mut charts)?;
    }
    Ok(())
}

/// Slices where there are few values, and bars of the first of them; what they are called stands in that column of the sheet.
pub(super) fn shares(page: &Page<'_>, (name, called): (&str, u16), place: &Place) -> Vec<Chart> {
    let Some(messages) = place.column("messages") else {
        return Vec::new();
    };
    let share = page.words.message("pack", "share");
    let title = page.words.message("metric", "messages");
    let mut charts = Vec::new();
    let last = place.last.min(place.first + MOST.0 - 1);
    let labels = (name, place.first, called, last, called);
    let cells = (name, place.first, messages, last, messages);
    charts.push(bars(title, (labels, cells), &[], "#,##0"));
    if place.rows() <= MOST.1 {
        charts.push(doughnut(share, (labels, cells), &SLICES));
    }
    charts
}

/// Draws a ranking.
pub(super) fn ranking(
    ranking: &Ranking,
    head: &Head,
    sheet: &mut Worksheet,
    (look, words): (&Look, &mut Words),
    names: &mut Names,
) -> Written<()> {
    let (asked, answer) = (&ranking.asked, &ranking.answer);
    let dimension = words.message("dimension", &values::dimension_key(asked.dimension()));
    let metric = words.message("metric", &values::metric_key(asked.metric()));
    let name = names.take(&filled(words.message("pack", "ranking_of"), &[dimension]));
    let by = filled(
        words.message("pack", "ranking_by"),
        &[dimension, &metric.to_lowercase()],
    );
    let title = match asked.first() {
        RankingEnd::Worst => format!("{by} ({})", words.message("pack", "worst_first")),
        RankingEnd::Best | RankingEnd::Unspecified => by,
    };
    let mut page = Page::begin(sheet, (look, words), &name, &title, head)?;
    notes(&mut page, ranking)?;
    let key = values::dimension_key(asked.dimension());
    let ids = [
        key.as_str(),
        "rank",
        "figure",
        "score",
        "messages",
        "previous_rank",
        "previous_figure",
        "movement",
        "departments",
    ];
    let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    let picked = figures::ranking(asked).pick(&ids);
    let rows = figures::of_ranking(answer.clone(), asked.metric());
    let room = (!rows.is_empty()).then(|| page.room());
    let place = page.table(&picked, &rows)?;
    if let Some(column) = place.column("departments") {
        page.sheet.set_column_width(column, 30)?;
    }
    if let Some(room) = room {
        // What they are ordered by; both stand in the table.
        let score = place.column("score");
        let title = match score {
            Some(_) => page.words.message("figures", "score"),
            None => metric,
        };
        let figure = score.or(place.column("figure")).unwrap_or_default();
        let last = place.last.min(place.first + MOST.0 - 1);
        let cells = (
            (name.as_str(), place.first, 0, last, 0),
            (name.as_str(), place.first, figure, last, figure),
        );
        let format = match values::kind(asked.metric()) {
            Kind::Share => "0.0%",
            Kind::Seconds => "[h]:mm:ss",
            _ => "#,##0",
        };
        let mut chart = bars(title, cells, &[], format);
        page.charts(room, std::slice::from_mut(&mut chart))?;
    }
    Ok(())
}

/// How values are ranked, and how many are not.
fn notes(page: &mut Page<'_>, ranking: &Ranking) -> Written<()> {
    let language = page.words.language();
    let mut notes = Vec::new();
    if ranking.asked.rate_basis() == RateBasis::Wilson {
        notes.push(page.words.message("pack", "wilson").to_owned());
    }
    if let Some(volume) = ranking.asked.minimum_volume.filter(|volume| *volume > 1) {
        let volume = grouped(volume, language);
        notes.push(filled(
            page.words.message("pack", "minimum_volume"),
            &[&volume],
        ));
    }
    for (key, count) in [
        ("ranked", ranking.answer.ranked_values),
        ("unranked", ranking.answer.unranked_values),
    ] {
        let label = page.words.message("pack", key);
        notes.push(format!("{label}: {}", grouped(count, language)));
    }
    page.note(&notes.join("   ·   "))?;
    page.row += 1;
    Ok(())
}

/// Bars behind the numbers of a column.
fn shaded(page: &mut Page<'_>, place: &Place, id: &str) -> Written<()> {
    let Some(column) = place.column(id) else {
        return Ok(());
    };
    let bar = ConditionalFormatDataBar::new()
        .set_fill_color(rust_xlsxwriter::Color::RGB(0x009B_C1BC))
        .set_solid_fill(true)
        .set_border_off(true);
    page.sheet
        .add_conditional_format(place.first, column, place.last, column, &bar)?;
    Ok(())
}
