//! A webhook's trace, from the provider's request to the transaction that made it durable.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod collector;
mod rig;

use std::time::Duration;

use futures::future::join_all;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;

use collector::Seen;
use rig::{Acuse, PRIVATE};

/// The span of who posts a webhook.
const CALLER: u64 = 0x00f0_67aa_0ba9_02b7;

const APPLY: &str = "acuse.message_state.v1.MessageStateService/ApplyEvents";

fn traceparent(trace: u128) -> String {
    format!("00-{trace:032x}-{CALLER:016x}-01")
}

/// The spans of a trace from its caller's downwards, each the only child of the one before: service, kind and name.
fn chain(spans: &[Seen], trace: u128) -> Vec<&Seen> {
    let mut above = CALLER.to_be_bytes().to_vec();
    let mut chain = Vec::new();
    loop {
        let mut below = spans.iter().filter(|Seen { span, .. }| {
            span.trace_id == trace.to_be_bytes() && span.parent_span_id == above
        });
        let Some(next) = below.next() else {
            return chain;
        };
        assert!(below.next().is_none(), "one of several below {chain:#?}");
        above.clone_from(&next.span.span_id);
        chain.push(next);
    }
}

/// What a webhook leaves in its trace until message-state has its call.
const AS_FAR_AS_THE_CALL: [(&str, SpanKind, &str); 3] = [
    ("ingestion", SpanKind::Server, "http"),
    ("ingestion", SpanKind::Client, APPLY),
    ("message-state", SpanKind::Server, APPLY),
];

fn outline<'a>(chain: &[&'a Seen]) -> Vec<(&'a str, SpanKind, &'a str)> {
    let outlined = chain
        .iter()
        .map(|Seen { service, span }| (service.as_str(), span.kind(), span.name.as_str()));
    outlined.collect()
}

fn nothing_private(spans: &[Seen]) {
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

    let chain = chain(&spans, trace);
    let (commit, before) = chain.split_last().unwrap();
    assert_eq!(outline(before), AS_FAR_AS_THE_CALL);
    let last = ("message-state", SpanKind::Internal, "commit");
    assert_eq!(outline(&[commit]), [last]);
    let counts = ["items", "calls", "tries"].map(|name| commit.number(name));
    assert_eq!(counts, [Some(1); 3]);
    let status = commit.span.status.as_ref().unwrap();
    assert_eq!(status.code(), StatusCode::Ok);
    let of_trace = |seen: &&Seen| seen.span.trace_id == u128::to_be_bytes(trace);
    assert_eq!(spans.iter().filter(of_trace).count(), chain.len());
    nothing_private(&spans);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_of_several_calls_is_linked_to_each() {
    let traces = [0xa1, 0xa2, 0xa3, 0xa4_u128];
    // Long enough that those that come together are applied together.
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

    let mut largest = 0;
    for trace in traces {
        let chain = chain(&spans, trace);
        assert_eq!(outline(&chain[..3]), AS_FAR_AS_THE_CALL);
        let call = &chain[2].span;
        let commit = match chain[3..] {
            [commit] => commit,
            [] => linked(&spans, &call.trace_id, &call.span_id),
            _ => panic!("more than a commit below {chain:#?}"),
        };
        let (calls, links) = (commit.number("calls").unwrap(), commit.span.links.len());
        assert_eq!(links, if calls == 1 { 0 } else { calls as usize });
        assert_eq!(commit.number("items"), Some(calls), "an item each");
        largest = largest.max(links);
    }
    assert!(largest > 1, "no transaction was shared");
    nothing_private(&spans);
}

/// The commit that is linked to a call, in a trace of its own.
fn linked<'a>(spans: &'a [Seen], trace: &[u8], call: &[u8]) -> &'a Seen {
    let mut commits = spans.iter().filter(|Seen { span, .. }| {
        let mut links = span.links.iter();
        links.any(|link| link.trace_id == trace && link.span_id == call)
    });
    let commit = commits.next().expect("no span is linked to the call");
    assert!(commits.next().is_none(), "several are linked to the call");
    assert_eq!(
        (commit.service.as_str(), commit.span.name.as_str()),
        ("message-state", "commit")
    );
    assert!(commit.span.parent_span_id.is_empty());
    commit
}
