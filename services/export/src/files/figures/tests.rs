//! Tables of figures, in every language.

use acuse_domain::calendar::Zone;
use acuse_domain::glossary::Language;
use acuse_proto::convert::timestamp;
use acuse_proto::reporting::{
    Availability, BreakdownRow, Bucket, DimensionValue, GetBreakdownResponse,
    GetConsolidatedResponse, GetRankingResponse, Interval, Metric, Metrics, RankingRow, Rate,
    SeriesBucket,
};

use super::super::cell::Cell;
use super::super::words::Words;
use super::*;

fn shown(cell: &Cell<'_>) -> String {
    let mut text = String::new();
    cell.put(&mut text);
    text
}

fn table(picked: &Picked<Row>, rows: &[Row], words: &mut Words) -> Vec<Vec<String>> {
    let row = |row: &Row, words: &mut Words| -> Vec<String> {
        let cells = picked.columns.iter();
        cells
            .map(|column| shown(&(column.cell)(row, words)))
            .collect()
    };
    rows.iter().map(|one| row(one, words)).collect()
}

fn pick(picked: Picked<Row>, ids: &[&str]) -> Picked<Row> {
    let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    picked.pick(&ids)
}

fn words(language: Language) -> Words {
    Words::new(language, &"America/Lima".parse().unwrap())
}

fn metrics(messages: i64) -> Option<Metrics> {
    Some(Metrics {
        messages,
        delivery_rate: Some(Rate {
            quotient: Some(0.5),
            availability: Availability::Available.into(),
            ..Rate::default()
        }),
        read_rate: Some(Rate {
            availability: Availability::NotApplicable.into(),
            left_out: messages,
            ..Rate::default()
        }),
        reply_rate: Some(Rate {
            availability: Availability::NoData.into(),
            ..Rate::default()
        }),
        ..Metrics::default()
    })
}

fn value(dimension: Dimension, id: Option<&str>, name: Option<&str>) -> DimensionValue {
    DimensionValue {
        dimension: dimension.into(),
        id: id.map(str::to_owned),
        name: name.map(str::to_owned),
        ..DimensionValue::default()
    }
}

#[test]
fn every_column_has_a_label_of_its_own_in_every_language() {
    let all: Vec<Dimension> = (1..)
        .map_while(|number| Dimension::try_from(number).ok())
        .collect();
    assert!(all.len() > 25);
    for language in Language::ALL {
        let words = Words::new(*language, &Zone::UTC);
        let mut tables = vec![consolidated(&GetConsolidatedRequest {
            compare_with_previous: true,
            with_times: true,
            ..GetConsolidatedRequest::default()
        })];
        for dimension in &all {
            tables.push(breakdown(&GetBreakdownRequest {
                dimensions: vec![(*dimension).into()],
                ..GetBreakdownRequest::default()
            }));
            tables.push(ranking(&GetRankingRequest {
                dimension: (*dimension).into(),
                rate_basis: Some(RateBasis::Wilson.into()),
                ..GetRankingRequest::default()
            }));
            assert_eq!(values::dimension_key(*dimension), dimension_id(*dimension));
        }
        for picked in tables {
            let labels = picked.labels(&words);
            for (index, label) in labels.iter().enumerate() {
                assert!(!label.is_empty(), "{:?}", picked.ids()[index]);
                assert!(!labels[..index].contains(label), "{language:?} {label}");
            }
        }
        for metric in (1..).map_while(|number| Metric::try_from(number).ok()) {
            assert!(
                !words
                    .message("metric", &values::metric_key(metric))
                    .is_empty()
            );
        }
    }
}

#[test]
fn a_breakdown_is_its_values_the_others_and_everything() {
    let asked = GetBreakdownRequest {
        dimensions: vec![Dimension::Channel.into(), Dimension::Department.into()],
        ..GetBreakdownRequest::default()
    };
    let answer = GetBreakdownResponse {
        rows: vec![
            BreakdownRow {
                values: vec![
                    value(Dimension::Channel, Some("whatsapp"), None),
                    value(Dimension::Department, Some("d1"), Some("Ventas")),
                ],
                metrics: metrics(3),
            },
            BreakdownRow {
                values: vec![
                    value(Dimension::Channel, Some("sms"), None),
                    value(Dimension::Department, None, None),
                ],
                metrics: metrics(2),
            },
        ],
        others: metrics(4),
        other_values: 7,
        total: metrics(9),
        ..GetBreakdownResponse::default()
    };
    let rows = of_breakdown(answer);
    let ids = [
        "channel",
        "department",
        "department_id",
        "values",
        "messages",
        "delivery_rate",
        "read_rate",
        "reply_rate",
    ];
    let picked = pick(breakdown(&asked), &ids);
    let told = table(&picked, &rows, &mut words(Language::Spanish));
    assert_eq!(
        told,
        [
            ["WhatsApp", "Ventas", "d1", "1", "3", "0.5", "N/A", "-"],
            ["SMS", "(sin valor)", "-", "1", "2", "0.5", "N/A", "-"],
            ["Otros", "-", "-", "7", "4", "0.5", "N/A", "-"],
            ["Total", "-", "-", "-", "9", "0.5", "N/A", "-"],
        ]
    );
}

