//! Sending at a rate.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// Lets so many events pass a second.
#[derive(Debug)]
pub(super) struct Pace {
    rate: Option<f64>,
    /// When the next may go.
    next: Instant,
}

impl Pace {
    pub(super) fn new(rate: Option<f64>) -> Self {
        Self {
            rate: rate.filter(|rate| rate.is_finite() && *rate > 0.0),
            next: Instant::now(),
        }
    }

    /// Waits until `count` events may go. Time that was lost to a slow target is not made up for.
    #[allow(clippy::cast_precision_loss)] // a batch has a few thousand
    pub(super) async fn wait(&mut self, count: usize) {
        let Some(rate) = self.rate else { return };
        let now = Instant::now();
        let due = self.next.max(now);
        self.next = due + Duration::from_secs_f64((count as f64 / rate).min(3600.0));
        if due > now {
            sleep_until(due).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_rate_is_kept() {
        let mut pace = Pace::new(Some(100.0));
        let begun = Instant::now();
        for _ in 0..5 {
            pace.wait(50).await;
        }
        assert_eq!(begun.elapsed().as_millis(), 2_000, "the first goes at once");
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_rate_nothing_waits() {
        let mut pace = Pace::new(None);
        let begun = Instant::now();
        pace.wait(1_000_000).await;
        assert!(begun.elapsed().is_zero());
    }
}
