//! How far behind providers are: every answer says it.

use std::time::Duration;

use acuse_domain::event::Event;
use acuse_domain::ids::MessageId;
use acuse_domain::kinds::StatusKind;
use acuse_proto::convert::timestamp;
use acuse_proto::reporting::stream_rows_response::Part;
use acuse_proto::reporting::{
    Basis, Dimension, GetBreakdownRequest, GetConsolidatedRequest, GetFunnelRequest,
    GetMessagesOverviewRequest, GetRankingRequest, GetReplyActivityRequest,
    ListFailedMessagesRequest, Metric, ProviderLag, RowPreset, StreamRowsRequest,
};
use acuse_proto::types::Provider;
use acuse_rpc::Secret;
use acuse_store::ingestion::{IntegrationRef, Parcel, keep_in_inbox};
use acuse_store::workspaces::Workspace;
use acuse_testkit::build::{IntoEvent as _, status};

use crate::rig::Rig;
use crate::samples::{NOW, work};

/// A status that is received so many seconds before now, so many after it happened.
fn late(id: &str, before: u64, by: u64) -> Event {
    let received = NOW - Duration::from_secs(before);
    let happened = received - Duration::from_secs(by);
    let mut event = status(id, StatusKind::Sent, happened).event();
    event.received_at = received;
    event
}

/// What the answer to every method rests on.
async fn every_basis(rig: &Rig, token: Secret) -> Vec<Basis> {
    let mut client = rig.client(token.clone());
    let consolidated = client.get_consolidated(GetConsolidatedRequest::default());
    let consolidated = consolidated.await.unwrap().into_inner().basis;
    let overview = client.get_messages_overview(GetMessagesOverviewRequest::default());
    let overview = overview.await.unwrap().into_inner().basis;
    let breakdown = client.get_breakdown(GetBreakdownRequest {
        dimensions: vec![Dimension::Agent.into()],
        ..GetBreakdownRequest::default()
    });
    let breakdown = breakdown.await.unwrap().into_inner().basis;
    let ranking = client.get_ranking(GetRankingRequest {
        dimension: Dimension::Agent.into(),
        metric: Metric::Messages.into(),
        ..GetRankingRequest::default()
    });
    let ranking = ranking.await.unwrap().into_inner().basis;
    let replies = client.get_reply_activity(GetReplyActivityRequest::default());
    let replies = replies.await.unwrap().into_inner().basis;
    let funnel = client.get_funnel(GetFunnelRequest::default());
    let funnel = funnel.await.unwrap().into_inner().basis;
    let list = client.list_failed_messages(ListFailedMessagesRequest::default());
    let list = list.await.unwrap().into_inner().info.unwrap().basis;
    let rows = StreamRowsRequest {
        preset: RowPreset::HsmManagement.into(),
        ..StreamRowsRequest::default()
    };
    let rows = rig.rows(token, rows).await.unwrap();
    let header = rows.into_iter().find_map(|part| match part.part {
        Some(Part::Header(header)) => header.basis,
        _ => None,
    });
    let all = [
        consolidated,
        overview,
        breakdown,
        ranking,
        funnel,
        replies,
        list,
        header,
    ];
    all.map(Option::unwrap).to_vec()
}

async fn waits(rig: &Rig, workspace: &Workspace, before: u64) {
    let integration = IntegrationRef {
        workspace: workspace.id,
        id: MessageId::new(NOW).0,
        provider: acuse_domain::kinds::Provider::Twilio,
    };
    let parcel = Parcel {
        integration,
        received_at: NOW - Duration::from_secs(before),
        content_type: None,
        query: None,
        body: b"MessageSid=SM1".to_vec(),
    };
    keep_in_inbox(&rig.store, &parcel).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_says_how_far_behind_providers_are() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    // All of that was received long ago.
    for basis in every_basis(&rig, rig.administrator()).await {
        assert_eq!(basis.provider_lags, []);
    }
    let of_hour = (0..9).map(|id| late(&format!("l{id}"), 300 * id, 4));
    rig.apply(of_hour.chain([late("late", 60, 90), late("before", 4_000, 999)]))
        .await;
    rig.apply_to_other([late("theirs", 60, 5_000)]).await;
    waits(&rig, &rig.acme, 7_200).await;
    waits(&rig, &rig.acme, 10).await;
    waits(&rig, &rig.other, 9_000).await;
    let expected = [
        ProviderLag {
            provider: Provider::MetaWhatsapp.into(),
            events: 10,
            mean_seconds: Some(12.6),
            p90_seconds: Some(4.0),
            max_seconds: Some(90.0),
            waiting: 0,
            oldest_waiting_at: None,
        },
        ProviderLag {
            provider: Provider::Twilio.into(),
            events: 0,
            mean_seconds: None,
            p90_seconds: None,
            max_seconds: None,
            waiting: 2,
            oldest_waiting_at: Some(timestamp(NOW - Duration::from_secs(7_200))),
        },
    ];
    // It is of the workspace, whatever of it the caller sees.
    for token in [rig.administrator(), rig.supervisor(&["nowhere"])] {
        for basis in every_basis(&rig, token).await {
            assert_eq!(basis.provider_lags, expected);
        }
    }
}
