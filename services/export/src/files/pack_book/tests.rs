//! Packs, read back by a reader that is not ours.

use std::io::{Cursor, Read as _};

use acuse_domain::glossary::Language;
use acuse_proto::convert::timestamp;
use acuse_proto::reporting as wire;
use acuse_proto::reporting::{Availability, Dimension, Metric, Metrics, Rate};
use calamine::{Data, Reader as _, Xlsx};

use super::*;
use crate::files::overview::tests::sample;
use crate::pack::{Breakdown, Ranking};

const DAY: i64 = 86_400;
/// Midnight of 1 September 2022 in Lima.
const START: i64 = 1_662_008_400;

fn rate(numerator: i64, denominator: i64) -> Option<Rate> {
    Some(Rate {
        numerator,
        denominator,
        quotient: (denominator > 0).then(|| numerator as f64 / denominator as f64),
        left_out: 0,
        availability: Availability::Available.into(),
    })
}

fn metrics(messages: i64) -> Option<Metrics> {
    let (sent, delivered, read) = (messages * 97 / 100, messages * 9 / 10, messages * 6 / 10);
    Some(Metrics {
        messages,
        tickets: messages / 20,
        sent,
        delivered,
        read,
        failed: messages / 25,
        replied: messages / 8,
        received: Some(messages / 6),
        sent_rate: rate(sent, messages),
        bounce_rate: rate(messages / 25, messages),
        delivery_rate: rate(delivered, sent),
        read_rate: rate(read, delivered),
        reply_rate: rate(messages / 8, delivered),
        states: Some(wire::StateCounts {
            sent: sent - delivered,
            delivered: delivered - read,
            read,
            failed: messages / 25,
            ..wire::StateCounts::default()
        }),
        ..Metrics::default()
    })
}

fn interval(from: i64, days: i64) -> Option<wire::Interval> {
    let at = |seconds| Some(timestamp(Timestamp::from_seconds(seconds)));
    Some(wire::Interval {
        start_at: at(from),
        end_at: at(from + days * DAY),
    })
}

fn value(dimension: Dimension, id: &str, name: Option<&str>) -> wire::DimensionValue {
    wire::DimensionValue {
        dimension: dimension.into(),
        id: Some(id.to_owned()),
        name: name.map(str::to_owned),
        ..wire::DimensionValue::default()
    }
}

fn consolidated() -> wire::GetConsolidatedResponse {
    let change = |metric: Metric, before, now| wire::MetricChange {
        metric: metric.into(),
        before: Some(before),
        now: Some(now),
        difference: Some(now - before),
        relative: Some((now - before) / before),
    };
    wire::GetConsolidatedResponse {
        basis: Some(wire::Basis {
            requested: interval(START, 30),
            covered: interval(START, 30),
            time_zone: "America/Lima".to_owned(),
            as_of: Some(timestamp(Timestamp::from_seconds(START + 30 * DAY))),
            pending: 321,
            ..wire::Basis::default()
        }),
        total: metrics(30_000),
        series: (0..30)
            .map(|day| wire::SeriesBucket {
                interval: interval(START + day * DAY, 1),
                metrics: metrics(500 + (day * 37) % 400),
            })
            .collect(),
        previous: Some(wire::Comparison {
            changes: vec![
                change(Metric::Messages, 25_000.0, 30_000.0),
                change(Metric::DeliveryRate, 0.91, 0.925),
                change(Metric::TimeToDeliverP50, 12.0, 8.0),
            ],
            ..wire::Comparison::default()
        }),
    }
}

