//! The W3C trace context in headers: `traceparent` and `tracestate`.

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::{
    Context,
    propagation::{Extractor, Injector, TextMapPropagator as _},
    trace::TraceContextExt as _,
};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// The header that names the caller's span.
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// The header with what other tracing systems add.
pub const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}

struct HeadersMut<'a>(&'a mut HeaderMap);

impl Injector for HeadersMut<'_> {
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(name), Ok(value)) = (
            HeaderName::from_bytes(key.as_bytes()),
            HeaderValue::from_str(&value),
        ) {
            self.0.insert(name, value);
        }
    }
}

/// The caller's trace context as its headers tell it; an empty one where they tell none.
pub fn extract(headers: &HeaderMap) -> Context {
    TraceContextPropagator::new().extract_with_context(&Context::new(), &Headers(headers))
}

/// Makes the span that the headers name the parent of `span`. Call it before `span` is entered for the first time.
pub fn adopt(span: &Span, headers: &HeaderMap) {
    let parent = extract(headers);
    if parent.span().span_context().is_valid() {
        // Fails only where no traces are exported; there is no tree to hang the span into then.
        let _ = span.set_parent(parent);
    }
}

/// Writes the context of `span` into the headers of a call to another process.
///
/// Returns whether there was one: there is none where traces are not exported.
pub fn inject(span: &Span, headers: &mut HeaderMap) -> bool {
    let context = span.context();
    if !context.span().span_context().is_valid() {
        return false;
    }
    TraceContextPropagator::new().inject_context(&context, &mut HeadersMut(headers));
    true
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};
    use opentelemetry::trace::{TraceContextExt as _, TracerProvider as _};
    use opentelemetry_sdk::trace::SdkTracerProvider;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::{TRACEPARENT, adopt, extract, inject};

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn headers(traceparent: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(TRACEPARENT, HeaderValue::from_static(traceparent))])
    }

    #[test]
    fn a_trace_goes_on_through_a_span() {
        let provider = SdkTracerProvider::builder().build();
        let subscriber = tracing_subscriber::registry()
            .with(tracing_opentelemetry::layer().with_tracer(provider.tracer("test")));
        tracing::subscriber::with_default(subscriber, || {
            let span = tracing::info_span!("call");
            adopt(&span, &headers(PARENT));
            let mut onward = HeaderMap::new();
            assert!(inject(&span, &mut onward));
            let sent = onward[TRACEPARENT].to_str().unwrap();
            assert!(sent.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-"));
            assert_ne!(
                sent, PARENT,
                "the parent onward is our span, not the caller's"
            );
        });
    }

    #[test]
    fn nothing_is_made_of_nothing() {
        assert!(!extract(&HeaderMap::new()).span().span_context().is_valid());
        assert!(
            !extract(&headers("00-zz-zz-01"))
                .span()
                .span_context()
                .is_valid()
        );
        let mut onward = HeaderMap::new();
        assert!(!inject(&tracing::Span::none(), &mut onward));
        assert!(onward.is_empty());
    }
}
