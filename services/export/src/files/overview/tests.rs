//! Overviews, made up and told.

use acuse_domain::glossary::Language;
use acuse_proto::reporting::{DeliveryBucket, DistributionValue, GetMessagesOverviewRequest};

use super::*;

const DAY: i64 = 86_400;

/// Midnight of 24 September 2022 in Lima.
const START: i64 = 1_663_995_600;

fn distribution(dimension: Dimension, values: &[(&str, i64)], others: (i64, i64)) -> Distribution {
    let total = values.iter().map(|(_, count)| count).sum::<i64>() + others.1;
    Distribution {
        dimension: dimension.into(),
        values: values
            .iter()
            .map(|(id, count)| DistributionValue {
                value: Some(DimensionValue {
                    dimension: dimension.into(),
                    id: Some((*id).to_owned()),
                    ..DimensionValue::default()
                }),
                count: *count,
                share: *count as f64 / total as f64,
            })
            .collect(),
        others: others.1,
        other_values: others.0,
        total,
        others_filter: None,
    }
}

fn delivery(messages: i64) -> Delivery {
    let part = |count: i64| {
        Some(DeliveryPart {
            count,
            share: (messages > 0).then(|| count as f64 / messages as f64),
        })
    };
    let (sent, delivered, read) = (messages / 10, messages / 4, messages / 2);
    let failed = messages / 20;
    Delivery {
        messages,
        sent: part(sent),
        delivered: part(delivered),
        read: part(read),
        failed: part(failed),
        waiting: part(messages - sent - delivered - read - failed),
    }
}

/// An overview of a week.
pub(in crate::files) fn sample() -> Overview {
    let volumes = [1_800, 2_140, 2_620, 1_980, 0, 640, 420];
    let at = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
    let buckets = (0..).zip(volumes).map(|(day, messages)| DeliveryBucket {
        interval: Some(Interval {
            start_at: at(START + day * DAY),
            end_at: at(START + (day + 1) * DAY),
        }),
        delivery: Some(delivery(messages)),
    });
    let by = |dimension, values: &[(&str, i64)]| Some(distribution(dimension, values, (0, 0)));
    Overview {
        asked: GetMessagesOverviewRequest::default(),
        answer: GetMessagesOverviewResponse {
            basis: None,
            received_by_channel: by(
                Dimension::Channel,
                &[("whatsapp", 812), ("instagram", 240), ("web_chat", 61)],
            ),
            by_channel: by(
                Dimension::Channel,
                &[("whatsapp", 7_100), ("sms", 2_020), ("instagram", 480)],
            ),
            by_source: by(
                Dimension::Source,
                &[("broadcast", 6_000), ("user", 2_100), ("bot", 1_500)],
            ),
            by_type: by(
                Dimension::Type,
                &[
                    ("template", 6_900),
                    ("session", 2_600),
                    ("message_tag", 100),
                ],
            ),
            by_subtype: Some(distribution(
                Dimension::Subtype,
                &[("quick_reply", 300), ("human_agent", 90)],
                (2, 30),
            )),
            delivery: buckets.collect(),
            total: Some(delivery(volumes.iter().sum())),
        },
    }
}

fn told(rows: &[Line], ids: &[&str], language: Language) -> Vec<Vec<String>> {
    let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    let mut words = Words::new(language, &"America/Lima".parse().unwrap());
    let picked = OVERVIEW.pick(&ids);
    let mut row = |row: &Line| -> Vec<String> {
        let cells = picked.columns.iter().map(|column| {
            let mut text = String::new();
            (column.cell)(row, &mut words).put(&mut text);
            text
        });
        cells.collect()
    };
    rows.iter().map(&mut row).collect()
}

