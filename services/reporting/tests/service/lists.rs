//! Lists of messages, page by page.

use std::time::Duration;

use acuse_domain::event::Event;
use acuse_domain::kinds::StatusKind;
use acuse_domain::scope::Role;
use acuse_proto::reporting::{
    CountedIn, Dimension, GetConsolidatedRequest, ListFailedMessagesRequest,
    ListInboundMessagesRequest, ListInfo, ListOutboundMessagesRequest,
    ListOutboundMessagesResponse, Metric, Preset, Question,
};
use acuse_proto::types::{MessageState, ReplyAttribution};
use acuse_rpc::Secret;
use acuse_rpc::auth::Claims;
use acuse_testkit::build::{IntoEvent as _, status};
use acuse_testkit::service::wire::fields;
use tonic::{Code, Status};

use crate::rig::{ACME, Rig};
use crate::samples::{NOW, any_of, at, filtered, preset, sent, work};

async fn outbound(
    rig: &Rig,
    token: Secret,
    request: ListOutboundMessagesRequest,
) -> Result<ListOutboundMessagesResponse, Status> {
    let mut client = rig.client(token);
    let answer = client.list_outbound_messages(request).await?;
    Ok(answer.into_inner())
}

/// The provider's ids of messages.
fn ids(answer: &ListOutboundMessagesResponse) -> Vec<String> {
    let messages = answer.messages.iter();
    messages
        .map(|message| message.provider_message_ids[0].id.clone())
        .collect()
}

fn of(question: Question) -> ListOutboundMessagesRequest {
    ListOutboundMessagesRequest {
        question: Some(question),
        ..ListOutboundMessagesRequest::default()
    }
}

/// How many there are, and how many no page shows.
fn counts(info: Option<&ListInfo>) -> (i64, i64) {
    let info = info.unwrap();
    (info.total_size, info.beyond_reach)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_come_first_with_everything_shown_of_them() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    let answer = outbound(&rig, rig.administrator(), of(Question::default())).await;
    let answer = answer.unwrap();
    assert_eq!(ids(&answer), ["s1", "m5", "m4", "m3", "m2", "m1"]);
    assert_eq!(counts(answer.info.as_ref()), (6, 0));
    assert!(answer.info.as_ref().unwrap().basis.is_some());
    assert_eq!(answer.next_page_token, "");

    let read = &answer.messages[5];
    assert_eq!(read.state(), MessageState::Read);
    assert_eq!(read.agent.as_ref().unwrap().name.as_deref(), Some("DIANA"));
    assert_eq!(
        read.content.as_ref().unwrap().body.as_deref(),
        Some("Tu pedido va en camino")
    );
    assert_eq!(
        read.contact.as_ref().unwrap().phone.as_deref(),
        Some("51977452931")
    );
    assert_eq!(read.ticket_id.as_deref(), Some("T-7"));
    assert_eq!(read.correlation_id.as_deref(), Some("lote 7"));
    assert_eq!(
        read.reply.as_ref().unwrap().attribution(),
        ReplyAttribution::Quote
    );
    let failed = &answer.messages[3];
    assert!(failed.comment.contains("131026"), "{}", failed.comment);
}

