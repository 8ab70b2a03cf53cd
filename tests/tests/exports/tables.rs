//! Every table of rows in every language, as CSV, as JSON Lines and as a workbook: a random history is told, and each file, as it is
//! read by readers of two languages, held against an independent reference, cell by cell.

mod columns;
mod history;
mod printed;
mod read;
mod words;

use std::collections::BTreeSet;

use acuse_domain::glossary::Language;
use acuse_proto::export::{ExportFormat, ExportLanguage, ExportReport, ExportRequest};
use acuse_proto::message_state::Workspace;
use acuse_proto::reporting::reporting_service_client::ReportingServiceClient;
use acuse_proto::reporting::{Interval, ListOutboundMessagesRequest, Period, Question, period};
use acuse_proto::types::Direction;
use acuse_rpc::Secret;
use acuse_rpc::client::Credentials;
use acuse_testkit::service::channel;
use acuse_tests::history::{NOW, Shape, generate, reported, seeds};
use acuse_tests::reference::Settings;
use acuse_tests::reference::report::{Clock, Dimension, Population, Request, Scope, TableRow};
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::opened::Readers;
use crate::rig::Rig;
use columns::{Cell, TABLES, Table, cell};
use read::Read;

const DAY: i64 = 86_400_000_000;

/// Outbound messages in the history, and about half as many inbound ones.
const MESSAGES: usize = 250;

const FORMATS: [ExportFormat; 3] = [
    ExportFormat::Csv,
    ExportFormat::JsonLines,
    ExportFormat::Xlsx,
];

const LANGUAGES: [(Language, ExportLanguage); 3] = [
    (Language::Spanish, ExportLanguage::Spanish),
    (Language::English, ExportLanguage::English),
    (Language::Portuguese, ExportLanguage::Portuguese),
];

fn time(micros: i64) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: micros.div_euclid(1_000_000),
        nanos: i32::try_from(micros.rem_euclid(1_000_000) * 1_000).unwrap(),
    }
}

/// Everything of the last 80 days, as far as a caller sees it.
fn request(zone: &str, scope: Scope) -> Request {
    Request {
        start: NOW - 80 * DAY,
        end: NOW + DAY / 24,
        zone: zone.to_owned(),
        filters: Vec::new(),
        id_filters: Vec::new(),
        counted_in: Vec::new(),
        first_reply: None,
        scope,
        now: NOW,
    }
}

fn question(request: &Request) -> Question {
    let interval = Interval {
        start_at: Some(time(request.start)),
        end_at: Some(time(request.end)),
    };
    Question {
        period: Some(Period {
            period: Some(period::Period::Custom(interval)),
        }),
        ..Question::default()
    }
}

/// The rows that a table should have, the oldest first.
fn expected<'a>(table: &Table, population: &'a Population, request: &Request) -> Vec<&'a TableRow> {
    let clock = Clock::named(&request.zone);
    let all = match table.report {
        ExportReport::Inbound | ExportReport::DetailedReceived => &population.received,
        _ => &population.sent,
    };
    let mut rows: Vec<&TableRow> = all
        .iter()
        .filter(|row| population.admits(request, &row.row, &clock) && has(table.report, row))
        .collect();
    rows.sort_by_key(|row| row.row.at);
    rows
}

/// Whether a table is about such messages.
fn has(report: ExportReport, row: &TableRow) -> bool {
    let row = &row.row;
    let counts = |name: &str| row.counts.0.contains_key(name);
    let is = |dimension, word: &str| {
        let value = row.value(dimension, &Clock::named("UTC"));
        value.as_deref() == Some(word)
    };
    let is_template = || counts("messages") && is(Dimension::Type, "template");
    match report {
        ExportReport::Inbound | ExportReport::DetailedReceived => {
            row.direction == Direction::Inbound
        }
        ExportReport::HsmManagement => is_template(),
        ExportReport::IndividualSends => is_template() && is(Dimension::Source, "user"),
        ExportReport::Failed => ["failed_dispatch", "failed_send", "failed_delivery"]
            .iter()
            .any(|name| counts(name)),
        _ => counts("messages"),
    }
}

