//! The first sheet: what a pack is about, its figures beside those of the period before, and their course.

use acuse_domain::glossary::state_name;
use acuse_domain::kinds::MessageState;
use acuse_proto::reporting::{Metric, MetricChange, Metrics};
use rust_xlsxwriter::{
    ChartFormat, ChartLegendPosition, ChartLine, ChartSolidFill, ChartType, Worksheet,
};

use super::Names;
use super::charts::{axes, doughnut, font, titled};
use super::look::{BAD, GOOD, INK, LINE, Look, STATES};
use super::page::{Page, Place, Written};
use crate::files::cell::Cell;
use crate::files::figures::{self, values};
use crate::files::table::{Kind, TableRow as _};
use crate::files::words::Words;
use crate::pack::{Head, Pack};

/// What is compared with the period before.
const COMPARED: [Metric; 22] = [
    Metric::Messages,
    Metric::Tickets,
    Metric::Sent,
    Metric::Delivered,
    Metric::Read,
    Metric::Failed,
    Metric::Pending,
    Metric::Unconfirmed,
    Metric::Replied,
    Metric::Received,
    Metric::Billable,
    Metric::SentRate,
    Metric::BounceRate,
    Metric::DeliveryRate,
    Metric::ReadRate,
    Metric::ReplyRate,
    Metric::TimeToDeliverP50,
    Metric::TimeToDeliverP90,
    Metric::TimeToReadP50,
    Metric::TimeToReadP90,
    Metric::TimeToReplyP50,
    Metric::TimeToReplyP90,
];

/// What the course tells.
const COURSE: [&str; 10] = [
    "part",
    "messages",
    "received",
    "sent",
    "delivered",
    "read",
    "failed",
    "replied",
    "delivery_rate",
    "read_rate",
];

/// Draws it.
pub(super) fn summary(
    pack: &Pack,
    head: &Head,
    sheet: &mut Worksheet,
    (look, words): (&Look, &mut Words),
    names: &mut Names,
) -> Written<()> {
    let name = names.take(words.message("pack", "summary"));
    let mut page = Page::begin(sheet, (look, words), &name, &head.title, head)?;
    page.facts(head)?;
    let room = page.room();
    let top = page.row;
    compared(&mut page, pack)?;
    let below = page.row;
    // Beside it.
    (page.row, page.left) = (top, 6);
    let states = states(&mut page, pack)?;
    (page.row, page.left) = (below.max(page.row), 0);
    let title = page.words.message("pack", "series");
    page.section(title)?;
    let asked = acuse_proto::reporting::GetConsolidatedRequest::default();
    let ids: Vec<String> = COURSE.iter().map(|id| (*id).to_owned()).collect();
    let picked = figures::consolidated(&asked).pick(&ids);
    let mut rows = figures::of_consolidated(pack.consolidated.clone(), pack.bucket);
    rows.retain(|row| !row.is_previous());
    let place = page.table(&picked, &rows)?;
    let state = doughnut(
        page.words.message("pack", "states"),
        (
            (&name, states.0, 6, states.1, 6),
            (&name, states.0, 8, states.1, 8),
        ),
        &STATES,
    );
    let course = course(&mut page, &name, &place);
    page.charts(room, &mut [course, state])
}

/// Figures beside those of the period before.
fn compared(page: &mut Page<'_>, pack: &Pack) -> Written<()> {
    let label = |page: &Page<'_>, key| page.words.message("pack", key);
    let labels = [
        (label(page, "metric"), false),
        (label(page, "this_period"), true),
        (label(page, "previous_period"), true),
        (label(page, "change"), true),
        (label(page, "change_relative"), true),
    ];
    page.headers(&labels)?;
    let none = Vec::new();
    let previous = pack.consolidated.previous.as_ref();
    let changes = previous.map_or(&none, |previous| &previous.changes);
    let total = pack.consolidated.total.unwrap_or_default();
    for metric in COMPARED {
        let change = changes.iter().find(|change| change.metric() == metric);
        let Some(change) = change else { continue };
        let name = page.words.message("metric", &values::metric_key(metric));
        page.put(0, &Cell::Text(name.trim_end_matches(" (s)").into()), false)?;
        let now = now(page.words, metric, change, &total);
        page.put(1, &now, false)?;
        page.put(2, &values::figure(metric, change.before), false)?;
        match values::kind(metric) {
            Kind::Share => {
                let points = change.difference.map(|difference| difference * 100.0);
                page.number(3, points, |cells| &cells.points)?;
            }
            Kind::Seconds => page.number(3, None, |cells| &cells.seconds)?,
            _ => page.number(3, change.difference, |cells| &cells.change)?,
        }
        page.number(4, change.relative, |cells| &cells.relative)?;
        page.row += 1;
    }
    page.row += 1;
    Ok(())
}

