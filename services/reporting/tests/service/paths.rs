//! Whatever is read, rollups or rows, folded or not: the figures are the same.

use acuse_proto::reporting::{
    Bucket, Dimension, GetBreakdownRequest, GetConsolidatedRequest, GetFunnelRequest,
    GetMessagesOverviewRequest, GetRankingRequest, GetReplyActivityRequest, Metric, ProactiveSends,
    Question,
};
use acuse_reporting::Sources;
use prost::Message as _;

use crate::rig::Rig;
use crate::samples::{any_of, custom, filtered, in_zone, work};

/// Answers to many questions, as the wire tells them.
async fn answers(rig: &Rig) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for question in questions() {
        for bucket in [Bucket::Hour, Bucket::Day] {
            let request = GetConsolidatedRequest {
                question: Some(question.clone()),
                bucket: Some(bucket.into()),
                compare_with_previous: true,
                with_times: bucket != Bucket::Hour,
            };
            found.push(rig.consolidated(request).await.unwrap().encode_to_vec());
        }
        for dimensions in [
            vec![Dimension::Direction],
            vec![Dimension::Channel],
            vec![Dimension::Department],
            vec![Dimension::Agent],
            vec![Dimension::Subtype],
            vec![Dimension::State],
            vec![Dimension::Day],
            vec![Dimension::Weekday, Dimension::HourOfDay],
            vec![Dimension::Agent, Dimension::Week],
            vec![Dimension::Department, Dimension::Template],
            vec![Dimension::Campaign, Dimension::State],
        ] {
            let request = GetBreakdownRequest {
                question: Some(question.clone()),
                // Of some there are histograms, of others none.
                with_times: dimensions != [Dimension::Channel],
                dimensions: dimensions.into_iter().map(Into::into).collect(),
                ..GetBreakdownRequest::default()
            };
            found.push(rig.breakdown(request).await.unwrap().encode_to_vec());
        }
        let request = GetRankingRequest {
            question: Some(question.clone()),
            dimension: Dimension::Template.into(),
            metric: Metric::TimeToDeliverP90.into(),
            ..GetRankingRequest::default()
        };
        found.push(rig.ranking(request).await.unwrap().encode_to_vec());
        let mut client = rig.client(rig.administrator());
        let request = GetMessagesOverviewRequest {
            question: Some(question.clone()),
            ..GetMessagesOverviewRequest::default()
        };
        let overview = client.get_messages_overview(request).await.unwrap();
        found.push(overview.into_inner().encode_to_vec());
        for sends in [ProactiveSends::All, ProactiveSends::Individual] {
            let request = GetFunnelRequest {
                question: Some(question.clone()),
                sends: Some(sends.into()),
            };
            let funnel = client.get_funnel(request).await.unwrap();
            found.push(funnel.into_inner().encode_to_vec());
        }
        let request = GetReplyActivityRequest {
            question: Some(question),
        };
        let replies = client.get_reply_activity(request).await.unwrap();
        found.push(replies.into_inner().encode_to_vec());
    }
    found
}

fn questions() -> Vec<Question> {
    vec![
        // Whole days of the workspace.
        Question::default(),
        filtered([any_of(Dimension::Department, &["ventas"])]),
        filtered([any_of(Dimension::Channel, &["whatsapp"])]),
        filtered([any_of(Dimension::Agent, &["diana"])]),
        // Quarter hours.
        in_zone(Question::default(), "Asia/Kathmandu"),
        filtered([any_of(Dimension::HourOfDay, &["10"])]),
        // Neither.
        custom("2026-11-14T10:00:00.000001Z", "2026-11-15T09:59:59.999999Z"),
        filtered([
            any_of(Dimension::State, &["read", "failed"]),
            any_of(Dimension::Campaign, &["octubre"]),
        ]),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_read_makes_no_difference() {
    let mut of_rows = None;
    for (sources, folded) in [
        (Sources::RowsAlone, false),
        (Sources::Planned, false),
        (Sources::Planned, true),
    ] {
        let rig = Rig::with(|_| {}, |config| config.sources = sources).await;
        rig.apply(work()).await;
        if folded {
            rig.fold().await;
        }
        let found = answers(&rig).await;
        let expected = of_rows.get_or_insert_with(|| found.clone());
        assert_eq!(found.len(), expected.len());
        for (number, (one, other)) in found.iter().zip(expected.iter()).enumerate() {
            assert!(
                one == other,
                "{sources:?}, folded: {folded}, answer {number}"
            );
        }
    }
}
