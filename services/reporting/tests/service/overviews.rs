//! What messages there are and when contacts reply, against figures worked out by hand.

use acuse_proto::reporting::{
    Availability, Bucket, Component, Delivery, DeliveryPart, Dimension, Distribution,
    GetMessagesOverviewRequest, GetMessagesOverviewResponse, GetReplyActivityRequest,
    GetReplyActivityResponse, Question,
};

use crate::rig::Rig;
use crate::samples::{any_of, filtered, in_zone, work};

async fn overview(rig: &Rig, request: GetMessagesOverviewRequest) -> GetMessagesOverviewResponse {
    let mut client = rig.client(rig.administrator());
    let answer = client.get_messages_overview(request).await;
    answer.unwrap().into_inner()
}

async fn replies(rig: &Rig, question: Question) -> GetReplyActivityResponse {
    let mut client = rig.client(rig.administrator());
    let question = Some(question);
    let answer = client
        .get_reply_activity(GetReplyActivityRequest { question })
        .await;
    answer.unwrap().into_inner()
}

/// The values with their counts.
fn told(distribution: Option<&Distribution>) -> Vec<(String, i64)> {
    let values = distribution.unwrap().values.iter();
    values
        .map(|one| (one.value.clone().unwrap().id.unwrap(), one.count))
        .collect()
}

fn counted(values: &[(&str, i64)]) -> Vec<(String, i64)> {
    let values = values.iter();
    values
        .map(|(id, count)| ((*id).to_owned(), *count))
        .collect()
}

fn delivery(messages: i64, counts: [i64; 4], waiting: Option<i64>) -> Delivery {
    let part = |count| DeliveryPart {
        count,
        share: (messages > 0).then(|| count as f64 / messages as f64),
    };
    let [sent, delivered, read, failed] = counts.map(|count| Some(part(count)));
    Delivery {
        messages,
        sent,
        delivered,
        read,
        failed,
        waiting: waiting.map(part),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_told_by_what_they_are() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    let answer = overview(&rig, GetMessagesOverviewRequest::default()).await;
    let by = |of| told(of);
    assert_eq!(
        by(answer.by_channel.as_ref()),
        counted(&[("whatsapp", 5), ("sms", 1)])
    );
    assert_eq!(
        by(answer.by_source.as_ref()),
        counted(&[("api", 5), ("bot", 1)])
    );
    // Of as many the one whose name comes first.
    assert_eq!(
        by(answer.by_type.as_ref()),
        counted(&[("session", 3), ("template", 3)])
    );
    assert_eq!(
        by(answer.by_subtype.as_ref()),
        counted(&[("name_t1", 2), ("name_t2", 1)])
    );
    assert_eq!(answer.by_subtype.as_ref().unwrap().total, 3);
    assert_eq!(
        by(answer.received_by_channel.as_ref()),
        counted(&[("whatsapp", 2)])
    );
    let share = answer.by_source.unwrap().values[0].share;
    assert_eq!(share, 5.0 / 6.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_beyond_the_limit_is_summed() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    let request = GetMessagesOverviewRequest {
        limit: Some(1),
        ..GetMessagesOverviewRequest::default()
    };
    let channels = overview(&rig, request).await.by_channel.unwrap();
    assert_eq!(told(Some(&channels)), counted(&[("whatsapp", 5)]));
    assert_eq!(
        (channels.others, channels.other_values, channels.total),
        (1, 1, 6)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn delivery_is_told_over_time() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    let now = overview(&rig, GetMessagesOverviewRequest::default()).await;
    assert_eq!(now.total, Some(delivery(6, [0, 2, 1, 1], Some(2))));
    let days: Vec<Delivery> = now
        .delivery
        .iter()
        .map(|bucket| bucket.delivery.unwrap())
        .collect();
    assert_eq!(days.len(), 7);
    assert_eq!(days[..5], [delivery(0, [0; 4], Some(0)); 5]);
    assert_eq!(days[5], delivery(3, [0, 1, 1, 1], Some(0)));
    assert_eq!(days[6], delivery(3, [0, 1, 0, 0], Some(2)));

    let request = GetMessagesOverviewRequest {
        bucket: Some(Bucket::Month.into()),
        cumulative: true,
        ..GetMessagesOverviewRequest::default()
    };
    let so_far = overview(&rig, request).await;
    // What failed at delivery had been sent.
    let expected = delivery(6, [4, 3, 1, 1], None);
    assert_eq!(so_far.total, Some(expected));
    assert_eq!(so_far.delivery.len(), 1);
    assert_eq!(so_far.delivery[0].delivery, Some(expected));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_meaning_for_inbound_messages_leaves_them_out() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    let request = GetMessagesOverviewRequest {
        question: Some(filtered([any_of(Dimension::Source, &["bot"])])),
        ..GetMessagesOverviewRequest::default()
    };
    let answer = overview(&rig, request).await;
    assert_eq!(answer.received_by_channel, None);
    assert_eq!(
        told(answer.by_channel.as_ref()),
        counted(&[("whatsapp", 1)])
    );
    let received = &answer.basis.unwrap().components[1];
    assert_eq!(received.component(), Component::Received);
    assert_eq!(received.availability(), Availability::NotApplicable);
    assert_eq!(received.not_applicable_by, ["source"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn replies_are_told_by_the_clock_of_the_report() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    for folded in [false, true] {
        if folded {
            rig.fold().await;
        }
        for (zone, hour) in [("UTC", 10), ("Asia/Kathmandu", 15)] {
            let answer = replies(&rig, in_zone(Question::default(), zone)).await;
            assert_eq!(answer.replied, 1, "{zone}");
            assert_eq!((answer.by_hour.len(), answer.by_hour[hour]), (24, 1));
            let days: Vec<(&str, i64)> = answer
                .weekdays
                .iter()
                .map(|day| (day.weekday.as_str(), day.replied))
                .collect();
            assert_eq!(days.len(), 7);
            assert_eq!((days[0], days[5]), (("monday", 0), ("saturday", 1)));
            assert_eq!(answer.weekdays[5].by_hour[hour], 1);
            let received = &answer.basis.unwrap().components[1];
            assert_eq!(received.availability(), Availability::NotApplicable);
            assert_eq!(received.not_applicable_by, ["reply_hour"]);
        }
    }
    // A message belongs to the period by its own time, not by its reply's.
    let sunday = crate::samples::custom("2026-11-15T00:00:00Z", "2026-11-16T00:00:00Z");
    assert_eq!(replies(&rig, sunday).await.replied, 0);
}
