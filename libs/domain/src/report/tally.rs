//! A tally: what is counted for a query, beside the counts also times and departments.

use std::collections::BTreeMap;

use super::{Cells, Dimension, Key, NO_VALUE, Query, Value};
use crate::contribution::{Contribution, Measures};
use crate::counts::Counts;
use crate::rollup::{Span, bins_of};

/// Messages by cell, by which time and by bin (see [`crate::metrics::bin_of`]).
pub type Durations = BTreeMap<Key, BTreeMap<Span, BTreeMap<u16, i64>>>;

/// Messages by cell and by the department that they were sent from.
pub type Departments = BTreeMap<Key, BTreeMap<Value, i64>>;

/// What was counted for a query so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    /// The counts.
    pub cells: Cells,
    /// The times to deliver, to read and to reply; `None` where nobody asked.
    pub durations: Option<Durations>,
    /// The departments; `None` where nobody asked. Messages of none are left out.
    pub departments: Option<Departments>,
}

impl Tally {
    /// Nothing counted yet; with durations and departments where asked.
    pub fn new(durations: bool, departments: bool) -> Self {
        Self {
            cells: Cells::new(),
            durations: durations.then(Durations::new),
            departments: departments.then(Departments::new),
        }
    }

    /// Adds a contribution, `times` over, where the query counts it; `-1` takes it away.
    pub fn add(&mut self, query: &Query, contribution: &Contribution, times: i64) {
        let Some(key) = query.place(contribution) else {
            return;
        };
        let cell = query.cell_of(contribution);
        self.cells.entry(key).or_default().add(&cell, times);
        if let (Some(durations), Measures::Sent(sent)) =
            (&mut self.durations, &contribution.measures)
        {
            for (span, bin) in bins_of(contribution.at, sent) {
                let bins = durations.entry(key).or_default().entry(span).or_default();
                *bins.entry(bin).or_default() += times;
            }
        }
        let department = Dimension::Department.value_of(contribution);
        if let Some(departments) = &mut self.departments
            && department != NO_VALUE
        {
            let messages = Counts::from(contribution).messages * times;
            let of_cell = departments.entry(key).or_default();
            *of_cell.entry(department).or_default() += messages;
        }
    }

    /// Drops what counts nothing, so that tallies of the same messages are equal however they were counted.
    pub fn retain_nonzero(&mut self) {
        self.cells
            .retain(|_, cell| !cell.counts.is_zero() || cell.unconfirmed != 0);
        for spans in self.durations.iter_mut().flat_map(|of| of.values_mut()) {
            for bins in spans.values_mut() {
                bins.retain(|_, messages| *messages != 0);
            }
            spans.retain(|_, bins| !bins.is_empty());
        }
        if let Some(durations) = &mut self.durations {
            durations.retain(|_, spans| !spans.is_empty());
        }
        if let Some(departments) = &mut self.departments {
            for of_cell in departments.values_mut() {
                of_cell.retain(|_, messages| *messages != 0);
            }
            departments.retain(|_, of_cell| !of_cell.is_empty());
        }
    }
}
