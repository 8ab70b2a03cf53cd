//! What messages add up to, and the figures made of that.

use std::collections::BTreeMap;

use super::Row;
use crate::reference::{Counts, SECOND};

/// The 97.5 % point of the standard normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// What some messages add up to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sums {
    /// Counts by name; what is zero is left out.
    pub counts: Counts,
    /// Of the pending messages those that are unconfirmed.
    pub unconfirmed: i64,
    /// Times to be delivered (1), read (2) and replied to (3), in microseconds.
    pub took: BTreeMap<i32, Vec<i64>>,
}

impl Sums {
    pub(super) fn add(&mut self, row: &Row, is_old: bool) {
        self.counts.absorb(&row.counts);
        if is_old {
            self.unconfirmed += row.counts.0.get("pending").copied().unwrap_or_default();
        }
        for (span, micros) in &row.took {
            self.took.entry(*span).or_default().push(*micros);
        }
    }

    /// The same of several together.
    #[must_use]
    pub fn together<'a>(sums: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut together = Self::default();
        for sum in sums {
            together.counts.absorb(&sum.counts);
            together.unconfirmed += sum.unconfirmed;
            for (span, took) in &sum.took {
                together.took.entry(*span).or_default().extend(took);
            }
        }
        together
    }

    /// The same with its times in order, so that two can be compared.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        self.took.values_mut().for_each(|took| took.sort_unstable());
        self
    }

    /// A count by its name; what is unconfirmed is pending no more, and several names are made of others.
    #[must_use]
    pub fn count(&self, name: &str) -> i64 {
        let of = |name: &str| self.counts.0.get(name).copied().unwrap_or_default();
        let failed_later = of("failed_send") + of("failed_delivery");
        match name {
            "failed" => of("failed_dispatch") + failed_later,
            "failed_at_dispatch" | "state_dispatch_failed" => of("failed_dispatch"),
            "failed_at_send" => of("failed_send"),
            "failed_at_delivery" => of("failed_delivery"),
            "state_failed" => failed_later,
            "unconfirmed" => self.unconfirmed,
            "pending" => of("pending") - self.unconfirmed,
            name => match name.strip_prefix("state_") {
                Some(state) => of(&format!("in_{state}")),
                None => of(name),
            },
        }
    }

    /// A rate by its name, as its two counts.
    ///
    /// # Panics
    /// Where there is no such rate.
    #[must_use]
    pub fn rate(&self, name: &str) -> (i64, i64) {
        let (hits, base) = match name {
            "sent_rate" => ("sent_hits", "sent_base"),
            "bounce_rate" => ("failed", "messages"),
            "delivery_rate" => ("delivery_hits", "delivery_base"),
            "read_rate" => ("read_hits", "read_base"),
            "reply_rate" => ("replied", "reply_base"),
            other => panic!("{other} is no rate"),
        };
        (self.count(hits), self.count(base))
    }

    /// A rate's value; absent where its denominator is zero.
    #[must_use]
    pub fn share(&self, name: &str) -> Option<f64> {
        let (hits, base) = self.rate(name);
        (base > 0).then(|| hits as f64 / base as f64)
    }

    /// How many messages a rate leaves out because their channel does not report its stage.
    #[must_use]
    pub fn left_out(&self, name: &str) -> i64 {
        match name {
            "sent_rate" => self.count("messages") - self.count("sent_base"),
            "delivery_rate" => self.count("delivery_unreported"),
            "read_rate" => self.count("read_unreported"),
            _ => 0,
        }
    }

    /// Any figure by its name: a count, a rate's value or a time such as `time_to_read_p90`. Absent where there is none.
    #[must_use]
    pub fn figure(&self, name: &str) -> Option<f64> {
        if name.ends_with("_rate") {
            return self.share(name);
        }
        let Some((what, percent)) = name
            .strip_prefix("time_to_")
            .and_then(|name| name.split_once("_p"))
        else {
            return Some(self.count(name) as f64);
        };
        let span = match what {
            "deliver" => 1,
            "read" => 2,
            _ => 3,
        };
        let seconds = self.quantile(span, percent.parse().unwrap())?;
        Some(seconds as f64)
    }

    /// The time in seconds within which so many percent were delivered (1), read (2) or replied to (3): the upper edge of
    /// the bin in which the time of that rank lies. Absent where there is none.
    #[must_use]
    pub fn quantile(&self, span: i32, percent: usize) -> Option<i64> {
        let mut took = self.took.get(&span)?.clone();
        took.sort_unstable();
        let rank = (percent * took.len()).div_ceil(100);
        Some(edge(took[rank - 1]))
    }
}

/// The upper edge, in seconds, of the bin that holds a time in microseconds: edges are 0, 1, 2 … 20 seconds, then each is a
/// tenth more than the one before, rounded down.
#[must_use]
pub fn edge(took: i64) -> i64 {
    let mut edge = 0;
    while edge * SECOND < took {
        edge += (edge / 10).max(1);
    }
    edge
}

/// The lower bound of Wilson's 95 % interval: the share for which what was seen is the upper end of its own interval.
/// Absent where there is nothing to have a share of.
#[must_use]
pub fn wilson_lower_bound(hits: i64, base: i64) -> Option<f64> {
    if base == 0 {
        return None;
    }
    let (hits, base) = (hits as f64, base as f64);
    let root = (hits * (base - hits) / base + Z * Z / 4.0).max(0.0).sqrt();
    Some(((hits + Z * Z / 2.0 - Z * root) / (base + Z * Z)).clamp(0.0, 1.0))
}

/// The upper bound of the same interval: what is not a hit has its own lower one.
#[must_use]
pub fn wilson_upper_bound(hits: i64, base: i64) -> Option<f64> {
    wilson_lower_bound(base - hits, base).map(|misses| 1.0 - misses)
}
