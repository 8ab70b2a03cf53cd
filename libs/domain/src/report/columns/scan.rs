//! A scan: the rows that count for a query, by cell and class.
//!
//! Time is cut into stretches within which nothing that depends on time changes; in the rows, which are in its order, each is
//! a range. In it the rows are looked through block by block, a column at a time.

use std::ops::Range;

use super::column::Column;
use super::count::{Filter, counted};
use super::row::{Classes, Field, quarter};
use super::run::Run;
use super::stretch::{Stretch, stretches};
use super::sums::{Place, Sums};
use crate::contribution::{Contribution, Dimensions};
use crate::kinds::{MessageType, Source};
use crate::report::{Axis, Counted, Dimension, Group, Key, NO_VALUE, Query, Tally, Value};
use crate::rollup::{Span, hour_of_week};

/// A query on its way through runs.
pub(super) struct Scan<'a> {
    query: &'a Query,
    classes: &'a Classes,
    /// Ascending, without overlap.
    stretches: Vec<Stretch>,
    /// What cells are told apart by, beside time and class.
    fields: Vec<Field>,
    /// Whether a cell's key also depends on the class.
    keyed_by_class: bool,
    sums: Sums,
    tally: &'a mut Tally,
}

impl<'a> Scan<'a> {
    /// A scan for what a tally wants.
    pub(super) fn new(query: &'a Query, classes: &'a Classes, tally: &'a mut Tally) -> Self {
        let departments = tally.departments.is_some();
        let mut fields: Vec<Field> = match &query.group {
            Group::All => Vec::new(),
            Group::By(_) | Group::Both(..) => {
                query.group.dimensions().filter_map(Field::of).collect()
            }
            Group::ReplyHours(_) => vec![Field::Replied],
            Group::Proactive => [Dimension::Type, Dimension::Source].map(Field::Of).into(),
        };
        fields.extend(departments.then_some(Field::Of(Dimension::Department)));
        let mut dimensions = query.group.dimensions();
        Self {
            query,
            classes,
            stretches: stretches(query),
            fields,
            keyed_by_class: query.group == Group::Proactive
                || dimensions.any(|dimension| Field::of(dimension).is_none()),
            sums: Sums::default(),
            tally,
        }
    }

    /// Adds what was counted to the tally.
    pub(super) fn finish(mut self) {
        self.sums.move_to(self.classes, self.tally);
    }

    /// Cells of the tally so far, more or less.
    pub(super) fn cells(&self) -> usize {
        self.tally.cells.len()
    }

    /// Counts the rows of a run, each `times` over.
    pub(super) fn look_through(&mut self, run: &Run, times: i64) {
        if self.sums.is_full() {
            self.sums.move_to(self.classes, self.tally);
        }
        let Some(filters) = self.filters(run) else {
            return;
        };
        let first = run.first();
        let begun = self
            .stretches
            .partition_point(|stretch| Some(stretch.interval.end) <= first);
        for index in begun..self.stretches.len() {
            let stretch = self.stretches[index];
            if run.last() < Some(stretch.interval.start) {
                break;
            }
            let rows = run.within(stretch.interval);
            if rows.is_empty() {
                continue;
            }
            let classes = run.column(Field::Class);
            let of_class = Filter {
                column: classes,
                admitted: self.admitted_classes(classes, stretch),
            };
            if of_class.admitted.contains(&true) {
                self.count(run, (rows, stretch), &filters, of_class, times);
            }
        }
    }

