//! Work that one task does for others, in the traces of those that it is done for.

use opentelemetry::{
    Context,
    trace::{SpanContext, TraceContextExt as _},
};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// The span that asked for a piece of work. Goes with the work to whoever does it, and does not keep that span open.
#[derive(Debug, Clone)]
pub struct Origin(SpanContext);

impl Origin {
    /// The span that is entered; of none where traces are not exported.
    pub fn current() -> Self {
        Self(Span::current().context().span().span_context().clone())
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
