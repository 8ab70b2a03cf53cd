//! Answers that stop coming, and those that break off.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};
use tonic::{Status, body::Body};

use super::failure::{broken_off, expired};

/// A body that is waited for until a deadline, if there is one: a peer that vanishes between its headers and its message
/// would otherwise be waited for until keepalive finds out.
struct Timed {
    inner: Body,
    end: Option<Pin<Box<Sleep>>>,
}

pub(super) fn until(deadline: Option<Instant>, inner: Body) -> Body {
    if inner.is_end_stream() {
        return inner;
    }
    Body::new(Timed {
        inner,
        end: deadline.map(|deadline| Box::pin(sleep_until(deadline))),
    })
}

impl HttpBody for Timed {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = self.get_mut();
        match (Pin::new(&mut this.inner).poll_frame(cx), &mut this.end) {
            (Poll::Ready(frame), _) => Poll::Ready(frame.map(|frame| frame.map_err(broken_off))),
            (Poll::Pending, Some(end)) => end.as_mut().poll(cx).map(|()| Some(Err(expired()))),
            (Poll::Pending, None) => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tonic::Code;

    use super::*;

    /// A body that fails with this, as soon as it is read.
    struct Failing(Option<Status>);

    impl HttpBody for Failing {
        type Data = Bytes;
        type Error = Status;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
            Poll::Ready(self.0.take().map(Err))
        }
    }

    #[tokio::test]
    async fn a_connection_that_breaks_means_that_the_peer_is_away() {
        // What no code fits is what the connection itself failed with. A stream that was reset has one.
        for (told, expected) in [
            (Code::Unknown, Code::Unavailable),
            (Code::Cancelled, Code::Cancelled),
        ] {
            let status = Status::new(told, "h2 protocol error");
            let mut body = until(None, Body::new(Failing(Some(status))));
            let frame = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await;
            assert_eq!(frame.unwrap().unwrap_err().code(), expected);
        }
    }
}
