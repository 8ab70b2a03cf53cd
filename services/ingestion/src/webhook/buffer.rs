//! Bodies of webhooks in memory: each has a longest length, and all together have one.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use http_body_util::BodyExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// The longest body, in bytes. Meta's are 3 MiB at most.
pub(crate) const MAX_BODY: usize = 3 << 20;

/// How long a body may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(10);

/// What is counted of bodies: room for 4 GiB in a semaphore's number.
const UNIT: usize = 1_024;

/// Room for bodies. Those who sign nothing can fill it for a moment; it is given by the byte that has arrived, so that many
/// who send slowly take none of it.
#[derive(Debug)]
pub(crate) struct Buffer(Arc<Semaphore>);

/// A body, and its room in the buffer for as long as it is held.
pub(crate) struct Held {
    pub(crate) bytes: Vec<u8>,
    pub(crate) room: Vec<OwnedSemaphorePermit>,
}

impl Buffer {
    /// Room for so many bytes.
    pub(crate) fn new(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes / UNIT)))
    }

    /// Reads a body.
    ///
    /// # Errors
    ///
    /// What to answer instead: 413 where it is too long, 503 where there is no room, 408 where it does not arrive, 400 where
    /// it breaks off.
    pub(crate) async fn read(&self, body: Body) -> Result<Held, StatusCode> {
        timeout(ARRIVAL, self.collect(body))
            .await
            .unwrap_or(Err(StatusCode::REQUEST_TIMEOUT))
    }

    async fn collect(&self, mut body: Body) -> Result<Held, StatusCode> {
        let announced = axum::body::HttpBody::size_hint(&body).lower();
        if announced > MAX_BODY as u64 {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        let (mut bytes, mut room) = (Vec::new(), Vec::new());
        let mut units = 0;
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| StatusCode::BAD_REQUEST)?;
            let Some(data) = frame.data_ref() else {
                continue;
            };
            let length = bytes.len() + data.len();
            if length > MAX_BODY {
                return Err(StatusCode::PAYLOAD_TOO_LARGE);
            }
            let needed = length.div_ceil(UNIT);
            let more = u32::try_from(needed - units).unwrap_or(u32::MAX);
            if more > 0 {
                let granted = Arc::clone(&self.0).try_acquire_many_owned(more);
                room.push(granted.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?);
                units = needed;
            }
            bytes.extend_from_slice(data);
        }
        Ok(Held { bytes, room })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(buffer: &Buffer, length: usize) -> Result<Held, StatusCode> {
        buffer.read(Body::from(vec![7; length])).await
    }

    #[tokio::test]
    async fn a_body_has_a_longest_length() {
        let buffer = Buffer::new(8 << 20);
        let held = read(&buffer, MAX_BODY).await.ok().unwrap();
        assert_eq!(held.bytes.len(), MAX_BODY);
        assert!(read(&buffer, 0).await.ok().unwrap().bytes.is_empty());
        let long = read(&buffer, MAX_BODY + 1).await;
        assert_eq!(long.err(), Some(StatusCode::PAYLOAD_TOO_LARGE));
        // One that does not say how long it is.
        let chunks = (0..4).map(|_| Ok::<_, std::io::Error>(vec![7_u8; 1 << 20]));
        let endless = Body::from_stream(futures::stream::iter(chunks));
        let long = buffer.read(endless).await;
        assert_eq!(long.err(), Some(StatusCode::PAYLOAD_TOO_LARGE));
    }

    #[tokio::test]
    async fn all_bodies_together_have_a_longest_length() {
        let buffer = Buffer::new(2 << 20);
        let held = read(&buffer, 2 << 20).await.ok().unwrap();
        let refused = read(&buffer, 1).await;
        assert_eq!(refused.err(), Some(StatusCode::SERVICE_UNAVAILABLE));
        drop(held);
        assert!(read(&buffer, 2 << 20).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_arrive_is_not_waited_for() {
        let buffer = Buffer::new(1 << 20);
        let never = futures::stream::pending::<Result<Vec<u8>, std::io::Error>>();
        let read = buffer.read(Body::from_stream(never)).await;
        assert_eq!(read.err(), Some(StatusCode::REQUEST_TIMEOUT));
        assert_eq!(buffer.0.available_permits(), 1 << 10);
    }
}
