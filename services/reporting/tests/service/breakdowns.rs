//! Figures by value, against figures worked out by hand.

use acuse_domain::kinds::StatusKind;
use acuse_proto::reporting::{
    Availability, BreakdownRow, Component, Dimension, GetBreakdownRequest, GetBreakdownResponse,
    ListOutboundMessagesRequest, Metric, Metrics, SortOrder,
};
use acuse_proto::types::MessageState;

use crate::rig::Rig;
use crate::samples::{at, custom, in_zone, sent, work};

/// What a row says: the value's id, and messages, delivered and received.
type Line = (Option<String>, i64, i64, Option<i64>);

fn by(dimension: Dimension) -> GetBreakdownRequest {
    GetBreakdownRequest {
        dimensions: vec![dimension.into()],
        ..GetBreakdownRequest::default()
    }
}

fn counted(metrics: &Metrics) -> (i64, i64, Option<i64>) {
    (metrics.messages, metrics.delivered, metrics.received)
}

pub(crate) fn lines(answer: &GetBreakdownResponse) -> Vec<Line> {
    let rows = answer.rows.iter();
    rows.map(|row| {
        let (messages, delivered, received) = counted(row.metrics.as_ref().unwrap());
        (row.values[0].id.clone(), messages, delivered, received)
    })
    .collect()
}

fn line(id: &str, messages: i64, delivered: i64, received: i64) -> Line {
    (Some(id.to_owned()), messages, delivered, Some(received))
}

