//! Exports of saved reports: by name, of what their asker sees.

use acuse_proto::export::export_service_client::ExportServiceClient;
use acuse_proto::export::saved_report_reference::Which;
use acuse_proto::export::{
    CreateExportRequest, ExportFormat, ExportLanguage, ExportReport, ExportRequest,
    SavedReportReference,
};
use acuse_proto::reporting::run_saved_report_request::Which as Run;
use acuse_proto::reporting::run_saved_report_response::Answer;
use acuse_proto::reporting::saved_report::Report;
use acuse_proto::reporting::saved_report_service_client::SavedReportServiceClient;
use acuse_proto::reporting::{
    CreateSavedReportRequest, DeleteSavedReportRequest, Dimension, GetBreakdownRequest,
    GetConsolidatedRequest, GetFunnelRequest, GetMessagesOverviewRequest, GetRankingRequest,
    GetReplyActivityRequest, ListOutboundMessagesRequest, Metric, RunSavedReportRequest,
    SavedReport,
};
use acuse_rpc::Secret;
use acuse_rpc::client::{Channel, Credentials};
use acuse_testkit::service::channel;
use acuse_testkit::service::wire::{fields, reason};
use tonic::{Code, Status};

use crate::rig::{MESSAGES, Rig};

pub(crate) fn keeper(rig: &Rig, token: &Secret) -> SavedReportServiceClient<Channel> {
    SavedReportServiceClient::new(channel(rig.reporting, Credentials::Bearer(token.clone())))
}

async fn save(rig: &Rig, token: &Secret, name: &str, shared: bool, report: Report) -> String {
    let saved = SavedReport {
        name: name.to_owned(),
        shared,
        report: Some(report),
        ..SavedReport::default()
    };
    keep(rig, token, saved).await
}

/// Saves a report; gives its id.
pub(crate) async fn keep(rig: &Rig, token: &Secret, saved: SavedReport) -> String {
    let request = CreateSavedReportRequest {
        saved_report: Some(saved),
        request_id: None,
    };
    let saved = keeper(rig, token).create_saved_report(request).await;
    saved.unwrap().into_inner().saved_report.unwrap().id
}

pub(crate) fn by(which: Which) -> ExportRequest {
    ExportRequest {
        format: ExportFormat::Csv.into(),
        language: ExportLanguage::English.into(),
        saved_report: Some(SavedReportReference { which: Some(which) }),
        ..ExportRequest::default()
    }
}

pub(crate) fn named(name: &str) -> ExportRequest {
    by(Which::Name(name.to_owned()))
}

pub(crate) async fn refused(rig: &Rig, token: &Secret, request: ExportRequest) -> Status {
    let to = channel(rig.export, Credentials::Bearer(token.clone()));
    let request = CreateExportRequest {
        export: Some(request),
        request_id: None,
    };
    let answer = ExportServiceClient::new(to).create_export(request).await;
    answer.unwrap_err()
}