fn pack() -> Pack {
    let channels = [("whatsapp", 22_000), ("sms", 6_000), ("telegram", 2_000)];
    let agents = [
        ("a1", "Diana Huapaya", 0.41),
        ("a2", "José Ñahui & Cía", 0.38),
        ("a3", "=1+1", 0.2),
    ];
    let steps = [30_000, 29_100, 900, 27_000, 18_000, 4_000];
    Pack {
        workspace: "acme".to_owned(),
        bucket: wire::Bucket::Day,
        consolidated: consolidated(),
        overview: sample(),
        funnel: wire::GetFunnelResponse {
            steps: (1..)
                .zip(steps)
                .map(|(stage, messages)| wire::FunnelStep {
                    stage,
                    messages,
                    messages_share: (stage > 1).then(|| rate(messages, 30_000)).flatten(),
                    tickets: messages / 30,
                    tickets_share: None,
                    ..wire::FunnelStep::default()
                })
                .collect(),
            ..wire::GetFunnelResponse::default()
        },
        breakdowns: vec![Breakdown {
            asked: wire::GetBreakdownRequest {
                dimensions: vec![Dimension::Channel.into()],
                ..wire::GetBreakdownRequest::default()
            },
            answer: wire::GetBreakdownResponse {
                rows: channels
                    .iter()
                    .map(|(id, messages)| wire::BreakdownRow {
                        values: vec![value(Dimension::Channel, id, None)],
                        metrics: metrics(*messages),
                    })
                    .collect(),
                total: metrics(30_000),
                ..wire::GetBreakdownResponse::default()
            },
        }],
        rankings: vec![Ranking {
            asked: wire::GetRankingRequest {
                dimension: Dimension::Agent.into(),
                metric: Metric::ReplyRate.into(),
                rate_basis: Some(wire::RateBasis::Wilson.into()),
                ..wire::GetRankingRequest::default()
            },
            answer: wire::GetRankingResponse {
                rows: (1..)
                    .zip(agents)
                    .map(|(rank, (id, name, figure))| wire::RankingRow {
                        rank,
                        value: Some(value(Dimension::Agent, id, Some(name))),
                        figure,
                        score: figure - 0.02,
                        metrics: metrics(1_000 / rank),
                        previous_rank: (rank < 3).then_some(3 - rank),
                        previous_figure: Some(figure - 0.03),
                        movement: (rank < 3).then_some(3 - rank - rank),
                        departments: vec![value(Dimension::Department, "d1", Some("Ventas"))],
                    })
                    .collect(),
                ranked_values: 3,
                ..wire::GetRankingResponse::default()
            },
        }],
        replies: wire::GetReplyActivityResponse {
            replied: 7 * 276,
            by_hour: (0..24).map(|hour| hour * 7).collect(),
            weekdays: crate::files::figures::values::WEEKDAYS
                .iter()
                .map(|weekday| wire::WeekdayReplies {
                    weekday: (*weekday).to_owned(),
                    replied: 276,
                    by_hour: (0..24).collect(),
                })
                .collect(),
            ..wire::GetReplyActivityResponse::default()
        },
        ..Pack::default()
    }
}

fn file(language: Language) -> Vec<u8> {
    let mut words = Words::new(language, &"America/Lima".parse().unwrap());
    let name = Name {
        title: "Septiembre".to_owned(),
        created: Timestamp::from_seconds(START),
    };
    written(&pack(), &name, &mut words).unwrap()
}

/// The cells of a sheet's rows, as text.
fn rows(book: &mut Xlsx<Cursor<Vec<u8>>>, sheet: &str) -> Vec<Vec<String>> {
    let range = book.worksheet_range(sheet).unwrap();
    let text = |cells: &[Data]| cells.iter().map(ToString::to_string).collect();
    range.rows().map(text).collect()
}

#[test]
fn a_pack_has_a_sheet_for_each_report_in_every_language() {
    for (language, names) in [
        (
            Language::Spanish,
            [
                "Resumen",
                "Mensajes",
                "Embudo",
                "Por canal",
                "Ranking Agente",
                "Respuestas",
            ],
        ),
        (
            Language::English,
            [
                "Summary",
                "Messages",
                "Funnel",
                "By channel",
                "Ranking Agent",
                "Replies",
            ],
        ),
        (
            Language::Portuguese,
            [
                "Resumo",
                "Mensagens",
                "Funil",
                "Por canal",
                "Ranking Agente",
                "Respostas",
            ],
        ),
    ] {
        let bytes = file(language);
        if let Ok(folder) = std::env::var("PACK_FOLDER") {
            std::fs::write(format!("{folder}/pack-{}.xlsx", language.as_str()), &bytes).unwrap();
        }
        let mut archive = zip::ZipArchive::new(Cursor::new(&bytes)).unwrap();
        let names_of: Vec<String> = archive
            .file_names()
            .map(|name| name.unwrap().into_owned())
            .collect();
        let charts = names_of
            .iter()
            .filter(|name| name.starts_with("xl/charts/chart"));
        // Of the overview what no breakdown tells: not outbound messages by channel.
        assert_eq!(charts.count(), 2 + (4 * 2 + 1) + 2 + 2 + 1 + 2);
        let mut heat = String::new();
        let mut sheet = archive.by_name("xl/worksheets/sheet6.xml").unwrap();
        sheet.read_to_string(&mut heat).unwrap();
        assert!(heat.contains("colorScale"));
        drop(sheet);
        let mut book = Xlsx::new(Cursor::new(bytes)).unwrap();
        assert_eq!(book.sheet_names(), names);
        for name in names {
            let formulas = book.worksheet_formula(name).unwrap();
            assert!(formulas.is_empty(), "{name}");
            // What no file has a word for would be an empty label.
            assert!(rows(&mut book, name).len() > 5);
        }
    }
}

