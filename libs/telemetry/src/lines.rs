//! How log lines are written: with the ids of the trace and span that they belong to, where traces are exported.

use std::fmt::{self, Write as _};
use std::sync::{Arc, OnceLock};

use opentelemetry::trace::{SpanContext, TraceContextExt as _};
use tracing::dispatcher::WeakDispatch;
use tracing::{Dispatch, Event, Subscriber};
use tracing_opentelemetry::get_otel_context;
use tracing_subscriber::fmt::format::{self, FormatEvent, FormatFields, Json, JsonFields, Writer};
use tracing_subscriber::fmt::{FmtContext, Layer};
use tracing_subscriber::registry::LookupSpan;

/// Lines of a format, each with the trace that it belongs to.
#[derive(Debug, Clone)]
pub(crate) struct Lines<F> {
    format: F,
    /// What knows the traces, once it is there.
    dispatch: Traced,
}

/// Knows the trace of a span, once it is told of what does.
#[derive(Debug, Clone, Default)]
pub(crate) struct Traced(Arc<OnceLock<WeakDispatch>>);

impl Traced {
    /// Tells of what knows the traces of spans.
    pub(crate) fn by(&self, dispatch: &Dispatch) {
        let _ = self.0.set(dispatch.downgrade());
    }

    fn span<S, N>(&self, context: &FmtContext<'_, S, N>) -> Option<SpanContext>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
        N: for<'a> FormatFields<'a> + 'static,
    {
        let dispatch = self.0.get()?.upgrade()?;
        let span = context.lookup_current()?;
        let context = get_otel_context(&span.id(), &dispatch)?;
        let found = context.span().span_context().clone();
        found.is_valid().then_some(found)
    }
}

/// Writes lines with fields of a kind to standard error.
type Writing<S, N, F> = Layer<S, N, Lines<F>, fn() -> std::io::Stderr>;

/// For people.
pub(crate) fn human<S>(traced: &Traced) -> Writing<S, format::DefaultFields, format::Format>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let format = format::Format::default().with_target(true);
    let lines = Lines {
        format,
        dispatch: traced.clone(),
    };
    Layer::default()
        .event_format(lines)
        .with_writer(std::io::stderr as fn() -> std::io::Stderr)
}

/// One JSON object a line.
pub(crate) fn json<S>(traced: &Traced) -> Writing<S, JsonFields, format::Format<Json>>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let format = format::json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false);
    let lines = Lines {
        format,
        dispatch: traced.clone(),
    };
    Layer::default()
        .fmt_fields(JsonFields::new())
        .event_format(lines)
        .with_writer(std::io::stderr as fn() -> std::io::Stderr)
}

/// How a format says which trace a line belongs to.
pub(crate) trait Ending {
    /// The end of a line, which was `line`.
    fn end(line: &mut String, span: &SpanContext) -> fmt::Result;
}

impl Ending for format::Format {
    fn end(line: &mut String, span: &SpanContext) -> fmt::Result {
        line.truncate(line.trim_end().len());
        let (trace, span) = (span.trace_id(), span.span_id());
        writeln!(line, " trace_id={trace} span_id={span}")
    }
}

impl Ending for format::Format<Json> {
    fn end(line: &mut String, span: &SpanContext) -> fmt::Result {
        let Some(end) = line.rfind('}') else {
            return Ok(());
        };
        line.truncate(end);
        let (trace, span) = (span.trace_id(), span.span_id());
        writeln!(line, ",\"trace_id\":\"{trace}\",\"span_id\":\"{span}\"}}")
    }
}

impl<S, N, F> FormatEvent<S, N> for Lines<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N> + Ending,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let Some(span) = self.dispatch.span(context) else {
            return self.format.format_event(context, writer, event);
        };
        let mut line = String::new();
        let plain = Writer::new(&mut line);
        self.format.format_event(context, plain, event)?;
        F::end(&mut line, &span)?;
        writer.write_str(&line)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::Mutex;

    use opentelemetry::trace::TracerProvider as _;
    use opentelemetry_sdk::trace::SdkTracerProvider;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// What is logged in a span and outside of any, in JSON.
    fn logged(exported: bool) -> Vec<String> {
        let (kept, traced) = (Kept::default(), Traced::default());
        let writer = kept.clone();
        let lines = json(&traced).with_writer(move || writer.clone());
        let provider = SdkTracerProvider::builder().build();
        let traces =
            exported.then(|| tracing_opentelemetry::layer().with_tracer(provider.tracer("test")));
        let dispatch = Dispatch::new(tracing_subscriber::registry().with(lines).with(traces));
        traced.by(&dispatch);
        tracing::dispatcher::with_default(&dispatch, || {
            tracing::info_span!("call", method = "Get").in_scope(|| tracing::info!("inside"));
            tracing::info!("outside");
        });
        let bytes = kept.0.lock().unwrap().clone();
        let text = String::from_utf8(bytes).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_line_names_the_trace_that_it_belongs_to() {
        let lines = logged(true);
        let [inside, outside] = lines.as_slice() else {
            panic!("{lines:?}");
        };
        let (_, ids) = inside.split_once(",\"trace_id\":\"").unwrap();
        let (trace, rest) = ids.split_once("\",\"span_id\":\"").unwrap();
        let is_id = |id: &str| id.bytes().all(|digit| digit.is_ascii_hexdigit());
        assert!(trace.len() == 32 && is_id(trace), "{inside}");
        let span = rest.strip_suffix("\"}").unwrap();
        assert!(span.len() == 16 && is_id(span), "{inside}");
        assert!(inside.contains("\"method\":\"Get\""), "{inside}");
        assert!(
            outside.ends_with('}') && !outside.contains("trace_id"),
            "{outside}"
        );
    }

    #[test]
    fn where_traces_are_not_exported_a_line_is_as_it_was() {
        assert!(logged(false).iter().all(|line| !line.contains("trace_id")));
    }
}
