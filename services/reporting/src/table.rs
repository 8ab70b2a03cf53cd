//! A table: what was counted, by cell.

use std::collections::{BTreeMap, BTreeSet};

use acuse_domain::kinds::Direction;
use acuse_domain::report::{Key, Value};
use acuse_store::read::Answered;

use crate::figures::Figures;

/// What was counted, by cell.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Table {
    pub(crate) figures: BTreeMap<Key, Figures>,
    pub(crate) departments: BTreeMap<Key, BTreeSet<Value>>,
}

impl Table {
    /// Adds what was counted of a piece.
    pub(crate) fn add(&mut self, direction: Direction, answered: Answered) {
        for (key, cell) in answered.cells {
            let figures = self.figures.entry(key).or_default();
            match direction {
                Direction::Outbound => figures.outbound.add(&cell, 1),
                Direction::Inbound => figures.received += cell.counts.messages,
            }
        }
        for (key, spans) in answered.durations {
            let times = &mut self.figures.entry(key).or_default().times;
            for (span, bins) in spans {
                let times = times.entry(span).or_default();
                for (bin, messages) in bins {
                    *times.entry(bin).or_default() += messages;
                }
            }
        }
        for (key, departments) in answered.departments {
            self.departments.entry(key).or_default().extend(departments);
        }
    }

    /// Everything together.
    pub(crate) fn total(&self) -> Figures {
        Figures::sum(self.figures.values())
    }

    /// The figures of the first so many parts, in order; those that count nothing are in it.
    pub(crate) fn parts(&self, count: usize) -> Vec<Figures> {
        (0..count)
            .map(|part| {
                let key = Value::try_from(part).unwrap_or(Value::MAX);
                self.figures.get(&key.into()).cloned().unwrap_or_default()
            })
            .collect()
    }
}
