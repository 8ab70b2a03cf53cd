//! Requests with something wrong in them: every faulty field is named, with what would be right.

use acuse_proto::reporting::{
    CountedIn, Dimension, Filter, FirstReply, GetBreakdownRequest, GetConsolidatedRequest,
    GetFunnelRequest, GetMessagesOverviewRequest, GetRankingRequest, GetReplyActivityRequest,
    IdFilter, IdKind, Interval, ListFailedMessagesRequest, ListInboundMessagesRequest,
    ListOutboundMessagesRequest, Metric, Period, Preset, Question, RateBasis, RatePart, RowPreset,
    StreamRowsRequest, period,
};
use acuse_testkit::service::wire::fields;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::rig::Rig;
use crate::samples::{any_of, ids};

/// The fields that a refusal names. Each has to say something about what would be right.
fn refused(answer: Result<impl Sized, Status>) -> Vec<String> {
    let Err(status) = answer else {
        panic!("it was let pass");
    };
    assert_eq!(status.code(), Code::InvalidArgument, "{status}");
    let request = status.get_details_bad_request().unwrap();
    for violation in request.field_violations {
        assert!(violation.description.len() > 10, "{violation:?}");
    }
    fields(&status)
}

async fn ask(rig: &Rig, question: Question) -> Vec<String> {
    let request = GetConsolidatedRequest {
        question: Some(question),
        ..GetConsolidatedRequest::default()
    };
    refused(rig.consolidated(request).await)
}

fn within(period: period::Period) -> Question {
    Question {
        period: Some(Period {
            period: Some(period),
        }),
        ..Question::default()
    }
}

fn time(seconds: i64) -> Option<prost_types::Timestamp> {
    Some(prost_types::Timestamp { seconds, nanos: 0 })
}