pub(crate) fn by_department() -> Report {
    Report::Breakdown(GetBreakdownRequest {
        dimensions: vec![Dimension::Department.into()],
        ..GetBreakdownRequest::default()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_report_is_exported_as_its_asker_sees_it() {
    let rig = Rig::told().await;
    let (ana, sofia) = (rig.analyst(), rig.supervisor("ventas"));
    save(&rig, &ana, "Áreas", true, by_department()).await;
    let list = Report::OutboundMessages(ListOutboundMessagesRequest::default());
    let list = save(&rig, &ana, "Envíos", true, list).await;
    for (token, messages) in [(&ana, MESSAGES), (&sofia, MESSAGES / 2)] {
        let run = RunSavedReportRequest {
            which: Some(Run::Name("Áreas".to_owned())),
        };
        let ran = keeper(&rig, token).run_saved_report(run).await;
        let Some(Answer::Breakdown(answer)) = ran.unwrap().into_inner().answer else {
            unreachable!()
        };
        let (export, file) = rig.exported_as(token, named("Áreas")).await;
        let request = export.request.unwrap();
        assert_eq!(request.report(), ExportReport::Breakdown);
        assert_eq!(request.name.as_deref(), Some("Áreas"));
        assert_eq!(request.saved_report, None);
        let mut reader = csv::Reader::from_reader(file.as_slice());
        let header = reader.headers().unwrap().clone();
        let column = header.iter().position(|label| label == "Messages").unwrap();
        let counts: Vec<i64> = reader
            .records()
            .map(|record| record.unwrap()[column].parse().unwrap())
            .collect();
        let (total, values) = counts.split_last().unwrap();
        assert_eq!(usize::try_from(*total).unwrap(), messages);
        let shown = answer.rows.iter().map(|row| row.metrics.as_ref());
        let shown: Vec<i64> = shown.map(|metrics| metrics.unwrap().messages).collect();
        assert_eq!(values, shown);

        let chosen = ExportRequest {
            columns: vec!["channel".to_owned()],
            ..by(Which::Id(list.clone()))
        };
        let (export, file) = rig.exported_as(token, chosen).await;
        assert_eq!(
            usize::try_from(export.file.unwrap().rows).unwrap(),
            messages
        );
        let mut reader = csv::Reader::from_reader(file.as_slice());
        assert_eq!(reader.headers().unwrap().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_for_a_caller_is_refused() {
    let rig = Rig::told().await;
    let (ana, sofia) = (rig.analyst(), rig.supervisor("ventas"));
    let own = save(&rig, &ana, "Mía", false, by_department()).await;
    rig.exported_as(&ana, named("Mía")).await;
    for request in [named("Mía"), by(Which::Id(own)), named("Otra")] {
        let error = refused(&rig, &sofia, request).await;
        assert_eq!(error.code(), Code::NotFound, "{error}");
    }
}

/// What can be saved that is no list and no table of rows, and what its exports are.
fn of_figures() -> [(Report, ExportReport); 6] {
    let ranking = GetRankingRequest {
        dimension: Dimension::Department.into(),
        metric: Metric::DeliveryRate.into(),
        ..GetRankingRequest::default()
    };
    let consolidated = Report::Consolidated(GetConsolidatedRequest::default());
    let overview = Report::MessagesOverview(GetMessagesOverviewRequest::default());
    let replies = Report::ReplyActivity(GetReplyActivityRequest::default());
    let funnel = Report::Funnel(GetFunnelRequest::default());
    [
        (consolidated, ExportReport::Consolidated),
        (overview, ExportReport::MessagesOverview),
        (by_department(), ExportReport::Breakdown),
        (Report::Ranking(ranking), ExportReport::Ranking),
        (replies, ExportReport::ReplyActivity),
        (funnel, ExportReport::Funnel),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn saved_reports_of_every_kind_are_exported_in_every_format() {
    let rig = Rig::told().await;
    let ana = rig.analyst();
    for (saved, report) in of_figures() {
        let name = format!("{report:?}");
        save(&rig, &ana, &name, false, saved).await;
        let mut rows = Vec::new();
        for (format, begins) in [
            (ExportFormat::Csv, &b""[..]),
            (ExportFormat::JsonLines, b"{\""),
            (ExportFormat::Xlsx, b"PK"),
            (ExportFormat::Pdf, b"%PDF"),
        ] {
            let request = ExportRequest {
                format: format.into(),
                ..named(&name)
            };
            let (export, file) = rig.exported_as(&ana, request).await;
            assert_eq!(export.request.unwrap().report(), report);
            assert!(file.starts_with(begins), "{report:?} {format:?}");
            rows.push(export.file.unwrap().rows);
        }
        assert!(rows[0] > 0 && rows.iter().all(|count| *count == rows[0]));
    }
}

/// What a file's columns are called.
pub(crate) fn header(file: &[u8]) -> Vec<String> {
    let mut reader = csv::Reader::from_reader(file);
    let header = reader.headers().unwrap().clone();
    header.iter().map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_that_are_kept_are_those_of_the_file() {
    let rig = Rig::told().await;
    let ana = rig.analyst();
    let chosen = |columns: &[&str]| columns.iter().map(|id| (*id).to_owned()).collect();
    let areas = SavedReport {
        name: "Áreas".to_owned(),
        columns: chosen(&["messages", "department"]),
        report: Some(by_department()),
        ..SavedReport::default()
    };
    keep(&rig, &ana, areas).await;
    let (export, file) = rig.exported_as(&ana, named("Áreas")).await;
    assert_eq!(export.request.unwrap().columns, ["messages", "department"]);
    assert_eq!(header(&file), ["Messages", "Department"]);
    let own = ExportRequest {
        columns: chosen(&["department"]),
        ..named("Áreas")
    };
    let (_, file) = rig.exported_as(&ana, own).await;
    assert_eq!(header(&file), ["Department"]);

    // What the report has not is its own fault, and who chooses it instead is told of theirs.
    let odd = SavedReport {
        name: "Raro".to_owned(),
        columns: chosen(&["agent"]),
        report: Some(by_department()),
        ..SavedReport::default()
    };
    keep(&rig, &ana, odd).await;
    let error = refused(&rig, &ana, named("Raro")).await;
    assert_eq!(error.code(), Code::FailedPrecondition);
    assert_eq!(reason(&error), "SAVED_REPORT_OUTDATED");
    let own = ExportRequest {
        columns: chosen(&["agent"]),
        ..named("Áreas")
    };
    let error = refused(&rig, &ana, own).await;
    assert_eq!(fields(&error), ["export.columns[0]"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_sent_again_is_answered_when_its_saved_report_is_gone() {
    let rig = Rig::told().await;
    let ana = rig.analyst();
    let id = save(&rig, &ana, "Áreas", false, by_department()).await;
    let to = channel(rig.export, Credentials::Bearer(ana.clone()));
    let mut client = ExportServiceClient::new(to);
    let request = CreateExportRequest {
        export: Some(named("Áreas")),
        request_id: Some("01890a5d-ac96-774b-bcce-b302099a8057".to_owned()),
    };
    let first = client.create_export(request.clone()).await.unwrap();
    let delete = DeleteSavedReportRequest { id, etag: None };
    keeper(&rig, &ana)
        .delete_saved_report(delete)
        .await
        .unwrap();
    let again = client.create_export(request).await.unwrap();
    let ids = [first, again].map(|answer| answer.into_inner().export.unwrap().id);
    assert_eq!(ids[0], ids[1]);
    let error = refused(&rig, &ana, named("Áreas")).await;
    let told = (error.code(), reason(&error));
    assert_eq!(told, (Code::NotFound, "SAVED_REPORT_NOT_FOUND".to_owned()));
}
