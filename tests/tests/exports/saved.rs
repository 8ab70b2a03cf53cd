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
    CreateSavedReportRequest, Dimension, GetBreakdownRequest, GetFunnelRequest,
    ListOutboundMessagesRequest, RunSavedReportRequest, SavedReport,
};
use acuse_rpc::Secret;
use acuse_rpc::client::{Channel, Credentials};
use acuse_testkit::service::channel;
use acuse_testkit::service::wire::reason;
use tonic::{Code, Status};

use crate::rig::{MESSAGES, Rig};

fn keeper(rig: &Rig, token: &Secret) -> SavedReportServiceClient<Channel> {
    SavedReportServiceClient::new(channel(rig.reporting, Credentials::Bearer(token.clone())))
}

async fn save(rig: &Rig, token: &Secret, name: &str, shared: bool, report: Report) -> String {
    let request = CreateSavedReportRequest {
        saved_report: Some(SavedReport {
            name: name.to_owned(),
            shared,
            report: Some(report),
            ..SavedReport::default()
        }),
        request_id: None,
    };
    let saved = keeper(rig, token).create_saved_report(request).await;
    saved.unwrap().into_inner().saved_report.unwrap().id
}

fn by(which: Which) -> ExportRequest {
    ExportRequest {
        format: ExportFormat::Csv.into(),
        language: ExportLanguage::English.into(),
        saved_report: Some(SavedReportReference { which: Some(which) }),
        ..ExportRequest::default()
    }
}

fn named(name: &str) -> ExportRequest {
    by(Which::Name(name.to_owned()))
}

async fn refused(rig: &Rig, token: &Secret, request: ExportRequest) -> Status {
    let to = channel(rig.export, Credentials::Bearer(token.clone()));
    let request = CreateExportRequest {
        export: Some(request),
        request_id: None,
    };
    let answer = ExportServiceClient::new(to).create_export(request).await;
    answer.unwrap_err()
}

fn by_department() -> Report {
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
async fn what_is_not_there_for_a_caller_or_has_no_table_is_refused() {
    let rig = Rig::told().await;
    let (ana, sofia) = (rig.analyst(), rig.supervisor("ventas"));
    let own = save(&rig, &ana, "Mía", false, by_department()).await;
    rig.exported_as(&ana, named("Mía")).await;
    for request in [named("Mía"), by(Which::Id(own)), named("Otra")] {
        let error = refused(&rig, &sofia, request).await;
        assert_eq!(error.code(), Code::NotFound, "{error}");
    }
    let funnel = Report::Funnel(GetFunnelRequest::default());
    save(&rig, &ana, "Embudo", false, funnel).await;
    let error = refused(&rig, &ana, named("Embudo")).await;
    assert_eq!(error.code(), Code::FailedPrecondition);
    assert_eq!(reason(&error), "SAVED_REPORT_NOT_EXPORTABLE");
}
