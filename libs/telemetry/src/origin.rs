//! Work that one task does for others, in the traces of those that it is done for.

use http::{HeaderMap, HeaderValue};
use opentelemetry::{
    Context,
    trace::{SpanContext, TraceContextExt as _},
};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::propagation::{TRACEPARENT, extract};

/// The span that asked for a piece of work. Goes with the work to whoever does it, and does not keep that span open.
#[derive(Debug, Clone)]
pub struct Origin(SpanContext);

impl Origin {
    /// The span that is entered; of none where traces are not exported.
    pub fn current() -> Self {
        Self(Span::current().context().span().span_context().clone())
    }

    /// Whether it is a span: there are none where traces are not exported.
    pub fn is_known(&self) -> bool {
        self.0.is_valid()
    }

    /// As the header `traceparent` writes it, to be kept with work that is done later; `None` where it is no span.
    pub fn to_text(&self) -> Option<String> {
        let Self(span) = self;
        self.is_known().then(|| {
            let (trace, id, flags) = (span.trace_id(), span.span_id(), span.trace_flags());
            format!("00-{trace}-{id}-{flags:02x}")
        })
    }

    /// What [`Origin::to_text`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let headers = HeaderMap::from_iter([(TRACEPARENT, HeaderValue::from_str(text).ok()?)]);
        let found = Self(extract(&headers).span().span_context().clone());
        found.is_known().then_some(found)
    }
}

/// Hangs `span`, which does work for all of `origins` at once, into their traces: as a child of the only one, or linked to
/// each of several. Origins of no span count for nothing. Call it before `span` is entered for the first time.
pub fn serve(span: &Span, origins: &[Origin]) {
    let known = || {
        let spans = origins.iter().map(|Origin(origin)| origin);
        spans.filter(|origin| origin.is_valid()).cloned()
    };
    if let (1, Some(only)) = (origins.len(), known().next()) {
        // Fails only where no traces are exported; there is no tree to hang the span into then.
        let _ = span.set_parent(Context::new().with_remote_span_context(only));
        return;
    }
    for origin in known() {
        span.add_link(origin);
    }
}

#[cfg(test)]
mod tests {
    use super::Origin;

    #[test]
    fn what_is_kept_of_a_span_is_found_again() {
        let kept = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(
            Origin::parse(kept).unwrap().to_text().as_deref(),
            Some(kept)
        );
        assert!(Origin::parse("00-zz-zz-01").is_none());
        assert_eq!(Origin::current().to_text(), None);
    }
}
