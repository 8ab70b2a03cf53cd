//! Filters.

use std::collections::BTreeSet;

use acuse_domain::names;
use acuse_domain::report::{Dimension, IdCondition, Value};

use super::axis::{Axis, TimeAxis, words};
use super::label::Label;
use crate::convert::faults::Faults;
use crate::reporting as wire;
use crate::reporting::filter::Condition as Wire;

/// Values of all filters of a question at most: 1,000, as many that an answer leaves out, and one of each filter that it adds.
const MAX_VALUES: usize = 2 * MOST_SHOWN + MAX_FILTERS;
/// Values at most that a filter of an answer leaves out.
const MOST_SHOWN: usize = 1_000;
/// Filters of a question at most: 20, and what an answer adds to them.
const MAX_FILTERS: usize = 24;
/// Ids of one kind at most.
const MAX_IDS: usize = 100;

/// A condition on one dimension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// The dimension.
    pub axis: Axis,
    /// Whether messages with one of the values are left out; otherwise they are the ones that stay.
    pub negated: bool,
    /// The values.
    pub values: Values,
    /// Whether "(none)" is among them.
    pub none: bool,
}

/// Values of one dimension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Values {
    /// Of a closed vocabulary.
    Codes(BTreeSet<Value>),
    /// External ids, whose numbers the directory knows.
    Names(names::Dimension, BTreeSet<String>),
    /// Parts of time.
    Times(TimeAxis, BTreeSet<Label>),
}

/// The filter of the wire for the messages with a value, by its id, or without any.
pub fn any_of(dimension: i32, id: Option<String>) -> wire::Filter {
    let set = wire::ValueSet {
        none: id.is_none(),
        values: id.into_iter().collect(),
    };
    wire::Filter {
        dimension,
        condition: Some(Wire::AnyOf(set)),
    }
}

/// The filter of the wire for the messages with none of these values, by their ids, nor without any where that is among them;
/// `None` where they are more than a question takes.
pub fn none_of(
    dimension: i32,
    ids: impl IntoIterator<Item = Option<String>>,
) -> Option<wire::Filter> {
    let mut set = wire::ValueSet::default();
    for id in ids {
        match id {
            Some(id) => set.values.push(id),
            None => set.none = true,
        }
    }
    (set.values.len() <= MOST_SHOWN).then_some(wire::Filter {
        dimension,
        condition: Some(Wire::NoneOf(set)),
    })
}

impl Faults {
    pub(super) fn filters(&mut self, wire: Vec<wire::Filter>) -> Option<Vec<Filter>> {
        if wire.len() > MAX_FILTERS {
            let count = wire.len();
            self.add(
                "filters",
                format!("has {count} filters; at most {MAX_FILTERS} are allowed"),
            );
            return None;
        }
        let mut values = 0;
        let filters: Vec<Option<Filter>> = wire
            .into_iter()
            .enumerate()
            .map(|(index, wire)| {
                values += match &wire.condition {
                    Some(Wire::AnyOf(set) | Wire::NoneOf(set)) => set.values.len(),
                    None => 0,
                };
                // Beyond the limit nothing is looked at any more.
                if values > MAX_VALUES {
                    return None;
                }
                self.within(&format!("filters[{index}]"), |faults| filter(faults, wire))
            })
            .collect();
        if values > MAX_VALUES {
            self.add(
                "filters",
                format!("have {values} values; at most {MAX_VALUES} are allowed"),
            );
        }
        filters.into_iter().collect()
    }

    pub(super) fn id_filters(&mut self, wire: Vec<wire::IdFilter>) -> Option<Vec<IdCondition>> {
        let mut kinds = BTreeSet::new();
        let filters: Vec<Option<IdCondition>> = wire
            .into_iter()
            .enumerate()
            // A kind comes once, so that further ones are not worth the look.
            .take(MAX_FILTERS)
            .map(|(index, wire)| {
                self.within(&format!("id_filters[{index}]"), |faults| {
                    let condition = id_filter(faults, wire)?;
                    if !kinds.insert(condition.kind.code()) {
                        faults.add("kind", "came before; put all ids of a kind into one filter");
                    }
                    Some(condition)
                })
            })
            .collect();
        filters.into_iter().collect()
    }
}

fn filter(faults: &mut Faults, wire: wire::Filter) -> Option<Filter> {
    let axis = faults.axis("dimension", wire.dimension);
    let (field, negated, set) = match wire.condition {
        Some(Wire::AnyOf(set)) => ("any_of", false, set),
        Some(Wire::NoneOf(set)) => ("none_of", true, set),
        None => {
            faults.add("condition", "must be given: any_of or none_of");
            return None;
        }
    };
    let axis = axis?;
    let none = set.none;
    let values = faults.within(field, |faults| values(faults, axis, set.values))?;
    Some(Filter {
        axis,
        negated,
        values,
        none,
    })
}

fn values(faults: &mut Faults, axis: Axis, given: Vec<String>) -> Option<Values> {
    match axis {
        Axis::Time(time) => {
            let labels = each(faults, "values", given, |text| Label::parse(time, text))?;
            Some(Values::Times(time, labels))
        }
        Axis::Values(dimension) => match dimension.names() {
            Some(names) => Some(Values::Names(names, ids(faults, "values", given)?)),
            None => Some(Values::Codes(codes(faults, dimension, given)?)),
        },
    }
}

fn codes(faults: &mut Faults, dimension: Dimension, given: Vec<String>) -> Option<BTreeSet<Value>> {
    let words = words(dimension).unwrap_or_default();
    let right = {
        let words: Vec<&str> = words.iter().map(|(_, word)| *word).collect();
        format!("give one of {}", words.join(", "))
    };
    each(faults, "values", given, |text| {
        let known = words.iter().find(|(_, word)| *word == text);
        known.map(|(value, _)| *value).ok_or(&right)
    })
}

/// Reads each value of a set; all that cannot be read are told.
pub(super) fn each<T: Ord, E: AsRef<str>>(
    faults: &mut Faults,
    field: &str,
    given: Vec<String>,
    read: impl Fn(&str) -> Result<T, E>,
) -> Option<BTreeSet<T>> {
    let read: Vec<Option<T>> = given
        .iter()
        .enumerate()
        .map(|(index, text)| {
            let value = read(text);
            if let Err(right) = &value {
                let shown: String = text.chars().take(40).collect();
                let fault = format!("\"{shown}\" is not known; {}", right.as_ref());
                faults.add(&format!("{field}[{index}]"), fault);
            }
            value.ok()
        })
        .collect();
    read.into_iter().collect()
}

fn ids(faults: &mut Faults, field: &str, given: Vec<String>) -> Option<BTreeSet<String>> {
    let ids: Vec<Option<String>> = given
        .into_iter()
        .enumerate()
        .map(|(index, id)| faults.id(&format!("{field}[{index}]"), id))
        .collect();
    ids.into_iter().collect()
}

fn id_filter(faults: &mut Faults, wire: wire::IdFilter) -> Option<IdCondition> {
    let kind = faults.kind("kind", wire.kind);
    let count = wire.any_of.len();
    if !(1..=MAX_IDS).contains(&count) {
        let fault = format!("has {count} ids; 1 to {MAX_IDS} must be given");
        faults.add("any_of", fault);
        return None;
    }
    let ids = ids(faults, "any_of", wire.any_of)?;
    Some(IdCondition::any_of(kind?, ids))
}
