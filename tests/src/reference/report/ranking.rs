//! Rankings.

use std::collections::BTreeMap;

use super::{Sums, Value};

/// How values are ranked.
#[derive(Debug, Clone)]
pub struct Order {
    /// Name of the rate, or of the count, that is compared.
    pub metric: String,
    /// Whether the worst come first.
    pub worst: bool,
    /// Whether rates are compared by a bound of their interval instead of by themselves.
    pub by_bound: bool,
    /// Values with fewer messages are not ranked; of `received` inbound ones, of `unattached` those.
    pub min_volume: i64,
    /// Whether inbound messages have a part in it. Without them there is no telling how many were received.
    pub with_inbound: bool,
}

/// A value's place.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    /// Which value.
    pub value: Value,
    /// Its rank from 1; values with the same figure share one.
    pub rank: usize,
    /// Its figure.
    pub figure: f64,
    /// What was compared.
    pub score: f64,
    /// Its rank in the period before; absent where it had none.
    pub rank_before: Option<usize>,
    /// Its figure in the period before.
    pub figure_before: Option<f64>,
}

impl Ranked {
    /// How many places it rose; negative where it fell.
    #[must_use]
    pub fn movement(&self) -> Option<i64> {
        let place = |rank: usize| i64::try_from(rank).unwrap();
        Some(place(self.rank_before?) - place(self.rank))
    }
}

/// Ranks the values of a dimension by what their messages add up to, and by what they did before. Of one rank the larger
/// comes first.
#[must_use]
pub fn rank(
    now: &BTreeMap<Value, Sums>,
    before: &BTreeMap<Value, Sums>,
    order: &Order,
) -> Vec<Ranked> {
    let ranks_before = order.ranks(before);
    let mut ranked: Vec<Ranked> = order
        .ranks(now)
        .into_iter()
        .filter_map(|(value, (rank, score))| {
            let earlier = before.get(&value);
            Some(Ranked {
                rank,
                figure: now[&value].figure(&order.metric)?,
                score,
                rank_before: ranks_before.get(&value).map(|(rank, _)| *rank),
                figure_before: earlier.and_then(|sums| sums.figure(&order.metric)),
                value,
            })
        })
        .collect();
    ranked.sort_by_key(|row| (row.rank, -order.volume(&now[&row.value])));
    ranked
}

impl Order {
    /// Each value's rank and score: its rank is one more than there are values that are better.
    fn ranks(&self, of: &BTreeMap<Value, Sums>) -> BTreeMap<Value, (usize, f64)> {
        let scores: BTreeMap<&Value, f64> = of
            .iter()
            .filter(|(value, sums)| value.is_some() && self.volume(sums) >= self.min_volume)
            .filter_map(|(value, sums)| Some((value, self.score(sums)?)))
            .collect();
        scores
            .iter()
            .map(|(value, score)| {
                let better = scores
                    .values()
                    .filter(|other| self.is_better(**other, *score));
                ((*value).clone(), (1 + better.count(), *score))
            })
            .collect()
    }

    /// How many messages a value has.
    #[must_use]
    pub fn volume(&self, sums: &Sums) -> i64 {
        match self.metric.as_str() {
            own @ ("received" | "unattached") => sums.count(own),
            _ => sums.count("messages"),
        }
    }

    fn more_is_first(&self) -> bool {
        less_is_better(&self.metric) == self.worst
    }

    fn is_better(&self, one: f64, other: f64) -> bool {
        if self.more_is_first() {
            one > other
        } else {
            one < other
        }
    }

    fn score(&self, sums: &Sums) -> Option<f64> {
        if self.metric == "received" && !self.with_inbound {
            return None;
        }
        if !self.by_bound {
            return sums.figure(&self.metric);
        }
        let (hits, base) = sums.rate(&self.metric);
        // The bound at the far end: few messages come first at neither.
        if self.more_is_first() {
            super::wilson_lower_bound(hits, base)
        } else {
            super::wilson_upper_bound(hits, base)
        }
    }
}

/// Of failures, of what is stuck and of time less is better.
fn less_is_better(metric: &str) -> bool {
    let bad = [
        "failed",
        "bounce",
        "unconfirmed",
        "pending",
        "time_to",
        "unattached",
    ];
    let bad_states = ["state_queued", "state_dispatch_failed", "state_failed"];
    bad.iter().any(|word| metric.starts_with(word)) || bad_states.contains(&metric)
}