#[tokio::test(flavor = "multi_thread")]
async fn inbound_messages_say_what_they_answer() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    let mut client = rig.client(rig.administrator());
    let request = ListInboundMessagesRequest::default();
    let answer = client.list_inbound_messages(request).await.unwrap();
    let answer = answer.into_inner();
    let [stray, reply] = answer.messages.as_slice() else {
        panic!("there are two");
    };
    assert_eq!(stray.provider_message_id.as_ref().unwrap().id, "i2");
    assert_eq!(
        stray.contact.as_ref().unwrap().phone.as_deref(),
        Some("51999999999")
    );
    assert_eq!(
        (stray.answers_message_id.as_ref(), stray.agent.as_ref()),
        (None, None)
    );
    assert_eq!(reply.attribution(), ReplyAttribution::Quote);
    assert_eq!(reply.agent.as_ref().unwrap().id, "diana");
    assert_eq!(reply.campaign.as_ref().unwrap().id, "octubre");
    assert_eq!(counts(answer.info.as_ref()), (2, 0));

    // None of them has a state.
    let request = ListInboundMessagesRequest {
        question: Some(filtered([any_of(Dimension::State, &["read"])])),
        ..ListInboundMessagesRequest::default()
    };
    let answer = client.list_inbound_messages(request).await.unwrap();
    assert_eq!(answer.into_inner().messages, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_figure_becomes_the_list_of_its_messages() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    // Nobody registered it, nor was it sent.
    let stray = status("x1", StatusKind::Delivered, at("2026-11-15T08:00:00Z"));
    rig.apply([stray.event()]).await;
    let mut client = rig.client(rig.administrator());
    let failed = ListFailedMessagesRequest::default();
    let answer = client.list_failed_messages(failed).await.unwrap();
    let answer = answer.into_inner();
    assert_eq!(answer.messages.len(), 1);
    assert_eq!(counts(answer.info.as_ref()), (1, 0));
    for (metric, expected) in [
        (Metric::Failed, vec!["m3"]),
        (Metric::Delivered, vec!["s1", "m2", "m1"]),
        (Metric::Tickets, vec!["m1"]),
        (Metric::Unattached, vec!["x1"]),
        (Metric::Received, vec![]),
    ] {
        let counted_in = vec![CountedIn {
            metric: metric.into(),
            part: None,
        }];
        let question = Question {
            counted_in,
            ..Question::default()
        };
        let answer = outbound(&rig, rig.administrator(), of(question))
            .await
            .unwrap();
        assert_eq!(ids(&answer), expected, "{metric:?}");
        let count = i64::try_from(expected.len()).unwrap();
        assert_eq!(counts(answer.info.as_ref()), (count, 0), "{metric:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_in_while_someone_pages_moves_nothing() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    let mut request = of(Question::default());
    request.page_size = 2;
    let mut pages = Vec::new();
    let late = |id, time| sent(id, at(time)).events();
    let mut coming = vec![
        // Newer than all, and one that belongs after what was shown.
        [
            late("n1", "2026-11-15T11:00:00Z"),
            late("n2", "2026-11-14T12:00:00Z"),
        ]
        .concat(),
        Vec::new(),
        late("n3", "2026-11-15T09:15:00Z"),
    ]
    .into_iter();
    loop {
        let answer = outbound(&rig, rig.administrator(), request.clone())
            .await
            .unwrap();
        // As there were when it began.
        assert_eq!(counts(answer.info.as_ref()), (6, 0));
        pages.push(ids(&answer));
        if answer.next_page_token.is_empty() {
            break;
        }
        request.page_token = answer.next_page_token;
        let events: Vec<Event> = coming.next().unwrap_or_default();
        if !events.is_empty() {
            rig.apply(events).await;
        }
    }
    let expected = [
        vec!["s1", "m5"],
        vec!["m4", "n2"],
        vec!["m3", "m2"],
        vec!["m1"],
    ];
    assert_eq!(pages, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_than_ten_thousand_are_reached() {
    let rig = Rig::start().await;
    let first = at("2026-11-14T00:00:00Z");
    let events: Vec<Event> = (0..10_003)
        .flat_map(|number| {
            let at = first + Duration::from_secs(number);
            sent(&format!("p{number}"), at).events()
        })
        .collect();
    for events in events.chunks(2_000) {
        rig.apply(events.to_vec()).await;
    }
    rig.fold().await;
    let mut request = of(Question::default());
    request.page_size = 1_000;
    let mut found = Vec::new();
    loop {
        let answer = outbound(&rig, rig.administrator(), request.clone())
            .await
            .unwrap();
        assert_eq!(counts(answer.info.as_ref()), (10_003, 3));
        found.extend(ids(&answer));
        if answer.next_page_token.is_empty() {
            break;
        }
        request.page_token = answer.next_page_token;
    }
    let expected: Vec<String> = (3..10_003)
        .rev()
        .map(|number| format!("p{number}"))
        .collect();
    assert!(found == expected, "{} of them", found.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_good_for_its_list_and_caller_alone() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    let mut request = of(Question::default());
    request.page_size = 1;
    let first = outbound(&rig, rig.administrator(), request.clone())
        .await
        .unwrap();
    let token = first.next_page_token;
    request.page_token.clone_from(&token);
    let mut other = of(filtered([any_of(Dimension::Channel, &["sms"])]));
    other.page_token.clone_from(&token);
    let ana = rig.limited(Claims::of("ana", Role::Analyst, Some(ACME)));
    for (caller, request) in [
        (ana, request.clone()),
        (rig.administrator(), other),
        (
            rig.administrator(),
            ListOutboundMessagesRequest {
                page_token: format!("{token}A"),
                ..request.clone()
            },
        ),
    ] {
        let refused = outbound(&rig, caller, request).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert_eq!(fields(&refused), ["page_token"]);
    }
    let failed = ListFailedMessagesRequest {
        page_size: 1,
        page_token: token,
        ..ListFailedMessagesRequest::default()
    };
    let mut client = rig.client(rig.administrator());
    let refused = client.list_failed_messages(failed).await.unwrap_err();
    assert_eq!(fields(&refused), ["page_token"]);
    // A page may have another size than the one before.
    request.page_size = 5;
    let rest = outbound(&rig, rig.administrator(), request).await.unwrap();
    assert_eq!(ids(&rest), ["m5", "m4", "m3", "m2", "m1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_long_messages_holds_fewer() {
    let rig = Rig::start().await;
    let first = at("2026-11-14T00:00:00Z");
    let events: Vec<Event> = (0..120)
        .flat_map(|number| {
            let at = first + Duration::from_secs(number);
            let message = sent(&format!("p{number}"), at);
            let message =
                message.with(|registration| registration.content.body = Some("ñ".repeat(32_000)));
            message.events()
        })
        .collect();
    rig.apply(events).await;
    let mut request = of(Question::default());
    request.page_size = 1_000;
    let mut found = Vec::new();
    let mut pages = 0;
    loop {
        // With the usual limit of a client, which is 4 MiB.
        let answer = outbound(&rig, rig.administrator(), request.clone()).await;
        let answer = answer.unwrap();
        assert!(answer.messages.len() > 20 && answer.messages.len() < 40);
        found.extend(ids(&answer));
        pages += 1;
        if answer.next_page_token.is_empty() {
            break;
        }
        request.page_token = answer.next_page_token;
    }
    assert!(pages >= 4, "{pages}");
    let expected: Vec<String> = (0..120).rev().map(|number| format!("p{number}")).collect();
    assert_eq!(found, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_retention_dropped_is_in_no_list_and_not_counted_by_one() {
    let rig = Rig::set(|settings| settings.retention_months = 1).await;
    rig.apply(work()).await;
    for id in ["old1", "old2"] {
        rig.apply(sent(id, at("2026-09-10T10:00:00Z")).events())
            .await;
    }
    rig.fold().await;
    acuse_store::retention::drop_old(&rig.store, NOW)
        .await
        .unwrap();
    let question = preset(Preset::Last90Days);
    // Reports know what the dropped ones counted.
    let request = GetConsolidatedRequest {
        question: Some(question.clone()),
        ..GetConsolidatedRequest::default()
    };
    let total = rig.consolidated(request).await.unwrap().total.unwrap();
    assert_eq!(total.messages, 8);
    let answer = outbound(&rig, rig.administrator(), of(question))
        .await
        .unwrap();
    assert_eq!(ids(&answer).len(), 6);
    assert_eq!(counts(answer.info.as_ref()), (6, 0));
}
