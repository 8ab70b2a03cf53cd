//! Metrics: rates as two counts, and times as histograms over fixed bins.
//!
//! Both add up: a rate over a month is the sum of its days' counts, a quantile over a month is read from the sum of its
//! days' bins.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// The 97.5 % point of the standard normal distribution: both sides together leave 5 % out.
const Z_95: f64 = 1.959_963_984_540_054;

/// A share, kept as its two counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Rate {
    /// How many did.
    pub numerator: u64,
    /// How many could have.
    pub denominator: u64,
}

impl Rate {
    /// `numerator` of `denominator`.
    pub const fn new(numerator: u64, denominator: u64) -> Self {
        Self {
            numerator,
            denominator,
        }
    }

    /// The quotient; `None` where the denominator is zero.
    pub fn value(self) -> Option<f64> {
        (self.denominator > 0).then(|| self.numerator as f64 / self.denominator as f64)
    }

    /// The lower bound of Wilson's 95 % interval, from 0 to 1: what a ranking compares, so that a perfect score of a
    /// few does not beat a very good one of many. `None` where the denominator is zero.
    pub fn wilson_lower_bound(self) -> Option<f64> {
        self.wilson_bounds().map(|(lower, _)| lower)
    }

    /// The upper bound of the same interval: what a ranking compares where less is better, so that no failure of a few
    /// does not beat a single one of many. `None` where the denominator is zero.
    pub fn wilson_upper_bound(self) -> Option<f64> {
        self.wilson_bounds().map(|(_, upper)| upper)
    }

    fn wilson_bounds(self) -> Option<(f64, f64)> {
        let share = self.value()?.min(1.0);
        let n = self.denominator as f64;
        let z_squared = Z_95 * Z_95;
        let centre = share + z_squared / (2.0 * n);
        let spread = Z_95 * (share * (1.0 - share) / n + z_squared / (4.0 * n * n)).sqrt();
        let scale = 1.0 + z_squared / n;
        Some((
            ((centre - spread) / scale).clamp(0.0, share),
            ((centre + spread) / scale).clamp(share, 1.0),
        ))
    }
}

impl std::ops::Add for Rate {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            numerator: self.numerator.saturating_add(other.numerator),
            denominator: self.denominator.saturating_add(other.denominator),
        }
    }
}

/// The last upper edge is the first one beyond this: 400 days in seconds, more than two attributed times can lie apart.
const LONGEST_SECONDS: i64 = 400 * 24 * 60 * 60;

/// How many bins there are. Stored rows hold bin numbers, so neither this nor any edge may ever change.
pub const BINS: usize = count_bins();

/// The upper edge of each bin, in whole seconds: 0, then second by second up to 20, then growing by 10 % rounded down.
/// A bin holds what is above the edge before it, up to and including its own.
const EDGES: [i64; BINS] = edges();

const fn next_edge(edge: i64) -> i64 {
    // Below 10 a tenth is less than the second that separates two whole numbers.
    if edge < 10 {
        edge + 1
    } else {
        edge + edge / 10
    }
}

const fn count_bins() -> usize {
    let mut bins = 1;
    let mut edge = 0;
    while edge <= LONGEST_SECONDS {
        edge = next_edge(edge);
        bins += 1;
    }
    bins
}

const fn edges() -> [i64; BINS] {
    let mut edges = [0; BINS];
    let mut bin = 1;
    while bin < BINS {
        edges[bin] = next_edge(edges[bin - 1]);
        bin += 1;
    }
    edges
}

/// The bin of a time in seconds. Negative times count as 0; times beyond the last edge (over 400 days) as the last bin.
pub fn bin_of(seconds: i64) -> u16 {
    let bin = EDGES.partition_point(|edge| *edge < seconds).min(BINS - 1);
    u16::try_from(bin).unwrap_or(u16::MAX)
}

