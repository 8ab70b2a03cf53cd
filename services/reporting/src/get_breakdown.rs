//! Figures by the values of a dimension.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use acuse_domain::calendar::Interval;
use acuse_domain::error::Result;
use acuse_domain::kinds::Direction;
use acuse_domain::report::{Condition, Dimension, Group, NO_VALUE};
use acuse_domain::scope::Scope;
use acuse_proto::convert::reporting::{Axis, Breakdown as Asked, Label, TimeAxis};

use crate::basis::Basis;
use crate::cut::cut_few;
use crate::figures::{Figures, time_of};
use crate::inquiry::{Inquiry, Table, Told, Wanted};
use crate::naming::{self, Shown, by_figure};
use crate::parts::Parts;

/// Figures by value.
#[derive(Debug)]
pub(crate) struct Breakdown {
    pub(crate) basis: Basis,
    pub(crate) rows: Vec<(Shown, Figures)>,
    /// What is beyond the limit, summed, and how many values that is.
    pub(crate) others: Option<(Figures, usize)>,
    pub(crate) total: Figures,
}

/// Rows in their order: the first, and those beyond the limit.
type Rows = (Vec<(Shown, Figures)>, Vec<Figures>);

/// Figures by value, as far as `scope` shows the messages.
///
/// # Errors
///
/// INVALID_ARGUMENT for a period that is too long, or has too many parts of time, NOT_FOUND for an unknown workspace,
/// UNAVAILABLE while the database is away.
pub(crate) async fn get_breakdown(parts: &Parts, scope: &Scope, asked: Asked) -> Result<Breakdown> {
    let mut inquiry = Inquiry::open(parts, scope, asked.question.clone()).await?;
    let (told, (rows, beyond)) = match asked.axis {
        Axis::Values(dimension) => by_value(&mut inquiry, &asked, dimension).await?,
        Axis::Time(axis) => by_time(&inquiry, &asked, axis).await?,
    };
    let total = told.tables.first().map(Table::total).unwrap_or_default();
    Ok(Breakdown {
        basis: Basis::new(&inquiry, told.as_of, &total),
        rows,
        others: (!beyond.is_empty()).then(|| (Figures::sum(&beyond), beyond.len())),
        total,
    })
}

async fn by_value(
    inquiry: &mut Inquiry,
    asked: &Asked,
    dimension: Dimension,
) -> Result<(Told, Rows)> {
    if !dimension.applies_to(Direction::Inbound) {
        inquiry.leave_inbound_out(dimension.as_str());
    }
    if dimension == Dimension::Subtype {
        // It covers the messages that have one.
        inquiry.only(Condition::none_of(dimension, [NO_VALUE]));
    }
    let told = ask(inquiry, asked, Group::Values(dimension)).await?;
    let figures = told.tables.iter().flat_map(|table| &table.figures);
    let rows = figures
        .map(|(value, figures)| (*value, figures.clone()))
        .collect();
    let rows = naming::first(
        &inquiry.scoped,
        dimension,
        rows,
        asked.limit,
        |one, other| compare(asked, one, other),
    )
    .await?;
    Ok((told, rows))
}

async fn by_time(inquiry: &Inquiry, asked: &Asked, axis: TimeAxis) -> Result<(Told, Rows)> {
    let covered = inquiry.covered(inquiry.requested);
    let parts: Vec<(Interval, Label)> = covered
        .map(|covered| cut_few(covered, &inquiry.zone, axis, "dimensions[0]"))
        .transpose()?
        .unwrap_or_default();
    let starts = parts.iter().map(|(part, _)| part.start).collect();
    let told = ask(inquiry, asked, Group::Parts(starts)).await?;
    let figures = told
        .tables
        .iter()
        .flat_map(|table| table.parts(parts.len()));
    let mut by_label: BTreeMap<Label, (Interval, Figures)> = BTreeMap::new();
    for ((part, label), figures) in parts.iter().zip(figures) {
        let row = by_label.entry(*label);
        row.or_insert_with(|| (*part, Figures::default()))
            .1
            .add(&figures);
    }
    let mut rows: Vec<(Label, (Interval, Figures))> = by_label.into_iter().collect();
    match (asked.order_by, asked.descending) {
        // They come as time goes.
        (None, false) => {}
        (None, true) => rows.reverse(),
        // What is equal stays as time goes.
        (Some(_), _) => rows.sort_by(|(_, (_, one)), (_, (_, other))| compare(asked, one, other)),
    }
    let beyond = rows.split_off(asked.limit.min(rows.len()));
    let beyond = beyond
        .into_iter()
        .map(|(_, (_, figures))| figures)
        .collect();
    let rows = rows.into_iter().map(|(label, (part, figures))| {
        let shown = Shown {
            axis: asked.axis,
            id: Some(label.to_string()),
            name: None,
            // Weekdays and hours of the day are many parts.
            interval: matches!(axis, TimeAxis::Buckets(_)).then_some(part),
        };
        (shown, figures)
    });
    Ok((told, (rows.collect(), beyond)))
}

async fn ask(inquiry: &Inquiry, asked: &Asked, group: Group) -> Result<Told> {
    let wanted = Wanted {
        interval: inquiry.covered(inquiry.requested),
        group,
        durations: asked.with_times || asked.order_by.is_some_and(|by| time_of(by).is_some()),
        departments: false,
    };
    inquiry.ask(vec![wanted]).await
}

/// The order of rows, as far as figures decide it.
fn compare(asked: &Asked, one: &Figures, other: &Figures) -> Ordering {
    let figure = |figures: &Figures| asked.order_by.and_then(|metric| figures.value(metric));
    let volume = |figures: &Figures| (figures.counts().messages, figures.received);
    by_figure(figure(one), figure(other), asked.descending)
        .then_with(|| volume(other).cmp(&volume(one)))
}