/// What a metric is now; of a rate also that there can be none.
fn now(words: &Words, metric: Metric, change: &MetricChange, total: &Metrics) -> Cell<'static> {
    let rate = match metric {
        Metric::SentRate => total.sent_rate,
        Metric::BounceRate => total.bounce_rate,
        Metric::DeliveryRate => total.delivery_rate,
        Metric::ReadRate => total.read_rate,
        Metric::ReplyRate => total.reply_rate,
        _ => return values::figure(metric, change.now),
    };
    values::rate(words, rate.as_ref())
}

/// Messages by where they stand; the first and the last row of them.
fn states(page: &mut Page<'_>, pack: &Pack) -> Written<(u32, u32)> {
    let label = |page: &Page<'_>, key| page.words.message("pack", key);
    let labels = [
        (label(page, "states"), false),
        ("", false),
        (page.words.message("metric", "messages"), true),
        (label(page, "share"), true),
    ];
    page.headers(&labels)?;
    let first = page.row;
    let total = pack.consolidated.total.unwrap_or_default();
    let states = total.states.unwrap_or_default();
    let counts = [
        states.queued,
        states.dispatched,
        states.sent,
        states.delivered,
        states.read,
        states.dispatch_failed,
        states.failed,
    ];
    for (state, count) in MessageState::ALL.iter().zip(counts) {
        let name = state_name(page.words.language(), *state);
        page.put(0, &Cell::Text(name.into()), false)?;
        page.put(1, &Cell::Text("".into()), false)?;
        page.put(2, &Cell::Count(count), false)?;
        page.put(3, &values::share(count, total.messages), false)?;
        page.row += 1;
    }
    let last = page.row - 1;
    page.row += 1;
    Ok((first, last))
}

/// Delivered and failed as columns, the delivery rate as a line over them.
fn course(page: &mut Page<'_>, name: &str, place: &Place) -> rust_xlsxwriter::Chart {
    let mut chart = titled(
        ChartType::ColumnStacked,
        page.words.message("pack", "series"),
    );
    axes(&mut chart);
    let (first, last) = (place.first, place.last);
    let at = |id| place.column(id).unwrap_or_default();
    let labels = (name, first, 0, last, 0);
    for (id, color) in [("delivered", GOOD), ("failed", BAD)] {
        let column = at(id);
        let fill = ChartSolidFill::new().set_color(color).clone();
        chart
            .add_series()
            .set_name((name, place.header, column))
            .set_categories(labels)
            .set_values((name, first, column, last, column))
            .set_gap(40)
            .set_format(ChartFormat::new().set_solid_fill(&fill));
    }
    let mut line = rust_xlsxwriter::Chart::new(ChartType::Line);
    let column = at("delivery_rate");
    let stroke = ChartLine::new().set_color(LINE).set_width(2.25).clone();
    line.add_series()
        .set_name((name, place.header, column))
        .set_categories(labels)
        .set_values((name, first, column, last, column))
        .set_secondary_axis(true)
        .set_format(ChartFormat::new().set_line(&stroke));
    chart
        .y2_axis()
        .set_min(0)
        .set_max(1)
        .set_num_format("0%")
        .set_font(&font(9, LINE));
    chart.x_axis().set_num_format("d/m");
    chart.combine(&line);
    chart
        .legend()
        .set_position(ChartLegendPosition::Bottom)
        .set_font(&font(9, INK));
    chart
}
