//! Sums: how many rows of each class count in which cell.

use std::collections::HashMap;

use super::row::Classes;
use crate::counts::Counts;
use crate::report::{Cell, Key, NO_VALUE, Tally, Value};
use crate::rollup::Span;

/// What rows are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) key: Key,
    /// [`NO_VALUE`] where departments are not told apart.
    pub(super) department: Value,
    /// Whether pending ones are unconfirmed.
    pub(super) unconfirmed: bool,
}

/// Counts at most that are kept by class before they are made cells of.
const MOST: usize = 1 << 20;

/// How many rows of each class count in which cell.
#[derive(Debug, Default)]
pub(super) struct Sums {
    /// Where the counts of a place begin, by class.
    places: HashMap<Place, usize>,
    counts: Vec<i64>,
    bins: HashMap<(Key, Span), Vec<i64>>,
}

impl Sums {
    /// Where the counts of a place are, one for each of so many classes.
    pub(super) fn of(&mut self, place: Place, classes: usize) -> &mut [i64] {
        let end = self.counts.len();
        let start = *self.places.entry(place).or_insert(end);
        if start == end {
            self.counts.resize(end + classes, 0);
        }
        &mut self.counts[start..start + classes]
    }

    /// Adds how many messages of a cell took a time of a bin.
    pub(super) fn add_bin(&mut self, key: Key, span: Span, bin: usize, messages: i64) {
        let bins = self.bins.entry((key, span)).or_default();
        if bins.len() <= bin {
            bins.resize(bin + 1, 0);
        }
        bins[bin] += messages;
    }

    /// Whether it is time to make cells of what there is.
    pub(super) fn is_full(&self) -> bool {
        self.counts.len() >= MOST
    }

    /// Adds all of it to a tally, and has nothing then.
    pub(super) fn move_to(&mut self, classes: &Classes, tally: &mut Tally) {
        let kinds: Vec<Counts> = classes.kinds().iter().map(Counts::from).collect();
        for (place, start) in self.places.drain() {
            let mut cell = Cell::default();
            for (counts, messages) in kinds.iter().zip(&self.counts[start..]) {
                if *messages != 0 {
                    cell.counts.add(counts, *messages);
                }
            }
            if place.unconfirmed {
                cell.unconfirmed = cell.counts.pending;
            }
            tally.cells.entry(place.key).or_default().add(&cell, 1);
            if let Some(departments) = &mut tally.departments
                && place.department != NO_VALUE
            {
                let of_cell = departments.entry(place.key).or_default();
                *of_cell.entry(place.department).or_default() += cell.counts.messages;
            }
        }
        self.counts.clear();
        let Some(durations) = &mut tally.durations else {
            return;
        };
        for ((key, span), bins) in self.bins.drain() {
            let of_cell = durations.entry(key).or_default().entry(span).or_default();
            for (bin, messages) in (0..).zip(bins) {
                if messages != 0 {
                    *of_cell.entry(bin).or_default() += messages;
                }
            }
        }
    }
}
