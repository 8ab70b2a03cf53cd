//! How long to wait before the same is sent again.

use std::time::Duration;

use tokio::time::{Instant, sleep};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Pauses that double, as long as the patience lasts.
#[derive(Debug)]
pub(super) struct Backoff {
    begun: Instant,
    patience: Duration,
    next: Duration,
    /// How often it waited.
    pub(super) retries: u64,
}

impl Backoff {
    pub(super) fn new(patience: Duration) -> Self {
        Self {
            begun: Instant::now(),
            patience,
            next: FIRST_PAUSE,
            retries: 0,
        }
    }

    /// Waits until it is time to try again, at least as long as was asked for. False, without waiting, where that would be
    /// after `limit` or the patience.
    pub(super) async fn again(&mut self, asked: Option<Duration>, limit: Duration) -> bool {
        let pause = asked.map_or(self.next, |asked| asked.max(self.next));
        if self.begun.elapsed() + pause >= self.patience.min(limit) {
            return false;
        }
        sleep(pause).await;
        self.next = (self.next * 2).min(LONGEST_PAUSE);
        self.retries += 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn pauses_double_and_come_to_an_end() {
        let mut backoff = Backoff::new(Duration::from_secs(60));
        let begun = Instant::now();
        assert!(backoff.again(None, Duration::MAX).await);
        assert!(backoff.again(None, Duration::MAX).await);
        assert_eq!(begun.elapsed().as_millis(), 300);
        assert!(
            backoff
                .again(Some(Duration::from_secs(3)), Duration::MAX)
                .await
        );
        assert_eq!(begun.elapsed().as_millis(), 3_300);
        assert!(!backoff.again(None, Duration::from_secs(1)).await);
        while backoff.again(None, Duration::MAX).await {}
        assert!((50..60).contains(&begun.elapsed().as_secs()));
        assert!(backoff.retries < 20, "{}", backoff.retries);
    }
}
