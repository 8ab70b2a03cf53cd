//! How wide the columns of a table are.

use crate::faces::Weight;
use crate::wrap;

/// Letters of a cell that are looked at.
const LOOKED_AT: usize = 200;

/// The share of a column's cells that its natural width is made for.
const MOST_CELLS: f32 = 0.95;

/// The widest part that a column is made for, in ems: longer ones are broken.
const LONGEST: f32 = 9.0;

/// What the cells of a column need, in ems.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Needs {
    /// So that no word is broken, but for the longest ones.
    pub(crate) least: f32,
    /// So that no line is.
    pub(crate) natural: f32,
}

/// What a column of that label and those cells needs.
pub(crate) fn needs<'a>(label: &str, cells: impl Iterator<Item = &'a str>) -> Needs {
    let (mut naturals, mut words) = (Vec::new(), Vec::new());
    for cell in cells {
        naturals.push(wrap::natural_width(cell, Weight::Regular, LOOKED_AT));
        words.push(wrap::longest_word(cell, Weight::Regular, LOOKED_AT));
    }
    let head = wrap::longest_word(label, Weight::Bold, LOOKED_AT);
    // A word is broken where it is longer than columns are made for, and no other.
    let fitting = words.iter().copied().filter(|width| *width <= LONGEST);
    let fitting = fitting.fold(0.0, f32::max);
    let least = most_of(words).min(LONGEST).max(fitting).max(head);
    // A label in two lines looks better than one in three.
    let halved = wrap::natural_width(label, Weight::Bold, LOOKED_AT) * 0.6;
    let natural = most_of(naturals).max(halved).max(least);
    Needs { least, natural }
}

/// What most of these are not greater than.
fn most_of(mut widths: Vec<f32>) -> f32 {
    widths.sort_by(f32::total_cmp);
    let last = widths.len().saturating_sub(1);
    let place = (last as f32 * MOST_CELLS).ceil() as usize;
    widths.get(place).copied().unwrap_or(0.0)
}

/// Widths that fill `room`: as few cells as can be are broken into lines, wide ones first. Where words have to be broken, all
/// columns give alike.
pub(crate) fn share(needs: &[Needs], room: f32) -> Vec<f32> {
    let natural: f32 = needs.iter().map(|needs| needs.natural).sum();
    let least: f32 = needs.iter().map(|needs| needs.least).sum();
    if natural <= room {
        let more = (room - natural) / needs.len().max(1) as f32;
        return needs.iter().map(|needs| needs.natural + more).collect();
    }
    if least >= room {
        return needs
            .iter()
            .map(|needs| needs.least * room / least)
            .collect();
    }
    // The level at which what is asked for fits; what is long asks for more, but not as much more as it is longer.
    let (mut low, mut high) = (0.0_f32, room);
    for _ in 0..40 {
        let middle = (low + high) / 2.0;
        if at_level(needs, middle).sum::<f32>() > room {
            high = middle;
        } else {
            low = middle;
        }
    }
    at_level(needs, low).collect()
}

fn at_level(needs: &[Needs], level: f32) -> impl Iterator<Item = f32> {
    needs.iter().map(move |needs| {
        let asked = level * needs.natural.max(1.0).sqrt();
        asked.max(needs.least).min(needs.natural)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(f32, f32)]) -> Vec<Needs> {
        let needs = pairs.iter();
        needs
            .map(|(least, natural)| Needs {
                least: *least,
                natural: *natural,
            })
            .collect()
    }

    #[test]
    fn widths_fill_the_room() {
        for room in [10.0, 30.0, 60.0, 200.0] {
            let widths = share(&of(&[(3.0, 5.0), (4.0, 80.0), (6.0, 20.0)]), room);
            assert!(
                (widths.iter().sum::<f32>() - room).abs() < 0.01,
                "{widths:?}"
            );
        }
    }

    #[test]
    fn short_columns_keep_their_lines_whole() {
        let widths = share(&of(&[(3.0, 5.0), (4.0, 80.0), (6.0, 20.0)]), 60.0);
        assert!((widths[0] - 5.0).abs() < 0.01, "{widths:?}");
        assert!(widths[1] > widths[2], "{widths:?}");
    }
}
