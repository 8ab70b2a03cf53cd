//! Exports of figures: tables whose rows add up to what reporting says, and packs.

use std::collections::BTreeMap;
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
use calamine::{Data, DataType as _, Reader as _, Xlsx};

use crate::opened::{Opened, Readers};
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

/// The rows of a file of JSON Lines.
fn objects(file: &[u8]) -> Vec<serde_json::Value> {
    let lines = std::str::from_utf8(file).unwrap().lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn overviews_funnels_and_replies_add_up_to_what_reporting_says() {
    let rig = Rig::told().await;
    for token in [rig.analyst(), rig.supervisor("ventas")] {
        let total = total(&rig, &token).await;
        let of = |report| asked(report, ExportFormat::JsonLines, None);
        let (_, file) = rig
            .exported_as(&token, of(ExportReport::MessagesOverview))
            .await;
        let mut sums = BTreeMap::<String, [i64; 2]>::new();
        for row in objects(&file) {
            let section = row["section"].as_str().unwrap().to_owned();
            let is_total = usize::from(row["value"] == "total");
            sums.entry(section).or_default()[is_total] += row["messages"].as_i64().unwrap();
        }
        assert_eq!(sums.len(), 6, "{sums:?}");
        for (section, [parts, all]) in &sums {
            assert_eq!(parts, all, "{section}");
        }
        for section in ["by_channel", "by_source", "delivery"] {
            assert_eq!(sums[section][1], total.messages, "{section}");
        }

        let (_, file) = rig.exported_as(&token, of(ExportReport::Funnel)).await;
        let steps = objects(&file);
        let stages: Vec<_> = steps.iter().map(|step| step["stage"].clone()).collect();
        let expected = ["all", "sent", "bounced", "delivered", "read", "replied"];
        assert_eq!(stages, expected);
        assert!(steps[0]["messages"].as_i64().unwrap() <= total.messages);

        let (_, file) = rig
            .exported_as(&token, of(ExportReport::ReplyActivity))
            .await;
        let days = objects(&file);
        assert_eq!(days.len(), 8);
        let replied = |row: &serde_json::Value| row["replied"].as_i64().unwrap();
        assert_eq!(replied(&days[7]), total.replied);
        assert_eq!(days[..7].iter().map(replied).sum::<i64>(), total.replied);
        let by_hour = (0..24).map(|hour| days[7][format!("hour_{hour}")].as_i64().unwrap());
        assert_eq!(by_hour.sum::<i64>(), total.replied);
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
        let first = ["Summary", "Messages", "Funnel", "By department"];
        assert_eq!(sheets[..4], first);
        // Four rankings where none are asked for, and when contacts reply.
        assert_eq!(sheets.len(), 4 + 4 + 1);
        let range = book.worksheet_range("By department").unwrap();
        let text = |cell: &Data, text: &str| *cell == Data::String(text.to_owned());
        let last = range.rows().find(|row| text(&row[0], "Total")).unwrap();
        assert_eq!(last[1], Data::Float(total.messages as f64));
    }
}

/// Columns of moments; other columns have days.
const MOMENTS: [&str; 2] = ["From", "To"];

/// A cell of a workbook as a CSV file would show it.
fn shown(cell: &Data, is_moment: bool) -> String {
    match cell {
        Data::Float(number) => ((number * 1e6).round() / 1e6).to_string(),
        Data::Int(number) => number.to_string(),
        Data::DateTime(time) => {
            let (year, month, day, hour, minute, second, _) = time.to_ymd_hms_milli();
            match is_moment {
                true => format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"),
                false => format!("{day}/{month}/{year}"),
            }
        }
        Data::Empty => String::new(),
        other => other.to_string(),
    }
}

/// A cell of a CSV file with the precision that numbers have in both.
fn plain(text: &str) -> String {
    match text.parse::<f64>() {
        Ok(number) => ((number * 1e6).round() / 1e6).to_string(),
        Err(_) => text.to_owned(),
    }
}

/// The labels of a table, and what stands below each of them.
fn columns(rows: &[Vec<String>]) -> BTreeMap<String, Vec<String>> {
    let (labels, rows) = rows.split_first().unwrap();
    let column = |index: usize| rows.iter().map(|row| row[index].clone()).collect();
    let labels = labels.iter().cloned().enumerate();
    labels
        .map(|(index, label)| (label, column(index)))
        .collect()
}

fn of_csv(file: &[u8]) -> Vec<Vec<String>> {
    let reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(file);
    let records = reader.into_records().map(|record| record.unwrap());
    records
        .map(|record| record.iter().map(plain).collect())
        .collect()
}

/// The table of a sheet from the row on that begins with a label.
fn of_sheet(book: &mut Xlsx<Cursor<Vec<u8>>>, sheet: &str, label: &str) -> Vec<Vec<String>> {
    let range = book.worksheet_range(sheet).unwrap();
    let is_label = |cell: &Data| *cell == Data::String(label.to_owned());
    let mut rows = range.rows().skip_while(|row| !is_label(&row[0])).peekable();
    let labels = rows.peek().copied().unwrap_or_default();
    let is_moment = |label: &Data| MOMENTS.iter().any(|one| label.get_string() == Some(*one));
    let shown = |(cell, label)| shown(cell, is_moment(label));
    let rows = rows.map(|row| row.iter().zip(labels).map(shown).collect::<Vec<_>>());
    rows.take_while(|row| !row[0].is_empty()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn workbooks_of_figures_hold_what_plain_files_do_cell_by_cell() {
    let rig = Rig::told().await;
    let ana = rig.analyst();
    let breakdown = GetBreakdownRequest {
        dimensions: vec![Dimension::Department.into()],
        ..GetBreakdownRequest::default()
    };
    let ranking = GetRankingRequest {
        dimension: Dimension::Department.into(),
        metric: Metric::DeliveryRate.into(),
        ..GetRankingRequest::default()
    };
    let consolidated = Figures::Consolidated(GetConsolidatedRequest {
        with_times: true,
        ..GetConsolidatedRequest::default()
    });
    let tables = [
        (ExportReport::Consolidated, consolidated, "Part"),
        (
            ExportReport::Breakdown,
            Figures::Breakdown(breakdown.clone()),
            "Department",
        ),
        (
            ExportReport::Ranking,
            Figures::Ranking(ranking.clone()),
            "Rank",
        ),
    ];
    let mut plain_files = Vec::new();
    for (report, figures, label) in tables {
        let of = |format| asked(report, format, Some(figures.clone()));
        let (_, file) = rig.exported_as(&ana, of(ExportFormat::Csv)).await;
        let plain = of_csv(&file);
        assert!(plain.len() > 2 && plain[0].len() > 20, "{plain:?}");
        let (_, file) = rig.exported_as(&ana, of(ExportFormat::Xlsx)).await;
        let mut book = Xlsx::new(Cursor::new(file)).unwrap();
        let sheet = book.sheet_names()[0].clone();
        let sheet = columns(&of_sheet(&mut book, &sheet, label));
        let of_plain = columns(&plain);
        assert_eq!(sheet, of_plain, "{report:?}");
        plain_files.push(of_plain);
    }
    let options = Figures::Pack(PackOptions {
        breakdowns: vec![breakdown],
        rankings: vec![ranking],
        ..PackOptions::default()
    });
    let request = asked(ExportReport::Pack, ExportFormat::Xlsx, Some(options));
    let (_, file) = rig.exported_as(&ana, request).await;
    let mut book = Xlsx::new(Cursor::new(file)).unwrap();
    let names = book.sheet_names();
    for (name, plain) in [(&names[3], &plain_files[1]), (&names[4], &plain_files[2])] {
        let sheet = columns(&of_sheet(&mut book, name, "Department"));
        assert!(sheet.len() > 5, "{name}: {sheet:?}");
        for (label, cells) in &sheet {
            assert_eq!(Some(cells), plain.get(label), "{name}, {label}");
        }
    }
}

/// A number of a text, as exact as all formats are: percentages and durations as they are shown are no numbers.
fn figure(text: &str) -> Option<f64> {
    let number: f64 = text.parse().ok()?;
    Some((number * 1e6).round() / 1e6)
}

/// That a cell of a workbook is what a plain file says.
fn is_same(cell: &Opened, plain: &str) -> bool {
    match cell {
        Opened::Nothing => plain.is_empty(),
        Opened::Text(text) => text == plain,
        Opened::Number(number) => figure(plain) == figure(&number.to_string()),
        Opened::Day(time) | Opened::Time(time) => time == plain,
    }
}

/// That a workbook has the table of a plain file, cell by cell; what else it has stands before or behind it.
fn has_table(sheet: &[Vec<Opened>], plain: &[csv::StringRecord], what: &str) {
    let header = &plain[0];
    let text = |text: &str| Opened::Text(text.to_owned());
    let begin = sheet.iter().position(|row| row[0] == text(&header[0]));
    let table = &sheet[begin.unwrap()..][..plain.len()];
    let labels = table[0].iter().filter(|cell| **cell != Opened::Nothing);
    assert!(labels.count() > 5, "{what}");
    for (row, plain) in table.iter().zip(plain) {
        for (cell, label) in row.iter().zip(&table[0]) {
            let column = header.iter().position(|one| *label == text(one));
            let same = column.is_none_or(|column| is_same(cell, &plain[column]));
            assert!(same, "{what}, {label:?}: {cell:?} in {plain:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_of_another_language_find_the_same_figures() {
    let rig = Rig::told().await;
    let ana = rig.analyst();
    let total = total(&rig, &ana).await.messages;
    let mut readers = Readers::start();
    let dimension = Dimension::Department.into();
    let breakdown = Figures::Breakdown(GetBreakdownRequest {
        dimensions: vec![dimension],
        ..GetBreakdownRequest::default()
    });
    let ranking = Figures::Ranking(GetRankingRequest {
        dimension,
        metric: Metric::Messages.into(),
        ..GetRankingRequest::default()
    });
    let consolidated = Figures::Consolidated(GetConsolidatedRequest::default());
    for (report, figures) in [
        (ExportReport::Consolidated, consolidated),
        (ExportReport::Breakdown, breakdown),
        (ExportReport::Ranking, ranking),
    ] {
        // In English it has this label, in every language the same place.
        let mut messages = None;
        for language in [
            ExportLanguage::English,
            ExportLanguage::Spanish,
            ExportLanguage::Portuguese,
        ] {
            let of = |format| ExportRequest {
                language: language.into(),
                ..asked(report, format, Some(figures.clone()))
            };
            let what = format!("{report:?} {language:?}");
            let (_, file) = rig.exported_as(&ana, of(ExportFormat::Csv)).await;
            let plain = readers.csv(&file);
            let (header, rows) = plain.split_first().unwrap();
            let place = header.iter().position(|label| label == "Messages");
            let messages = *messages.get_or_insert_with(|| place.unwrap());
            let of_column: Vec<i64> = rows.iter().map(|row| number(&row[messages])).collect();
            // The last row is the total, but in a ranking.
            let all = match report {
                ExportReport::Ranking => of_column.iter().sum(),
                _ => *of_column.last().unwrap(),
            };
            assert_eq!(all, total, "{what}");

            let (_, file) = rig.exported_as(&ana, of(ExportFormat::Xlsx)).await;
            has_table(&readers.sheet(&file), &plain, &what);

            let (_, file) = rig.exported_as(&ana, of(ExportFormat::JsonLines)).await;
            let lines = readers.json_lines(&file);
            assert_eq!(lines.len(), rows.len(), "{what}");
            for (line, messages) in lines.iter().zip(of_column) {
                assert_eq!(line["messages"], messages, "{what}");
            }
        }
    }
}
