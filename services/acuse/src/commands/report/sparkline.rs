//! How figures went, each on one line.

use acuse_proto::reporting::Bucket;

use super::{
    look::{ABSENT, percent},
    vocabulary::Words as _,
};
use crate::output::{number, width};

/// From the least to the greatest.
const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Columns of lines that go to no terminal.
const WIDTH: usize = 80;

/// What a line has at least, however narrow the terminal is.
const LEAST: usize = 8;

/// Between a line and what stands beside it.
const GAP: &str = "   ";

/// A figure bucket by bucket, and how it looks.
pub(super) struct Course {
    name: &'static str,
    figures: Vec<Option<f64>>,
    /// What the lowest height stands for, where it is not the least of the figures.
    base: Option<f64>,
    written: fn(f64) -> String,
}

impl Course {
    /// Of a count, from nothing on.
    #[allow(clippy::cast_possible_truncation, reason = "counts are whole")]
    pub(super) fn of_counts(name: &'static str, counts: impl Iterator<Item = Option<i64>>) -> Self {
        Self {
            name,
            figures: counts.map(|count| Some(count? as f64)).collect(),
            base: Some(0.0),
            written: |count| number(count as i64),
        }
    }

    /// Of a share, between its own ends: its changes are small.
    pub(super) fn of_shares(name: &'static str, shares: impl Iterator<Item = Option<f64>>) -> Self {
        Self {
            name,
            figures: shares.collect(),
            base: None,
            written: percent,
        }
    }
}

/// A line for each, under one another and as wide as the terminal lets them be; says how many of the buckets are shown where
/// that is not all of them.
pub(super) fn lines(courses: &[Course], bucket: Bucket) -> String {
    let (lines, shown) = within(courses, width().unwrap_or(WIDTH));
    let all = courses.iter().map(|course| course.figures.len()).max();
    match all {
        Some(all) if shown < all => {
            let all = number(all as u64);
            format!("{lines}\n the last {shown} of {all} {}s", bucket.word())
        }
        _ => lines,
    }
}

/// The lines, with the least and the greatest figure of those shown; and how many buckets are: the last ones, where there is
/// no room for all.
fn within(courses: &[Course], width: usize) -> (String, usize) {
    let names = courses.iter().map(|course| course.name.len()).max();
    let names = names.unwrap_or_default();
    // Of all figures: which of them are the ends depends on how many are shown.
    let ends = courses.iter().flat_map(|course| {
        let figures = course.figures.iter().flatten();
        figures.map(|figure| (course.written)(*figure).len())
    });
    let ends = ends.max().unwrap_or(ABSENT.len());
    let around = [
        1,
        names,
        GAP.len(),
        GAP.len(),
        "min ".len(),
        ends,
        GAP.len(),
        "max ".len(),
        ends,
    ];
    let room = width.saturating_sub(around.iter().sum());
    let buckets = courses.iter().map(|course| course.figures.len()).max();
    let shown = buckets.unwrap_or_default().min(room.max(LEAST));
    let lines = courses.iter().map(|course| {
        let figures = last(course, shown);
        let line = line(course, figures);
        let [least, most] =
            range(figures).map(|figure| figure.map_or_else(|| ABSENT.to_owned(), course.written));
        format!(
            " {:names$}{GAP}{line}{GAP}min {least:>ends$}{GAP}max {most:>ends$}",
            course.name
        )
    });
    (lines.collect::<Vec<_>>().join("\n"), shown)
}

fn last(course: &Course, shown: usize) -> &[Option<f64>] {
    let skipped = course.figures.len().saturating_sub(shown);
    &course.figures[skipped..]
}

/// The least and the greatest of those that there are.
fn range(figures: &[Option<f64>]) -> [Option<f64>; 2] {
    let known = || figures.iter().copied().flatten();
    [known().reduce(f64::min), known().reduce(f64::max)]
}

fn line(course: &Course, figures: &[Option<f64>]) -> String {
    let [least, most] = range(figures).map(Option::unwrap_or_default);
    let base = course.base.unwrap_or(least);
    let height = |figure: &Option<f64>| figure.map_or(' ', |figure| height(figure, base, most));
    figures.iter().map(height).collect()
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a clamped number of heights"
)]
fn height(figure: f64, base: f64, most: f64) -> char {
    let top = HEIGHTS.len() - 1;
    let part = if most > base {
        (figure - base) / (most - base)
    } else {
        // Where all are the same none is low, unless there is nothing at all.
        f64::from(figure > 0.0)
    };
    HEIGHTS[((part.clamp(0.0, 1.0) * top as f64).round() as usize).min(top)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(name: &'static str, counts: &[i64]) -> Course {
        Course::of_counts(name, counts.iter().copied().map(Some))
    }

    fn rates(name: &'static str, shares: &[Option<f64>]) -> Course {
        Course::of_shares(name, shares.iter().copied())
    }

    #[test]
    fn lines_stand_under_one_another() {
        let (shown, buckets) = within(
            &[
                counts("delivered", &[0, 500, 1_000, 7_000]),
                counts("failed", &[0, 0, 0, 0]),
                rates("delivery rate", &[None, Some(0.9), Some(0.96), Some(1.0)]),
            ],
            80,
        );
        let expected = [
            " delivered       ▁▂▂█   min      0   max  7,000",
            " failed          ▁▁▁▁   min      0   max      0",
            " delivery rate    ▁▅█   min  90.0%   max 100.0%",
        ];
        assert_eq!(shown.lines().collect::<Vec<_>>(), expected);
        assert_eq!(buckets, 4);
    }

    #[test]
    fn the_last_buckets_are_shown_where_not_all_fit() {
        let rising: Vec<i64> = (1..=100).collect();
        let course = [counts("failed", &rising)];
        let (shown, buckets) = within(&course, 40);
        assert!(shown.ends_with("min  91   max 100"), "{shown}");
        assert_eq!((shown.chars().count(), buckets), (40, 10));
        let (_, all) = within(&course, 200);
        assert_eq!(all, 100);
        let (narrow, least) = within(&course, 3);
        assert_eq!(least, LEAST);
        assert!(narrow.ends_with("min  93   max 100"), "{narrow}");
    }

    #[test]
    fn nothing_known_is_blank_and_what_never_changes_is_not_low() {
        let line = |course: Course| within(&[course], 80).0;
        assert_eq!(
            line(rates("rate", &[None, None])),
            " rate        min -   max -"
        );
        assert_eq!(
            line(rates("rate", &[Some(0.5), None, Some(0.5)])),
            " rate   █ █   min 50.0%   max 50.0%"
        );
        assert_eq!(line(counts("n", &[])), " n      min -   max -");
    }
}