/// What is wrong with the rows of a file: each has to be the next expected one, or another of the very same time.
fn compare(table: &Table, expected: &[&TableRow], file: &Read) -> Vec<String> {
    let mut faults = Vec::new();
    if expected.len() != file.rows() {
        faults.push(format!("{} rows and not {}", file.rows(), expected.len()));
    }
    let mut left: Vec<&TableRow> = expected.to_vec();
    for number in 0..file.rows().min(expected.len()) {
        let at = left[0].row.at;
        let of_time = left.iter().take_while(|row| row.row.at == at).count();
        let faults_of = |row: &TableRow| -> Vec<String> {
            let cells = table.columns.iter().enumerate();
            cells
                .filter_map(|(index, (id, _, kind))| {
                    let should: Cell = cell(id, *kind, row);
                    let fault = file.fault(number, index, id, &should)?;
                    Some(format!("row {number}, {id}: {fault}"))
                })
                .collect()
        };
        let found = (0..of_time).find(|index| faults_of(left[*index]).is_empty());
        if found.is_none() {
            faults.extend(faults_of(left[0]));
        }
        left.remove(found.unwrap_or(0));
    }
    faults
}

/// How many messages the list of outbound ones has.
async fn listed(rig: &Rig, token: &Secret, question: Question) -> i64 {
    let channel = channel(rig.reporting, Credentials::Bearer(token.clone()));
    let request = ListOutboundMessagesRequest {
        question: Some(question),
        page_size: 1,
        ..ListOutboundMessagesRequest::default()
    };
    let mut client = ReportingServiceClient::new(channel);
    let answer = client.list_outbound_messages(request).await.unwrap();
    answer.into_inner().info.unwrap().total_size
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_is_what_the_reference_says() {
    let seed = seeds(1)[0];
    let history = generate(seed, &Shape::large(MESSAGES));
    let of = &history.workspaces[0];
    let events = history::renamed(&of.events);
    let mut rng = StdRng::seed_from_u64(seed ^ 0x57a9e);
    let settings = Settings {
        time_zone: of.time_zone.to_owned(),
        attribution_window: i64::from(of.attribution_seconds) * 1_000_000,
        reported: reported::some(&mut rng, of),
    };
    let population = Population::of(&events, &settings);
    let workspace = Workspace {
        time_zone: Some(of.time_zone.to_owned()),
        ..Workspace::default()
    };
    let now = acuse_domain::time::Timestamp::from_micros(NOW);
    let rig = Rig::told_of(now, workspace, events).await;
    rig.say(&settings.reported).await;
    let department: BTreeSet<String> = ["department-1".to_owned()].into();
    let scoped = Scope {
        departments: Some(department),
        ..Scope::default()
    };
    let callers = [
        (rig.analyst(), Scope::default()),
        (rig.supervisor("department-1"), scoped),
    ];
    let mut readers = Readers::start();
    let mut compared = 0;
    for (token, scope) in callers {
        let request = request(of.time_zone, scope);
        for table in TABLES {
            let rows = expected(table, &population, &request);
            for (language, wire) in LANGUAGES {
                for format in FORMATS {
                    let asked = ExportRequest {
                        report: table.report.into(),
                        format: format.into(),
                        language: wire.into(),
                        question: Some(question(&request)),
                        ..ExportRequest::default()
                    };
                    let (export, file) = rig.exported_as(&token, asked).await;
                    let told = export.file.unwrap();
                    assert_eq!(told.rows, i64::try_from(rows.len()).unwrap());
                    let zone = of.time_zone;
                    let read = Read::new(&file, format, table, language, zone);
                    let mut faults = compare(table, &rows, &read);
                    let opened = Read::opened(&mut readers, &file, format, table, (language, zone));
                    faults.extend(compare(table, &rows, &opened));
                    let shown = faults[..faults.len().min(20)].join("\n");
                    let what = format!("{:?} {format:?} {language:?}", table.report);
                    assert!(faults.is_empty(), "ACUSE_TEST_SEED={seed} {what}\n{shown}");
                    compared += rows.len();
                }
            }
            if request.scope.departments.is_none() {
                for (language, wire) in LANGUAGES {
                    let asked = ExportRequest {
                        report: table.report.into(),
                        format: ExportFormat::Pdf.into(),
                        language: wire.into(),
                        question: Some(question(&request)),
                        ..ExportRequest::default()
                    };
                    let (export, file) = rig.exported_as(&token, asked).await;
                    let told = export.file.unwrap();
                    assert_eq!(told.rows, i64::try_from(rows.len()).unwrap());
                    let text = printed::text_of(&file);
                    let missing = printed::missing(&text, table, &rows, (language, of.time_zone));
                    let shown = missing[..missing.len().min(20)].join("\n");
                    let what = format!("{:?} on paper, {language:?}", table.report);
                    assert!(missing.is_empty(), "ACUSE_TEST_SEED={seed} {what}\n{shown}");
                }
            }
            if table.report == ExportReport::Outbound {
                let count = listed(&rig, &token, question(&request)).await;
                assert_eq!(count, i64::try_from(rows.len()).unwrap());
            }
        }
    }
    assert!(compared > 5 * MESSAGES, "little was compared: {compared}");
}
