//! What is handed in shows, and shows right.

use acuse_domain::time::{Timestamp, days};
use acuse_proto::convert::timestamp;
use acuse_proto::message_state::Workspace;
use acuse_proto::types::message::Subtype;
use acuse_proto::types::{
    ItemOutcome, ItemResult, MessageState, ReplyAttribution, StageStatus, StatusKind,
};
use acuse_testkit::service::wire::reason;
use tonic::Code;

use crate::rig::{ACME, Rig, by_id, by_sender, get};
use crate::samples::{NOW, earlier, event, minute, outbound, registration, reply, status, text};

fn outcomes(results: &[ItemResult]) -> Vec<ItemOutcome> {
    results.iter().map(ItemResult::outcome).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_goes_its_way() {
    let rig = Rig::start().await;
    let registered = rig.apply(vec![registration("m1")]).await.unwrap();
    assert_eq!(outcomes(&registered), [ItemOutcome::Applied]);
    let events = vec![
        status("m1", StatusKind::Delivered, minute(2)),
        status("m1", StatusKind::Sent, minute(1)),
        reply("m1", "Gracias", minute(5)),
    ];
    let results = rig.apply(events.clone()).await.unwrap();
    assert_eq!(outcomes(&results), [ItemOutcome::Applied; 3]);

    let message = rig.message("m1").await.unwrap();
    assert_eq!(Some(&message.id), registered[0].message_id.as_ref());
    assert_eq!(message.state(), MessageState::Delivered);
    assert!(message.registered && !message.pending && !message.unconfirmed);
    let stage = |view: &Option<acuse_proto::types::StageView>| {
        let view = view.as_ref().unwrap();
        (view.status(), view.at)
    };
    let succeeded = |at| (StageStatus::Succeeded, Some(timestamp(at)));
    assert_eq!(stage(&message.dispatch), succeeded(earlier()));
    assert_eq!(stage(&message.send), succeeded(minute(1)));
    assert_eq!(stage(&message.delivery), succeeded(minute(2)));
    assert_eq!(stage(&message.read), (StageStatus::Pending, None));
    assert_eq!(
        message.comment,
        "Mensaje entregado. A la espera de confirmación de lectura."
    );

    let sent = outbound("m1");
    assert_eq!(message.sender_message_id, sent.sender_message_id);
    assert_eq!(
        message.provider_message_ids,
        [sent.provider_message_id.unwrap()]
    );
    assert_eq!(
        (message.account, message.campaign),
        (sent.account, sent.campaign)
    );
    assert_eq!(
        (message.broadcast, message.team),
        (sent.broadcast, sent.team)
    );
    assert_eq!(
        (message.agent, message.department),
        (sent.agent, sent.department)
    );
    assert_eq!(
        (message.contact, message.content),
        (sent.contact, sent.content)
    );
    assert_eq!(message.ticket_id, sent.ticket_id);
    assert_eq!(message.correlation_id, sent.correlation_id);
    assert_eq!(message.channel_account.unwrap().id, sent.channel_account_id);
    let Some(Subtype::Template(template)) = message.subtype else {
        panic!("the message shows no template");
    };
    assert_eq!(
        (template.id, template.name),
        (text("1795801177"), text("bienvenida"))
    );

    let answer = message.reply.unwrap();
    assert_eq!(answer.text, text("Gracias"));
    assert_eq!(answer.attribution(), ReplyAttribution::Quote);
    assert_eq!(answer.replied_at, Some(timestamp(minute(5))));
    assert_eq!(Some(answer.inbound_message_id), results[2].message_id);

    let again = rig.apply(events).await.unwrap();
    assert_eq!(outcomes(&again), [ItemOutcome::Duplicate; 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_key_finds_the_message() {
    let rig = Rig::start().await;
    let results = rig.apply(vec![registration("m1")]).await.unwrap();
    let id = results[0].message_id.clone().unwrap();
    let provider = acuse_proto::message_state::MessageKey {
        key: Some(
            acuse_proto::message_state::message_key::Key::ProviderMessageId(crate::samples::wamid(
                "wamid.m1",
            )),
        ),
    };
    for key in [by_id(&id), by_sender("m1"), provider] {
        let client = rig.messages(rig.anything(ACME));
        assert_eq!(get(client, key).await.unwrap().id, id);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn late_and_contradicting_items_are_told() {
    let rig = Rig::start().await;
    let mut old = outbound("m1");
    let sent_at = NOW - days(40);
    old.queued_at = Some(timestamp(sent_at));
    old.dispatched_at = Some(timestamp(sent_at));
    let old = event(acuse_proto::message_state::event::Event::Registration(old));
    rig.apply(vec![old]).await.unwrap();

    let mut other = outbound("m1");
    other.campaign = None;
    let contradicting = event(acuse_proto::message_state::event::Event::Registration(
        other,
    ));
    let results = rig
        .apply(vec![
            status("m1", StatusKind::Read, NOW - days(9)),
            contradicting,
        ])
        .await
        .unwrap();
    assert_eq!(
        outcomes(&results),
        [ItemOutcome::Late, ItemOutcome::Rejected]
    );
    let error = results[1].error.as_ref().unwrap();
    assert_eq!(error.reason, "REGISTRATION_CONFLICT");
    let message = rig.message("m1").await.unwrap();
    assert_eq!(message.state(), MessageState::Dispatched);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_too_long_is_unconfirmed() {
    let rig = Rig::start().await;
    let at = |hour: i64, minute: i64| {
        // 2026-11-15T00:00:00Z.
        Timestamp::from_seconds(1_794_700_800 + hour * 3_600 + minute * 60)
    };
    let workspace = Workspace {
        slug: "kathmandu".to_owned(),
        time_zone: text("Asia/Kathmandu"),
        ..Workspace::default()
    };
    rig.create(workspace).await.unwrap();
    rig.set_now(at(0, 0) + days(1));
    let mut sent = outbound("m1");
    // 23:45 of the 15th in Kathmandu, which is 5 hours and 45 minutes ahead.
    sent.queued_at = Some(timestamp(at(18, 0)));
    sent.dispatched_at = Some(timestamp(at(18, 0)));
    let sent = event(acuse_proto::message_state::event::Event::Registration(sent));
    rig.apply_to("kathmandu", vec![sent]).await.unwrap();

    for (now, is_unconfirmed) in [
        (at(18, 0), false),
        (at(18, 14) + days(30), false),
        (at(18, 15) + days(30), true),
    ] {
        rig.set_now(now);
        let client = rig.messages(rig.anything("kathmandu"));
        let message = get(client, by_sender("m1")).await.unwrap();
        let told = (message.pending, message.unconfirmed);
        assert_eq!(told, (!is_unconfirmed, is_unconfirmed), "{now}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_no_workspace_is_told_so() {
    let rig = Rig::start().await;
    let error = rig
        .apply_to("nowhere", vec![registration("m1")])
        .await
        .unwrap_err();
    assert_eq!(
        (error.code(), &*reason(&error)),
        (Code::NotFound, "WORKSPACE_NOT_FOUND")
    );
    // It is found as soon as it is there.
    let workspace = Workspace {
        slug: "nowhere".to_owned(),
        ..Workspace::default()
    };
    rig.create(workspace).await.unwrap();
    let results = rig.apply_to("nowhere", vec![registration("m1")]).await;
    assert_eq!(outcomes(&results.unwrap()), [ItemOutcome::Applied]);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_checked() {
    let rig = Rig::start().await;
    for key in [by_id("7"), by_sender(""), by_sender(&"x".repeat(257))] {
        let error = get(rig.messages(rig.anything(ACME)), key)
            .await
            .unwrap_err();
        assert_eq!(error.code(), Code::InvalidArgument);
    }
}
