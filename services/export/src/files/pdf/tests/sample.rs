//! A pack of made-up answers.

use acuse_proto::reporting as wire;
use acuse_proto::reporting::{
    Availability, Bucket, Dimension, DimensionValue, FunnelStage, Interval, Metric, Metrics, Rate,
};

use crate::pack::{Breakdown, Pack, Ranking};

const DAY: i64 = 86_400;

/// Midnight of 24 September 2022 in Lima.
const START: i64 = 1_663_995_600;

fn at(seconds: i64) -> Option<prost_types::Timestamp> {
    Some(prost_types::Timestamp { seconds, nanos: 0 })
}

fn rate(numerator: i64, denominator: i64) -> Option<Rate> {
    let quotient = (denominator > 0).then(|| numerator as f64 / denominator as f64);
    let availability = match denominator {
        0 => Availability::NotApplicable,
        _ => Availability::Available,
    };
    Some(Rate {
        numerator,
        denominator,
        quotient,
        left_out: 0,
        availability: availability.into(),
    })
}

/// The figures of so many messages.
pub(super) fn metrics(messages: i64) -> Metrics {
    let sent = messages * 98 / 100;
    let delivered = sent * 93 / 100;
    let read = delivered * 61 / 100;
    let replied = delivered * 14 / 100;
    Metrics {
        messages,
        tickets: messages / 50,
        dispatched: messages * 99 / 100,
        sent,
        delivered,
        read,
        failed: messages - sent,
        failed_by_stage: None,
        pending: sent - delivered,
        unconfirmed: 0,
        unattached: 3,
        replied,
        received: Some(messages / 9),
        billable: delivered / 2,
        sent_rate: rate(sent, messages),
        bounce_rate: rate(messages - sent, messages),
        delivery_rate: rate(delivered, sent),
        read_rate: rate(read, delivered),
        reply_rate: rate(replied, delivered),
        states: None,
        times: Some(wire::Times {
            to_deliver: quantiles(3.2, 9.0, 61.0),
            to_read: quantiles(340.0, 5_400.0, 90_000.0),
            to_reply: quantiles(700.0, 9_000.0, 200_000.0),
        }),
    }
}

