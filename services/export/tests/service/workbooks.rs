//! Workbooks of rows: made, read back by a reader that is not ours, and refused where there are too many rows.

use std::io::Cursor;

use acuse_proto::export::export_request::Figures;
use acuse_proto::export::{
    ExportCompression, ExportFormat, ExportReport, ExportRequest, ExportState, PackOptions,
};
use acuse_proto::reporting::{
    Dimension, GetBreakdownRequest, GetFunnelRequest, GetMessagesOverviewRequest, Question,
};
use acuse_testkit::service::wire::{fields, reason};
use calamine::{Data, Reader as _, Xlsx};
use tonic::{Code, Status};

use crate::peer::Answer;
use crate::rig::{Rig, plain};

/// What a workbook holds at most.
const MOST: usize = 1_800_000;

fn workbook() -> ExportRequest {
    ExportRequest {
        format: ExportFormat::Xlsx.into(),
        ..plain()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workbook_is_made_and_downloaded() {
    let rig = Rig::of(2_345).await;
    let ana = rig.analyst();
    let created = rig.create(&ana, workbook()).await.unwrap();
    let done = rig.until(&ana, &created.id, ExportState::Succeeded).await;
    let file = done.file.unwrap();
    assert_eq!(file.name, "gestion-hsm-2022-10-01.xlsx");
    assert_eq!(
        file.media_type,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    );
    assert_eq!(file.rows, 2_345);
    let bytes = rig.download(&ana, &created.id, 0).await.unwrap().concat();
    assert_eq!(file.size_bytes, i64::try_from(bytes.len()).unwrap());
    let mut read = Xlsx::new(Cursor::new(bytes)).unwrap();
    assert_eq!(read.sheet_names(), ["Reporte de gestión de HSM"]);
    let range = read.worksheet_range_at(0).unwrap().unwrap();
    assert_eq!(range.get_size(), (2_346, 19));
    let string = |text: &str| Data::String(text.to_owned());
    assert_eq!(range.get_value((0, 4)), Some(&string("ID mensaje")));
    let ids: Vec<_> = range.rows().skip(1).map(|row| row[4].clone()).collect();
    let expected: Vec<_> = (0..2_345)
        .map(|id: usize| string(&id.to_string()))
        .collect();
    assert_eq!(ids, expected);
    // It was counted before it was made, for the same asker and the same days.
    let [counted, made] = rig.peer.calls().try_into().unwrap();
    assert_eq!(counted.question, made.question);
    assert_eq!(counted.caller.scope, made.caller.scope);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_rows_than_a_workbook_holds_are_refused_before_it_starts() {
    let rig = Rig::of(MOST + 1).await;
    let ana = rig.analyst();
    let error = rig.create(&ana, workbook()).await.unwrap_err();
    assert_eq!(error.code(), Code::FailedPrecondition);
    assert_eq!(reason(&error), "TOO_MANY_ROWS");
    assert!(error.message().contains("EXPORT_FORMAT_CSV"), "{error}");
    let history = rig.list(&ana, 0, String::new()).await.unwrap();
    assert!(history.exports.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_came_meanwhile_fail_it_for_good() {
    // The first call is the count; where that cannot be had the worker's is the first.
    for counted in [Ok(Answer::of(1)), Err(Status::internal("no count"))] {
        let rig = Rig::scripted(move |call| match call {
            1 => counted.clone(),
            _ => Ok(Answer::of(MOST + 1)),
        })
        .await;
        let ana = rig.analyst();
        let id = rig.create(&ana, workbook()).await.unwrap().id;
        let failed = rig.until(&ana, &id, ExportState::Failed).await;
        let failure = failed.failure.unwrap();
        assert_eq!(failure.reason, "TOO_MANY_ROWS");
        assert!(failure.message.contains("EXPORT_FORMAT_CSV"));
        assert_eq!(failed.attempts, 1);
        assert!(rig.files().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_what_figures_are_asked_is_named() {
    let rig = Rig::of(1).await;
    let ana = rig.analyst();
    let of = |report: ExportReport, figures| ExportRequest {
        report: report.into(),
        figures,
        ..workbook()
    };
    let breakdown = GetBreakdownRequest {
        question: Some(Question::default()),
        limit: Some(0),
        ..GetBreakdownRequest::default()
    };
    let pack = PackOptions {
        bucket: Some(99),
        breakdowns: vec![breakdown.clone()],
        ..PackOptions::default()
    };
    let by_channel = GetBreakdownRequest {
        dimensions: vec![Dimension::Channel.into()],
        ..GetBreakdownRequest::default()
    };
    let strange = ExportRequest {
        columns: vec!["channel".to_owned(), "department".to_owned()],
        ..of(
            ExportReport::Breakdown,
            Some(Figures::Breakdown(by_channel)),
        )
    };
    let columns = ExportRequest {
        columns: vec!["messages".to_owned()],
        format: ExportFormat::Csv.into(),
        ..of(ExportReport::Pack, None)
    };
    let overview = Figures::MessagesOverview(GetMessagesOverviewRequest {
        limit: Some(0),
        ..GetMessagesOverviewRequest::default()
    });
    let funnel = Figures::Funnel(GetFunnelRequest {
        question: Some(Question::default()),
        sends: Some(0),
    });
    let faulty = [
        "export.breakdown.dimensions",
        "export.breakdown.limit",
        "export.breakdown.question",
    ];
    for (request, faults) in [
        (of(ExportReport::Breakdown, None), vec!["export.breakdown"]),
        (of(ExportReport::Ranking, None), vec!["export.ranking"]),
        (
            of(
                ExportReport::Breakdown,
                Some(Figures::Breakdown(breakdown.clone())),
            ),
            faulty.to_vec(),
        ),
        (
            of(
                ExportReport::HsmManagement,
                Some(Figures::Breakdown(breakdown)),
            ),
            vec!["export.breakdown"],
        ),
        (
            of(ExportReport::Pack, Some(Figures::Pack(pack))),
            vec![
                "export.pack.bucket",
                "export.pack.breakdowns[0].dimensions",
                "export.pack.breakdowns[0].limit",
                "export.pack.breakdowns[0].question",
            ],
        ),
        (
            of(ExportReport::MessagesOverview, Some(overview)),
            vec!["export.messages_overview.limit"],
        ),
        (
            of(ExportReport::Funnel, Some(funnel.clone())),
            vec!["export.funnel.sends", "export.funnel.question"],
        ),
        (
            of(ExportReport::ReplyActivity, Some(funnel)),
            vec!["export.funnel"],
        ),
        (strange, vec!["export.columns[1]"]),
        (columns, vec!["export.format", "export.columns"]),
    ] {
        let error = rig.create(&ana, request).await.unwrap_err();
        assert_eq!(fields(&error), faults);
    }
    let compressed = ExportRequest {
        compression: ExportCompression::Gzip.into(),
        ..workbook()
    };
    let error = rig.create(&ana, compressed).await.unwrap_err();
    assert_eq!(fields(&error), ["export.compression"]);
}
