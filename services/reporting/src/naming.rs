//! Naming: what values are called, and the first rows of an order that names complete.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use acuse_domain::calendar::Interval;
use acuse_domain::error::Result;
use acuse_domain::report::{Dimension, Value};
use acuse_proto::convert::reporting::{Axis, word_of};
use acuse_store::read::{Entry, Scoped};

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

impl Shown {
    /// A value that is no part of time.
    fn value(dimension: Dimension, value: Value, names: &BTreeMap<Value, Entry>) -> Self {
        let entry = names.get(&value);
        let word = || word_of(dimension, value).map(str::to_owned);
        Self {
            axis: Axis::Values(dimension),
            id: entry.map(|entry| entry.external_id.clone()).or_else(word),
            name: entry.and_then(|entry| entry.label.name.clone()),
            interval: None,
        }
    }

    /// What orders rows that are equal in all else: by name, what has none last.
    fn order(&self) -> (bool, Option<&str>, Option<&str>) {
        let id = self.id.as_deref();
        (id.is_none(), self.name.as_deref().or(id), id)
    }
}

/// What values of a dimension are called.
///
/// # Errors
///
/// UNAVAILABLE while the database is away.
pub(crate) async fn shown(
    scoped: &Scoped,
    dimension: Dimension,
    values: impl IntoIterator<Item = Value>,
) -> Result<BTreeMap<Value, Shown>> {
    let values: Vec<Value> = values.into_iter().collect();
    let names = scoped.names_of(dimension, values.iter().copied()).await?;
    Ok(values
        .into_iter()
        .map(|value| (value, Shown::value(dimension, value, &names)))
        .collect())
}

/// The first `limit` rows in the order of `compare`, then of names, and the rows that come after them.
///
/// Names are looked up for the rows that are shown, and for those that are equal to the last of them, alone.
///
/// # Errors
///
/// UNAVAILABLE while the database is away.
pub(crate) async fn first<T>(
    scoped: &Scoped,
    dimension: Dimension,
    mut rows: Vec<(Value, T)>,
    limit: usize,
    compare: impl Fn(&T, &T) -> Ordering,
) -> Result<(Vec<(Shown, T)>, Vec<T>)> {
    rows.sort_by(|(_, one), (_, other)| compare(one, other));
    let contended = match limit.checked_sub(1).and_then(|last| rows.get(last)) {
        Some((_, last)) => rows.partition_point(|(_, row)| compare(row, last).is_le()),
        None => rows.len(),
    };
    let mut rest: Vec<T> = rows
        .split_off(contended)
        .into_iter()
        .map(|(_, row)| row)
        .collect();
    let names = shown(scoped, dimension, rows.iter().map(|(value, _)| *value)).await?;
    let mut named: Vec<(Shown, T)> = rows
        .into_iter()
        .filter_map(|(value, row)| Some((names.get(&value)?.clone(), row)))
        .collect();
    named.sort_by(|(shown, one), (other_shown, other)| {
        compare(one, other).then_with(|| shown.order().cmp(&other_shown.order()))
    });
    let beyond = named.split_off(limit.min(named.len()));
    rest.extend(beyond.into_iter().map(|(_, row)| row));
    Ok((named, rest))
}

/// Orders figures, the greatest first where `descending`; one that is absent comes last either way.
pub(crate) fn by_figure(one: Option<f64>, other: Option<f64>, descending: bool) -> Ordering {
    match (one, other) {
        (Some(one), Some(other)) if descending => other.total_cmp(&one),
        (Some(one), Some(other)) => one.total_cmp(&other),
        (one, other) => one.is_none().cmp(&other.is_none()),
    }
}