fn quantiles(p50: f64, p90: f64, p99: f64) -> Option<wire::Quantiles> {
    Some(wire::Quantiles {
        count: 9,
        p50_seconds: Some(p50),
        p90_seconds: Some(p90),
        p99_seconds: Some(p99),
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

fn consolidated() -> wire::GetConsolidatedResponse {
    let volumes = [1_804, 2_150, 2_620, 1_990, 0, 640, 410];
    let series = (0..).zip(volumes).map(|(day, messages)| {
        let start = START + day * DAY;
        wire::SeriesBucket {
            interval: Some(Interval {
                start_at: at(start),
                end_at: at(start + DAY),
            }),
            metrics: Some(metrics(messages)),
        }
    });
    let changed = |metric: Metric, difference, relative| wire::MetricChange {
        metric: metric.into(),
        before: Some(1.0),
        now: Some(1.0),
        difference: Some(difference),
        relative: Some(relative),
    };
    wire::GetConsolidatedResponse {
        basis: None,
        total: Some(metrics(volumes.iter().sum())),
        series: series.collect(),
        previous: Some(wire::Comparison {
            total: Some(metrics(8_450)),
            changes: vec![
                changed(Metric::Messages, 1_164.0, 0.1378),
                changed(Metric::DeliveryRate, -0.012, -0.013),
                changed(Metric::ReadRate, 0.0, 0.0),
            ],
            ..wire::Comparison::default()
        }),
    }
}

fn funnel() -> wire::GetFunnelResponse {
    let step = |stage: FunnelStage, messages, of, tickets| wire::FunnelStep {
        stage: stage.into(),
        messages,
        messages_share: (of > 0).then(|| rate(messages, of)).flatten(),
        tickets,
        tickets_share: (of > 0).then(|| rate(tickets, 190)).flatten(),
        ..wire::FunnelStep::default()
    };
    wire::GetFunnelResponse {
        basis: None,
        steps: vec![
            step(FunnelStage::All, 9_614, 0, 192),
            step(FunnelStage::Sent, 9_421, 9_614, 190),
            step(FunnelStage::Bounced, 193, 9_614, 2),
            step(FunnelStage::Delivered, 8_761, 9_421, 188),
            step(FunnelStage::Read, 5_344, 8_761, 170),
            step(FunnelStage::Replied, 1_226, 8_761, 166),
        ],
    }
}

fn breakdown(dimensions: &[Dimension], rows: &[(&[Option<&str>], i64)]) -> Breakdown {
    let total = rows.iter().map(|(_, messages)| messages).sum::<i64>() + 120;
    let rows = rows.iter().map(|(ids, messages)| wire::BreakdownRow {
        values: dimensions
            .iter()
            .zip(*ids)
            .map(|(dimension, id)| value(*dimension, *id, None))
            .collect(),
        metrics: Some(match ids[0] {
            // No stage but sending can be reported.
            Some("instagram" | "telegram") => Metrics {
                delivery_rate: rate(0, 0),
                ..metrics(*messages)
            },
            _ => metrics(*messages),
        }),
    });
    Breakdown {
        asked: wire::GetBreakdownRequest {
            dimensions: dimensions.iter().map(|one| (*one).into()).collect(),
            ..wire::GetBreakdownRequest::default()
        },
        answer: wire::GetBreakdownResponse {
            basis: None,
            rows: rows.collect(),
            others: Some(metrics(120)),
            other_values: 4,
            total: Some(metrics(total)),
            others_filter: None,
        },
    }
}

/// The period before.
fn before() -> wire::Interval {
    wire::Interval {
        start_at: at(START - 7 * DAY),
        end_at: at(START),
    }
}

fn ranking(dimension: Dimension, metric: Metric, names: &[&str]) -> Ranking {
    let rows = (1..).zip(names).map(|(rank, name)| wire::RankingRow {
        rank,
        value: Some(value(dimension, Some("id"), Some(name))),
        figure: 0.4 / rank as f64,
        score: 0.36 / rank as f64,
        metrics: Some(metrics(900 / rank)),
        previous_rank: (rank != 2).then_some(3),
        previous_figure: (rank != 2).then_some(0.123),
        movement: (rank != 2).then_some(3 - rank),
        departments: vec![
            value(Dimension::Department, Some("d1"), Some("Ventas")),
            value(Dimension::Department, Some("d2"), Some("Soporte técnico")),
        ],
    });
    Ranking {
        asked: wire::GetRankingRequest {
            dimension: dimension.into(),
            metric: metric.into(),
            rate_basis: Some(wire::RateBasis::Wilson.into()),
            minimum_volume: Some(20),
            ..wire::GetRankingRequest::default()
        },
        answer: wire::GetRankingResponse {
            rows: rows.collect(),
            ranked_values: 12,
            unranked_values: 2,
            previous: Some(before()),
            previous_covered: Some(before()),
            ..wire::GetRankingResponse::default()
        },
    }
}

fn replies() -> wire::GetReplyActivityResponse {
    let hour = |weekday: i64, hour: i64| ((130 - (hour - 14).pow(2)).max(0) * (8 - weekday)) / 8;
    let days = [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ];
    let weekdays: Vec<_> = (0..)
        .zip(days)
        .map(|(nth, weekday)| {
            let by_hour: Vec<i64> = (0..24).map(|one| hour(nth, one)).collect();
            wire::WeekdayReplies {
                weekday: weekday.to_owned(),
                replied: by_hour.iter().sum(),
                by_hour,
            }
        })
        .collect();
    let by_hour = (0..24).map(|one| weekdays.iter().map(|day| day.by_hour[one]).sum());
    wire::GetReplyActivityResponse {
        basis: None,
        replied: weekdays.iter().map(|day| day.replied).sum(),
        by_hour: by_hour.collect(),
        weekdays,
    }
}

/// One of everything.
pub(super) fn pack() -> Pack {
    Pack {
        names: crate::names::Names::default(),
        bucket: Bucket::Day,
        question: wire::Question::default(),
        workspace: "acme".to_owned(),
        consolidated: consolidated(),
        overview: crate::files::overview::tests::sample(),
        sends: wire::ProactiveSends::All,
        funnel: funnel(),
        breakdowns: vec![
            breakdown(
                &[Dimension::Channel],
                &[
                    (&[Some("whatsapp")], 6_100),
                    (&[Some("sms")], 2_020),
                    (&[Some("instagram")], 900),
                    (&[Some("telegram")], 330),
                    (&[None], 144),
                ],
            ),
            breakdown(
                &[Dimension::Department, Dimension::Source],
                &[
                    (&[Some("Ventas"), Some("user")], 4_100),
                    (
                        &[Some("Soporte técnico y atención al cliente"), Some("bot")],
                        2_020,
                    ),
                    (&[None, None], 900),
                ],
            ),
        ],
        rankings: vec![ranking(
            Dimension::Agent,
            Metric::ReplyRate,
            &[
                "Diana Huapaya",
                "José Ñandú",
                "מיכל",
                "محمد",
                "Ana María Fernández de la Vega y Contreras",
            ],
        )],
        replies: replies(),
    }
}