    /// The filters by what rows hold, those that all rows pass left out; `None` where no row passes.
    fn filters<'r>(&self, run: &'r Run) -> Option<Vec<Filter<'r>>> {
        let mut filters = Vec::new();
        let mut add = |field: Field, admits: &dyn Fn(Value) -> bool| {
            let column = run.column(field);
            let admitted: Vec<bool> = column.values().iter().map(|value| admits(*value)).collect();
            let none = !admitted.contains(&true);
            if admitted.contains(&false) {
                filters.push(Filter { column, admitted });
            }
            !none
        };
        for condition in &self.query.conditions {
            if let Some(field) = Field::of(condition.dimension)
                && !add(field, &|value| condition.admits(value))
            {
                return None;
            }
        }
        for counted in &self.query.counted {
            if let Counted::Timed(span) = counted
                && !add(Field::Bin(*span), &|value| value != 0)
            {
                return None;
            }
        }
        if let Some(replied) = &self.query.replied {
            let at_hours = |value: Value| {
                value != 0
                    && replied
                        .hours
                        .contains(&hour_of_week(quarter(value - 1), &replied.zone))
            };
            if !add(Field::Replied, &at_hours) {
                return None;
            }
        }
        Some(filters)
    }

    /// Which classes count in a stretch, by their places in the column.
    fn admitted_classes(&self, column: &Column, stretch: Stretch) -> Vec<bool> {
        let query = self.query;
        let admits = |number: &Value| {
            let kind = self.kind(*number, stretch);
            let mut told = query.conditions.iter();
            let mut counted = query.counted.iter();
            told.all(|one| Field::of(one.dimension).is_some() || one.met_by(&kind))
                && counted.all(|one| {
                    matches!(one, Counted::Timed(_)) || one.met_by(&kind, query.unconfirmed_before)
                })
        };
        column.values().iter().map(admits).collect()
    }

    /// A contribution of a class in a stretch.
    fn kind(&self, number: Value, stretch: Stretch) -> Contribution {
        let number = usize::try_from(number).unwrap_or_default();
        Contribution {
            at: stretch.interval.start,
            ..self.classes.kinds()[number]
        }
    }

    /// Counts the rows of a range that pass.
    fn count(
        &mut self,
        run: &Run,
        (rows, stretch): (Range<usize>, Stretch),
        filters: &[Filter<'_>],
        of_class: Filter<'_>,
        times: i64,
    ) {
        let of_keys: Vec<&Column> = self.fields.iter().map(|field| run.column(*field)).collect();
        let classes = of_class.column;
        let mut filters: Vec<&Filter<'_>> = filters.iter().collect();
        if of_class.admitted.contains(&false) {
            filters.push(&of_class);
        }
        let by_class: Vec<&Column> = of_keys.iter().copied().chain([classes]).collect();
        let mut kept: Option<(usize, Place)> = None;
        for (cell, messages) in counted(rows.clone(), &filters, &by_class) {
            let (of_key, class) = (cell / classes.values().len(), cell % classes.values().len());
            let number = classes.values()[class];
            let place = match kept {
                Some((known, place)) if known == of_key && !self.keyed_by_class => place,
                _ => self.place(&of_keys, of_key, number, stretch),
            };
            kept = Some((of_key, place));
            let sums = self.sums.of(place, self.classes.kinds().len());
            sums[usize::try_from(number).unwrap_or_default()] += messages * times;
        }
        if self.tally.durations.is_some() {
            for span in Span::ALL.iter().copied() {
                let bins = run.column(Field::Bin(span));
                if bins.values() == [0] {
                    continue;
                }
                let by_bin: Vec<&Column> = by_class.iter().copied().chain([bins]).collect();
                let counted = counted(rows.clone(), &filters, &by_bin);
                self.count_bins(counted, &by_bin, (span, stretch), times);
            }
        }
    }

    fn count_bins(
        &mut self,
        counted: Vec<(usize, i64)>,
        columns: &[&Column],
        (span, stretch): (Span, Stretch),
        times: i64,
    ) {
        let [of_keys @ .., classes, bins] = columns else {
            return;
        };
        for (cell, messages) in counted {
            let (rest, bin) = (cell / bins.values().len(), cell % bins.values().len());
            let (of_key, class) = (rest / classes.values().len(), rest % classes.values().len());
            // 0 stands for no time.
            let Ok(bin) = usize::try_from(bins.values()[bin] - 1) else {
                continue;
            };
            let place = self.place(of_keys, of_key, classes.values()[class], stretch);
            self.sums.add_bin(place.key, span, bin, messages * times);
        }
    }

    /// Where the rows count that have these values of the columns that cells are told apart by, and that class.
    fn place(&self, columns: &[&Column], mut cell: usize, class: Value, stretch: Stretch) -> Place {
        let mut values = [NO_VALUE; 3];
        for (index, column) in columns.iter().enumerate().rev() {
            let known = column.values();
            values[index] = known[cell % known.len()];
            cell /= known.len();
        }
        let department = if self.tally.departments.is_some() {
            values[columns.len() - 1]
        } else {
            NO_VALUE
        };
        Place {
            key: self.key(values, class, stretch),
            department,
            unconfirmed: stretch.unconfirmed,
        }
    }

    fn key(&self, values: [Value; 3], class: Value, stretch: Stretch) -> Key {
        let mut values = values.into_iter();
        let mut next = || values.next().unwrap_or(NO_VALUE);
        let mut along = |axis: &Axis, part: Value| match axis {
            Axis::Parts(_) => part,
            Axis::Values(dimension) if Field::of(*dimension).is_some() => next(),
            Axis::Values(dimension) => dimension.value_of(&self.kind(class, stretch)),
        };
        let [first_part, second_part] = stretch.parts;
        match &self.query.group {
            Group::All => Key::default(),
            Group::By(axis) => along(axis, first_part).into(),
            Group::Both(first, second) => {
                let first = along(first, first_part);
                Key::pair(first, along(second, second_part))
            }
            Group::ReplyHours(zone) => match next() {
                0 => NO_VALUE.into(),
                replied => hour_of_week(quarter(replied - 1), zone).into(),
            },
            Group::Proactive => {
                let code = |value: Value| i16::try_from(value).ok();
                let dimensions = Dimensions {
                    kind: code(next()).and_then(MessageType::from_code),
                    source: code(next()).and_then(Source::from_code),
                    ..Dimensions::default()
                };
                let kind = self.kind(class, stretch);
                self.query
                    .group
                    .key_of(&Contribution { dimensions, ..kind })
            }
        }
    }
}
