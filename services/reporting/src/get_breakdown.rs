//! Figures by the values of one or two dimensions.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use acuse_domain::calendar::Interval;
use acuse_domain::error::Result;
use acuse_domain::kinds::Direction;
use acuse_domain::report::{Axis as Along, Dimension, Group, Value};
use acuse_domain::scope::Scope;
use acuse_proto::convert::reporting::{Axis, Breakdown as Asked, Label, TimeAxis};

use crate::basis::Basis;
use crate::cut::cut_few;
use crate::figures::{Figures, time_of};
use crate::inquiry::{Inquiry, Told, Wanted};
use crate::naming::{self, Shown, Slot, by_figure};
use crate::parts::Parts;
use crate::table::Table;

/// Figures by value.
#[derive(Debug)]
pub(crate) struct Breakdown {
    pub(crate) basis: Basis,
    /// Each with a value for each dimension.
    pub(crate) rows: Vec<(Vec<Shown>, Figures)>,
    /// What is beyond the limit, summed, and how many rows that is.
    pub(crate) others: Option<(Figures, usize)>,
    pub(crate) total: Figures,
}

/// Rows in their order: the first, and those beyond the limit.
type Rows<const N: usize> = (Vec<([Shown; N], Figures)>, Vec<Figures>);

/// Figures by value, as far as `scope` shows the messages.
///
/// # Errors
///
/// INVALID_ARGUMENT for a period that is too long, or has too many parts of time, NOT_FOUND for an unknown workspace,
/// UNAVAILABLE while the database is away.
pub(crate) async fn get_breakdown(parts: &Parts, scope: &Scope, asked: Asked) -> Result<Breakdown> {
    let mut inquiry = Inquiry::open(parts, scope, asked.question.clone()).await?;
    for axis in [Some(asked.first), asked.second].into_iter().flatten() {
        settle(&mut inquiry, axis);
    }
    let first = |inquiry: &Inquiry| Line::new(inquiry, asked.first, "dimensions[0]");
    let Some(second) = asked.second else {
        let (wanted, lines) = inquiry.whole(|inquiry| {
            let first = first(inquiry)?;
            let group = Group::By(first.axis());
            Ok((vec![wanted(inquiry, &asked, group)], [first]))
        })?;
        let told = inquiry.ask(wanted).await?;
        let rows = rows(&inquiry, &asked, &told, lines).await?;
        return Ok(breakdown(&inquiry, told, rows));
    };
    let (wanted, lines) = inquiry.whole(|inquiry| {
        let lines = [
            first(inquiry)?,
            Line::new(inquiry, second, "dimensions[1]")?,
        ];
        let group = Group::Both(lines[0].axis(), lines[1].axis());
        Ok((vec![wanted(inquiry, &asked, group)], lines))
    })?;
    let told = inquiry.ask(wanted).await?;
    let rows = rows(&inquiry, &asked, &told, lines).await?;
    Ok(breakdown(&inquiry, told, rows))
}

/// Settles what a dimension leaves out.
fn settle(inquiry: &mut Inquiry, axis: Axis) {
    let Axis::Values(dimension) = axis else {
        return;
    };
    if !dimension.applies_to(Direction::Inbound) {
        inquiry.leave_inbound_out(dimension.as_str());
    }
    if dimension == Dimension::Subtype {
        // It covers the messages that have one.
        inquiry.narrow_to_values(dimension);
    }
}

/// A dimension as it stands in one interval.
enum Line {
    Values(Dimension),
    /// The parts that the interval is cut into, in order.
    Time(TimeAxis, Vec<(Interval, Label)>),
}

impl Line {
    /// Cuts what is covered, where the dimension is one of time.
    fn new(inquiry: &Inquiry, axis: Axis, field: &str) -> Result<Self> {
        let axis = match axis {
            Axis::Values(dimension) => return Ok(Self::Values(dimension)),
            Axis::Time(axis) => axis,
        };
        let covered = inquiry.covered(inquiry.requested);
        let parts = covered.map(|covered| cut_few(covered, &inquiry.zone, axis, field));
        Ok(Self::Time(axis, parts.transpose()?.unwrap_or_default()))
    }