/// The bin of the time from `start` to `end`. Begun seconds count whole, so that a bin's edge is never below the time.
pub fn bin_between(start: Timestamp, end: Timestamp) -> u16 {
    let micros = end.micros_since(start);
    bin_of(micros.div_euclid(1_000_000) + i64::from(micros.rem_euclid(1_000_000) > 0))
}

/// The longest time that a bin holds, in seconds. Bins that do not exist have the last one's edge.
pub fn upper_edge(bin: u16) -> f64 {
    EDGES[usize::from(bin).min(BINS - 1)] as f64
}

/// The `q` quantile (0 to 1, clamped) of times counted by bin: the upper edge, in seconds, of the bin that holds the
/// time of rank ⌈q·n⌉. Bins may come in any order and more than once. `None` where nothing was counted.
pub fn quantile(counts: impl IntoIterator<Item = (u16, u64)>, q: f64) -> Option<f64> {
    let mut histogram = [0u64; BINS];
    for (bin, count) in counts {
        let total = &mut histogram[usize::from(bin).min(BINS - 1)];
        *total = total.saturating_add(count);
    }
    let total = histogram
        .iter()
        .fold(0, |sum: u64, count| sum.saturating_add(*count));
    let rank = rank_of(q, total);
    let mut seen = 0u64;
    for (edge, count) in EDGES.iter().zip(histogram) {
        seen = seen.saturating_add(count);
        if count > 0 && seen >= rank {
            return Some(*edge as f64);
        }
    }
    None
}