#[test]
fn values_are_told_in_the_language() {
    for (dimension, id, told) in [
        (
            Dimension::Weekday,
            "monday",
            ["Lunes", "Monday", "Segunda-feira"],
        ),
        (Dimension::State, "read", ["Leído", "Read", "Lida"]),
        (Dimension::SessionOpen, "yes", ["Sí", "Yes", "Sim"]),
        (Dimension::Conflict, "no", ["No", "No", "Não"]),
        (
            Dimension::FailureCategory,
            "billing",
            ["Facturación", "Billing", "Faturamento"],
        ),
        (Dimension::Day, "2022-10-01", ["1/10/2022"; 3]),
        (Dimension::Month, "2022-10", ["2022-10"; 3]),
        (Dimension::HourOfDay, "7", ["7"; 3]),
        (Dimension::PricingType, "regular", ["regular"; 3]),
        (Dimension::Source, "telepathy", ["telepathy"; 3]),
    ] {
        let one = value(dimension, Some(id), None);
        for (language, told) in Language::ALL.iter().zip(told) {
            assert_eq!(shown(&values::value(&one, &mut words(*language))), told);
        }
    }
}

#[test]
fn a_course_is_its_parts_and_all_of_it() {
    let at = |text: &str| {
        let at: jiff::Timestamp = text.parse().unwrap();
        Some(timestamp(at.into()))
    };
    let answer = GetConsolidatedResponse {
        series: vec![SeriesBucket {
            interval: Some(Interval {
                start_at: at("2022-10-01T05:00:00Z"),
                end_at: at("2022-10-02T05:00:00Z"),
            }),
            metrics: metrics(1),
        }],
        total: metrics(1),
        ..GetConsolidatedResponse::default()
    };
    let picked = consolidated(&GetConsolidatedRequest::default());
    let picked = pick(picked, &["part", "start_at", "end_at", "messages"]);
    let told = |bucket| {
        let rows = of_consolidated(answer.clone(), bucket);
        table(&picked, &rows, &mut words(Language::English))
    };
    let day = [
        "1/10/2022",
        "2022-10-01 00:00:00",
        "2022-10-02 00:00:00",
        "1",
    ];
    assert_eq!(told(Bucket::Day), [day, ["Total", "-", "-", "1"]]);
    assert_eq!(told(Bucket::Hour)[0][0], "2022-10-01 00:00:00");
}

#[test]
fn a_ranking_is_its_places() {
    let asked = GetRankingRequest {
        dimension: Dimension::Agent.into(),
        metric: Metric::ReadRate.into(),
        rate_basis: Some(RateBasis::Wilson.into()),
        ..GetRankingRequest::default()
    };
    let answer = GetRankingResponse {
        rows: vec![RankingRow {
            rank: 1,
            value: Some(value(Dimension::Agent, Some("a1"), Some("Diana Huapaya"))),
            figure: 0.75,
            score: 0.5,
            metrics: metrics(8),
            previous_rank: Some(3),
            previous_figure: None,
            movement: Some(2),
            departments: vec![
                value(Dimension::Department, Some("d1"), Some("Ventas")),
                value(Dimension::Department, Some("d2"), None),
            ],
        }],
        ..GetRankingResponse::default()
    };
    let ids = [
        "rank",
        "agent",
        "agent_id",
        "departments",
        "figure",
        "score",
        "previous_rank",
        "previous_figure",
        "movement",
        "messages",
    ];
    let picked = pick(ranking(&asked), &ids);
    let rows = of_ranking(answer, asked.metric());
    let told = table(&picked, &rows, &mut words(Language::Portuguese));
    assert_eq!(
        told,
        [[
            "1",
            "Diana Huapaya",
            "a1",
            "Ventas, d2",
            "0.75",
            "0.5",
            "3",
            "-",
            "2",
            "8"
        ]]
    );
}
