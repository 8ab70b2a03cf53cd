//! Calls that never left: no connection, so nothing was said, and another address may be tried whatever the call does.

use std::{
    error::Error as StdError,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tonic::{ConnectError, Status, body::Body};

/// The body of a request, kept until someone reads it.
#[derive(Clone)]
pub(super) struct Unsent(Arc<Mutex<Option<Body>>>);

impl Unsent {
    pub(super) fn new(body: Body) -> Self {
        Self(Arc::new(Mutex::new(Some(body))))
    }

    /// A body to send. What was read of one is gone from all.
    pub(super) fn lend(&self) -> Body {
        Body::new(Lent {
            kept: self.clone(),
            taken: None,
        })
    }

    /// Whether nobody read it yet.
    pub(super) fn is_whole(&self) -> bool {
        self.lock().is_some()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Body>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the call failed before anything was sent.
pub(super) fn never_sent(error: &tonic::transport::Error) -> bool {
    let mut cause: Option<&dyn StdError> = Some(error);
    while let Some(one) = cause {
        if one.is::<ConnectError>() {
            return true;
        }
        cause = one.source();
    }
    false
}

struct Lent {
    kept: Unsent,
    taken: Option<Body>,
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = self.get_mut();
        if this.taken.is_none() {
            this.taken = this.kept.lock().take();
        }
        match &mut this.taken {
            Some(body) => Pin::new(body).poll_frame(cx),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.taken {
            Some(body) => body.is_end_stream(),
            None => self
                .kept
                .lock()
                .as_ref()
                .is_none_or(HttpBody::is_end_stream),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.taken {
            Some(body) => body.size_hint(),
            None => self
                .kept
                .lock()
                .as_ref()
                .map_or_else(SizeHint::default, HttpBody::size_hint),
        }
    }
}
