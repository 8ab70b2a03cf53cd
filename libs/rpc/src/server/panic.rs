//! A handler that panics fails its own call and no other.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::Context,
};

use acuse_domain::error::Error;
use axum::{body::Body, extract::Request, middleware::Next, response::Response};
use futures::FutureExt as _;
use http_body::Body as _;

use super::{
    body::{FramePoll, Observer, observe},
    reply::Protocol,
};

pub(super) async fn layer(request: Request, next: Next) -> Response {
    let protocol = Protocol::of(&request);
    // Nothing of a call outlives its panic but what is shared, and that is behind locks which are not poisoned.
    match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(response) => response.map(|body| observe(body, Catching(protocol))),
        Err(_) => protocol.refuse(panicked()),
    }
}

struct Catching(Protocol);

impl Observer for Catching {
    fn poll(&mut self, inner: Pin<&mut Body>, cx: &mut Context<'_>) -> FramePoll {
        catch_unwind(AssertUnwindSafe(|| inner.poll_frame(cx)))
            .unwrap_or_else(|_| self.0.cut(panicked()))
    }
}

/// Without the panic's text, which can quote what a message said; the process's hook logs the place.
fn panicked() -> Error {
    Error::internal("the handler panicked")
}
