//! Whether a call is made again, and when.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

/// How often a call is made at most.
pub(super) const MAX_ATTEMPTS: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// What a retry costs, in hundredths.
const COST: u32 = 100;
/// What an answered call earns: retries stay under a tenth of the calls over time.
const EARNING: u32 = 10;
/// What can be saved up.
const MAX_SAVINGS: u32 = 10 * COST;

/// Keeps retries from becoming most of what a struggling peer gets to do.
#[derive(Debug)]
pub(super) struct Budget(AtomicU32);

impl Default for Budget {
    fn default() -> Self {
        Self(AtomicU32::new(MAX_SAVINGS))
    }
}

impl Budget {
    pub(super) fn earn(&self) {
        self.change(|savings| Some((savings + EARNING).min(MAX_SAVINGS)));
    }

    /// Pays for one retry, if there is enough.
    pub(super) fn spend(&self) -> bool {
        self.change(|savings| savings.checked_sub(COST))
    }

    fn change(&self, change: impl FnMut(u32) -> Option<u32>) -> bool {
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, change)
            .is_ok()
    }
}

/// How long to wait before attempt `next` (the second is 2): twice as long each time, some way into it at random so that
/// callers which failed together do not come back together, and never sooner than the peer asks.
pub(super) fn pause(next: u32, asked: Option<Duration>) -> Duration {
    let doublings = next.saturating_sub(2).min(16);
    let ceiling = (FIRST_PAUSE * 2_u32.pow(doublings)).min(LONGEST_PAUSE);
    let jittered = ceiling.mul_f64(rand::random_range(0.5..1.0));
    asked.map_or(jittered, |asked| asked + jittered)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Budget, pause};

    #[test]
    fn retries_stay_a_tenth_of_the_calls() {
        let budget = Budget::default();
        let burst = (0..100).filter(|_| budget.spend()).count();
        assert_eq!(burst, 10, "what was saved up");
        let mut retries = 0;
        for _ in 0..1000 {
            budget.earn();
            retries += usize::from(budget.spend());
        }
        assert_eq!(retries, 100);
    }

    #[test]
    fn pauses_grow_and_heed_the_peer() {
        for _ in 0..100 {
            assert!((25..50).contains(&pause(2, None).as_millis()));
            assert!((50..100).contains(&pause(3, None).as_millis()));
            assert!(pause(40, None) <= Duration::from_secs(1));
            assert!(pause(2, Some(Duration::from_secs(3))) >= Duration::from_secs(3));
        }
    }
}
