//! Answers that stop coming.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};
use tonic::{Status, body::Body};

use super::failure::expired;

/// A body that is waited for until a deadline: a peer that vanishes between its headers and its message would
/// otherwise be waited for until keepalive finds out.
struct Timed {
    inner: Body,
    end: Pin<Box<Sleep>>,
}

pub(super) fn until(deadline: Option<Instant>, inner: Body) -> Body {
    match deadline {
        Some(deadline) if !inner.is_end_stream() => Body::new(Timed {
            inner,
            end: Box::pin(sleep_until(deadline)),
        }),
        _ => inner,
    }
}

impl HttpBody for Timed {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = self.get_mut();
        match Pin::new(&mut this.inner).poll_frame(cx) {
            Poll::Ready(frame) => Poll::Ready(frame),
            Poll::Pending => this.end.as_mut().poll(cx).map(|()| Some(Err(expired()))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
