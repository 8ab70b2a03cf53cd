//! The evidence about a message, page by page.

use acuse_domain::time::Timestamp;
use acuse_proto::convert::timestamp;
use acuse_proto::message_state::{
    Event, GetTimelineRequest, GetTimelineResponse, MessageKey, TimelineEntry,
};
use acuse_proto::types::StatusKind;
use acuse_testkit::service::wire::fields;
use tonic::{Code, Status};

use crate::rig::{ACME, Rig, by_sender};
use crate::samples::{NOW, minute, registration, status};

pub(crate) async fn page(
    rig: &Rig,
    key: MessageKey,
    page_size: i32,
    page_token: &str,
) -> Result<GetTimelineResponse, Status> {
    let request = GetTimelineRequest {
        key: Some(key),
        page_size,
        page_token: page_token.to_owned(),
    };
    let mut client = rig.messages(rig.anything(ACME));
    Ok(client.get_timeline(request).await?.into_inner())
}

fn kinds(entries: &[TimelineEntry]) -> Vec<StatusKind> {
    let statuses = entries.iter().map(|entry| entry.status.as_ref().unwrap());
    statuses.map(|status| status.kind()).collect()
}

fn received(event: Event, at: Timestamp) -> Event {
    Event {
        received_at: Some(timestamp(at)),
        ..event
    }
}

/// A message with six pieces of evidence, received minute by minute, the last first.
async fn told(rig: &Rig) {
    let piece = |kind, happened, came| received(status("m1", kind, minute(happened)), minute(came));
    let events = vec![
        received(registration("m1"), minute(1)),
        piece(StatusKind::Read, 4, 2),
        piece(StatusKind::Sent, 1, 3),
        piece(StatusKind::Delivered, 2, 4),
        piece(StatusKind::Delivered, 3, 5),
    ];
    for event in events.into_iter().rev() {
        rig.apply(vec![event]).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_come_as_they_were_received() {
    use StatusKind::{Delivered, Dispatched, Queued, Read, Sent};

    let rig = Rig::start().await;
    told(&rig).await;
    let all = page(&rig, by_sender("m1"), 0, "").await.unwrap();
    let mut expected = [Queued, Dispatched, Read, Sent, Delivered, Delivered];
    assert_eq!(kinds(&all.entries), expected);
    assert_eq!(all.next_page_token, "");
    assert_eq!(all.message_id, rig.message("m1").await.unwrap().id);
    let changed = |index: usize, field: &str| {
        let mut changes = all.entries[index].changes.iter();
        changes.any(|change| change.field == field)
    };
    assert!(changed(2, "state") && changed(4, "delivery.at"));
    assert!(all.entries[5].changes.is_empty());

    for size in 1..=6 {
        let (mut paged, mut token) = (Vec::new(), String::new());
        loop {
            let next = page(&rig, by_sender("m1"), size, &token).await.unwrap();
            assert!(next.entries.len() <= usize::try_from(size).unwrap());
            paged.extend(next.entries);
            token = next.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(paged, all.entries, "{size} a page");
    }
    expected.reverse();
    assert_ne!(kinds(&all.entries), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_while_someone_pages_repeats_nothing() {
    let rig = Rig::start().await;
    told(&rig).await;
    let first = page(&rig, by_sender("m1"), 3, "").await.unwrap();
    // One of them was received long before it got here.
    let events = vec![
        received(status("m1", StatusKind::Deleted, minute(5)), NOW),
        received(status("m1", StatusKind::Played, minute(5)), minute(1)),
    ];
    rig.apply(events).await.unwrap();
    let token = &first.next_page_token;
    let rest = page(&rig, by_sender("m1"), 100, token).await.unwrap();
    use StatusKind::{Deleted, Delivered, Sent};
    assert_eq!(kinds(&rest.entries), [Sent, Delivered, Delivered, Deleted]);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_good_for_their_listing_alone() {
    let rig = Rig::start().await;
    told(&rig).await;
    rig.apply(vec![registration("m2")]).await.unwrap();
    let token = page(&rig, by_sender("m1"), 1, "")
        .await
        .unwrap()
        .next_page_token;
    let foreign = page(&rig, by_sender("m2"), 1, &token).await.unwrap_err();
    let altered = page(&rig, by_sender("m1"), 1, &token[1..])
        .await
        .unwrap_err();
    for error in [foreign, altered] {
        assert_eq!(error.code(), Code::InvalidArgument);
        assert_eq!(fields(&error), ["page_token"]);
    }
    let error = page(&rig, by_sender("m1"), -1, "").await.unwrap_err();
    assert_eq!(fields(&error), ["page_size"]);

    let supervisor = rig.supervisor(ACME, &["ventas"]);
    let request = GetTimelineRequest {
        key: Some(by_sender("m1")),
        page_size: 1,
        page_token: token,
    };
    let error = rig.messages(supervisor).get_timeline(request).await;
    assert_eq!(fields(&error.unwrap_err()), ["page_token"]);
}
