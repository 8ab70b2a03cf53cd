//! Lag: how far behind what happened a provider's word of it comes.

use std::time::Duration;

use crate::kinds::Provider;
use crate::metrics::{self, bin_between};
use crate::time::{Timestamp, hours};

/// How far back a report tells.
pub const SPAN: Duration = hours(1);

/// In slices of which length what was received is counted: a report reads a dozen of them. Of slices of a minute it would read
/// sixty, which takes as long as a small report.
pub const SLICE: Duration = Duration::from_secs(5 * 60);

/// How far back a receipt may lie and still be counted. Twice the time that a report tells of: clocks differ, and commits
/// wait. What was received before that no report asks for.
pub const COUNTED: Duration = hours(2);

/// How long what was counted is kept; more than is ever asked for, so that nothing is dropped while it is written.
pub const KEPT: Duration = hours(6);

/// The slice that an instant lies in, by its beginning.
pub fn slice_of(at: Timestamp) -> Timestamp {
    let length = SLICE.as_micros() as i64;
    Timestamp::from_micros(at.micros().div_euclid(length) * length)
}

/// The first slice of those that a report tells of at `now`: the one in which the last hour began.
pub fn first_slice(now: Timestamp) -> Timestamp {
    slice_of(now - SPAN)
}

/// Whether the time of what `provider` told says how late its word came. The business's own platform is no provider, and a
/// time that stands in for one that was not told says nothing.
pub fn is_telling(provider: Provider, at_stands_in: bool) -> bool {
    provider != Provider::Sender && !at_stands_in
}

/// How late events came that were received in some span of time: received minus happened.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Lag {
    /// How many there were.
    pub events: u64,
    /// How late they came together, in seconds.
    pub total_seconds: f64,
    /// How late the latest of them came, in seconds.
    pub longest_seconds: f64,
    /// How many came how late, by [`metrics::bin_of`]; bins beyond its end are empty.
    pub bins: Vec<u64>,
}

impl Lag {
    /// Takes in an event. One that was received before it happened came without delay: clocks differ.
    pub fn note(&mut self, happened: Timestamp, received: Timestamp) {
        let seconds = received.micros_since(happened).max(0) as f64 / 1_000_000.0;
        let bin = usize::from(bin_between(happened, received));
        self.reach(bin + 1);
        self.events += 1;
        self.total_seconds += seconds;
        self.longest_seconds = self.longest_seconds.max(seconds);
        self.bins[bin] += 1;
    }

    /// Takes in all events of another span.
    pub fn add(&mut self, other: &Self) {
        self.reach(other.bins.len());
        self.events += other.events;
        self.total_seconds += other.total_seconds;
        self.longest_seconds = self.longest_seconds.max(other.longest_seconds);
        for (mine, theirs) in self.bins.iter_mut().zip(&other.bins) {
            *mine += theirs;
        }
    }

    fn reach(&mut self, bins: usize) {
        self.bins.resize(self.bins.len().max(bins), 0);
    }

    /// How late they came on average, in seconds; `None` where there are none.
    pub fn mean(&self) -> Option<f64> {
        (self.events > 0).then(|| self.total_seconds / self.events as f64)
    }

    /// How late the latest came, in seconds; `None` where there are none.
    pub fn longest(&self) -> Option<f64> {
        (self.events > 0).then_some(self.longest_seconds)
    }

    /// The `q` quantile of how late they came, in seconds: the upper edge of its bin, but no more than the latest. `None` where
    /// there are none.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let bins = (0u16..).zip(self.bins.iter().copied());
        Some(metrics::quantile(bins, q)?.min(self.longest_seconds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: f64) -> Timestamp {
        Timestamp::from_micros((seconds * 1_000_000.0) as i64)
    }

    fn lag(late: &[f64]) -> Lag {
        let mut lag = Lag::default();
        for seconds in late {
            lag.note(at(1_000_000.0), at(1_000_000.0 + seconds));
        }
        lag
    }

    #[test]
    fn nothing_has_no_figures() {
        let lag = Lag::default();
        assert_eq!(
            (lag.mean(), lag.longest(), lag.quantile(0.9)),
            (None, None, None)
        );
    }

    #[test]
    fn figures_are_those_of_all_events() {
        let mut late = vec![2.5; 9];
        late.push(100.0);
        let lag = lag(&late);
        assert_eq!(lag.events, 10);
        assert_eq!(lag.mean(), Some(12.25));
        assert_eq!(lag.longest(), Some(100.0));
        // Half a second begun counts whole.
        assert_eq!(lag.quantile(0.9), Some(3.0));
        // The upper edge of the last one's bin lies beyond it.
        assert_eq!(lag.quantile(1.0), Some(100.0));
    }

    #[test]
    fn what_was_received_before_it_happened_came_without_delay() {
        let lag = lag(&[-30.0, 0.0, 30.0]);
        assert_eq!(
            (lag.events, lag.mean(), lag.longest()),
            (3, Some(10.0), Some(30.0))
        );
        assert_eq!(lag.bins[0], 2);
    }

    #[test]
    fn spans_add_up_in_any_order() {
        let (one, other) = (lag(&[1.0, 5.0]), lag(&[4_000.0]));
        let whole = lag(&[1.0, 5.0, 4_000.0]);
        for (mut first, second) in [(one.clone(), &other), (other.clone(), &one)] {
            first.add(second);
            assert_eq!(first, whole);
        }
    }

    #[test]
    fn the_slices_of_an_hour_are_those_that_it_touches() {
        let noon = Timestamp::from_seconds(1_790_006_400);
        for into_slice in [0, 299] {
            let now = noon + Duration::from_secs(into_slice);
            assert_eq!(slice_of(now), noon);
            assert_eq!(first_slice(now), noon - hours(1));
        }
        assert_eq!(
            slice_of(Timestamp::from_seconds(-1)),
            Timestamp::from_seconds(-300)
        );
    }

    #[test]
    fn only_a_providers_own_time_tells() {
        assert!(is_telling(Provider::Twilio, false));
        assert!(!is_telling(Provider::Twilio, true));
        assert!(!is_telling(Provider::Sender, false));
    }
}
