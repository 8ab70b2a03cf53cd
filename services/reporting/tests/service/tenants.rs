//! Who may call what. The methods come from the descriptors: a new one that is not in the table here fails the tests.

use std::collections::BTreeMap;

use acuse_domain::scope::{Permission, Role};
use acuse_proto::reporting::saved_report::Report;
use acuse_proto::reporting::{
    CreateSavedReportRequest, DeleteSavedReportRequest, Dimension, GetBreakdownRequest,
    GetConsolidatedRequest, GetFunnelRequest, GetMessagesOverviewRequest, GetRankingRequest,
    GetReplyActivityRequest, GetSavedReportRequest, ListDimensionValuesRequest,
    ListFailedMessagesRequest, ListInboundMessagesRequest, ListOutboundMessagesRequest,
    ListSavedReportsRequest, Metric, RowPreset, RunSavedReportRequest, SavedReport,
    StreamRowsRequest, UpdateSavedReportRequest, get_saved_report_request,
    run_saved_report_request,
};
use acuse_rpc::client::Credentials;
use acuse_testkit::service::wire::{call, reason, reflects};
use acuse_testkit::service::{digests, methods};
use prost::Message as _;
use tonic::Code;

use crate::rig::{ACME, OTHER, Rig};
use crate::samples::work;

const PACKAGE: &str = "acuse.reporting.v1";

/// A sound request to every method that reports, by its path.
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

/// A report to save.
fn report() -> SavedReport {
    SavedReport {
        name: "weekly".to_owned(),
        report: Some(Report::Consolidated(GetConsolidatedRequest::default())),
        ..SavedReport::default()
    }
}

/// A sound request to every method of saved reports, about the one of that id where it is about one, by its path.
fn probes_of_saved(id: &str) -> BTreeMap<String, (Vec<u8>, bool)> {
    let id = id.to_owned();
    let create = CreateSavedReportRequest {
        saved_report: Some(report()),
        request_id: None,
    };
    let get = GetSavedReportRequest {
        which: Some(get_saved_report_request::Which::Id(id.clone())),
    };
    let run = RunSavedReportRequest {
        which: Some(run_saved_report_request::Which::Id(id.clone())),
    };
    let update = UpdateSavedReportRequest {
        saved_report: Some(SavedReport {
            id: id.clone(),
            ..report()
        }),
        update_mask: None,
    };
    let delete = DeleteSavedReportRequest { id, etag: None };
    let list = ListSavedReportsRequest::default();
    let all = [
        ("CreateSavedReport", create.encode_to_vec(), false),
        ("GetSavedReport", get.encode_to_vec(), true),
        ("RunSavedReport", run.encode_to_vec(), true),
        ("UpdateSavedReport", update.encode_to_vec(), true),
        ("DeleteSavedReport", delete.encode_to_vec(), true),
        ("ListSavedReports", list.encode_to_vec(), false),
    ];
    let path = |method| format!("/{PACKAGE}.SavedReportService/{method}");
    all.into_iter()
        .map(|(method, request, names)| (path(method), (request, names)))
        .collect()
}

/// An id that no report has.
const NOBODY: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// Every method with a sound request.
fn all_probes() -> BTreeMap<String, Vec<u8>> {
    let saved = probes_of_saved(NOBODY).into_iter();
    let saved = saved.map(|(path, (request, _))| (path, request));
    probes().into_iter().chain(saved).collect()
}

#[test]
fn no_method_is_forgotten() {
    let probed: Vec<String> = all_probes().into_keys().collect();
    assert_eq!(probed, methods(PACKAGE));
}

#[tokio::test(flavor = "multi_thread")]
async fn reflection_tells_of_what_is_served_and_of_nothing_else() {
    let rig = Rig::start().await;
    reflects(&rig.channel(Credentials::None), PACKAGE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_in_without_a_good_token() {
    let rig = Rig::start().await;
    for (path, request) in all_probes() {
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
    for (path, request) in all_probes() {
        for token in &refused {
            let channel = rig.channel(Credentials::Bearer(token.clone()));
            let error = call(channel, &path, request.clone()).await.unwrap_err();
            assert_eq!(error.code(), Code::PermissionDenied, "{path}");
        }
        for token in &admitted {
            let channel = rig.channel(Credentials::Bearer(token.clone()));
            let answer = call(channel, &path, request.clone()).await;
            // Of a saved report that is not there nothing else can be told, and one that is has its name.
            let code = answer.err().map_or(Code::Ok, |error| error.code());
            let is_saved = path.contains("SavedReportService");
            let is_admitted = is_saved && matches!(code, Code::NotFound | Code::AlreadyExists);
            assert!(code == Code::Ok || is_admitted, "{path}: {code}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_that_is_not_there_is_not_found() {
    let rig = Rig::start().await;
    for (path, request) in all_probes() {
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

#[tokio::test(flavor = "multi_thread")]
async fn another_s_saved_report_does_not_exist() {
    let rig = Rig::start().await;
    let theirs = SavedReport {
        shared: true,
        ..report()
    };
    let create = CreateSavedReportRequest {
        saved_report: Some(theirs),
        request_id: None,
    };
    let saved = rig
        .saved(&rig.keys.anything(OTHER))
        .create_saved_report(create)
        .await;
    let id = saved.unwrap().into_inner().saved_report.unwrap().id;
    let session = rig.session().await;
    let tables = ["reporting.saved_reports"];
    let before = digests(&session, &tables).await;
    for (path, (request, names)) in probes_of_saved(&id) {
        if !names {
            continue;
        }
        let channel = rig.channel(Credentials::Bearer(rig.administrator()));
        let error = call(channel, &path, request).await.unwrap_err();
        assert_eq!(error.code(), Code::NotFound, "{path}");
        assert_eq!(reason(&error), "NOT_FOUND", "{path}");
    }
    assert_eq!(digests(&session, &tables).await, before);
    let mut client = rig.saved(&rig.administrator());
    let listed = client
        .list_saved_reports(ListSavedReportsRequest::default())
        .await;
    assert_eq!(listed.unwrap().into_inner().saved_reports, []);
    // Names are told apart by workspace as well.
    let create = CreateSavedReportRequest {
        saved_report: Some(SavedReport {
            shared: true,
            ..report()
        }),
        request_id: None,
    };
    assert!(client.create_saved_report(create).await.is_ok());
}
