//! Naming: what values are called, and the first rows of an order that names complete.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use acuse_domain::calendar::Interval;
use acuse_domain::error::Result;
use acuse_domain::report::{Dimension, Value};
use acuse_proto::convert::reporting::{Axis, Label, TimeAxis, word_of};
use acuse_store::read::{Entry, Scoped};

/// A value along an axis. They are ordered as time goes, and by their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Slot {
    /// Of a dimension that is no time.
    Value(Dimension, Value),
    /// A part of time; with what it covers, where that is one stretch.
    Part(TimeAxis, Label, Option<Interval>),
}

/// A value as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) axis: Axis,
    /// External id, word or label; `None` for "(none)".
    pub(crate) id: Option<String>,
    /// What people call it.
    pub(crate) name: Option<String>,
    /// What a part of time covers.
    pub(crate) interval: Option<Interval>,
}

/// What is known of the values of dimensions.
#[derive(Debug, Default)]
pub(crate) struct Names(BTreeMap<(Dimension, Value), Entry>);

impl Shown {
    fn new(slot: Slot, names: &Names) -> Self {
        match slot {
            Slot::Value(dimension, value) => {
                let entry = names.0.get(&(dimension, value));
                let word = || word_of(dimension, value).map(str::to_owned);
                Self {
                    axis: Axis::Values(dimension),
                    id: entry.map(|entry| entry.external_id.clone()).or_else(word),
                    name: entry.and_then(|entry| entry.label.name.clone()),
                    interval: None,
                }
            }
            Slot::Part(axis, label, interval) => Self {
                axis: Axis::Time(axis),
                id: Some(label.to_string()),
                name: None,
                interval,
            },
        }
    }

    /// What orders rows that are equal in all else: by name, what has none last.
    fn order(&self) -> (bool, Option<&str>, Option<&str>) {
        let id = self.id.as_deref();
        (id.is_none(), self.name.as_deref().or(id), id)
    }
}

/// The order of values that are equal in all else: as time goes, or by name.
fn by_name((slot, shown): (&Slot, &Shown), (other_slot, other): (&Slot, &Shown)) -> Ordering {
    match (slot, other_slot) {
        (Slot::Part(..), Slot::Part(..)) => slot.cmp(other_slot),
        _ => shown.order().cmp(&other.order()),
    }
}

impl Names {
    async fn look_up(scoped: &Scoped, slots: impl Iterator<Item = Slot>) -> Result<Self> {
        let values = slots.filter_map(|slot| match slot {
            Slot::Value(dimension, value) => Some((dimension, value)),
            Slot::Part(..) => None,
        });
        Ok(Self(scoped.names_of(values).await?))
    }

    /// A value as it is shown, if it was looked up.
    pub(crate) fn shown(&self, dimension: Dimension, value: Value) -> Shown {
        Shown::new(Slot::Value(dimension, value), self)
    }
}

/// The first `limit` rows in the order of `compare`, then of names, and the rows that come after them.
///
/// Names are looked up for the rows that are shown, and for those that are equal to the last of them, alone.
///
/// # Errors
///
/// UNAVAILABLE while the database is away.
pub(crate) async fn first<const N: usize, T>(
    scoped: &Scoped,
    rows: Vec<([Slot; N], T)>,
    limit: usize,
    compare: impl Fn(&([Slot; N], T), &([Slot; N], T)) -> Ordering,
) -> Result<(Vec<([Shown; N], T)>, Vec<T>)> {
    let (first, rest, _) = first_with(scoped, rows, limit, compare, |_| []).await?;
    Ok((first, rest))
}

/// The same, with the names of what `beside` gives for a row.
///
/// # Errors
///
/// UNAVAILABLE while the database is away.
pub(crate) async fn first_with<const N: usize, T, B: IntoIterator<Item = Slot>>(
    scoped: &Scoped,
    mut rows: Vec<([Slot; N], T)>,
    limit: usize,
    compare: impl Fn(&([Slot; N], T), &([Slot; N], T)) -> Ordering,
    beside: impl Fn(&T) -> B,
) -> Result<(Vec<([Shown; N], T)>, Vec<T>, Names)> {
    rows.sort_by(&compare);
    let contended = match limit.checked_sub(1).and_then(|last| rows.get(last)) {
        Some(last) => rows.partition_point(|row| compare(row, last).is_le()),
        None => rows.len(),
    };
    let rest = rows.split_off(contended);
    let own = rows.iter().flat_map(|(slots, _)| *slots);
    let others = rows.iter().flat_map(|(_, row)| beside(row));
    let slots: BTreeSet<Slot> = own.chain(others).collect();
    let names = Names::look_up(scoped, slots.into_iter()).await?;
    let mut named: Vec<_> = rows
        .into_iter()
        .map(|row| {
            let shown = row.0.map(|slot| Shown::new(slot, &names));
            (row, shown)
        })
        .collect();
    named.sort_by(|(row, shown), (other_row, other)| {
        compare(row, other_row).then_with(|| {
            let pairs = row.0.iter().zip(shown);
            let others = other_row.0.iter().zip(other);
            let orders = pairs.zip(others).map(|(one, other)| by_name(one, other));
            orders.fold(Ordering::Equal, Ordering::then)
        })
    });
    let beyond = named.split_off(limit.min(named.len()));
    let named = named.into_iter().map(|((_, row), shown)| (shown, row));
    let beyond = beyond.into_iter().map(|(row, _)| row);
    let rest = beyond.chain(rest).map(|(_, row)| row);
    Ok((named.collect(), rest.collect(), names))
}

/// Orders figures, the greatest first where `descending`; one that is absent comes last either way.
pub(crate) fn by_figure(one: Option<f64>, other: Option<f64>, descending: bool) -> Ordering {
    match (one, other) {
        (Some(one), Some(other)) if descending => other.total_cmp(&one),
        (Some(one), Some(other)) => one.total_cmp(&other),
        (one, other) => one.is_none().cmp(&other.is_none()),
    }
}
