//! What is known of the call under way: its id, its deadline, the trace that it belongs to.
//!
//! It is ambient, because errors, logs and calls to peers need it everywhere and nothing is decided by it. Who calls
//! and what they may see is never ambient: that is [`crate::auth::Access`], taken from the request. A task that a
//! handler spawns has no context unless the handler gives it one: `tokio::spawn(context.scope(work))`.

use std::{fmt, future::Future, sync::Arc};

use acuse_telemetry::propagation::{TRACEPARENT, TRACESTATE};
use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::{Duration, Instant};
use uuid::Uuid;

/// The header that carries a request id, both ways.
pub const REQUEST_ID_HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Longest request id that is taken from a caller, in bytes.
const MAX_REQUEST_ID: usize = 64;

tokio::task_local! {
    static CURRENT: CallContext;
}

/// Names one call in the logs of every service that it passes through.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// A new id; later ids sort after earlier ones.
    pub fn generate() -> Self {
        Self(Uuid::now_v7().to_string().into())
    }

    /// An id that a caller sent, if it is one: at most 64 of letters, digits, `.`, `_` and `-`, so that it can stand
    /// in a log line and a header as it is.
    pub fn parse(text: &str) -> Option<Self> {
        let fit = !text.is_empty()
            && text.len() <= MAX_REQUEST_ID
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
        fit.then(|| Self(text.into()))
    }

    /// The id of the call under way, or a new one outside any call.
    pub fn current() -> Self {
        CallContext::current().map_or_else(Self::generate, |context| context.request_id)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The call under way.
#[derive(Debug, Clone)]
pub struct CallContext {
    request_id: RequestId,
    deadline: Option<Instant>,
    // Kept as they came, to be handed on where this process exports no traces of its own.
    trace: HeaderMap,
}

impl CallContext {
    /// A call of that id without a deadline, belonging to no trace.
    pub fn new(request_id: RequestId) -> Self {
        Self {
            request_id,
            deadline: None,
            trace: HeaderMap::new(),
        }
    }

    /// The same with a deadline.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Option<Instant>) -> Self {
        self.deadline = deadline;
        self
    }

    /// The same with the trace context that `headers` carry.
    #[must_use]
    pub(crate) fn with_trace(mut self, headers: &HeaderMap) -> Self {
        for name in [TRACEPARENT, TRACESTATE] {
            if let Some(value) = headers.get(&name) {
                self.trace.insert(name, value.clone());
            }
        }
        self
    }

    /// The call that this task works for, if any.
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok()
    }

    /// The call's id.
    pub fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    /// When the caller stops waiting, if it said so.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// How long the caller still waits, if it said so; zero when it waits no more.
    pub fn remaining(&self) -> Option<Duration> {
        self.deadline
            .map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// The trace headers that the caller sent.
    pub(crate) fn trace(&self) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
        self.trace.iter()
    }

    /// Runs `work` as part of this call.
    pub async fn scope<F: Future>(self, work: F) -> F::Output {
        CURRENT.scope(self, work).await
    }

    /// Runs `work` as part of this call, where there is nothing to await.
    pub(crate) fn enter<R>(&self, work: impl FnOnce() -> R) -> R {
        CURRENT.sync_scope(self.clone(), work)
    }
}

#[cfg(test)]
mod tests {
    use super::{CallContext, RequestId};

    #[test]
    fn only_ids_that_can_stand_in_a_log_are_taken() {
        assert!(RequestId::parse("01933b7e-aa.B_9").is_some());
        for bad in ["", "a b", "a\nb", "ü", &"x".repeat(65)] {
            assert_eq!(RequestId::parse(bad), None, "{bad:?}");
        }
    }

    #[tokio::test]
    async fn a_call_is_known_inside_its_scope_alone() {
        let id = RequestId::generate();
        let seen = CallContext::new(id.clone())
            .scope(async { RequestId::current() })
            .await;
        assert_eq!(seen, id);
        assert!(CallContext::current().is_none());
    }
}
