//! Lists and rows of what is left.

use acuse_domain::calendar::{LocalDay, Zone};
use acuse_domain::time::{Timestamp, days};
use acuse_proto::reporting::stream_rows_response::Part;
use acuse_proto::reporting::{
    GetConsolidatedRequest, HsmManagementRow, ListInboundMessagesRequest,
    ListOutboundMessagesRequest, Preset, RowPreset, StreamRowsRequest,
};

use super::{both, kept_from};
use crate::samples::preset;

#[tokio::test(flavor = "multi_thread")]
async fn lists_and_rows_begin_where_no_message_is_missing() {
    let [keeps, rig] = both().await;
    let october: Timestamp = Zone::UTC.day_start(LocalDay::from_ymd(2026, 10, 1).unwrap());
    let question = Some(preset(Preset::Last90Days));
    let request = ListOutboundMessagesRequest {
        question: question.clone(),
        page_size: 10,
        ..ListOutboundMessagesRequest::default()
    };
    let mut client = rig.client(rig.administrator());
    let first = client.list_outbound_messages(request.clone()).await;
    let mut page = first.unwrap().into_inner();
    let info = page.info.clone().unwrap();
    let basis = info.basis.unwrap();
    // After the last message that is gone, which is one of the last day of September.
    let from = kept_from(&basis);
    assert!(from > october - days(1) && from <= october, "{from:?}");
    let mut shown = page.messages.len();
    while !page.next_page_token.is_empty() {
        let next = ListOutboundMessagesRequest {
            page_token: page.next_page_token,
            ..request.clone()
        };
        page = client
            .list_outbound_messages(next)
            .await
            .unwrap()
            .into_inner();
        shown += page.messages.len();
    }
    assert_eq!(i64::try_from(shown).unwrap(), info.total_size);
    // As many as there were of what is covered.
    let consolidated = GetConsolidatedRequest {
        question: basis.question,
        ..GetConsolidatedRequest::default()
    };
    let before = keeps.consolidated(consolidated).await.unwrap();
    assert_eq!(before.total.unwrap().messages, info.total_size);

    let inbound = ListInboundMessagesRequest {
        question: question.clone(),
        ..ListInboundMessagesRequest::default()
    };
    let list = client.list_inbound_messages(inbound).await.unwrap();
    let info = list.into_inner().info.unwrap();
    assert_eq!(kept_from(&info.basis.unwrap()), from);

    let rows = StreamRowsRequest {
        question,
        preset: RowPreset::HsmManagement.into(),
        batch_size: None,
    };
    let parts = rig.rows(rig.administrator(), rows).await.unwrap();
    let mut told = 0;
    let mut expected = 0;
    for part in parts {
        match part.part.unwrap() {
            Part::Header(header) => {
                assert_eq!(kept_from(header.basis.as_ref().unwrap()), from);
                expected = header.expected_rows;
            }
            Part::HsmManagement(batch) => {
                told += batch.decoded::<HsmManagementRow>().unwrap().len()
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(told > 0);
    assert_eq!(i64::try_from(told).unwrap(), expected);
}
