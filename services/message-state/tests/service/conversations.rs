//! What was said around a message.

use acuse_proto::convert::timestamp;
use acuse_proto::message_state::conversation_message::Message as Said;
use acuse_proto::message_state::event::Event as Item;
use acuse_proto::message_state::{Event, GetConversationRequest, GetConversationResponse};
use acuse_proto::types::{ContactRef, InboundKind};
use acuse_rpc::Secret;
use acuse_testkit::service::wire::fields;
use tonic::{Code, Status};

use crate::rig::{ACME, Rig, by_sender};
use crate::samples::{event, minute, outbound, reply, text};

/// A message to Ana that left at a minute.
fn sent(id: &str, count: u64) -> Event {
    let mut message = outbound(id);
    message.queued_at = Some(timestamp(minute(count)));
    message.dispatched_at = message.queued_at;
    event(Item::Registration(message))
}

async fn around(
    rig: &Rig,
    token: Secret,
    id: &str,
    (before, after): (Option<i32>, Option<i32>),
) -> Result<GetConversationResponse, Status> {
    let request = GetConversationRequest {
        key: Some(by_sender(id)),
        before,
        after,
    };
    let mut client = rig.messages(token);
    Ok(client.get_conversation(request).await?.into_inner())
}

/// The sender's id of what was sent, the text of what was received.
fn said(conversation: &GetConversationResponse) -> Vec<String> {
    let messages = conversation.messages.iter();
    let shown = messages.map(|message| match message.message.as_ref().unwrap() {
        Said::Sent(sent) => sent.sender_message_id.clone(),
        Said::Received(received) => received.content.as_ref().unwrap().body.clone(),
    });
    shown.map(Option::unwrap).collect()
}

async fn talk(rig: &Rig) {
    let mut elsewhere = outbound("to somebody else");
    elsewhere.contact = Some(ContactRef {
        phone: text("+51977000000"),
        ..ContactRef::default()
    });
    let mut other_number = outbound("from another number");
    other_number.channel_account_id = "104996122399161".to_owned();
    let mut reaction = reply("m2", "like", minute(4));
    if let Some(Item::Inbound(inbound)) = &mut reaction.event {
        inbound.kind = InboundKind::Reaction.into();
    }
    let mut theirs = outbound("of another department");
    theirs.department = None;
    theirs.dispatched_at = Some(timestamp(minute(7)));
    theirs.queued_at = theirs.dispatched_at;
    rig.apply(vec![
        reply("m2", "gracias", minute(5)),
        sent("m3", 9),
        sent("m1", 1),
        reply("m1", "hola", minute(2)),
        sent("m2", 3),
        event(Item::Registration(elsewhere)),
        event(Item::Registration(other_number)),
        event(Item::Registration(theirs)),
        reaction,
    ])
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn both_sides_are_told_in_the_order_of_time() {
    let rig = Rig::start().await;
    talk(&rig).await;
    let all = around(&rig, rig.anything(ACME), "m2", (None, None))
        .await
        .unwrap();
    let expected = ["m1", "hola", "m2", "gracias", "of another department", "m3"];
    assert_eq!(said(&all), expected);
    assert!(!all.has_earlier && !all.has_later);
    let few = around(&rig, rig.anything(ACME), "m2", (Some(1), Some(2)))
        .await
        .unwrap();
    assert_eq!(said(&few), expected[1..5]);
    assert!(few.has_earlier && few.has_later);
    let alone = around(&rig, rig.anything(ACME), "m1", (Some(0), Some(0)))
        .await
        .unwrap();
    assert_eq!(said(&alone), ["m1"]);
    assert!(!alone.has_earlier && alone.has_later);
    // Of the answers a supervisor sees those to messages of the department.
    let theirs = around(&rig, rig.supervisor(ACME, &["ventas"]), "m2", (None, None)).await;
    assert_eq!(
        said(&theirs.unwrap()),
        ["m1", "hola", "m2", "gracias", "m3"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_in_vain_is_named() {
    let rig = Rig::start().await;
    talk(&rig).await;
    let refused = around(&rig, rig.anything(ACME), "m2", (Some(-1), Some(101))).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert_eq!(fields(&refused), ["before", "after"]);
    let unknown = around(&rig, rig.anything(ACME), "m9", (None, None))
        .await
        .unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);
}