    /// What tells its cells apart.
    fn axis(&self) -> Along {
        match self {
            Self::Values(dimension) => Along::Values(*dimension),
            Self::Time(_, parts) => {
                Along::Parts(parts.iter().map(|(part, _)| part.start).collect())
            }
        }
    }

    /// The value of a cell; parts of time that share a label are one.
    fn slot(&self, value: Value) -> Option<Slot> {
        match self {
            Self::Values(dimension) => Some(Slot::Value(*dimension, value)),
            Self::Time(axis, parts) => {
                let (part, label) = parts.get(usize::try_from(value).ok()?)?;
                // Weekdays and hours of the day are many parts.
                let part = matches!(axis, TimeAxis::Buckets(_)).then_some(*part);
                Some(Slot::Part(*axis, *label, part))
            }
        }
    }

    /// Every part of time; no value of anything else.
    fn parts(&self) -> impl Iterator<Item = Slot> {
        let count = match self {
            Self::Values(_) => 0,
            Self::Time(_, parts) => parts.len(),
        };
        let positions = (0..count).filter_map(|position| Value::try_from(position).ok());
        positions.filter_map(|position| self.slot(position))
    }
}

fn breakdown<const N: usize>(inquiry: &Inquiry, told: Told, rows: Rows<N>) -> Breakdown {
    let (rows, beyond) = rows;
    let total = told.tables.first().map(Table::total).unwrap_or_default();
    Breakdown {
        basis: Basis::new(inquiry, told.as_of, &total),
        rows: rows
            .into_iter()
            .map(|(shown, figures)| (shown.into(), figures))
            .collect(),
        others: (!beyond.is_empty()).then(|| (Figures::sum(&beyond), beyond.len())),
        total,
    }
}

fn wanted(inquiry: &Inquiry, asked: &Asked, group: Group) -> Wanted {
    Wanted {
        interval: inquiry.covered(inquiry.requested),
        group,
        durations: asked.with_times || asked.order_by.is_some_and(|by| time_of(by).is_some()),
        departments: false,
    }
}

async fn rows<const N: usize>(
    inquiry: &Inquiry,
    asked: &Asked,
    told: &Told,
    lines: [Line; N],
) -> Result<Rows<N>> {
    let mut by_slots: BTreeMap<[Slot; N], Figures> = BTreeMap::new();
    if let [line] = lines.as_slice() {
        // Each part of the interval has a row, also without messages.
        let parts = line.parts().map(|part| ([part; N], Figures::default()));
        by_slots.extend(parts);
    }
    for (key, figures) in told.tables.iter().flat_map(|table| &table.figures) {
        let values = key.values();
        let values = &values[values.len() - N..];
        let slots: Vec<Slot> = lines
            .iter()
            .zip(values)
            .filter_map(|(line, value)| line.slot(*value))
            .collect();
        if let Ok(slots) = <[Slot; N]>::try_from(slots) {
            by_slots.entry(slots).or_default().add(figures);
        }
    }
    let rows = by_slots.into_iter().collect();
    let order = |one: &_, other: &_| compare(asked, one, other);
    naming::first(&inquiry.scoped, rows, asked.limit, order).await
}

/// The values up to the first that is no time.
fn times(slots: &[Slot]) -> impl Iterator<Item = &Slot> {
    slots
        .iter()
        .take_while(|slot| matches!(slot, Slot::Part(..)))
}

/// The order of rows, as far as names do not decide it.
fn compare<const N: usize>(
    asked: &Asked,
    (slots, figures): &([Slot; N], Figures),
    (other_slots, other): &([Slot; N], Figures),
) -> Ordering {
    let volume = |figures: &Figures| (figures.counts().messages, figures.received);
    let order = match asked.order_by {
        Some(metric) => by_figure(figures.value(metric), other.value(metric), asked.descending),
        // As time goes, or against it, as far as there are times.
        None if asked.descending => times(other_slots).cmp(times(slots)),
        None => times(slots).cmp(times(other_slots)),
    };
    order.then_with(|| volume(other).cmp(&volume(figures)))
}