#[tokio::test(flavor = "multi_thread")]
async fn periods_and_zones() {
    let rig = Rig::start().await;
    let custom = |start_at, end_at| within(period::Period::Custom(Interval { start_at, end_at }));
    let day = 1_794_700_800;
    for (question, expected) in [
        (within(period::Period::Preset(0)), vec!["period.preset"]),
        (within(period::Period::Preset(99)), vec!["period.preset"]),
        (
            custom(None, None),
            vec!["period.custom.start_at", "period.custom.end_at"],
        ),
        (custom(time(day), time(day)), vec!["period.custom.end_at"]),
        (
            custom(time(1_000), time(day)),
            vec!["period.custom.start_at"],
        ),
        (
            custom(time(day), time(i64::MAX)),
            vec!["period.custom.end_at"],
        ),
        (
            Question {
                period: Some(Period::default()),
                time_zone: Some("America/Santiag".to_owned()),
                ..Question::default()
            },
            vec!["period.period", "time_zone"],
        ),
    ] {
        let expected: Vec<String> = expected
            .iter()
            .map(|field| format!("question.{field}"))
            .collect();
        assert_eq!(ask(&rig, question).await, expected);
    }
    // The last instant that the wire knows is only too long a period.
    let far = custom(time(day), time(253_402_300_799));
    assert_eq!(ask(&rig, far).await, ["question.period"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_zone_is_named_with_the_one_that_was_likely_meant() {
    let rig = Rig::start().await;
    let request = GetConsolidatedRequest {
        question: Some(Question {
            time_zone: Some("America/Santiag".to_owned()),
            ..within(period::Period::Preset(Preset::Today.into()))
        }),
        ..GetConsolidatedRequest::default()
    };
    let refused = rig.consolidated(request).await.unwrap_err();
    assert_eq!(fields(&refused), ["question.time_zone"]);
    for name in ["\"America/Santiag\"", "America/Santiago"] {
        assert!(refused.message().contains(name), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn filters() {
    let rig = Rig::start().await;
    let long = "x".repeat(257);
    let question = Question {
        filters: vec![
            Filter::default(),
            any_of(Dimension::Channel, &["sms", "telex"]),
            any_of(Dimension::Agent, &["", &long]),
            any_of(Dimension::Week, &["2026-11-10"]),
            any_of(Dimension::HourOfDay, &["24"]),
            Filter {
                dimension: 99,
                ..any_of(Dimension::Agent, &["diana"])
            },
            any_of(Dimension::FailureStage, &["read"]),
        ],
        id_filters: vec![
            IdFilter::default(),
            ids(IdKind::Ticket, &[]),
            ids(IdKind::Phone, &[""]),
            ids(IdKind::Message, &["m1"]),
            ids(IdKind::Message, &["m2"]),
        ],
        ..Question::default()
    };
    let expected = [
        "filters[0].dimension",
        "filters[0].condition",
        "filters[1].any_of.values[1]",
        "filters[2].any_of.values[0]",
        "filters[2].any_of.values[1]",
        "filters[3].any_of.values[0]",
        "filters[4].any_of.values[0]",
        "filters[5].dimension",
        "filters[6].any_of.values[0]",
        "id_filters[0].kind",
        "id_filters[0].any_of",
        "id_filters[1].any_of",
        "id_filters[2].any_of[0]",
        "id_filters[4].kind",
    ];
    let expected: Vec<String> = expected
        .iter()
        .map(|field| format!("question.{field}"))
        .collect();
    assert_eq!(ask(&rig, question).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn figures() {
    let rig = Rig::start().await;
    let figure = |metric, part| CountedIn { metric, part };
    let (messages, read_rate) = (Metric::Messages.into(), Metric::ReadRate.into());
    let left_out = RatePart::LeftOut.into();
    let question = Question {
        counted_in: vec![
            figure(0, None),
            figure(38, None),
            figure(messages, Some(left_out)),
            figure(read_rate, Some(0)),
            figure(read_rate, Some(4)),
            figure(read_rate, Some(left_out)),
        ],
        ..Question::default()
    };
    let expected = [
        "[0].metric",
        "[1].metric",
        "[2].part",
        "[3].part",
        "[4].part",
    ];
    let expected = expected.map(|field| format!("question.counted_in{field}"));
    assert_eq!(ask(&rig, question).await, expected);
    let question = Question {
        first_reply: Some(FirstReply::default()),
        ..Question::default()
    };
    assert_eq!(ask(&rig, question).await, ["question.first_reply.weekdays"]);
    let question = Question {
        first_reply: Some(FirstReply {
            weekdays: vec!["monday".to_owned(), "Tuesday".to_owned()],
            hours_of_day: vec![-1, 0, 24],
        }),
        ..Question::default()
    };
    let expected = ["weekdays[1]", "hours_of_day[0]", "hours_of_day[2]"];
    let expected = expected.map(|field| format!("question.first_reply.{field}"));
    assert_eq!(ask(&rig, question).await, expected);
    let question = Question {
        first_reply: Some(FirstReply {
            weekdays: vec!["monday".to_owned(); 8],
            hours_of_day: vec![99; 25],
        }),
        ..Question::default()
    };
    let expected = ["weekdays", "hours_of_day"];
    let expected = expected.map(|field| format!("question.first_reply.{field}"));
    assert_eq!(ask(&rig, question).await, expected);
    let question = Question {
        counted_in: vec![figure(messages, None); 13],
        ..Question::default()
    };
    assert_eq!(ask(&rig, question).await, ["question.counted_in"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn too_much_of_it() {
    let rig = Rig::start().await;
    let many: Vec<String> = (0..2_025).map(|number| number.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for question in [
        Question {
            filters: vec![any_of(Dimension::Agent, &[]); 25],
            ..Question::default()
        },
        Question {
            filters: vec![
                any_of(Dimension::Agent, &many[..1_600]),
                any_of(Dimension::Team, &many[..425]),
            ],
            ..Question::default()
        },
    ] {
        assert_eq!(ask(&rig, question).await, ["question.filters"]);
    }
    let question = Question {
        id_filters: vec![ids(IdKind::Phone, &many[..101])],
        ..Question::default()
    };
    assert_eq!(ask(&rig, question).await, ["question.id_filters[0].any_of"]);
    let fits = GetConsolidatedRequest {
        question: Some(Question {
            filters: vec![any_of(Dimension::Agent, &many[..2_024])],
            id_filters: vec![ids(IdKind::Phone, &many[..100])],
            ..Question::default()
        }),
        ..GetConsolidatedRequest::default()
    };
    assert!(rig.consolidated(fits).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn consolidated_and_breakdowns() {
    let rig = Rig::start().await;
    for bucket in [0, 5, -1] {
        let request = GetConsolidatedRequest {
            bucket: Some(bucket),
            ..GetConsolidatedRequest::default()
        };
        assert_eq!(refused(rig.consolidated(request).await), ["bucket"]);
    }
    let agent: i32 = Dimension::Agent.into();
    for (dimensions, field) in [
        (vec![], "dimensions"),
        (vec![agent, agent], "dimensions[1]"),
        (vec![agent, 0], "dimensions[1]"),
        (vec![agent, 1, 2], "dimensions"),
        (vec![0], "dimensions[0]"),
        (vec![31], "dimensions[0]"),
    ] {
        let request = GetBreakdownRequest {
            dimensions,
            ..GetBreakdownRequest::default()
        };
        assert_eq!(refused(rig.breakdown(request).await), [field]);
    }
    for limit in [0, -1, 10_001] {
        let request = GetBreakdownRequest {
            dimensions: vec![agent],
            order_by: Some(0),
            order: Some(3),
            limit: Some(limit),
            ..GetBreakdownRequest::default()
        };
        let expected = ["order_by", "order", "limit"];
        assert_eq!(refused(rig.breakdown(request).await), expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rankings_and_rows() {
    let rig = Rig::start().await;
    let nothing = GetRankingRequest::default();
    assert_eq!(refused(rig.ranking(nothing).await), ["dimension", "metric"]);
    let wrong = GetRankingRequest {
        dimension: Dimension::Channel.into(),
        metric: Metric::Messages.into(),
        first: Some(0),
        rate_basis: Some(RateBasis::Wilson.into()),
        minimum_volume: Some(-1),
        limit: Some(1_001),
        ..GetRankingRequest::default()
    };
    let expected = [
        "dimension",
        "first",
        "rate_basis",
        "minimum_volume",
        "limit",
    ];
    assert_eq!(refused(rig.ranking(wrong).await), expected);
    for batch_size in [0, -1, 5_001] {
        let request = StreamRowsRequest {
            preset: 0,
            batch_size: Some(batch_size),
            ..StreamRowsRequest::default()
        };
        let answer = rig.rows(rig.administrator(), request).await;
        assert_eq!(refused(answer), ["preset", "batch_size"]);
    }
    let request = StreamRowsRequest {
        preset: RowPreset::HsmManagement.into(),
        question: Some(Question {
            time_zone: Some(String::new()),
            ..Question::default()
        }),
        batch_size: None,
    };
    let answer = rig.rows(rig.administrator(), request).await;
    assert_eq!(refused(answer), ["question.time_zone"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn lists() {
    let rig = Rig::start().await;
    let mut client = rig.client(rig.administrator());
    let nowhere = || Question {
        time_zone: Some("Nowhere".to_owned()),
        ..Question::default()
    };
    let (page_size, page_token) = (-1, "AAAA".to_owned());
    let request = ListOutboundMessagesRequest {
        question: Some(nowhere()),
        ..ListOutboundMessagesRequest::default()
    };
    let answer = client.list_outbound_messages(request).await;
    assert_eq!(refused(answer), ["question.time_zone"]);
    let request = ListInboundMessagesRequest {
        page_size,
        ..ListInboundMessagesRequest::default()
    };
    let answer = client.list_inbound_messages(request).await;
    assert_eq!(refused(answer), ["page_size"]);
    let request = ListFailedMessagesRequest {
        page_token,
        ..ListFailedMessagesRequest::default()
    };
    let answer = client.list_failed_messages(request).await;
    assert_eq!(refused(answer), ["page_token"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn overviews_funnels_and_replies() {
    let rig = Rig::start().await;
    let mut client = rig.client(rig.administrator());
    let nowhere = || Question {
        time_zone: Some("Nowhere".to_owned()),
        ..Question::default()
    };
    for (bucket, limit) in [(0, 0), (5, 1_001), (-1, -1)] {
        let request = GetMessagesOverviewRequest {
            question: Some(nowhere()),
            bucket: Some(bucket),
            limit: Some(limit),
            cumulative: false,
        };
        let answer = client.get_messages_overview(request).await;
        assert_eq!(refused(answer), ["question.time_zone", "bucket", "limit"]);
    }
    let request = GetReplyActivityRequest {
        question: Some(nowhere()),
    };
    let answer = client.get_reply_activity(request).await;
    assert_eq!(refused(answer), ["question.time_zone"]);
    for sends in [0, 3, -1] {
        let request = GetFunnelRequest {
            question: Some(nowhere()),
            sends: Some(sends),
        };
        let answer = client.get_funnel(request).await;
        assert_eq!(refused(answer), ["question.time_zone", "sends"]);
    }
}
