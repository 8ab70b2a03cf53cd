//! Exports of figures: tables whose rows add up to what reporting says, and packs.

use std::io::Cursor;

use acuse_proto::export::export_request::Figures;
use acuse_proto::export::{ExportFormat, ExportLanguage, ExportReport, ExportRequest, PackOptions};
use acuse_proto::reporting::reporting_service_client::ReportingServiceClient;
use acuse_proto::reporting::{
    Dimension, GetBreakdownRequest, GetConsolidatedRequest, GetRankingRequest, Metric, Metrics,
};
use acuse_rpc::Secret;
use acuse_rpc::client::Credentials;
use acuse_testkit::service::channel;
use calamine::{Data, Reader as _, Xlsx};

use crate::rig::Rig;

fn asked(report: ExportReport, format: ExportFormat, figures: Option<Figures>) -> ExportRequest {
    ExportRequest {
        report: report.into(),
        format: format.into(),
        language: ExportLanguage::English.into(),
        figures,
        ..ExportRequest::default()
    }
}

/// What reporting says of everything.
async fn total(rig: &Rig, token: &Secret) -> Metrics {
    let channel = channel(rig.reporting, Credentials::Bearer(token.clone()));
    let mut client = ReportingServiceClient::new(channel);
    let answer = client.get_consolidated(GetConsolidatedRequest::default());
    answer.await.unwrap().into_inner().total.unwrap()
}

/// The rows of a CSV file, by its labels.
fn rows(file: &[u8], labels: [&str; 3]) -> Vec<[String; 3]> {
    let mut reader = csv::Reader::from_reader(file);
    let header = reader.headers().unwrap().clone();
    let columns = labels.map(|label| header.iter().position(|one| one == label).unwrap());
    let records = reader.records().map(|record| record.unwrap());
    records
        .map(|record| columns.map(|column| record[column].to_owned()))
        .collect()
}

fn number(text: &str) -> i64 {
    text.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_of_figures_add_up_to_what_reporting_says() {
    let rig = Rig::told().await;
    for token in [rig.analyst(), rig.supervisor("ventas")] {
        let total = total(&rig, &token).await;
        assert!(total.messages > 0);
        let breakdown = Figures::Breakdown(GetBreakdownRequest {
            dimensions: vec![Dimension::Department.into(), Dimension::State.into()],
            limit: Some(1),
            ..GetBreakdownRequest::default()
        });
        for (report, figures, label) in [
            (ExportReport::Consolidated, None, "Part"),
            (ExportReport::Breakdown, Some(breakdown), "Department"),
        ] {
            let asked = asked(report, ExportFormat::Csv, figures);
            let (export, file) = rig.exported_as(&token, asked).await;
            let rows = rows(&file, [label, "Messages", "Delivered"]);
            assert_eq!(
                usize::try_from(export.file.unwrap().rows).unwrap(),
                rows.len()
            );
            let (last, parts) = rows.split_last().unwrap();
            let all = [total.messages.to_string(), total.delivered.to_string()];
            assert_eq!(*last, ["Total".to_owned(), all[0].clone(), all[1].clone()]);
            let sum = |column: usize| parts.iter().map(|row| number(&row[column])).sum::<i64>();
            assert_eq!(
                (sum(1), sum(2)),
                (total.messages, total.delivered),
                "{report:?}"
            );
        }
        let ranking = Figures::Ranking(GetRankingRequest {
            dimension: Dimension::Department.into(),
            metric: Metric::Messages.into(),
            ..GetRankingRequest::default()
        });
        let asked = asked(
            ExportReport::Ranking,
            ExportFormat::JsonLines,
            Some(ranking),
        );
        let (_, file) = rig.exported_as(&token, asked).await;
        let first: serde_json::Value = {
            let text = std::str::from_utf8(&file).unwrap();
            serde_json::from_str(text.lines().next().unwrap()).unwrap()
        };
        assert_eq!(
            (&first["rank"], &first["figure"]),
            (&1.into(), &first["messages"])
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_is_of_what_its_asker_sees() {
    let rig = Rig::told().await;
    for token in [rig.analyst(), rig.supervisor("ventas")] {
        let total = total(&rig, &token).await;
        let options = Figures::Pack(PackOptions {
            breakdowns: vec![GetBreakdownRequest {
                dimensions: vec![Dimension::Department.into()],
                ..GetBreakdownRequest::default()
            }],
            ..PackOptions::default()
        });
        let asked = asked(ExportReport::Pack, ExportFormat::Xlsx, Some(options));
        let (export, file) = rig.exported_as(&token, asked).await;
        assert!(export.file.unwrap().name.ends_with(".xlsx"));
        let mut book = Xlsx::new(Cursor::new(file)).unwrap();
        let sheets = book.sheet_names();
        assert_eq!(sheets[..3], ["Summary", "Funnel", "By department"]);
        // Four rankings where none are asked for, and when contacts reply.
        assert_eq!(sheets.len(), 3 + 4 + 1);
        let range = book.worksheet_range("By department").unwrap();
        let text = |cell: &Data, text: &str| *cell == Data::String(text.to_owned());
        let last = range.rows().find(|row| text(&row[0], "Total")).unwrap();
        assert_eq!(last[1], Data::Float(total.messages as f64));
    }
}