/// The rows and what is beyond the limit add up to the total.
pub(crate) fn assert_parity(answer: &GetBreakdownResponse) {
    let rows = answer.rows.iter().map(|row| row.metrics.as_ref().unwrap());
    let mut sum = (0, 0, 0, 0, 0);
    for metrics in rows.chain(&answer.others) {
        sum.0 += metrics.messages;
        sum.1 += metrics.failed;
        sum.2 += metrics.received.unwrap_or(0);
        sum.3 += metrics.delivery_rate.as_ref().unwrap().denominator;
        sum.4 += metrics.read_rate.as_ref().unwrap().left_out;
    }
    let total = answer.total.as_ref().unwrap();
    let expected = (
        total.messages,
        total.failed,
        total.received.unwrap_or(0),
        total.delivery_rate.as_ref().unwrap().denominator,
        total.read_rate.as_ref().unwrap().left_out,
    );
    assert_eq!(sum, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn values_have_their_rows_and_their_names() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    let answer = rig.breakdown(by(Dimension::Department)).await.unwrap();
    let none = (None, 1, 0, Some(1));
    let expected = [line("ventas", 3, 3, 1), line("soporte", 2, 0, 0), none];
    assert_eq!(lines(&answer), expected);
    let names: Vec<Option<&str>> = answer
        .rows
        .iter()
        .map(|row| row.values[0].name.as_deref())
        .collect();
    assert_eq!(names, [Some("VENTAS"), Some("SOPORTE"), None]);
    assert!(answer.others.is_none());
    assert_parity(&answer);

    let answer = rig.breakdown(by(Dimension::Direction)).await.unwrap();
    let expected = [line("outbound", 6, 3, 0), line("inbound", 0, 0, 2)];
    assert_eq!(lines(&answer), expected);
    assert_parity(&answer);

    let answer = rig.breakdown(by(Dimension::Channel)).await.unwrap();
    let expected = [line("whatsapp", 5, 2, 2), line("sms", 1, 1, 0)];
    assert_eq!(lines(&answer), expected);
    // Whether an SMS was read is never known.
    let sms = answer.rows[1].metrics.as_ref().unwrap();
    let read = sms.read_rate.as_ref().unwrap();
    assert_eq!(
        (read.denominator, read.left_out, read.quotient),
        (0, 1, None)
    );
    assert_eq!(read.availability(), Availability::NotApplicable);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_dimension_adds_up_to_the_same_total() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    for number in 1..=30 {
        let dimension = Dimension::try_from(number).unwrap();
        let mut request = by(dimension);
        request.with_times = true;
        let answer = rig.breakdown(request).await.unwrap();
        assert_parity(&answer);
        let total = answer.total.as_ref().unwrap();
        let (messages, counted) = match dimension {
            // Of the messages that have one.
            Dimension::Subtype => (3, 3),
            _ => (6, 3),
        };
        assert_eq!(total.messages, messages, "{dimension:?}");
        let times = total.times.as_ref().unwrap().to_deliver.as_ref().unwrap();
        let expected = if counted == 3 && messages == 3 { 2 } else { 3 };
        assert_eq!(times.count, expected, "{dimension:?}");
        assert!(!answer.rows.is_empty(), "{dimension:?}");
        for row in &answer.rows {
            assert_eq!(row.values[0].dimension(), dimension);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_inbound_messages_do_not_have_leaves_them_out_by_name() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    let answer = rig.breakdown(by(Dimension::Source)).await.unwrap();
    let row = |id: &str, messages, delivered| (Some(id.to_owned()), messages, delivered, None);
    assert_eq!(lines(&answer), [row("api", 5, 3), row("bot", 1, 0)]);
    let basis = answer.basis.unwrap();
    let received = basis
        .components
        .iter()
        .find(|status| status.component() == Component::Received);
    let received = received.unwrap();
    assert_eq!(received.availability(), Availability::NotApplicable);
    assert_eq!(received.not_applicable_by, ["source"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_billable_is_told_by_what_is_charged_for() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    for (dimension, name, word) in [
        (Dimension::PricingCategory, "pricing_category", "marketing"),
        (Dimension::PricingType, "pricing_type", "regular"),
    ] {
        let answer = rig.breakdown(by(dimension)).await.unwrap();
        let row = |id: Option<&str>, messages, delivered| {
            (id.map(str::to_owned), messages, delivered, None)
        };
        assert_eq!(lines(&answer), [row(None, 5, 2), row(Some(word), 1, 1)]);
        let billable = |row: &BreakdownRow| row.metrics.as_ref().unwrap().billable;
        let billable: Vec<i64> = answer.rows.iter().map(billable).collect();
        assert_eq!(billable, [0, 1], "{dimension:?}");
        assert_eq!(answer.total.unwrap().billable, 1);
        let components = answer.basis.unwrap().components;
        let mut components = components.iter();
        let received = components.find(|status| status.component() == Component::Received);
        assert_eq!(received.unwrap().not_applicable_by, [name]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn conflicts_are_counted_and_their_figure_is_a_filter() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    let failed = |id: &str| sent(id, at("2026-11-14T12:00:00Z")).failed();
    let delivered = |id: &str| failed(id).then(StatusKind::Delivered, 30).events();
    rig.apply(delivered("c1")).await;
    rig.apply(failed("c2").events()).await;
    // Neither registered nor known to have been sent, so that it is unattached.
    rig.apply(delivered("c3").into_iter().skip(2)).await;

    let answer = rig.breakdown(by(Dimension::Conflict)).await.unwrap();
    let row = |id: &str, messages, delivered| (Some(id.to_owned()), messages, delivered, None);
    let expected = [row("no", 7, 3), row("yes", 1, 1), (None, 0, 0, None)];
    assert_eq!(lines(&answer), expected);
    let metrics = answer.rows[1].metrics.as_ref().unwrap();
    assert_eq!(metrics.failed, 0, "it counts as delivered");
    assert_eq!(answer.total.unwrap().unattached, 1);
    // What the row carries, with the question of the report, leaves its messages.
    let mut question = answer.basis.unwrap().question.unwrap();
    let filter = answer.rows[1].values[0].filter.clone();
    question.filters.extend(filter);
    let request = ListOutboundMessagesRequest {
        question: Some(question),
        ..ListOutboundMessagesRequest::default()
    };
    let mut client = rig.client(rig.administrator());
    let list = client.list_outbound_messages(request).await.unwrap();
    let messages = list.into_inner().messages;
    let [message] = messages.as_slice() else {
        panic!("{messages:?}")
    };
    assert!(message.conflict);
    assert_eq!(message.state(), MessageState::Delivered);
    let failure = message.failure.as_ref().unwrap().failure.as_ref();
    assert_eq!(failure.unwrap().code.as_deref(), Some("131026"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subtype_breakdown_covers_the_messages_that_have_one() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    let answer = rig.breakdown(by(Dimension::Subtype)).await.unwrap();
    let row = |id: &str, messages, delivered| (Some(id.to_owned()), messages, delivered, None);
    assert_eq!(lines(&answer), [row("name_t1", 2, 2), row("name_t2", 1, 0)]);
    assert_eq!(answer.total.unwrap().messages, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_beyond_the_limit_is_summed() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    let mut request = by(Dimension::Agent);
    request.limit = Some(1);
    let answer = rig.breakdown(request).await.unwrap();
    assert_eq!(lines(&answer), [line("diana", 3, 3, 1)]);
    assert_eq!(counted(answer.others.as_ref().unwrap()), (3, 0, Some(1)));
    assert_eq!(answer.other_values, 2);
    assert_eq!(answer.total.as_ref().unwrap().messages, 6);
    assert_parity(&answer);
}

#[tokio::test(flavor = "multi_thread")]
async fn any_metric_orders_either_way_and_absent_ones_come_last() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    let ordered = async |metric: Metric, order: SortOrder| -> Vec<Option<String>> {
        let request = GetBreakdownRequest {
            order_by: Some(metric.into()),
            order: Some(order.into()),
            ..by(Dimension::Agent)
        };
        let answer = rig.breakdown(request).await.unwrap();
        lines(&answer).into_iter().map(|(id, ..)| id).collect()
    };
    let (diana, bruno) = (Some("diana".to_owned()), Some("bruno".to_owned()));
    let up = ordered(Metric::BounceRate, SortOrder::Ascending).await;
    // Nobody's 0 of 1 and Diana's 0 of 3 are equal: the greater volume comes first.
    assert_eq!(up, [diana.clone(), None, bruno.clone()]);
    let down = ordered(Metric::BounceRate, SortOrder::Descending).await;
    assert_eq!(down, [bruno.clone(), diana.clone(), None]);
    // Nothing of the message without an agent was ever sent, nor timed.
    for order in [SortOrder::Ascending, SortOrder::Descending] {
        assert_eq!(ordered(Metric::DeliveryRate, order).await[2], None);
        let timed = ordered(Metric::TimeToDeliverP50, order).await;
        assert_eq!(timed, [diana.clone(), bruno.clone(), None]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn times_come_as_they_go() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    let days = rig.breakdown(by(Dimension::Day)).await.unwrap();
    let ids: Vec<Option<String>> = lines(&days).into_iter().map(|(id, ..)| id).collect();
    let expected: Vec<Option<String>> = (9..=15)
        .map(|day| Some(format!("2026-11-{day:02}")))
        .collect();
    assert_eq!(ids, expected);
    assert!(days.rows[0].values[0].interval.is_some());

    let weekdays = rig.breakdown(by(Dimension::Weekday)).await.unwrap();
    let saturday_and_sunday = [line("saturday", 3, 2, 1), line("sunday", 3, 1, 1)];
    assert_eq!(lines(&weekdays)[0], line("monday", 0, 0, 0));
    assert_eq!(lines(&weekdays)[5..], saturday_and_sunday);

    let hours = rig.breakdown(by(Dimension::HourOfDay)).await.unwrap();
    assert_eq!(hours.rows.len(), 24);
    // 10:00 and 10:30 of one day, 10:00 of the other, and both inbound messages.
    assert_eq!(lines(&hours)[10], line("10", 3, 3, 2));
    assert!(hours.rows[10].values[0].interval.is_none());

    let mut latest = by(Dimension::Day);
    latest.order = Some(SortOrder::Descending.into());
    latest.limit = Some(2);
    let latest = rig.breakdown(latest).await.unwrap();
    let expected = [line("2026-11-15", 3, 1, 1), line("2026-11-14", 3, 2, 1)];
    assert_eq!(lines(&latest), expected);
    assert_eq!(latest.other_values, 5);
    assert_parity(&latest);
}

#[tokio::test(flavor = "multi_thread")]
async fn hours_follow_the_report_s_clock() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    let question = custom("2026-11-14T10:00:00Z", "2026-11-14T11:00:00Z");
    let mut request = by(Dimension::Hour);
    // Three quarters past the hour there: 15:45 to 16:45.
    request.question = Some(in_zone(question, "Asia/Kathmandu"));
    let answer = rig.breakdown(request).await.unwrap();
    let expected = [
        line("2026-11-14T10:00:00Z", 1, 1, 1),
        line("2026-11-14T10:15:00Z", 1, 1, 0),
    ];
    assert_eq!(lines(&answer), expected);
}

fn by_both(first: Dimension, second: Dimension) -> GetBreakdownRequest {
    GetBreakdownRequest {
        dimensions: vec![first.into(), second.into()],
        ..GetBreakdownRequest::default()
    }
}

/// Each row as "FIRST SECOND messages received", values by their ids.
fn pairs(answer: &GetBreakdownResponse) -> Vec<String> {
    let rows = answer.rows.iter();
    rows.map(|row| {
        let ids = row.values.iter().map(|value| value.id.as_deref());
        let ids: Vec<&str> = ids.map(|id| id.unwrap_or("(none)")).collect();
        let metrics = row.metrics.as_ref().unwrap();
        let received = metrics.received.unwrap_or(-1);
        format!("{} {} {received}", ids.join(" "), metrics.messages)
    })
    .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_dimensions_have_a_row_for_each_pair() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    let request = by_both(Dimension::Department, Dimension::Channel);
    let answer = rig.breakdown(request).await.unwrap();
    // Of as many messages the row with more received comes first, then the name.
    let expected = [
        "ventas whatsapp 2 1",
        "soporte whatsapp 2 0",
        "(none) whatsapp 1 1",
        "ventas sms 1 0",
    ];
    assert_eq!(pairs(&answer), expected);
    assert_parity(&answer);

    // Inbound messages have no state.
    let answer = rig
        .breakdown(by_both(Dimension::Agent, Dimension::State))
        .await
        .unwrap();
    assert_eq!(pairs(&answer)[0], "diana delivered 2 -1");
    assert_eq!(answer.rows.len(), 5);
    assert_parity(&answer);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_first_orders_by_it() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    let by_day = by_both(Dimension::Day, Dimension::Channel);
    let answer = rig.breakdown(by_day.clone()).await.unwrap();
    let expected = [
        "2026-11-14 whatsapp 3 1",
        "2026-11-15 whatsapp 2 1",
        "2026-11-15 sms 1 0",
    ];
    assert_eq!(pairs(&answer), expected);
    let interval = answer.rows[0].values[0].interval;
    assert!(interval.is_some());

    let latest = GetBreakdownRequest {
        order: Some(SortOrder::Descending.into()),
        limit: Some(2),
        ..by_day
    };
    let answer = rig.breakdown(latest).await.unwrap();
    assert_eq!(pairs(&answer), [expected[1], expected[2]]);
    assert_eq!(answer.other_values, 1);
    assert_parity(&answer);

    // Two times: the days of one weekday together, hour by hour.
    let request = by_both(Dimension::Weekday, Dimension::HourOfDay);
    let answer = rig.breakdown(request).await.unwrap();
    let expected = [
        "saturday 10 2 1",
        "saturday 11 1 0",
        "sunday 9 2 0",
        "sunday 10 1 1",
    ];
    assert_eq!(pairs(&answer), expected);
    assert_parity(&answer);
}
