//! Who may call what. The methods come from the descriptors: a new one that is not in the table here fails the tests.

use std::collections::BTreeMap;

use acuse_domain::scope::{Permission, Role};
use acuse_proto::reporting::{
    Dimension, GetBreakdownRequest, GetConsolidatedRequest, GetFunnelRequest,
    GetMessagesOverviewRequest, GetRankingRequest, GetReplyActivityRequest,
    ListDimensionValuesRequest, ListFailedMessagesRequest, ListInboundMessagesRequest,
    ListOutboundMessagesRequest, Metric, RowPreset, StreamRowsRequest,
};
use acuse_rpc::client::Credentials;
use acuse_testkit::service::methods;
use acuse_testkit::service::wire::{call, reason};
use prost::Message as _;
use tonic::Code;

use crate::rig::{ACME, OTHER, Rig};
use crate::samples::work;

const PACKAGE: &str = "acuse.reporting.v1";

/// A sound request to every method, by its path.
fn probes() -> BTreeMap<String, Vec<u8>> {
    let breakdown = GetBreakdownRequest {
        dimensions: vec![Dimension::Agent.into()],
        ..GetBreakdownRequest::default()
    };
    let ranking = GetRankingRequest {
        dimension: Dimension::Agent.into(),
        metric: Metric::Messages.into(),
        ..GetRankingRequest::default()
    };
    let rows = StreamRowsRequest {
        preset: RowPreset::HsmManagement.into(),
        ..StreamRowsRequest::default()
    };
    let values = ListDimensionValuesRequest {
        dimension: Dimension::Agent.into(),
        ..ListDimensionValuesRequest::default()
    };
    let all = [
        (
            "GetConsolidated",
            GetConsolidatedRequest::default().encode_to_vec(),
        ),
        (
            "GetMessagesOverview",
            GetMessagesOverviewRequest::default().encode_to_vec(),
        ),
        ("GetBreakdown", breakdown.encode_to_vec()),
        (
            "ListOutboundMessages",
            ListOutboundMessagesRequest::default().encode_to_vec(),
        ),
        (
            "ListInboundMessages",
            ListInboundMessagesRequest::default().encode_to_vec(),
        ),
        (
            "ListFailedMessages",
            ListFailedMessagesRequest::default().encode_to_vec(),
        ),
        ("GetFunnel", GetFunnelRequest::default().encode_to_vec()),
        ("GetRanking", ranking.encode_to_vec()),
        (
            "GetReplyActivity",
            GetReplyActivityRequest::default().encode_to_vec(),
        ),
        ("ListDimensionValues", values.encode_to_vec()),
        ("StreamRows", rows.encode_to_vec()),
    ];
    let path = |method| format!("/{PACKAGE}.ReportingService/{method}");
    all.into_iter()
        .map(|(method, request)| (path(method), request))
        .collect()
}

#[test]
fn no_method_is_forgotten() {
    let probed: Vec<String> = probes().into_keys().collect();
    assert_eq!(probed, methods(PACKAGE));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_in_without_a_good_token() {
    let rig = Rig::start().await;
    for (path, request) in probes() {
        for (name, credentials) in rig.keys.worthless(ACME) {
            let answer = call(rig.channel(credentials), &path, request.clone()).await;
            let refused = answer.unwrap_err();
            assert_eq!(refused.code(), Code::Unauthenticated, "{path}, {name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_method_asks_for_the_permission_to_report() {
    let rig = Rig::start().await;
    use Permission::{Admin, Export, Ingest, Report};
    let refused = [
        rig.keys.operator(),
        rig.keys
            .allowed(Role::Administrator, ACME, &[Admin, Export, Ingest]),
        rig.keys.allowed(Role::Supervisor, ACME, &[]),
    ];
    let admitted = [
        rig.keys.allowed(Role::Analyst, ACME, &[Report]),
        rig.keys.allowed(Role::Service, ACME, &[Report]),
    ];
    for (path, request) in probes() {
        for token in &refused {
            let channel = rig.channel(Credentials::Bearer(token.clone()));
            let error = call(channel, &path, request.clone()).await.unwrap_err();
            assert_eq!(error.code(), Code::PermissionDenied, "{path}");
        }
        for token in &admitted {
            let channel = rig.channel(Credentials::Bearer(token.clone()));
            assert!(
                call(channel, &path, request.clone()).await.is_ok(),
                "{path}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_that_is_not_there_is_not_found() {
    let rig = Rig::start().await;
    for (path, request) in probes() {
        let channel = rig.channel(Credentials::Bearer(rig.keys.anything("nowhere")));
        let error = call(channel, &path, request).await.unwrap_err();
        assert_eq!(error.code(), Code::NotFound, "{path}");
        assert_eq!(reason(&error), "WORKSPACE_NOT_FOUND", "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_another_s_changes_no_answer() {
    let rig = Rig::start().await;
    let ask = async |workspace: &str| {
        let mut answers = Vec::new();
        for (path, request) in probes() {
            let channel = rig.channel(Credentials::Bearer(rig.keys.anything(workspace)));
            answers.push(call(channel, &path, request).await.unwrap());
        }
        answers
    };
    let empty = ask(ACME).await;
    rig.apply_to_other(work()).await;
    rig.fold().await;
    assert_eq!(ask(ACME).await, empty);
    assert_ne!(ask(OTHER).await, empty);
}
