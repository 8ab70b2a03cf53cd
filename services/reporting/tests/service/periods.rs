//! Which interval a report covers.

use acuse_domain::time::Timestamp;
use acuse_proto::convert::timestamp;
use acuse_proto::reporting::{
    Availability, Bucket, Dimension, GetBreakdownRequest, GetConsolidatedRequest,
    GetConsolidatedResponse, Interval, Metric, Preset, Question,
};
use acuse_testkit::service::wire::fields;
use tonic::Code;

use crate::rig::Rig;
use crate::samples::{all, any_of, at, custom, in_zone, preset, sent};

fn about(question: Question) -> GetConsolidatedRequest {
    GetConsolidatedRequest {
        question: Some(question),
        ..GetConsolidatedRequest::default()
    }
}

fn between(start: &str, end: &str) -> Option<Interval> {
    Some(Interval {
        start_at: Some(timestamp(at(start))),
        end_at: Some(timestamp(at(end))),
    })
}

/// The lengths of a series' buckets in minutes, and the messages in each.
fn course(answer: &GetConsolidatedResponse) -> Vec<(i64, i64)> {
    let micros = |at: prost_types::Timestamp| at.seconds;
    let buckets = answer.series.iter();
    buckets
        .map(|bucket| {
            let interval = bucket.interval.unwrap();
            let seconds = micros(interval.end_at.unwrap()) - micros(interval.start_at.unwrap());
            (seconds / 60, bucket.metrics.as_ref().unwrap().messages)
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn presets_are_days_of_the_report_s_zone() {
    let rig = Rig::set(|settings| settings.zone = "America/Santiago".parse().unwrap()).await;
    for (asked, start, end) in [
        (
            Preset::Today,
            "2026-11-15T03:00:00Z",
            "2026-11-16T03:00:00Z",
        ),
        (
            Preset::Yesterday,
            "2026-11-14T03:00:00Z",
            "2026-11-15T03:00:00Z",
        ),
        (
            Preset::Last7Days,
            "2026-11-09T03:00:00Z",
            "2026-11-16T03:00:00Z",
        ),
        (
            Preset::Last14Days,
            "2026-11-02T03:00:00Z",
            "2026-11-16T03:00:00Z",
        ),
        (
            Preset::Last30Days,
            "2026-10-17T03:00:00Z",
            "2026-11-16T03:00:00Z",
        ),
        // Through the change of the clock.
        (
            Preset::Last90Days,
            "2026-08-18T04:00:00Z",
            "2026-11-16T03:00:00Z",
        ),
        (
            Preset::ThisMonth,
            "2026-11-01T03:00:00Z",
            "2026-11-16T03:00:00Z",
        ),
        (
            Preset::LastMonth,
            "2026-10-01T03:00:00Z",
            "2026-11-01T03:00:00Z",
        ),
    ] {
        let basis = rig.consolidated(about(preset(asked))).await.unwrap().basis;
        let basis = basis.unwrap();
        assert_eq!(basis.covered, between(start, end), "{asked:?}");
        assert_eq!(basis.time_zone, "America/Santiago");
    }
    let usual = rig.consolidated(GetConsolidatedRequest::default()).await;
    let expected = between("2026-11-09T03:00:00Z", "2026-11-16T03:00:00Z");
    assert_eq!(usual.unwrap().basis.unwrap().covered, expected);
    let elsewhere = about(in_zone(preset(Preset::Today), "asia/kathmandu"));
    let basis = rig.consolidated(elsewhere).await.unwrap().basis.unwrap();
    let expected = between("2026-11-14T18:15:00Z", "2026-11-15T18:15:00Z");
    assert_eq!(basis.covered, expected);
    assert_eq!(basis.time_zone, "Asia/Kathmandu");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_without_midnight_begins_at_its_first_instant() {
    let rig = Rig::set(|settings| settings.zone = "America/Santiago".parse().unwrap()).await;
    rig.apply(all([
        sent("the day before", at("2026-09-06T03:59:59Z")),
        sent("the first instant", at("2026-09-06T04:00:00Z")),
        sent("the last second", at("2026-09-07T02:59:59Z")),
        sent("the day after", at("2026-09-07T03:00:00Z")),
    ]))
    .await;
    let question = custom("2026-09-05T04:00:00Z", "2026-09-08T03:00:00Z");
    let answer = rig.consolidated(about(question)).await.unwrap();
    let day = 24 * 60;
    assert_eq!(course(&answer), [(day, 1), (day - 60, 2), (day, 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_may_be_set_by_half_an_hour() {
    let rig = Rig::start().await;
    rig.apply(all([
        sent("at half past one", at("2026-04-04T14:30:00Z")),
        sent("at half past one again", at("2026-04-04T15:00:00Z")),
        sent("at two", at("2026-04-04T15:30:00Z")),
    ]))
    .await;
    // From one to three there, which takes two hours and a half.
    let question = custom("2026-04-04T14:00:00Z", "2026-04-04T16:30:00Z");
    let request = GetConsolidatedRequest {
        bucket: Some(Bucket::Hour.into()),
        ..about(in_zone(question, "Australia/Lord_Howe"))
    };
    let answer = rig.consolidated(request).await.unwrap();
    assert_eq!(course(&answer), [(60, 1), (30, 1), (60, 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interval_is_cut_where_the_data_begin() {
    let begin: Timestamp = at("2026-09-30T03:00:00Z");
    let rig = Rig::set(|settings| {
        settings.zone = "America/Santiago".parse().unwrap();
        settings.data_available_from = Some(begin);
    })
    .await;
    rig.apply(all([
        sent("before", at("2026-09-30T02:59:59Z")),
        sent("after", at("2026-09-30T03:00:00Z")),
    ]))
    .await;
    // 25 September to 5 October.
    let question = custom("2026-09-25T03:00:00Z", "2026-10-05T03:00:00Z");
    let answer = rig.consolidated(about(question)).await.unwrap();
    let basis = answer.basis.as_ref().unwrap();
    let requested = between("2026-09-25T03:00:00Z", "2026-10-05T03:00:00Z");
    let covered = between("2026-09-30T03:00:00Z", "2026-10-05T03:00:00Z");
    assert_eq!((basis.requested, basis.covered), (requested, covered));
    assert_eq!(answer.series.len(), 5);
    assert_eq!(answer.total.unwrap().messages, 1);

    let before = custom("2026-09-25T03:00:00Z", "2026-09-30T03:00:00Z");
    let request = GetConsolidatedRequest {
        compare_with_previous: true,
        ..about(before)
    };
    let answer = rig.consolidated(request).await.unwrap();
    let basis = answer.basis.unwrap();
    assert_eq!(basis.covered, None);
    assert!(basis.as_of.is_some());
    let components = basis.components.iter();
    let mut found = components.map(|status| status.availability());
    assert!(found.all(|availability| availability == Availability::NoData));
    assert_eq!(answer.total.unwrap().messages, 0);
    assert!(answer.series.is_empty());
    assert_eq!(answer.previous.unwrap().covered, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_limits_how_long_a_report_is() {
    let rig = Rig::set(|settings| settings.report_max_days = 14).await;
    let fits = about(preset(Preset::Last14Days));
    assert!(rig.consolidated(fits).await.is_ok());
    let too_long = [
        preset(Preset::Last30Days),
        custom("2026-11-01T00:00:00Z", "2026-11-15T00:00:01Z"),
    ];
    for question in too_long {
        let refused = rig.consolidated(about(question)).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert_eq!(fields(&refused), ["question.period"]);
        assert!(refused.message().contains("14 days"), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unless_it_says_otherwise_a_workspace_allows_ninety_days() {
    let rig = Rig::start().await;
    let until = |end: &str| {
        about(Question {
            time_zone: Some("UTC".to_owned()),
            ..custom("2026-08-01T00:00:00Z", end)
        })
    };
    let ninety = rig.consolidated(until("2026-10-30T00:00:00Z")).await;
    assert!(ninety.is_ok(), "{ninety:?}");
    let refused = rig.consolidated(until("2026-10-31T00:00:00Z")).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert_eq!(fields(&refused), ["question.period"]);
    assert!(refused.message().contains("90 days"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_series_may_not_be_endless() {
    let rig = Rig::set(|settings| settings.report_max_days = 3_660).await;
    let question = custom("2016-11-15T00:00:00Z", "2026-11-15T00:00:00Z");
    let request = GetConsolidatedRequest {
        bucket: Some(Bucket::Hour.into()),
        ..about(question)
    };
    let refused = rig.consolidated(request.clone()).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert_eq!(fields(&refused), ["bucket"]);
    let by_week = GetConsolidatedRequest {
        bucket: Some(Bucket::Week.into()),
        ..request
    };
    assert!(rig.consolidated(by_week.clone()).await.is_ok());

    let by_hour = GetBreakdownRequest {
        question: by_week.question.clone(),
        dimensions: vec![Dimension::Hour.into()],
        ..GetBreakdownRequest::default()
    };
    let refused = rig.breakdown(by_hour).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert_eq!(fields(&refused), ["dimensions[0]"]);

    let mut at_noon = by_week;
    let filters = &mut at_noon.question.as_mut().unwrap().filters;
    filters.push(any_of(Dimension::Weekday, &["monday"]));
    filters.push(any_of(Dimension::HourOfDay, &["12"]));
    let refused = rig.consolidated(at_noon).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert_eq!(fields(&refused), ["question.filters[1]"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_with_the_whole_period_before_there_is_a_comparison() {
    let rig = Rig::set(|settings| {
        settings.data_available_from = Some(at("2026-11-11T00:00:00Z"));
    })
    .await;
    rig.apply(all([
        sent("one", at("2026-11-11T10:00:00Z")),
        sent("other", at("2026-11-12T10:00:00Z")),
    ]))
    .await;
    for (start, end, before, now) in [
        ("2026-11-12", "2026-11-13", Some(1.0), Some(1.0)),
        // Of the two days before one is left, then none, then neither of those asked for.
        ("2026-11-12", "2026-11-14", None, Some(1.0)),
        ("2026-11-11", "2026-11-12", None, Some(1.0)),
        ("2026-11-10", "2026-11-11", None, None),
    ] {
        let [start, end] = [start, end].map(|day| format!("{day}T00:00:00Z"));
        let request = GetConsolidatedRequest {
            compare_with_previous: true,
            ..about(custom(&start, &end))
        };
        let answer = rig.consolidated(request).await.unwrap();
        let changes = answer.previous.unwrap().changes;
        let change = changes[0];
        assert_eq!(change.metric(), Metric::Messages);
        assert_eq!((change.before, change.now), (before, now), "{start}");
        let is_compared = before.is_some();
        assert_eq!(change.difference.is_some(), is_compared, "{start}");
        assert_eq!(change.relative.is_some(), is_compared, "{start}");
    }
}
