//! What changed since a token, in pages.

use acuse_message_state::BackgroundConfig;
use acuse_proto::message_state::event::Event as Item;
use acuse_proto::message_state::{
    ChangeFilter, ChangeKind, ListChangesRequest, ListChangesResponse, MessageChange,
};
use acuse_proto::types::{Channel, MessageState, OutboundRegistration, Pricing, StatusKind};
use acuse_rpc::Secret;
use acuse_testkit::service::wire::{fields, reason};
use tonic::{Code, Status};

use crate::rig::{ACME, OTHER, Rig};
use crate::samples::{event, minute, named, outbound, registration, registrations, reply, status};

pub(crate) async fn list(
    rig: &Rig,
    token: Secret,
    request: ListChangesRequest,
) -> Result<ListChangesResponse, Status> {
    let mut client = rig.messages(token);
    Ok(client.list_changes(request).await?.into_inner())
}

fn oldest(filter: ChangeFilter) -> ListChangesRequest {
    ListChangesRequest {
        filter: Some(filter),
        from_oldest: true,
        ..ListChangesRequest::default()
    }
}

fn on_from(answer: &ListChangesResponse, filter: ChangeFilter) -> ListChangesRequest {
    ListChangesRequest {
        filter: Some(filter),
        page_token: answer.next_page_token.clone(),
        ..ListChangesRequest::default()
    }
}

/// What a change says, shortly: the sender's id or what it left by, and the states.
fn told(change: &MessageChange) -> (Option<&str>, Option<MessageState>, Option<MessageState>) {
    let message = change.message.as_ref();
    let state = |number: Option<i32>| number.map(|number| MessageState::try_from(number).unwrap());
    (
        message.and_then(|message| message.sender_message_id.as_deref()),
        state(change.state_before),
        state(change.state_after),
    )
}

