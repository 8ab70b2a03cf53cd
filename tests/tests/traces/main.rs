//! A webhook's trace, from the provider's request to the transaction that made it durable, and that of an export over the
//! services that make it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod exporting;
mod rig;
mod tree;

use std::time::Duration;

use futures::future::join_all;
use opentelemetry_proto::tonic::trace::v1::span::{Link, SpanKind};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;

use acuse_tests::collector::Seen;
use rig::{Acuse, PRIVATE};

/// The span of who posts a webhook.
pub(crate) const CALLER: u64 = 0x00f0_67aa_0ba9_02b7;

const APPLY: &str = "acuse.message_state.v1.MessageStateService/ApplyEvents";

pub(crate) fn traceparent(trace: u128) -> String {
    format!("00-{trace:032x}-{CALLER:016x}-01")
}

/// The spans of a trace from a span's children downwards, each the only child of the one before.
fn chain<'a>(spans: &'a [Seen], trace: &[u8], from: &[u8]) -> Vec<&'a Seen> {
    let mut above = from.to_vec();
    let mut chain = Vec::new();
    loop {
        let mut below = spans
            .iter()
            .filter(|Seen { span, .. }| span.trace_id == trace && span.parent_span_id == above);
        let Some(next) = below.next() else {
            return chain;
        };
        assert!(below.next().is_none(), "one of several below {chain:#?}");
        above.clone_from(&next.span.span_id);
        chain.push(next);
    }
}

/// The spans from a webhook's downwards, and on where one in a trace of its own is linked to the last of them.
fn way(spans: &[Seen], trace: u128) -> Vec<&Seen> {
    let mut way = chain(spans, &trace.to_be_bytes(), &CALLER.to_be_bytes());
    while let Some(next) = way.last().and_then(|Seen { span, .. }| {
        let is_last = |link: &Link| link.trace_id == span.trace_id && link.span_id == span.span_id;
        let mut linked = spans
            .iter()
            .filter(|seen| seen.span.links.iter().any(is_last));
        let next = linked.next();
        assert!(linked.next().is_none(), "several are linked to {span:#?}");
        next
    }) {
        assert!(next.span.parent_span_id.is_empty());
        way.push(next);
        way.extend(chain(spans, &next.span.trace_id, &next.span.span_id));
    }
    way
}

/// What a webhook leaves in its trace until message-state has its call.
const AS_FAR_AS_THE_CALL: [(&str, SpanKind, &str); 3] = [
    (
        "ingestion",
        SpanKind::Server,
        "/webhooks/{provider}/{integration}",
    ),
    ("ingestion", SpanKind::Client, APPLY),
    ("message-state", SpanKind::Server, APPLY),
];

const COMMIT: (&str, SpanKind, &str) = ("message-state", SpanKind::Internal, "commit");

/// The call that webhooks share.
const GATHERED: (&str, SpanKind, &str) = ("ingestion", SpanKind::Internal, "gathered");

fn outline<'a>(chain: &[&'a Seen]) -> Vec<(&'a str, SpanKind, &'a str)> {
    let outlined = chain
        .iter()
        .map(|Seen { service, span }| (service.as_str(), span.kind(), span.name.as_str()));
    outlined.collect()
}

pub(crate) fn nothing_private(spans: &[Seen]) {
    let all = format!("{spans:?}");
    for private in PRIVATE {
        assert!(!all.contains(private), "{private:?} is in a span");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_and_its_commit_are_one_trace() {
    let trace = 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736;
    let acuse = Acuse::start(Duration::ZERO).await;
    acuse.post("wamid.one", &traceparent(trace)).await;
    let spans = acuse.end().await;

    let chain = chain(&spans, &trace.to_be_bytes(), &CALLER.to_be_bytes());
    let (commit, before) = chain.split_last().unwrap();
    assert_eq!(outline(before), AS_FAR_AS_THE_CALL);
    assert_eq!(outline(&[commit]), [COMMIT]);
    let counts = ["items", "calls", "tries"].map(|name| commit.number(name));
    assert_eq!(counts, [Some(1); 3]);
    let status = commit.span.status.as_ref().unwrap();
    assert_eq!(status.code(), StatusCode::Ok);
    let of_trace = |seen: &&Seen| seen.span.trace_id == u128::to_be_bytes(trace);
    assert_eq!(spans.iter().filter(of_trace).count(), chain.len());
    nothing_private(&spans);
    assert_shown("webhook", &tree::render(&spans, trace));
}

/// That the operators' manual shows a trace as it is, but for how long everything took.
#[expect(clippy::print_stdout, reason = "for who asks to see traces")]
pub(crate) fn assert_shown(name: &str, rendered: &str) {
    println!("{rendered}");
    let manual = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/operations.md");
    let manual = std::fs::read_to_string(manual).unwrap();
    let begin = format!("<!-- trace: {name} -->\n```text\n");
    let shown = manual.split_once(&begin).expect("the manual shows it").1;
    let shown = shown.split_once("```").expect("the block ends").0;
    let names = |text: &str| -> Vec<String> {
        let lines = text.lines();
        let name = |line: &str| {
            line.rsplit_once("  ")
                .map_or(line, |(name, _)| name)
                .trim_end()
                .to_owned()
        };
        lines.map(name).collect()
    };
    assert_eq!(names(shown), names(rendered), "{rendered}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_shared_is_linked_to_each_that_shares_it() {
    let traces = [0xa1, 0xa2, 0xa3, 0xa4, 0xa5_u128];
    // Long enough that those that come together share calls, and calls share a commit.
    let acuse = Acuse::start(Duration::from_millis(500)).await;
    let posted = traces.map(|trace| {
        let acuse = &acuse;
        async move {
            let wamid = format!("wamid.{trace}");
            acuse.post(&wamid, &traceparent(trace)).await;
        }
    });
    join_all(posted).await;
    let spans = acuse.end().await;

    let (mut calls, mut commits) = (0, 0);
    for trace in traces {
        let way = way(&spans, trace);
        let (shared, own): (Vec<&Seen>, _) =
            way.iter().partition(|seen| outline(&[seen]) == [GATHERED]);
        assert_eq!(outline(&own), [&AS_FAR_AS_THE_CALL[..], &[COMMIT]].concat());
        for seen in shared {
            assert_eq!(seen.number("webhooks"), Some(seen.span.links.len() as i64));
            calls = calls.max(seen.span.links.len());
        }
        let commit = own[3];
        let (of, links) = (commit.number("calls").unwrap(), commit.span.links.len());
        assert_eq!(links, if of == 1 { 0 } else { of as usize });
        commits = commits.max(links);
    }
    assert!(calls > 1, "no call was shared");
    assert!(commits > 1, "no transaction was shared");
    nothing_private(&spans);
}
