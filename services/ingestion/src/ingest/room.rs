//! Room for the batches of all streams together.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What is counted of batches: room for 4 GiB in a semaphore's number.
const UNIT: usize = 1_024;

/// So many bytes of batches are under way at once; further ones wait, first come, first served.
#[derive(Debug, Clone)]
pub(crate) struct Room {
    units: u32,
    free: Arc<Semaphore>,
}

impl Room {
    /// Room for so many bytes.
    pub(crate) fn new(bytes: usize) -> Self {
        let units = u32::try_from(bytes / UNIT).unwrap_or(u32::MAX);
        let free = usize::try_from(units).unwrap_or(Semaphore::MAX_PERMITS);
        Self {
            units,
            free: Arc::new(Semaphore::new(free.min(Semaphore::MAX_PERMITS))),
        }
    }

    /// Waits until there is room for so many bytes. What is longer than the whole room gets all of it.
    pub(crate) async fn take(&self, bytes: usize) -> OwnedSemaphorePermit {
        let units = u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX);
        let asked = Arc::clone(&self.free).acquire_many_owned(units.clamp(1, self.units.max(1)));
        match asked.await {
            Ok(permit) => permit,
            // It is never closed.
            Err(_) => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn who_finds_no_room_waits() {
        let room = Room::new(4 * UNIT);
        let three = room.take(3 * UNIT - 1).await;
        let one = room.take(0).await;
        assert!(room.take(1).now_or_never().is_none());
        drop(one);
        assert!(room.take(UNIT).now_or_never().is_some());
        drop(three);
        let all = room.take(100 * UNIT).now_or_never();
        assert!(all.is_some(), "what is too long goes alone");
        assert!(room.take(1).now_or_never().is_none());
    }
}
