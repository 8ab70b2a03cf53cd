//! When a call ends at the latest: at its caller's deadline, at ours, or when the service may wait no longer.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use acuse_domain::error::{Error, ErrorKind};
use axum::{
    body::Body,
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use futures::future::{BoxFuture, FutureExt as _};
use http_body::Body as _;
use tokio::time::{Instant, sleep_until};

use super::{
    body::{FramePoll, Observer, observe},
    infrastructure,
    lifecycle::{Drain, Phase},
    reply::Protocol,
};
use crate::context::CallContext;

/// What ends calls.
#[derive(Clone)]
pub(super) struct Deadlines {
    /// How long a handler may take until its answer begins.
    pub(super) longest: Duration,
    pub(super) drain: Drain,
}

pub(super) async fn layer(
    State(deadlines): State<Deadlines>,
    mut request: Request,
    next: Next,
) -> Response {
    let protocol = Protocol::of(&request);
    let asked = CallContext::current().and_then(|context| context.deadline());
    let longest = Instant::now() + deadlines.longest;
    // Streams of health and reflection never end by themselves, and nobody needs them to the last.
    let last_word = infrastructure(request.uri().path());
    let last = if last_word {
        Phase::Draining
    } else {
        Phase::Over
    };
    request.extensions_mut().insert(deadlines.drain.clone());

    // The handler's future is dropped by whatever comes first, and with it the query that it waits for.
    let response = tokio::select! {
        biased;
        response = next.run(request) => response,
        () = sleep_until(asked.map_or(longest, |asked| asked.min(longest))) => {
            return protocol.refuse(expired());
        }
        () = deadlines.drain.reached(Phase::Over) => return protocol.refuse(stopping()),
    };
    // Our own limit is for the handler alone: a stream may go on for as long as its caller wants.
    let end = async move {
        let caller_waits = async {
            match asked {
                Some(asked) => sleep_until(asked).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = caller_waits => expired(),
            () = deadlines.drain.reached(last) => stopping(),
        }
    };
    let end = end.boxed();
    response.map(|body| {
        let ending = Ending {
            protocol,
            end,
            last_word,
        };
        observe(body, ending)
    })
}

struct Ending {
    protocol: Protocol,
    end: BoxFuture<'static, Error>,
    /// Whether what is ready at the end is sent still: the last that health says is that it serves no more.
    last_word: bool,
}

impl Observer for Ending {
    fn poll(&mut self, inner: Pin<&mut Body>, cx: &mut Context<'_>) -> FramePoll {
        // The end is looked at first: a stream that always has more would otherwise never come to it.
        let Poll::Ready(error) = self.end.poll_unpin(cx) else {
            return inner.poll_frame(cx);
        };
        if self.last_word
            && let Poll::Ready(frame) = inner.poll_frame(cx)
        {
            self.end = std::future::ready(error).boxed();
            return Poll::Ready(frame);
        }
        self.protocol.cut(error)
    }
}

fn expired() -> Error {
    Error::new(
        ErrorKind::DeadlineExceeded,
        "DEADLINE_EXCEEDED",
        "the call took longer than it may",
    )
}

fn stopping() -> Error {
    Error::new(
        ErrorKind::Unavailable {
            retry_after: Duration::from_secs(1),
        },
        "STOPPING",
        "the service is stopping; try again",
    )
}
