//! Totals and their course, against figures worked out by hand.

use acuse_proto::reporting::{
    Availability, Bucket, Component, GetConsolidatedRequest, Metric, Metrics, Preset, Quantiles,
    Rate,
};

use crate::rig::Rig;
use crate::samples::{all, at, custom, preset, sent, work};

pub(crate) fn rate(numerator: i64, denominator: i64, left_out: i64) -> Option<Rate> {
    let availability = match denominator {
        0 => Availability::NoData,
        _ => Availability::Available,
    };
    Some(Rate {
        numerator,
        denominator,
        quotient: (denominator > 0).then(|| numerator as f64 / denominator as f64),
        left_out,
        availability: availability.into(),
    })
}

fn quantiles(count: i64, [p50, p90, p99]: [f64; 3]) -> Option<Quantiles> {
    Some(Quantiles {
        count,
        p50_seconds: Some(p50),
        p90_seconds: Some(p90),
        p99_seconds: Some(p99),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn every_metric_is_as_worked_out_by_hand() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    let request = GetConsolidatedRequest {
        with_times: true,
        ..GetConsolidatedRequest::default()
    };
    let answer = rig.consolidated(request).await.unwrap();
    let total = answer.total.unwrap();
    let stages = total.failed_by_stage.unwrap();
    let states = total.states.unwrap();
    let times = total.times.unwrap();
    assert_eq!((stages.dispatch, stages.send, stages.delivery), (0, 0, 1));
    assert_eq!((states.queued, states.dispatched, states.sent), (1, 1, 0));
    assert_eq!((states.delivered, states.read), (2, 1));
    assert_eq!((states.dispatch_failed, states.failed), (0, 1));
    assert_eq!(times.to_deliver, quantiles(3, [20.0, 30.0, 30.0]));
    assert_eq!(times.to_read, quantiles(1, [60.0; 3]));
    assert_eq!(times.to_reply, quantiles(1, [312.0; 3]));
    let expected = Metrics {
        messages: 6,
        tickets: 1,
        dispatched: 5,
        sent: 4,
        delivered: 3,
        read: 1,
        failed: 1,
        failed_by_stage: Some(stages),
        pending: 2,
        unconfirmed: 0,
        unattached: 0,
        replied: 1,
        received: Some(2),
        billable: 1,
        sent_rate: rate(4, 6, 0),
        bounce_rate: rate(1, 6, 0),
        delivery_rate: rate(3, 4, 0),
        // The SMS cannot say that it was read.
        read_rate: rate(1, 2, 1),
        reply_rate: rate(1, 3, 0),
        states: Some(states),
        times: Some(times),
    };
    assert_eq!(total, expected);

    let basis = answer.basis.unwrap();
    assert_eq!(basis.requested, basis.covered);
    assert_eq!((basis.time_zone.as_str(), basis.pending), ("UTC", 2));
    assert!(basis.as_of.is_some());
    for component in basis.components {
        assert_eq!(component.availability(), Availability::Available);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_series_has_a_bucket_for_every_day_and_adds_up() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    let answer = rig.consolidated(GetConsolidatedRequest::default()).await;
    let answer = answer.unwrap();
    let course: Vec<_> = answer
        .series
        .iter()
        .map(|bucket| {
            let of = bucket.metrics.as_ref().unwrap();
            let delivery = of.delivery_rate.as_ref().unwrap();
            let received = of.received;
            (
                of.messages,
                of.delivered,
                of.failed,
                delivery.quotient,
                received,
            )
        })
        .collect();
    let nothing = (0, 0, 0, None, Some(0));
    let mut expected = vec![nothing; 5];
    expected.push((3, 2, 1, Some(2.0 / 3.0), Some(1)));
    expected.push((3, 1, 0, Some(1.0), Some(1)));
    assert_eq!(course, expected);
    for pair in answer.series.windows(2) {
        let [one, next] = [&pair[0], &pair[1]].map(|bucket| bucket.interval.unwrap());
        assert_eq!(one.end_at, next.start_at);
    }
    for bucket in [Bucket::Hour, Bucket::Week, Bucket::Month] {
        let request = GetConsolidatedRequest {
            bucket: Some(bucket.into()),
            ..GetConsolidatedRequest::default()
        };
        let other = rig.consolidated(request).await.unwrap();
        assert_eq!(other.total, answer.total);
        let sum = |count: fn(&Metrics) -> i64| -> i64 {
            let buckets = other.series.iter();
            buckets
                .map(|bucket| count(bucket.metrics.as_ref().unwrap()))
                .sum()
        };
        assert_eq!(sum(|of| of.messages), 6);
        assert_eq!(sum(|of| of.received.unwrap()), 2);
        let lengths = [
            (Bucket::Hour, 7 * 24),
            (Bucket::Week, 1),
            (Bucket::Month, 1),
        ];
        let expected = lengths
            .iter()
            .find(|(known, _)| *known == bucket)
            .unwrap()
            .1;
        assert_eq!(other.series.len(), expected, "{bucket:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_period_before_is_compared_up_to_now() {
    let rig = Rig::start().await;
    rig.apply(all([
        sent("a", at("2026-11-15T08:00:00Z")).delivered(5),
        sent("b", at("2026-11-15T09:00:00Z")),
        sent("before", at("2026-11-14T11:59:59Z")).delivered(5),
        sent("later in the day", at("2026-11-14T12:00:00Z")),
    ]))
    .await;
    let request = GetConsolidatedRequest {
        question: Some(preset(Preset::Today)),
        compare_with_previous: true,
        ..GetConsolidatedRequest::default()
    };
    let answer = rig.consolidated(request).await.unwrap();
    assert_eq!(answer.total.unwrap().messages, 2);
    let previous = answer.previous.unwrap();
    let until_noon = custom("2026-11-14T00:00:00Z", "2026-11-14T12:00:00Z");
    let until_noon = match until_noon.period.unwrap().period.unwrap() {
        acuse_proto::reporting::period::Period::Custom(interval) => interval,
        acuse_proto::reporting::period::Period::Preset(_) => unreachable!(),
    };
    assert_eq!(previous.requested, Some(until_noon));
    assert_eq!(previous.covered, Some(until_noon));
    assert_eq!(previous.total.unwrap().messages, 1);
    assert_eq!(previous.series.len(), 1);
    let change = |metric: Metric| {
        let mut found = previous
            .changes
            .iter()
            .filter(|change| change.metric() == metric);
        let change = found.next().unwrap();
        (
            change.before,
            change.now,
            change.difference,
            change.relative,
        )
    };
    let messages = (Some(1.0), Some(2.0), Some(1.0), Some(1.0));
    assert_eq!(change(Metric::Messages), messages);
    let read = (Some(0.0), Some(0.0), Some(0.0), None);
    assert_eq!(change(Metric::Read), read);
    // One of one was delivered then, one of one that was sent now.
    let delivery = (Some(1.0), Some(1.0), Some(0.0), Some(0.0));
    assert_eq!(change(Metric::DeliveryRate), delivery);
    let times = previous.changes.iter().map(|change| change.metric());
    assert!(
        times
            .into_iter()
            .all(|metric| metric < Metric::TimeToDeliverP50)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waited_for_more_than_30_local_days_is_unconfirmed() {
    // In Santiago it is still the 15th; 30 days before is the 16th of October.
    let rig = Rig::set(|settings| settings.zone = "America/Santiago".parse().unwrap()).await;
    rig.apply(all([
        sent("old", at("2026-10-16T02:59:59Z")),
        sent("not so old", at("2026-10-16T03:00:00Z")),
    ]))
    .await;
    let request = GetConsolidatedRequest {
        // Another zone changes what is asked, not what is unconfirmed.
        question: Some(crate::samples::in_zone(
            preset(Preset::Last90Days),
            "Asia/Kathmandu",
        )),
        ..GetConsolidatedRequest::default()
    };
    let answer = rig.consolidated(request).await.unwrap();
    let total = answer.total.unwrap();
    assert_eq!((total.pending, total.unconfirmed), (1, 1));
    assert_eq!(answer.basis.unwrap().pending, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_there_is_nothing_there_are_no_rates_and_no_data() {
    let rig = Rig::start().await;
    let answer = rig.consolidated(GetConsolidatedRequest::default()).await;
    let answer = answer.unwrap();
    let total = answer.total.unwrap();
    assert_eq!(total.delivery_rate, rate(0, 0, 0));
    assert_eq!(total.bounce_rate, rate(0, 0, 0));
    let basis = answer.basis.unwrap();
    assert_eq!(basis.as_of, None);
    let components: Vec<(Component, Availability)> = basis
        .components
        .iter()
        .map(|status| (status.component(), status.availability()))
        .collect();
    let no_data = Availability::NoData;
    let expected = [
        (Component::Outbound, no_data),
        (Component::Received, no_data),
    ];
    assert_eq!(components, expected);
}
