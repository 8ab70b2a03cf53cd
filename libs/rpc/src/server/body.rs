//! Answers that are still on their way: what the layers do to a response body.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use axum::body::Body;
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};

/// What a layer does while the body of an answer is read.
pub(super) trait Observer: Send + Unpin + 'static {
    /// Reads the next frame of `inner`, or makes one up. After trailers nothing more is read.
    fn poll(&mut self, inner: Pin<&mut Body>, cx: &mut Context<'_>) -> FramePoll;
}

/// What reading a body gives.
pub(super) type FramePoll = Poll<Option<Result<Frame<Bytes>, axum::Error>>>;

/// A body under an observer's eyes.
struct Observed<O> {
    inner: Body,
    observer: O,
    ended: bool,
}

/// Puts the body of an answer under an observer's eyes, unless it is at its end already.
pub(super) fn observe(body: Body, observer: impl Observer) -> Body {
    if body.is_end_stream() {
        return body;
    }
    Body::new(Observed {
        inner: body,
        observer,
        ended: false,
    })
}

impl<O: Observer> HttpBody for Observed<O> {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> FramePoll {
        let this = self.get_mut();
        if this.ended {
            return Poll::Ready(None);
        }
        let frame = ready!(this.observer.poll(Pin::new(&mut this.inner), cx));
        this.ended = match &frame {
            Some(Ok(frame)) => frame.is_trailers(),
            Some(Err(_)) | None => true,
        };
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.ended || self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// Keeps something alive until the body was sent or given up.
pub(super) struct Holding<T>(pub(super) T);

impl<T: Send + Unpin + 'static> Observer for Holding<T> {
    fn poll(&mut self, inner: Pin<&mut Body>, cx: &mut Context<'_>) -> FramePoll {
        inner.poll_frame(cx)
    }
}