/// ⌈q·n⌉, from 1 to n. The product is a hair too large for some q (0.07 · 100 is 7.000…01), which must not cost a rank.
fn rank_of(q: f64, total: u64) -> u64 {
    let product = q.clamp(0.0, 1.0) * total as f64;
    let rank = (product * (1.0 - 1e-12)).ceil();
    // A float becomes the nearest integer in range, and no number becomes 0.
    (rank as u64).clamp(1, total.max(1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_rate_of_nothing_is_absent() {
        assert_eq!(Rate::new(0, 0).value(), None);
        assert_eq!(Rate::new(0, 0).wilson_lower_bound(), None);
        assert_eq!(Rate::new(1, 4).value(), Some(0.25));
        assert_eq!(Rate::new(1, 4) + Rate::new(2, 4), Rate::new(3, 8));
    }

    #[test]
    fn few_do_not_beat_many() {
        let few = Rate::new(3, 3).wilson_lower_bound().unwrap();
        let many = Rate::new(950, 1000).wilson_lower_bound().unwrap();
        assert!((few - 0.438_503).abs() < 1e-6, "{few}");
        assert!((many - 0.934_686).abs() < 1e-6, "{many}");
        assert_eq!(Rate::new(0, 10).wilson_lower_bound(), Some(0.0));
    }

    #[test]
    fn no_failure_of_few_does_not_beat_one_of_many() {
        let few = Rate::new(0, 3).wilson_upper_bound().unwrap();
        let many = Rate::new(1, 1000).wilson_upper_bound().unwrap();
        assert!((few - 0.561_497).abs() < 1e-6, "{few}");
        assert!((many - 0.005_643).abs() < 1e-6, "{many}");
        assert_eq!(Rate::new(10, 10).wilson_upper_bound(), Some(1.0));
        assert_eq!(Rate::new(0, 0).wilson_upper_bound(), None);
    }

    /// Rows hold bin numbers: these edges are for ever.
    #[test]
    fn the_edges_are_fixed() {
        assert_eq!(
            EDGES[..24],
            [
                0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 22, 24,
                26
            ]
        );
        assert_eq!(BINS, 174);
        assert!(EDGES[BINS - 1] > LONGEST_SECONDS && EDGES[BINS - 2] <= LONGEST_SECONDS);
        assert_eq!(bin_of(3_600), 77);
        assert_eq!(bin_of(86_400), 111);
    }

    #[test]
    fn edges_grow_by_a_tenth_at_most() {
        for pair in EDGES.windows(2) {
            let [lower, upper] = [pair[0], pair[1]];
            assert!(upper > lower);
            assert!(
                upper == lower + 1 || (upper - lower) * 10 <= lower,
                "{pair:?}"
            );
        }
    }

    #[test]
    fn times_outside_the_range_count_at_its_ends() {
        assert_eq!(bin_of(-5), 0);
        assert_eq!(bin_of(i64::MIN), 0);
        assert_eq!(usize::from(bin_of(i64::MAX)), BINS - 1);
        assert_eq!(upper_edge(u16::MAX), EDGES[BINS - 1] as f64);
    }

    #[test]
    fn begun_seconds_count_whole() {
        let at = Timestamp::from_micros;
        assert_eq!(bin_between(at(0), at(0)), 0);
        assert_eq!(bin_between(at(0), at(1)), 1);
        assert_eq!(bin_between(at(0), at(1_000_000)), 1);
        assert_eq!(bin_between(at(0), at(1_000_001)), 2);
        assert_eq!(bin_between(at(5_000_000), at(1)), 0);
        assert_eq!(
            usize::from(bin_between(at(i64::MIN), at(i64::MAX))),
            BINS - 1
        );
    }

    #[test]
    fn quantiles_are_upper_edges() {
        assert_eq!(quantile([], 0.5), None);
        assert_eq!(quantile([(3, 0)], 0.5), None);
        let counts = [(21, 1), (2, 8), (0, 1)];
        assert_eq!(quantile(counts, 0.0), Some(0.0));
        assert_eq!(quantile(counts, 0.1), Some(0.0));
        assert_eq!(quantile(counts, 0.5), Some(2.0));
        assert_eq!(quantile(counts, 0.9), Some(2.0));
        assert_eq!(quantile(counts, 0.99), Some(22.0));
        assert_eq!(quantile(counts, f64::NAN), Some(0.0));
        assert_eq!(quantile([(0, 7), (1, 93)], 0.07), Some(0.0));
    }

    proptest! {
        #[test]
        fn wilson_lies_between_nothing_and_the_share(n in 1u64..1_000_000, share in 0.0f64..=1.0) {
            let rate = Rate::new((n as f64 * share) as u64, n);
            let bound = rate.wilson_lower_bound().unwrap();
            prop_assert!((0.0..=rate.value().unwrap()).contains(&bound));
            let tenfold = Rate::new(rate.numerator * 10, n * 10).wilson_lower_bound().unwrap();
            prop_assert!(tenfold >= bound);
        }

        #[test]
        fn what_did_is_at_most_what_else_did_not_at_least(n in 1u64..1_000_000, share in 0.0f64..=1.0) {
            let rate = Rate::new((n as f64 * share) as u64, n);
            let upper = rate.wilson_upper_bound().unwrap();
            let others = Rate::new(n - rate.numerator, n).wilson_lower_bound().unwrap();
            prop_assert!((upper + others - 1.0).abs() < 1e-9);
        }

        #[test]
        fn bins_are_monotone(a in -100i64..40_000_000, b in -100i64..40_000_000) {
            prop_assert_eq!(a.min(b) <= a.max(b), bin_of(a.min(b)) <= bin_of(a.max(b)));
        }

        #[test]
        fn a_time_lies_within_its_bin(seconds in 0i64..=LONGEST_SECONDS) {
            let bin = bin_of(seconds);
            prop_assert!(seconds as f64 <= upper_edge(bin));
            prop_assert!(bin == 0 || seconds as f64 > upper_edge(bin - 1));
        }

        #[test]
        fn a_quantile_is_that_of_the_times_themselves(
            mut times in prop::collection::vec(0i64..3_000_000, 1..200),
            percent in 1usize..=100,
        ) {
            let counts: Vec<(u16, u64)> = times.iter().map(|time| (bin_of(*time), 1)).collect();
            times.sort_unstable();
            let rank = (percent * times.len()).div_ceil(100);
            let expected = upper_edge(bin_of(times[rank - 1]));
            prop_assert_eq!(quantile(counts, percent as f64 / 100.0), Some(expected));
        }
    }
}
