//! Counting: the rows of a range that pass, block by block, a column at a time.

use std::ops::Range;

use super::column::{Column, Places};

/// Rows looked at in one go: what is noted of them stays in the nearest cache.
const BLOCK: usize = 1024;

/// Cells at most that are counted beside each other however few rows there are, and as many times the rows: of more the rows
/// are sorted.
const DENSE: (usize, usize) = (4096, 4);

/// Which values of a column count, by place.
pub(super) struct Filter<'a> {
    pub(super) column: &'a Column,
    pub(super) admitted: Vec<bool>,
}

/// How many rows of a range pass all filters, by cell: the places of their values, the last column's beside each other.
pub(super) fn counted(
    rows: Range<usize>,
    filters: &[&Filter<'_>],
    columns: &[&Column],
) -> Vec<(usize, i64)> {
    let cells: usize = columns.iter().map(|column| column.values().len()).product();
    let mut passed = [true; BLOCK];
    let mut places = [0_usize; BLOCK];
    let mut dense: Vec<u32> = Vec::new();
    let mut sparse: Vec<usize> = Vec::new();
    let (few, times) = DENSE;
    if cells <= few.max(times * rows.len()) {
        dense.resize(cells, 0);
    }
    let mut start = rows.start;
    while start < rows.end {
        let block = start..rows.end.min(start + BLOCK);
        let length = block.len();
        let (passed, places) = (&mut passed[..length], &mut places[..length]);
        passed.fill(true);
        for filter in filters {
            pass(filter, block.clone(), passed);
        }
        places.fill(0);
        for column in columns {
            locate(column, block.clone(), places);
        }
        if dense.is_empty() {
            let found = places.iter().zip(passed.iter());
            sparse.extend(found.filter_map(|(place, passed)| passed.then_some(*place)));
        } else {
            for (place, passed) in places.iter().zip(passed.iter()) {
                dense[*place] += u32::from(*passed);
            }
        }
        start = block.end;
    }
    if dense.is_empty() {
        return tallied(sparse);
    }
    let found = dense.into_iter().enumerate();
    found
        .filter(|(_, messages)| *messages != 0)
        .map(|(cell, messages)| (cell, i64::from(messages)))
        .collect()
}

/// How often each place occurs.
fn tallied(mut places: Vec<usize>) -> Vec<(usize, i64)> {
    places.sort_unstable();
    let alike = places.chunk_by(|one, other| one == other);
    alike
        .map(|alike| (alike[0], i64::try_from(alike.len()).unwrap_or(i64::MAX)))
        .collect()
}

/// Notes which rows of a block do not pass.
fn pass(filter: &Filter<'_>, block: Range<usize>, passed: &mut [bool]) {
    let admitted = filter.admitted.as_slice();
    match filter.column.places() {
        Places::Same => {}
        Places::Narrow(places) => {
            for (passed, place) in passed.iter_mut().zip(&places[block]) {
                *passed &= admitted[usize::from(*place)];
            }
        }
        Places::Medium(places) => {
            for (passed, place) in passed.iter_mut().zip(&places[block]) {
                *passed &= admitted[usize::from(*place)];
            }
        }
        Places::Wide(places) => {
            for (passed, place) in passed.iter_mut().zip(&places[block]) {
                *passed &= admitted[*place as usize];
            }
        }
    }
}

/// Adds a column to the cells of a block's rows.
fn locate(column: &Column, block: Range<usize>, cells: &mut [usize]) {
    let values = column.values().len();
    match column.places() {
        Places::Same => {}
        Places::Narrow(places) => {
            for (cell, place) in cells.iter_mut().zip(&places[block]) {
                *cell = *cell * values + usize::from(*place);
            }
        }
        Places::Medium(places) => {
            for (cell, place) in cells.iter_mut().zip(&places[block]) {
                *cell = *cell * values + usize::from(*place);
            }
        }
        Places::Wide(places) => {
            for (cell, place) in cells.iter_mut().zip(&places[block]) {
                *cell = *cell * values + *place as usize;
            }
        }
    }
}