/// A registration from another department than usual.
fn from_department(sender_id: &str, department: &str) -> Item {
    Item::Registration(OutboundRegistration {
        department: Some(named(department)),
        ..outbound(sender_id)
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_since_a_token_comes_in_order_and_once() {
    use MessageState::{Delivered, Dispatched, Read};

    let rig = Rig::start().await;
    let token = rig.anything(ACME);
    rig.apply(vec![registration("before")]).await.unwrap();
    let start = list(&rig, token.clone(), ListChangesRequest::default());
    let start = start.await.unwrap();
    assert!(start.changes.is_empty() && !start.has_more);

    // One after the other: what is committed together has no order.
    for event in registrations("m", 3) {
        rig.apply(vec![event]).await.unwrap();
    }
    let delivered = status("m0", StatusKind::Delivered, minute(3));
    rig.apply(vec![delivered.clone()]).await.unwrap();
    rig.apply_to(OTHER, vec![registration("theirs")])
        .await
        .unwrap();

    let since = |answer: &ListChangesResponse, page_size| ListChangesRequest {
        page_token: answer.next_page_token.clone(),
        page_size,
        ..ListChangesRequest::default()
    };
    let all = list(&rig, token.clone(), since(&start, 0)).await.unwrap();
    let shown: Vec<_> = all.changes.iter().map(told).collect();
    let expected = [
        (Some("m1"), None, Some(Dispatched)),
        (Some("m2"), None, Some(Dispatched)),
        (Some("m0"), None, Some(Delivered)),
    ];
    assert_eq!(shown, expected);
    assert!(!all.has_more);
    for change in &all.changes {
        let message = change.message.as_ref().unwrap();
        let sender = message.sender_message_id.as_deref().unwrap();
        assert_eq!(*message, rig.message(sender).await.unwrap());
        assert_eq!(change.message_id, message.id);
        assert_eq!(change.kind(), ChangeKind::Changed);
    }

    // In smaller pages the same message may come again, further on.
    let (mut pages, mut last) = (Vec::new(), start);
    loop {
        last = list(&rig, token.clone(), since(&last, 1)).await.unwrap();
        assert!(last.changes.len() <= 1);
        pages.extend(last.changes.clone());
        if !last.has_more {
            break;
        }
    }
    let sequences: Vec<i64> = pages.iter().map(|change| change.sequence).collect();
    assert!(sequences.is_sorted_by(|a, b| a < b));
    assert_eq!(pages.len(), 4);
    let (first, again) = (&pages[0], &pages[3]);
    assert_eq!(first.message_id, again.message_id);
    assert_eq!(told(again).1, Some(Dispatched));
    let fields = [
        "delivery.at",
        "delivery.status",
        "pending",
        "send.status",
        "state",
    ];
    assert_eq!(again.changed_fields, fields);

    // What was told already changes nothing, and is no change.
    rig.apply(vec![delivered]).await.unwrap();
    let none = list(&rig, token.clone(), since(&last, 0)).await.unwrap();
    assert!(none.changes.is_empty() && !none.has_more);
    let events = vec![
        status("m0", StatusKind::Read, minute(4)),
        reply("m0", "Gracias", minute(5)),
    ];
    rig.apply(events).await.unwrap();
    let next = list(&rig, token, since(&none, 0)).await.unwrap();
    let shown: Vec<_> = next.changes.iter().map(told).collect();
    assert_eq!(shown, [(Some("m0"), Some(Delivered), Some(Read))]);
    assert!(next.changes[0].changed_fields.contains(&"reply".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_price_is_a_change() {
    let rig = Rig::start().await;
    let token = rig.anything(ACME);
    rig.apply(vec![registration("m")]).await.unwrap();
    let delivered = |minutes, category: &str, kind: &str| {
        let mut told = status("m", StatusKind::Delivered, minute(minutes));
        if let Some(Item::Status(status)) = &mut told.event {
            status.pricing = Some(Pricing {
                category: Some(category.to_owned()),
                r#type: Some(kind.to_owned()),
                ..Pricing::default()
            });
        }
        told
    };
    rig.apply(vec![delivered(5, "marketing", "regular")])
        .await
        .unwrap();
    let last = list(&rig, token.clone(), ListChangesRequest::default());
    let mut last = last.await.unwrap();
    for (told, expected) in [
        // Said of later than what counts.
        (delivered(6, "service", "free_entry_point"), &[][..]),
        (
            delivered(4, "utility", "regular"),
            &["delivery.at", "pricing.category"],
        ),
        (
            delivered(3, "utility", "free_customer_service"),
            &["delivery.at", "pricing.type"],
        ),
    ] {
        rig.apply(vec![told]).await.unwrap();
        let since = ListChangesRequest {
            page_token: last.next_page_token,
            ..ListChangesRequest::default()
        };
        last = list(&rig, token.clone(), since).await.unwrap();
        let changed = last.changes.iter().flat_map(|it| &it.changed_fields);
        assert_eq!(changed.collect::<Vec<_>>(), expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_tells_what_comes_and_what_leaves() {
    use MessageState::{Delivered, Dispatched};

    let rig = Rig::start().await;
    let token = rig.anything(ACME);
    for event in registrations("m", 2) {
        rig.apply(vec![event]).await.unwrap();
    }
    let waiting = ChangeFilter {
        states: vec![Dispatched.into()],
        campaign_ids: vec!["octubre".to_owned(), "unheard of".to_owned()],
        channels: vec![Channel::Whatsapp.into()],
        channel_account_ids: vec!["whatsapp:104996122399160".to_owned()],
        ..ChangeFilter::default()
    };
    let first = list(&rig, token.clone(), oldest(waiting.clone()));
    let first = first.await.unwrap();
    assert_eq!(first.changes.len(), 2);
    rig.apply(vec![status("m0", StatusKind::Delivered, minute(3))])
        .await
        .unwrap();
    rig.apply(vec![status("m0", StatusKind::Read, minute(4))])
        .await
        .unwrap();
    let left = list(&rig, token.clone(), on_from(&first, waiting.clone()));
    let left = left.await.unwrap();
    let shown: Vec<_> = left.changes.iter().map(told).collect();
    assert_eq!(shown, [(None, Some(Dispatched), None)]);
    assert_eq!(left.changes[0].kind(), ChangeKind::Left);
    assert_eq!(left.changes[0].message_id, first.changes[0].message_id);

    // What came and went between two pages was never there.
    let delivered = ChangeFilter {
        states: vec![Delivered.into()],
        ..ChangeFilter::default()
    };
    let none = list(&rig, token.clone(), oldest(delivered)).await.unwrap();
    assert!(none.changes.is_empty() && !none.has_more);
    for filter in [
        ChangeFilter {
            campaign_ids: vec!["unheard of".to_owned()],
            ..ChangeFilter::default()
        },
        ChangeFilter {
            channels: vec![Channel::Sms.into()],
            ..ChangeFilter::default()
        },
    ] {
        let none = list(&rig, token.clone(), oldest(filter)).await.unwrap();
        assert!(none.changes.is_empty() && !none.has_more);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scope_sees_its_own_come_and_leave() {
    let rig = Rig::start().await;
    let supervisor = |department| rig.supervisor(ACME, &[department]);
    // Of a message known by statuses alone nobody knows the department.
    let unregistered = status("m0", StatusKind::Sent, minute(1));
    rig.apply(vec![unregistered, registration("m1")])
        .await
        .unwrap();
    rig.apply(vec![event(from_department("m2", "soporte"))])
        .await
        .unwrap();
    let everything = ChangeFilter::default;
    let sales = list(&rig, supervisor("ventas"), oldest(everything()));
    let sales = sales.await.unwrap();
    assert_eq!(sales.changes.len(), 1);
    assert_eq!(told(&sales.changes[0]).0, Some("m1"));
    // Its registration brings it there, and tells nothing of before.
    rig.apply(vec![registration("m0")]).await.unwrap();
    let next = list(&rig, supervisor("ventas"), on_from(&sales, everything()));
    let next = next.await.unwrap();
    let shown: Vec<_> = next.changes.iter().map(told).collect();
    assert_eq!(shown, [(Some("m0"), None, Some(MessageState::Sent))]);
    let all = list(&rig, supervisor("soporte"), oldest(everything()));
    assert_eq!(all.await.unwrap().changes.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_good_for_their_filter_and_caller_alone() {
    let rig = Rig::start().await;
    rig.apply(vec![registration("m1")]).await.unwrap();
    let filter = |campaigns: &[&str]| ChangeFilter {
        campaign_ids: campaigns.iter().map(|id| (*id).to_owned()).collect(),
        ..ChangeFilter::default()
    };
    let token = rig.anything(ACME);
    let first = list(&rig, token.clone(), oldest(filter(&["a", "b"])));
    let first = first.await.unwrap();
    // The order of a filter's values makes no difference.
    let same = list(
        &rig,
        token.clone(),
        on_from(&first, filter(&["b", "a", "b"])),
    );
    assert!(same.await.is_ok());
    let supervisor = rig.supervisor(ACME, &["ventas"]);
    let other = rig.anything(OTHER);
    let mut altered = on_from(&first, filter(&["a", "b"]));
    altered.page_token.remove(0);
    let wrong = [
        (token.clone(), on_from(&first, filter(&["a"]))),
        (supervisor, on_from(&first, filter(&["a", "b"]))),
        (other, on_from(&first, filter(&["a", "b"]))),
        (token.clone(), altered),
    ];
    for (token, request) in wrong {
        let error = list(&rig, token, request).await.unwrap_err();
        assert_eq!(error.code(), Code::InvalidArgument);
        assert_eq!(fields(&error), ["page_token"]);
    }
    let bad = ChangeFilter {
        states: vec![0, 99],
        agent_ids: vec![String::new()],
        ..ChangeFilter::default()
    };
    let error = list(&rig, token, oldest(bad)).await.unwrap_err();
    let expected = [
        "filter.states[0]",
        "filter.states[1]",
        "filter.agent_ids[0]",
    ];
    assert_eq!(fields(&error), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_from_before_what_is_kept_says_so() {
    let rig = Rig::with(|config| {
        config.background = BackgroundConfig {
            fold: false,
            keep_changes: None,
            ..BackgroundConfig::default()
        };
    })
    .await;
    let token = rig.anything(ACME);
    let start = list(&rig, token.clone(), ListChangesRequest::default());
    let start = start.await.unwrap();
    rig.apply(registrations("m", 3)).await.unwrap();
    let everything = ChangeFilter::default();
    let present = list(&rig, token.clone(), oldest(everything.clone()));
    let present = present.await.unwrap();
    let session = rig.session().await;
    session
        .execute("DELETE FROM message_state.changes WHERE sequence <= 2", &[])
        .await
        .unwrap();
    let request = ListChangesRequest {
        page_token: start.next_page_token,
        ..ListChangesRequest::default()
    };
    let error = list(&rig, token.clone(), request).await.unwrap_err();
    assert_eq!(error.code(), Code::FailedPrecondition);
    assert_eq!(reason(&error), "TOKEN_EXPIRED");
    // What is kept is still told, and who is up to date misses nothing.
    let kept = list(&rig, token.clone(), oldest(everything.clone()));
    assert_eq!(kept.await.unwrap().changes.len(), 1);
    let none = list(&rig, token.clone(), on_from(&present, everything.clone()));
    assert!(none.await.unwrap().changes.is_empty());
    session
        .execute("DELETE FROM message_state.changes", &[])
        .await
        .unwrap();
    let none = list(&rig, token.clone(), on_from(&present, everything.clone()));
    assert!(none.await.unwrap().changes.is_empty());
    // A database that was set back lacks changes that the token knows of.
    let sql = "UPDATE message_state.workspace_heads SET last_sequence = 1";
    session.execute(sql, &[]).await.unwrap();
    let error = list(&rig, token, on_from(&present, everything)).await;
    assert_eq!(reason(&error.unwrap_err()), "TOKEN_EXPIRED");
}

#[tokio::test(flavor = "multi_thread")]
async fn large_messages_come_in_smaller_pages() {
    let rig = Rig::start().await;
    let large = |index: usize| {
        let mut message = outbound(&format!("m{index}"));
        message.content.as_mut().unwrap().footer = Some("n".repeat(60_000));
        message.content.as_mut().unwrap().body = Some("n".repeat(60_000));
        event(Item::Registration(message))
    };
    rig.apply((0..60).map(large).collect()).await.unwrap();
    let token = rig.anything(ACME);
    let mut page = list(&rig, token.clone(), oldest(ChangeFilter::default()));
    let mut seen = 0;
    let mut last = page.await.unwrap();
    loop {
        assert!(!last.changes.is_empty() && last.changes.len() < 60);
        seen += last.changes.len();
        if !last.has_more {
            break;
        }
        page = list(&rig, token.clone(), on_from(&last, ChangeFilter::default()));
        last = page.await.unwrap();
    }
    assert_eq!(seen, 60);
}
