//! What goes with a call in its headers.

use acuse_telemetry::propagation;
use http::{HeaderMap, HeaderValue};
use tokio::time::Instant;
use tonic::Status;
use tracing::Span;

use super::failure::expired;
use crate::context::{CallContext, REQUEST_ID_HEADER, RequestId};

/// Has the peer know the request, and the trace that it belongs to.
pub(super) fn identify(headers: &mut HeaderMap) {
    if let Ok(id) = HeaderValue::from_str(RequestId::current().as_str()) {
        headers.insert(REQUEST_ID_HEADER, id);
    }
    let ours = propagation::inject(&Span::current(), headers);
    if !ours && let Some(context) = CallContext::current() {
        for (name, value) in context.trace() {
            headers.insert(name, value.clone());
        }
    }
}

/// Tells the peer how long it is waited for: what it cannot do in time it need not begin.
pub(super) fn announce(deadline: Option<Instant>, headers: &mut HeaderMap) -> Result<(), Status> {
    let Some(deadline) = deadline else {
        return Ok(());
    };
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(expired());
    }
    // Eight digits at most: microseconds for what is short, seconds for what is not.
    let micros = left.as_micros().max(1);
    let text = if micros < 100_000_000 {
        format!("{micros}u")
    } else {
        format!("{}S", left.as_secs().min(99_999_999))
    };
    let value = HeaderValue::from_str(&text).map_err(|_| expired())?;
    headers.insert("grpc-timeout", value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use acuse_telemetry::propagation::{TRACEPARENT, TRACESTATE};
    use http::{HeaderMap, HeaderValue};
    use tokio::time::Instant;
    use tonic::Code;

    use super::{announce, identify};
    use crate::context::{CallContext, REQUEST_ID_HEADER, RequestId};

    #[tokio::test]
    async fn a_trace_is_handed_on_by_who_has_none_of_its_own() {
        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let came = HeaderMap::from_iter([
            (TRACEPARENT, HeaderValue::from_static(parent)),
            (TRACESTATE, HeaderValue::from_static("a=b")),
            (
                http::header::COOKIE,
                HeaderValue::from_static("no affair of the peer"),
            ),
        ]);
        let context = CallContext::new(RequestId::parse("outer").unwrap()).with_trace(&came);
        let mut headers = HeaderMap::new();
        context.scope(async { identify(&mut headers) }).await;
        assert_eq!(headers[TRACEPARENT], parent);
        assert_eq!(headers[TRACESTATE], "a=b");
        assert_eq!(headers[REQUEST_ID_HEADER], "outer");
        assert_eq!(headers.len(), 3);
    }

    #[test]
    fn a_deadline_is_told_in_eight_digits() {
        let told = |left: Duration| {
            let mut headers = HeaderMap::new();
            announce(Some(Instant::now() + left), &mut headers)?;
            Ok::<_, tonic::Status>(headers["grpc-timeout"].to_str().unwrap().to_owned())
        };
        assert!(told(Duration::from_secs(5)).unwrap().ends_with('u'));
        assert!(told(Duration::from_secs(99)).unwrap().len() <= 9);
        assert_eq!(told(Duration::from_millis(100_900)).unwrap(), "100S");
        let past = announce(Some(Instant::now()), &mut HeaderMap::new());
        assert_eq!(past.unwrap_err().code(), Code::DeadlineExceeded);
        let mut none = HeaderMap::new();
        announce(None, &mut none).unwrap();
        assert!(none.is_empty());
    }
}
