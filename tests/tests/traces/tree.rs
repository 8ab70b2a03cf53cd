//! A trace as a tree of text.

use std::fmt::Write as _;

use opentelemetry_proto::tonic::trace::v1::span::SpanKind;

use crate::CALLER;
use acuse_tests::collector::Seen;

/// The spans of a trace, each under the one that it is part of, with how long it took. What hangs at none of them is left out.
pub(crate) fn render(spans: &[Seen], trace: u128) -> String {
    let mut of_trace: Vec<&Seen> = spans
        .iter()
        .filter(|seen| seen.span.trace_id == trace.to_be_bytes())
        .collect();
    of_trace.sort_by_key(|seen| seen.span.start_time_unix_nano);
    let mut text = String::new();
    below(&mut text, &of_trace, &CALLER.to_be_bytes(), 0);
    text
}

fn below(text: &mut String, spans: &[&Seen], parent: &[u8], depth: usize) {
    for seen in spans
        .iter()
        .filter(|seen| seen.span.parent_span_id == parent)
    {
        let span = &seen.span;
        let kind = match span.kind() {
            SpanKind::Server => "serves",
            SpanKind::Client => "calls",
            SpanKind::Consumer => "takes up",
            _ => "does",
        };
        let took = span
            .end_time_unix_nano
            .saturating_sub(span.start_time_unix_nano) as f64
            / 1e6;
        let name = format!(
            "{}{} {kind} {}",
            "  ".repeat(depth),
            seen.service,
            span.name
        );
        writeln!(text, "{name:<92}  {took:>8.1} ms").unwrap();
        below(text, spans, &span.span_id, depth + 1);
    }
}