#[test]
fn every_distribution_and_the_course_are_rows_of_one_table() {
    let rows = rows(&sample());
    let ids = ["section", "value", "messages", "share", "read", "waiting"];
    let told = told(&rows, &ids, Language::Spanish);
    assert_eq!(told.len(), 4 + 4 + 4 + 4 + 4 + 8);
    assert_eq!(
        told[..4],
        [
            [
                "Recibidos por canal",
                "WhatsApp",
                "812",
                "0.72956",
                "-",
                "-"
            ],
            [
                "Recibidos por canal",
                "Instagram",
                "240",
                "0.215633",
                "-",
                "-"
            ],
            [
                "Recibidos por canal",
                "Chat web",
                "61",
                "0.054807",
                "-",
                "-"
            ],
            ["Recibidos por canal", "Total", "1113", "1", "-", "-"],
        ]
    );
    assert_eq!(
        told[18],
        ["Salientes por subtipo", "Otros", "30", "0.071429", "-", "-"]
    );
    let title = "Estado de los mensajes en el tiempo";
    assert_eq!(told[20], [title, "24/9/2022", "1800", "-", "900", "180"]);
    assert_eq!(told[27][..3], [title, "Total", "9600"]);
    let parts: i64 = rows[20..27].iter().map(Line::messages).sum();
    assert_eq!(parts, rows[27].messages());
}

#[test]
fn a_section_has_the_columns_that_tell_something_of_it() {
    let of = |overview: &Overview, nth: usize| {
        let (section, lines) = sections(overview).swap_remove(nth);
        let picked = section.columns(&[], &lines).unwrap();
        let words = Words::new(Language::English, &acuse_domain::calendar::Zone::UTC);
        let label = section.labels(&picked, Bucket::Week, &words)[0];
        (picked.ids().len(), label)
    };
    let mut overview = sample();
    assert_eq!(of(&overview, 2), (3, "Source"));
    assert_eq!(of(&overview, 5), (14, "Week"));
    for bucket in &mut overview.answer.delivery {
        bucket.delivery.as_mut().unwrap().waiting = None;
    }
    overview.answer.total.as_mut().unwrap().waiting = None;
    assert_eq!(of(&overview, 5), (12, "Week"));
    let (section, lines) = sections(&overview).swap_remove(0);
    assert!(section.columns(&["read".to_owned()], &lines).is_none());
}

#[test]
fn what_is_not_applicable_says_so() {
    let mut overview = sample();
    overview.answer.received_by_channel = None;
    overview.asked.cumulative = true;
    let ids = ["section", "value", "messages", "share"];
    let told = told(&rows(&overview), &ids, Language::English);
    assert_eq!(told[0], ["Inbound by channel", "N/A", "-", "-"]);
    assert_eq!(told[1][..2], ["Outbound by channel", "WhatsApp"]);
    let last = told.last().unwrap();
    assert_eq!(last[0], "How far messages came, over time");
}

#[test]
fn where_messages_stand_is_not_called_as_how_far_they_came() {
    let called = |language, cumulative| {
        let words = Words::new(language, &acuse_domain::calendar::Zone::UTC);
        let ids = ["sent", "read", "failed", "delivered_share", "messages"];
        let ids = ids.map(str::to_owned);
        table(cumulative).pick(&ids).labels(&words)
    };
    let (es, en, pt) = (Language::Spanish, Language::English, Language::Portuguese);
    assert_eq!(
        called(en, true),
        ["Sent", "Read", "Failed", "% delivered", "Messages"]
    );
    let standing = [
        "Now sent",
        "Now read",
        "Now failed",
        "% now delivered",
        "Messages",
    ];
    assert_eq!(called(en, false), standing);
    assert_eq!(called(es, false)[..2], ["Ahora enviados", "Ahora leídos"]);
    assert_eq!(called(pt, false)[..2], ["Agora enviadas", "Agora lidas"]);
    let words = Words::new(en, &acuse_domain::calendar::Zone::UTC);
    let mut overview = sample();
    for (cumulative, label) in [(false, "Now sent"), (true, "Sent")] {
        overview.asked.cumulative = cumulative;
        let (section, lines) = sections(&overview).pop().unwrap();
        let picked = section.columns(&["sent".to_owned()], &lines).unwrap();
        assert_eq!(section.labels(&picked, Bucket::Day, &words), [label]);
    }
    // Whatever they are called, they are chosen by the same ids.
    assert_eq!(table(false).ids(), OVERVIEW.ids());
}
