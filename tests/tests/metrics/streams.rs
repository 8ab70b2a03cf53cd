//! That what is told of failing and of slow calls leaves streams out, and nothing else.

use std::collections::BTreeSet;

use acuse_proto::FILE_DESCRIPTOR_SET;
use prost::Message as _;
use prost_types::FileDescriptorSet;

use super::named::{alerts, dashboard};

/// Unary, and still as slow as a stream.
const SLOW: &str = "EraseContact";

/// The methods that are streams, and the others, without their services.
fn methods() -> (BTreeSet<String>, BTreeSet<String>) {
    let described = FileDescriptorSet::decode(FILE_DESCRIPTOR_SET).unwrap();
    let services = described.file.iter().flat_map(|file| &file.service);
    let (streams, unary): (Vec<_>, Vec<_>) = services
        .flat_map(|service| &service.method)
        .partition(|method| method.client_streaming() || method.server_streaming());
    let names = |methods: Vec<&prost_types::MethodDescriptorProto>| {
        let names = methods.iter().map(|method| method.name().to_owned());
        names.collect()
    };
    (names(streams), names(unary))
}

/// What each selection of calls in `expression` leaves out.
fn left_out(expression: &str) -> Vec<BTreeSet<String>> {
    let selections = expression
        .split("rpc_server_call_duration_seconds_")
        .skip(1);
    selections
        .map(|selection| {
            let (_, after) = selection.split_once("rpc_method!~\".*/(").unwrap();
            let (names, _) = after.split_once(")\"").unwrap();
            names.split('|').map(str::to_owned).collect()
        })
        .collect()
}

#[test]
fn failing_and_slow_calls_are_those_of_unary_methods() {
    let (streams, unary) = methods();
    assert!(streams.is_disjoint(&unary) && unary.contains(SLOW));
    let alert = |name: &str| {
        let alerts = alerts().into_iter();
        let mut of_that_name = alerts.filter(|alert| alert.name == name);
        of_that_name.next().unwrap().expression
    };
    let panels = dashboard();
    let panel = |part: &str| {
        let mut having = panels.iter().filter(|panel| panel.contains(part));
        having.next().unwrap().clone()
    };

    for failing in [alert("AcuseCallsFail"), panel("UNAVAILABLE")] {
        assert!(!failing.contains("DEADLINE_EXCEEDED"), "{failing}");
        for names in left_out(&failing) {
            assert_eq!(names, streams, "{failing}");
        }
    }
    let mut slow_ones = streams;
    slow_ones.insert(SLOW.to_owned());
    let quantile = "histogram_quantile(0.99, sum by (le, rpc_method)";
    for slow in [alert("AcuseCallsSlow"), panel(quantile)] {
        assert!(slow.starts_with(quantile));
        for names in left_out(&slow) {
            assert_eq!(names, slow_ones, "{slow}");
        }
    }
}
