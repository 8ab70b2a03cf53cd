//! Filters, over all dimensions and ids.

use acuse_proto::reporting::{
    Availability, Component, CountedIn, Dimension, FirstReply, GetConsolidatedRequest,
    GetConsolidatedResponse, IdKind, Metric, Question, RatePart,
};

use crate::rig::Rig;
use crate::samples::{any_of, filtered, ids, none_of, without, work};

async fn ask(rig: &Rig, question: Question) -> GetConsolidatedResponse {
    let request = GetConsolidatedRequest {
        question: Some(question),
        ..GetConsolidatedRequest::default()
    };
    rig.consolidated(request).await.unwrap()
}

/// Outbound messages and received ones that a question leaves.
async fn left(rig: &Rig, question: Question) -> (i64, Option<i64>) {
    let total = ask(rig, question).await.total.unwrap();
    (total.messages, total.received)
}

#[tokio::test(flavor = "multi_thread")]
async fn values_names_and_times_filter() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    for (filter, expected) in [
        (any_of(Dimension::Direction, &["outbound"]), (6, Some(0))),
        (any_of(Dimension::Direction, &["inbound"]), (0, Some(2))),
        (any_of(Dimension::Channel, &["sms", "email"]), (1, Some(0))),
        (none_of(Dimension::Channel, &["sms"]), (5, Some(2))),
        (any_of(Dimension::Department, &["ventas"]), (3, Some(1))),
        (none_of(Dimension::Department, &["ventas"]), (3, Some(1))),
        (without(Dimension::Department), (1, Some(1))),
        (any_of(Dimension::Agent, &["bruno", "nobody"]), (2, Some(0))),
        (any_of(Dimension::Agent, &["nobody"]), (0, Some(0))),
        (none_of(Dimension::Agent, &["nobody"]), (6, Some(2))),
        (any_of(Dimension::Agent, &[]), (0, Some(0))),
        (none_of(Dimension::Agent, &[]), (6, Some(2))),
        (any_of(Dimension::Source, &["bot"]), (1, None)),
        (any_of(Dimension::Type, &["template"]), (3, None)),
        (any_of(Dimension::Subtype, &["name_t1"]), (2, None)),
        (any_of(Dimension::Template, &["t2"]), (1, None)),
        (any_of(Dimension::State, &["delivered", "read"]), (3, None)),
        (any_of(Dimension::FailureStage, &["delivery"]), (1, None)),
        (
            any_of(Dimension::FailureCategory, &["invalid_recipient"]),
            (1, None),
        ),
        (
            any_of(Dimension::ErrorCode, &["meta_whatsapp:131026"]),
            (1, None),
        ),
        (
            any_of(Dimension::PricingCategory, &["marketing", "new"]),
            (1, None),
        ),
        (
            none_of(Dimension::PricingCategory, &["marketing"]),
            (5, None),
        ),
        (without(Dimension::PricingType), (5, None)),
        (any_of(Dimension::PricingType, &["new"]), (0, None)),
        (any_of(Dimension::Day, &["2026-11-14"]), (3, Some(1))),
        (none_of(Dimension::Day, &["2026-11-14"]), (3, Some(1))),
        (
            any_of(Dimension::Hour, &["2026-11-14T10:59:59Z"]),
            (2, Some(1)),
        ),
        (any_of(Dimension::Week, &["2026-11-09"]), (6, Some(2))),
        (any_of(Dimension::Month, &["2026-10"]), (0, Some(0))),
        (any_of(Dimension::Weekday, &["sunday"]), (3, Some(1))),
        (any_of(Dimension::HourOfDay, &["9", "11"]), (3, Some(0))),
    ] {
        let shown = format!("{filter:?}");
        assert_eq!(left(&rig, filtered([filter])).await, expected, "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_are_all_met() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    let both = filtered([
        any_of(Dimension::Department, &["ventas"]),
        any_of(Dimension::Channel, &["whatsapp"]),
    ]);
    assert_eq!(left(&rig, both).await, (2, Some(1)));
    let contradicting = filtered([
        any_of(Dimension::Weekday, &["sunday"]),
        any_of(Dimension::Day, &["2026-11-14"]),
    ]);
    assert_eq!(left(&rig, contradicting).await, (0, Some(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_filter() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    for (filter, expected) in [
        (ids(IdKind::Phone, &["+51977452931"]), (6, Some(1))),
        (ids(IdKind::Phone, &["+51999999999"]), (0, Some(1))),
        (ids(IdKind::Correlation, &["lote 7", "lote 8"]), (1, None)),
        (ids(IdKind::Ticket, &["T-7"]), (1, None)),
        (ids(IdKind::Conversation, &["c"]), (0, None)),
        (ids(IdKind::Message, &["m2", "m3"]), (2, Some(0))),
        (ids(IdKind::Contact, &["nobody"]), (0, Some(0))),
    ] {
        let shown = format!("{filter:?}");
        let question = Question {
            id_filters: vec![filter],
            ..Question::default()
        };
        assert_eq!(left(&rig, question).await, expected, "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_filtered_says_by_what() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    let mut question = filtered([
        any_of(Dimension::Source, &["user"]),
        any_of(Dimension::Template, &["t1"]),
    ]);
    question.id_filters = vec![ids(IdKind::Ticket, &["T-7"])];
    let answer = ask(&rig, question).await;
    let components = answer.basis.unwrap().components;
    assert_eq!(components[0].component(), Component::Outbound);
    // No message of a user's, and that is known; of those received it is not.
    assert_eq!(components[0].availability(), Availability::NoData);
    assert_eq!(components[1].availability(), Availability::NotApplicable);
    let names = ["source", "template", "ticket_id"];
    assert_eq!(components[1].not_applicable_by, names);
    assert_eq!(answer.total.unwrap().received, None);
}

fn counted_in(metric: Metric, part: Option<RatePart>) -> Question {
    Question {
        counted_in: vec![CountedIn {
            metric: metric.into(),
            part: part.map(Into::into),
        }],
        ..Question::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_of_replies_filters_for_its_messages() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    // The one reply came on a Saturday at 10:05, which is 15:50 in Kathmandu.
    let replied = |zone: &str, weekdays: &[&str], hours: &[i32]| Question {
        time_zone: Some(zone.to_owned()),
        first_reply: Some(FirstReply {
            weekdays: weekdays.iter().map(|day| (*day).to_owned()).collect(),
            hours_of_day: hours.to_vec(),
        }),
        ..Question::default()
    };
    for (question, expected) in [
        (replied("UTC", &["saturday"], &[]), 1),
        (replied("UTC", &[], &[9, 10]), 1),
        (replied("UTC", &["saturday"], &[10]), 1),
        (replied("UTC", &["sunday"], &[10]), 0),
        (replied("UTC", &["saturday"], &[11]), 0),
        (replied("Asia/Kathmandu", &["saturday"], &[15]), 1),
        (replied("Asia/Kathmandu", &[], &[10]), 0),
    ] {
        let what = format!("{question:?}");
        assert_eq!(left(&rig, question).await, (expected, None), "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_figure_filters_for_its_messages() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    for (metric, part, expected) in [
        (Metric::Messages, None, (6, None)),
        (Metric::Tickets, None, (1, None)),
        (Metric::Delivered, None, (3, None)),
        (Metric::Failed, None, (1, None)),
        (Metric::FailedAtSend, None, (0, None)),
        (Metric::StateDelivered, None, (2, None)),
        (Metric::Replied, None, (1, None)),
        (Metric::Billable, None, (1, None)),
        (Metric::Pending, None, (2, None)),
        (Metric::Unconfirmed, None, (0, None)),
        (Metric::Received, None, (0, Some(2))),
        (Metric::TimeToReadP99, None, (1, None)),
        (Metric::ReadRate, None, (1, None)),
        (Metric::ReadRate, Some(RatePart::Numerator), (1, None)),
        // Those that were delivered on a channel that tells of reading; an SMS never does.
        (Metric::ReadRate, Some(RatePart::Denominator), (2, None)),
        (Metric::ReadRate, Some(RatePart::LeftOut), (1, None)),
        (Metric::BounceRate, Some(RatePart::Denominator), (6, None)),
        (Metric::BounceRate, Some(RatePart::LeftOut), (0, None)),
    ] {
        let question = counted_in(metric, part);
        assert_eq!(left(&rig, question).await, expected, "{metric:?} {part:?}");
    }
    let answer = ask(&rig, counted_in(Metric::Sent, None)).await;
    let received = &answer.basis.unwrap().components[1];
    assert_eq!(received.not_applicable_by, ["counted_in"]);
    // Both have to be met, and a filter besides.
    let question = Question {
        filters: vec![any_of(Dimension::Agent, &["diana"])],
        counted_in: [Metric::Delivered, Metric::TimeToDeliverP50]
            .map(|metric| counted_in(metric, None).counted_in[0])
            .to_vec(),
        ..Question::default()
    };
    assert_eq!(left(&rig, question).await, (3, None));
}