/// A workbook of one sheet, with these columns: its sheet's rows, and how many charts it has.
fn alone(drawn: &Drawn, columns: &[&str]) -> (Vec<Vec<String>>, usize) {
    let mut words = Words::new(Language::English, &"America/Lima".parse().unwrap());
    let about = About::of("September", "America/Lima".parse().unwrap());
    let columns: Vec<String> = columns.iter().map(|id| (*id).to_owned()).collect();
    let bytes = sheet((drawn, &columns), &about, &mut words).unwrap();
    if let Ok(folder) = std::env::var("PACK_FOLDER") {
        let name = format!("{drawn:?}");
        let name = name.split(['(', ' ']).next().unwrap();
        std::fs::write(format!("{folder}/{name}-{}.xlsx", columns.len()), &bytes).unwrap();
    }
    let archive = zip::ZipArchive::new(Cursor::new(&bytes)).unwrap();
    let names = archive.file_names().map(|name| name.unwrap().into_owned());
    let charts = names.filter(|name| name.starts_with("xl/charts/chart"));
    let charts = charts.count();
    let mut book = Xlsx::new(Cursor::new(bytes)).unwrap();
    let [name] = book.sheet_names().try_into().unwrap();
    (rows(&mut book, &name), charts)
}

fn has(rows: &[Vec<String>], cells: &[&str]) -> bool {
    rows.iter().any(|row| row[..cells.len()] == *cells)
}

#[test]
fn reports_with_a_shape_are_workbooks_of_one_sheet_with_charts() {
    let pack = pack();
    let funnel = Drawn::Funnel(wire::ProactiveSends::All, pack.funnel);
    let (rows, charts) = alone(&funnel, &[]);
    assert_eq!(charts, 2);
    assert!(has(&rows, &["Workspace", "acme"]), "{rows:?}");
    assert!(
        has(&rows, &["Sent", "29100", "0.97", "970", "-"]),
        "{rows:?}"
    );
    let (rows, charts) = alone(&funnel, &["tickets", "stage"]);
    assert_eq!(charts, 1);
    assert!(has(&rows, &["970", "Sent"]), "{rows:?}");
    assert_eq!(alone(&funnel, &["messages_share"]).1, 0);

    let replies = Drawn::Replies(pack.replies);
    let (rows, charts) = alone(&replies, &[]);
    assert_eq!(charts, 2);
    assert!(has(&rows, &["Weekday", "0:00", "1:00"]), "{rows:?}");
    assert!(has(&rows, &["Total", "0", "7", "14"]), "{rows:?}");
    assert_eq!(alone(&replies, &["hour_3", "weekday", "hour_4"]).1, 0);
    assert_eq!(alone(&replies, &["weekday", "replied"]).1, 1);
}

#[test]
fn an_overview_is_a_sheet_with_a_table_and_charts_for_each_section() {
    let overview = Drawn::Overview(sample());
    let (rows, charts) = alone(&overview, &[]);
    assert_eq!(charts, 5 * 2 + 1);
    for cells in [
        &["Inbound by channel"][..],
        &["Channel", "Messages", "Share"],
        &["WhatsApp", "812"],
        &["Others", "30"],
        &["Total", "9600"],
    ] {
        assert!(has(&rows, cells), "{cells:?}: {rows:?}");
    }
    let (rows, charts) = alone(&overview, &["read", "value"]);
    assert_eq!(charts, 1);
    assert!(has(&rows, &["900"]), "{rows:?}");
    assert!(has(&rows, &["Now read", "Day"]), "{rows:?}");
    let note = "Received: not applicable with these filters";
    assert!(!has(&rows, &["Left out"]), "{rows:?}");
    let mut filtered = sample();
    filtered.answer.received_by_channel = None;
    let (rows, charts) = alone(&Drawn::Overview(filtered), &[]);
    assert_eq!(charts, 4 * 2 + 1);
    assert!(has(&rows, &["Left out", note]), "{rows:?}");
}
