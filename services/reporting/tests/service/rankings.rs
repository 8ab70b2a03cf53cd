//! Rankings, against places worked out by hand.

use acuse_domain::event::Event;
use acuse_domain::time::Timestamp;
use acuse_proto::convert::timestamp;
use acuse_proto::reporting::{
    Dimension, GetRankingRequest, GetRankingResponse, Interval, Metric, Preset, RankingEnd,
    RateBasis,
};

use crate::rig::Rig;
use crate::samples::{all, at, preset, sent, work};

fn by_delivery(dimension: Dimension) -> GetRankingRequest {
    GetRankingRequest {
        dimension: dimension.into(),
        metric: Metric::DeliveryRate.into(),
        ..GetRankingRequest::default()
    }
}

/// So many messages of an agent, of which the first so many were delivered and all others failed.
fn agent(name: &str, at: Timestamp, delivered: usize, count: usize) -> Vec<Event> {
    all((0..count).map(|number| {
        let message = sent(&format!("{name}{number}{at}"), at).from("ventas", name);
        match number < delivered {
            true => message.delivered(5),
            false => message.failed(),
        }
    }))
}

fn places(answer: &GetRankingResponse) -> Vec<(i64, &str)> {
    answer
        .rows
        .iter()
        .map(|row| (row.rank, row.value.as_ref().unwrap().id.as_deref().unwrap()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn ties_share_a_rank_and_are_ordered_by_volume_then_name() {
    let rig = Rig::start().await;
    let at = at("2026-11-15T10:00:00Z");
    rig.apply(agent("best", at, 1, 1)).await;
    rig.apply(agent("half of two b", at, 1, 2)).await;
    rig.apply(agent("half of two a", at, 1, 2)).await;
    rig.apply(agent("half of four", at, 2, 4)).await;
    rig.apply(agent("worst", at, 0, 1)).await;
    let answer = rig.ranking(by_delivery(Dimension::Agent)).await.unwrap();
    let expected = [
        (1, "best"),
        (2, "half of four"),
        (2, "half of two a"),
        (2, "half of two b"),
        (5, "worst"),
    ];
    assert_eq!(places(&answer), expected);
    assert_eq!((answer.ranked_values, answer.unranked_values), (5, 0));
    assert_eq!(answer.total.unwrap().messages, 10);

    let mut cut = by_delivery(Dimension::Agent);
    cut.limit = Some(3);
    let cut = rig.ranking(cut).await.unwrap();
    assert_eq!(places(&cut), expected[..3]);
    assert_eq!(cut.ranked_values, 5);

    let mut worst = by_delivery(Dimension::Agent);
    worst.first = Some(RankingEnd::Worst.into());
    let worst = rig.ranking(worst).await.unwrap();
    let expected = [
        (1, "worst"),
        (2, "half of four"),
        (2, "half of two a"),
        (2, "half of two b"),
        (5, "best"),
    ];
    assert_eq!(places(&worst), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_best_is_the_least_where_less_is_better() {
    let rig = Rig::start().await;
    let at = at("2026-11-15T10:00:00Z");
    rig.apply(agent("often", at, 1, 3)).await;
    rig.apply(agent("seldom", at, 2, 3)).await;
    for metric in [Metric::BounceRate, Metric::Failed] {
        let mut request = by_delivery(Dimension::Agent);
        request.metric = metric.into();
        let best = rig.ranking(request.clone()).await.unwrap();
        assert_eq!(places(&best), [(1, "seldom"), (2, "often")], "{metric:?}");
        request.first = Some(RankingEnd::Worst.into());
        let worst = rig.ranking(request).await.unwrap();
        assert_eq!(places(&worst), [(1, "often"), (2, "seldom")], "{metric:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn few_do_not_beat_many_by_the_lower_bound() {
    let rig = Rig::start().await;
    let at = at("2026-11-15T10:00:00Z");
    rig.apply(agent("few", at, 3, 3)).await;
    rig.apply(agent("many", at, 95, 100)).await;
    let mut request = by_delivery(Dimension::Agent);
    let plain = rig.ranking(request.clone()).await.unwrap();
    assert_eq!(places(&plain), [(1, "few"), (2, "many")]);
    assert_eq!((plain.rows[1].figure, plain.rows[1].score), (0.95, 0.95));

    request.rate_basis = Some(RateBasis::Wilson.into());
    let bounded = rig.ranking(request.clone()).await.unwrap();
    assert_eq!(places(&bounded), [(1, "many"), (2, "few")]);
    assert_eq!(bounded.rows[0].figure, 0.95);
    // (95/100, 95 %) and (3/3, 95 %), from a table of the interval.
    assert!((bounded.rows[0].score - 0.888_25).abs() < 1e-4);
    assert!((bounded.rows[1].score - 0.438_50).abs() < 1e-4);

    request.minimum_volume = Some(4);
    let voluminous = rig.ranking(request).await.unwrap();
    assert_eq!(places(&voluminous), [(1, "many")]);
    assert_eq!(voluminous.unranked_values, 1);
    assert_eq!(voluminous.total.unwrap().messages, 103);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_is_compared_with_the_one_before() {
    let rig = Rig::start().await;
    let (today, yesterday) = (at("2026-11-15T10:00:00Z"), at("2026-11-14T10:00:00Z"));
    rig.apply(agent("rising", yesterday, 0, 2)).await;
    rig.apply(agent("rising", today, 2, 2)).await;
    rig.apply(agent("falling", yesterday, 2, 2)).await;
    rig.apply(agent("falling", today, 1, 2)).await;
    rig.apply(agent("new", today, 0, 2)).await;
    let mut request = by_delivery(Dimension::Agent);
    request.question = Some(preset(Preset::Today));
    let answer = rig.ranking(request).await.unwrap();
    assert_eq!(places(&answer), [(1, "rising"), (2, "falling"), (3, "new")]);
    assert!(answer.previous.is_some());
    assert_eq!(answer.previous_covered, answer.previous);
    let before: Vec<_> = answer
        .rows
        .iter()
        .map(|row| (row.previous_rank, row.previous_figure, row.movement))
        .collect();
    let expected = [
        (Some(2), Some(0.0), Some(1)),
        (Some(1), Some(1.0), Some(-1)),
        (None, None, None),
    ];
    assert_eq!(before, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_period_before_that_is_not_covered_whole_is_compared_with_by_nobody() {
    let today = at("2026-11-15T10:00:00Z");
    for (begin, covered) in [
        (
            "2026-11-14T09:00:00Z",
            Some(Interval {
                start_at: Some(timestamp(at("2026-11-14T09:00:00Z"))),
                end_at: Some(timestamp(at("2026-11-14T12:00:00Z"))),
            }),
        ),
        ("2026-11-15T00:00:00Z", None),
    ] {
        let rig = Rig::set(|settings| {
            settings.zone = "UTC".parse().unwrap();
            settings.data_available_from = Some(at(begin));
        })
        .await;
        rig.apply(agent("ana", at("2026-11-14T10:00:00Z"), 1, 2))
            .await;
        rig.apply(agent("ana", today, 2, 2)).await;
        let mut request = by_delivery(Dimension::Agent);
        request.question = Some(preset(Preset::Today));
        let answer = rig.ranking(request).await.unwrap();
        assert_eq!(places(&answer), [(1, "ana")]);
        let row = &answer.rows[0];
        let before = (row.previous_rank, row.previous_figure, row.movement);
        assert_eq!(before, (None, None, None), "{begin}");
        assert_eq!(answer.previous_covered, covered);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_and_templates_name_the_departments_that_sent() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    let date = at("2026-11-15T11:00:00Z");
    rig.apply(all([sent("x1", date)
        .from("soporte", "diana")
        .template("t1", "octubre")
        .delivered(1)]))
        .await;
    for (dimension, id) in [(Dimension::Agent, "diana"), (Dimension::Template, "t1")] {
        let answer = rig.ranking(by_delivery(dimension)).await.unwrap();
        let rows = answer.rows.iter();
        let mut found = rows.filter(|row| row.value.as_ref().unwrap().id.as_deref() == Some(id));
        let departments = found.next().unwrap().departments.iter();
        let shown: Vec<_> = departments
            .map(|one| (one.id.as_deref(), one.name.as_deref()))
            .collect();
        let expected = [
            (Some("soporte"), Some("SOPORTE")),
            (Some("ventas"), Some("VENTAS")),
        ];
        assert_eq!(shown, expected);
    }
    let campaigns = rig.ranking(by_delivery(Dimension::Campaign)).await.unwrap();
    assert!(campaigns.rows[0].departments.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_dimension_that_can_be_ranked_is() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    for (dimension, ids) in [
        (Dimension::Agent, vec!["diana", "bruno"]),
        (Dimension::Department, vec!["ventas", "soporte"]),
        (Dimension::Team, vec![]),
        (Dimension::Template, vec!["t1", "t2"]),
        (Dimension::Campaign, vec!["octubre"]),
        (Dimension::Broadcast, vec![]),
        (
            Dimension::ChannelAccount,
            vec!["whatsapp:business-line", "sms:short-code"],
        ),
        (Dimension::Account, vec![]),
        (Dimension::FailureCategory, vec!["invalid_recipient"]),
    ] {
        let mut request = by_delivery(dimension);
        request.metric = Metric::Messages.into();
        let answer = rig.ranking(request).await.unwrap();
        let found: Vec<&str> = places(&answer).into_iter().map(|(_, id)| id).collect();
        assert_eq!(found, ids, "{dimension:?}");
        assert_eq!(answer.total.unwrap().messages, 6);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_took_how_long_can_be_ranked() {
    let rig = Rig::start().await;
    let at = at("2026-11-15T10:00:00Z");
    rig.apply(all([
        sent("slow", at).from("ventas", "slow").delivered(100),
        sent("quick", at).from("ventas", "quick").delivered(10),
        sent("never", at).from("ventas", "never").failed(),
    ]))
    .await;
    let mut request = by_delivery(Dimension::Agent);
    request.metric = Metric::TimeToDeliverP90.into();
    let answer = rig.ranking(request).await.unwrap();
    assert_eq!(places(&answer), [(1, "quick"), (2, "slow")]);
    assert_eq!((answer.rows[0].figure, answer.unranked_values), (10.0, 1));
    assert!(answer.rows[0].metrics.as_ref().unwrap().times.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn where_inbound_messages_are_left_out_nothing_is_ranked_by_them() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    for (dimension, ranked, unranked) in [
        (Dimension::ChannelAccount, 2, 0),
        (Dimension::Template, 0, 2),
    ] {
        let request = GetRankingRequest {
            metric: Metric::Received.into(),
            minimum_volume: Some(0),
            ..by_delivery(dimension)
        };
        let answer = rig.ranking(request).await.unwrap();
        let values = (answer.ranked_values, answer.unranked_values);
        assert_eq!(values, (ranked, unranked), "{dimension:?}");
        assert_eq!(answer.rows.len() as i64, ranked);
    }
}
