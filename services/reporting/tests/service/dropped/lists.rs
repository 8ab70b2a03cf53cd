//! Lists and rows of what is left.

use acuse_domain::calendar::{LocalDay, Zone};
use acuse_domain::time::{Timestamp, days};
use acuse_proto::reporting::stream_rows_response::Part;
use acuse_proto::reporting::{
    GetConsolidatedRequest, HsmManagementRow, ListInboundMessagesRequest,
    ListOutboundMessagesRequest, ListOutboundMessagesResponse, Preset, RowPreset,
    StreamRowsRequest,
};
use acuse_store::retention;
use acuse_store::workspaces::{self, Settings};
use acuse_testkit::service::wire::reason;
use tonic::{Code, Status};

use super::{both, history, kept_from};
use crate::rig::{ACME, Rig};
use crate::samples::{NOW, custom, preset};

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

/// The pages of a list from a token on, as far as they come, and how it ends otherwise.
async fn on_from(
    rig: &Rig,
    request: &ListOutboundMessagesRequest,
    mut page_token: String,
) -> (usize, Option<Status>) {
    let mut client = rig.client(rig.administrator());
    let mut shown = 0;
    while !page_token.is_empty() {
        let next = ListOutboundMessagesRequest {
            page_token,
            ..request.clone()
        };
        match client.list_outbound_messages(next).await {
            Ok(page) => {
                let page = page.into_inner();
                shown += page.messages.len();
                page_token = page.next_page_token;
            }
            Err(status) => return (shown, Some(status)),
        }
    }
    (shown, None)
}

async fn set(rig: &Rig, change: impl FnOnce(&mut Settings) + Send + 'static) {
    let changed = workspaces::update(&rig.store, ACME, || NOW, change).await;
    changed.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_whose_rest_is_dropped_says_so_where_it_would_end() {
    let rig = Rig::start().await;
    rig.apply(history()).await;
    rig.fold().await;
    let begun = async |question| {
        let request = ListOutboundMessagesRequest {
            question: Some(question),
            page_size: 30,
            ..ListOutboundMessagesRequest::default()
        };
        let mut client = rig.client(rig.administrator());
        let page = client.list_outbound_messages(request.clone()).await;
        let page: ListOutboundMessagesResponse = page.unwrap().into_inner();
        assert_eq!(page.messages.len(), 30);
        (request, page)
    };
    let (all, page) = begun(preset(Preset::Last90Days)).await;
    let (total, token) = (page.info.unwrap().total_size, page.next_page_token);
    let whole = on_from(&rig, &all, token.clone()).await.0 + 30;
    assert_eq!(i64::try_from(whole).unwrap(), total);
    let october = Zone::UTC.day_start(LocalDay::from_ymd(2026, 10, 1).unwrap());
    let (recent, of_recent) = begun(custom("2026-10-02T00:00:00Z", "2026-11-15T12:00:00Z")).await;
    // What was let out since is in no list that is begun.
    set(&rig, move |settings| {
        settings.data_available_from = Some(october - days(7))
    })
    .await;
    let (shown, end) = on_from(&rig, &all, token.clone()).await;
    assert!(shown < whole - 30, "{shown} of {whole}");
    assert_eq!(reason(&end.unwrap()), "TOKEN_EXPIRED");
    set(&rig, |settings| settings.data_available_from = None).await;
    let again = on_from(&rig, &all, token.clone()).await;
    assert_eq!((again.0 + 30, again.1.is_none()), (whole, true));

    set(&rig, |settings| settings.retention_months = 1).await;
    let gone = retention::drop_old(&rig.store, NOW).await.unwrap();
    assert!(gone.messages > 60, "{gone:?}");
    // Page by page as before, as long as they are whole.
    let (shown, end) = on_from(&rig, &all, token).await;
    assert!(shown >= 30 && shown < whole - 30, "{shown} of {whole}");
    let end = end.unwrap();
    assert_eq!(end.code(), Code::FailedPrecondition);
    assert_eq!(reason(&end), "TOKEN_EXPIRED");
    // What is asked anew is whole, and so is what nothing was dropped of.
    let (all, page) = begun(preset(Preset::Last90Days)).await;
    let (shown, end) = on_from(&rig, &all, page.next_page_token).await;
    assert!(end.is_none());
    assert_eq!(
        i64::try_from(shown + 30).unwrap(),
        page.info.unwrap().total_size
    );
    let (shown, end) = on_from(&rig, &recent, of_recent.next_page_token).await;
    assert!(end.is_none());
    let total = of_recent.info.unwrap().total_size;
    assert_eq!(i64::try_from(shown + 30).unwrap(), total);
}
