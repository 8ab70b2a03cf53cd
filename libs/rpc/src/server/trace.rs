//! One span, one measurement and, unless all went well, one log line for every call.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use acuse_domain::scope::Caller;
use acuse_telemetry::propagation;
use axum::{
    body::Body,
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};
use http_body::Body as _;
use tokio::time::Instant;
use tonic::Code;
use tracing::{Instrument as _, Span, field::Empty};

use super::{
    body::{FramePoll, Observer, observe},
    infrastructure,
    measured::{Measured, Methods},
    reply::{Protocol, grpc_code},
};
use crate::{context::CallContext, status::name};

pub(super) async fn layer(
    State(methods): State<Arc<Methods>>,
    request: Request,
    next: Next,
) -> Response {
    let protocol = Protocol::of(&request);
    let path = request.uri().path();
    // A path that is no method of ours may hold anything, a webhook's secret among it: its route says as much.
    let route = request.extensions().get::<MatchedPath>();
    let method = match protocol {
        Protocol::Grpc => path.trim_start_matches('/'),
        Protocol::Http => route.map_or("http", MatchedPath::as_str),
    };
    let context = CallContext::current();
    let span = tracing::info_span!(
        "rpc",
        otel.name = method,
        otel.kind = "server",
        request_id = context
            .as_ref()
            .map(|context| context.request_id().as_str()),
        workspace = Empty,
        role = Empty,
        peer = Empty,
        status = Empty,
        otel.status_code = Empty,
        latency_ms = Empty,
    );
    propagation::adopt(&span, request.headers());
    let mut record = Record {
        span: span.clone(),
        context,
        began: Instant::now(),
        measured: Measured::begin(&methods, protocol, &request),
        // Probes come every second, and say nothing.
        silent: infrastructure(path),
        ended: false,
    };

    let response = next.run(request).instrument(span).await;
    if protocol == Protocol::Http {
        let status = response.status();
        let outcome = match status {
            _ if status.is_server_error() => Outcome::Failed,
            _ if status.is_client_error() => Outcome::Refused,
            _ => Outcome::Served,
        };
        record.end(status.as_str(), outcome);
        return response;
    }
    if let Some(code) = grpc_code(response.headers()) {
        record.end_with(code);
        return response;
    }
    response.map(|body| {
        if body.is_end_stream() {
            record.end_with(Code::Unknown);
        }
        observe(body, record)
    })
}

/// Notes on the call's span who makes it.
pub(super) fn note_caller(caller: &Caller, peer: Option<&str>) {
    let span = Span::current();
    if let Some(scope) = &caller.scope {
        span.record("workspace", scope.workspace.as_str());
    }
    span.record("role", caller.role.as_str());
    if let Some(peer) = peer {
        span.record("peer", peer);
    }
}

/// How one call went. Ends once: with the status, or as cancelled where the caller went away first.
struct Record {
    span: Span,
    context: Option<CallContext>,
    began: Instant,
    measured: Measured,
    silent: bool,
    ended: bool,
}

impl Record {
    fn end_with(&mut self, code: Code) {
        self.end(name(code), outcome(code));
    }

    fn end(&mut self, status: &str, outcome: Outcome) {
        self.ended = true;
        self.measured.end(status);
        let latency_ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.span.record("status", status);
        self.span.record("latency_ms", latency_ms);
        // What callers do wrong is no error of this service.
        let told = match outcome {
            Outcome::Failed => "ERROR",
            Outcome::Served | Outcome::Refused => "OK",
        };
        self.span.record("otel.status_code", told);
        if self.silent {
            return;
        }
        // The span has the rest: method, caller, status, latency.
        let _inside = self.span.enter();
        match outcome {
            Outcome::Served => tracing::debug!("call served"),
            Outcome::Refused => tracing::info!("call refused"),
            Outcome::Failed => tracing::warn!("call failed"),
        }
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        if !self.ended {
            self.end_with(Code::Cancelled);
        }
    }
}

impl Observer for Record {
    fn poll(&mut self, inner: Pin<&mut Body>, cx: &mut Context<'_>) -> FramePoll {
        let polled = {
            let Self { span, context, .. } = &*self;
            let _inside = span.enter();
            match context {
                // What a handler does while its answer streams is still part of the call.
                Some(context) => context.enter(|| inner.poll_frame(cx)),
                None => inner.poll_frame(cx),
            }
        };
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(trailers) = frame.trailers_ref() {
                    self.end_with(grpc_code(trailers).unwrap_or(Code::Unknown));
                }
            }
            Poll::Ready(Some(Err(_)) | None) => self.end_with(Code::Unknown),
            Poll::Pending => {}
        }
        polled
    }
}

/// Whose doing it is that a call ended as it did.
#[derive(Clone, Copy)]
enum Outcome {
    Served,
    /// The caller's.
    Refused,
    /// Ours, or that of a part that is away.
    Failed,
}

fn outcome(code: Code) -> Outcome {
    match code {
        Code::Ok => Outcome::Served,
        Code::Unknown
        | Code::DeadlineExceeded
        | Code::Internal
        | Code::Unavailable
        | Code::DataLoss => Outcome::Failed,
        Code::Cancelled
        | Code::InvalidArgument
        | Code::NotFound
        | Code::AlreadyExists
        | Code::PermissionDenied
        | Code::ResourceExhausted
        | Code::FailedPrecondition
        | Code::Aborted
        | Code::OutOfRange
        | Code::Unimplemented
        | Code::Unauthenticated => Outcome::Refused,
    }
}
