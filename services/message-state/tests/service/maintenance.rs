//! Rebuilding, months and erasing, over the wire.

use acuse_domain::time::days;
use acuse_proto::message_state::{
    ApplyRetentionRequest, ApplyRetentionResponse, EnsurePartitionsRequest, EraseContactRequest,
    EraseContactResponse, GetRebuildRequest, ListChangesRequest, ListPartitionsRequest,
    RebuildRollupsRequest, RebuildRollupsResponse, VerifyRollupsRequest, event::Event as Item,
};
use acuse_proto::types::StatusKind;
use acuse_testkit::service::wire::{fields, reason};
use tonic::{Code, Status};

use crate::changes::list;
use crate::rig::{ACME, OTHER, Rig, by_sender};
use crate::samples::{NOW, minute, registration, registrations, reply, status};
use crate::timelines::page;

/// How many counts differ from a recount, in all workspaces.
pub(crate) async fn differences(rig: &Rig) -> i64 {
    let mut client = rig.maintenance(rig.keys.operator());
    let request = VerifyRollupsRequest::default();
    let mut answers = client.verify_rollups(request).await.unwrap().into_inner();
    let mut found = 0;
    while let Some(answer) = answers.message().await.unwrap() {
        found += answer.difference_count;
    }
    found
}

async fn rebuild(rig: &Rig, slug: &str) -> Result<Vec<RebuildRollupsResponse>, Status> {
    let workspace = slug.to_owned();
    let mut client = rig.maintenance(rig.keys.operator());
    let request = RebuildRollupsRequest { workspace };
    let mut answers = client.rebuild_rollups(request).await?.into_inner();
    let mut told = Vec::new();
    while let Some(answer) = answers.message().await? {
        told.push(answer);
    }
    Ok(told)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_is_followed_to_its_end() {
    let rig = Rig::start().await;
    rig.apply(registrations("m", 50)).await.unwrap();
    let events = vec![
        status("m0", StatusKind::Read, minute(3)),
        reply("m1", "Gracias", minute(4)),
    ];
    rig.apply(events).await.unwrap();
    let told = rebuild(&rig, ACME).await.unwrap();
    // The last answer says that nothing is under way any more.
    let (last, rest) = told.split_last().unwrap();
    assert_eq!(last.rebuild, None);
    for answer in rest {
        let rebuild = answer.rebuild.as_ref().unwrap();
        assert_eq!((&*rebuild.workspace, &*rebuild.time_zone), (ACME, "UTC"));
    }
    let request = GetRebuildRequest {
        workspace: ACME.to_owned(),
    };
    let mut client = rig.maintenance(rig.keys.operator());
    let found = client.get_rebuild(request).await.unwrap().into_inner();
    assert_eq!(found.rebuild, None);
    let session = rig.session().await;
    let select = "SELECT sum(messages)::int8 FROM message_state.totals_spare WHERE direction = 1";
    let counted = session.query_one(select, &[]).await.unwrap();
    assert_eq!(counted.get::<_, i64>(0), 50);
    assert_eq!(differences(&rig).await, 0);
    // What comes from now on is folded into the new ones.
    rig.apply(registrations("n", 5)).await.unwrap();
    assert_eq!(differences(&rig).await, 0);
    let error = rebuild(&rig, "nowhere").await.unwrap_err();
    assert_eq!(error.code(), Code::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn months_are_made_and_dropped() {
    let rig = Rig::with(|config| config.background.upkeep = false).await;
    rig.apply(registrations("m", 3)).await.unwrap();
    let mut client = rig.maintenance(rig.keys.operator());
    let listed = client.list_partitions(ListPartitionsRequest {}).await;
    let listed = listed.unwrap().into_inner().partitions;
    assert!(listed.iter().any(|partition| partition.month == "2026-11"));
    assert!(listed.iter().all(|partition| partition.bytes > 0));
    let ahead = |months_ahead| EnsurePartitionsRequest { months_ahead };
    let months = |partitions: Vec<acuse_proto::message_state::Partition>| {
        let months = partitions.into_iter().map(|partition| partition.month);
        months.collect::<Vec<_>>()
    };
    let before = months(listed);
    // Two months are made ahead unless asked otherwise.
    for (asked, last) in [(None, "2027-01"), (Some(4), "2027-03")] {
        let made = client.ensure_partitions(ahead(asked)).await.unwrap();
        let made = months(made.into_inner().partitions);
        assert!(made.starts_with(&before), "{made:?}");
        assert_eq!(made.last().map(String::as_str), Some(last));
    }
    for wrong in [-1, 25] {
        let error = client.ensure_partitions(ahead(Some(wrong))).await;
        assert_eq!(fields(&error.unwrap_err()), ["months_ahead"]);
    }

    let retain = async || {
        let mut client = rig.maintenance(rig.keys.operator());
        let answer = client.apply_retention(ApplyRetentionRequest {}).await;
        answer.unwrap().into_inner()
    };
    assert_eq!(retain().await, ApplyRetentionResponse::default());
    // Thirteen months and one later.
    rig.set_now(NOW + days(14 * 31));
    let expected = ApplyRetentionResponse {
        messages_dropped: 3,
        months_dropped: before
            .into_iter()
            .filter(|month| &**month < "2026-12")
            .collect(),
        workspaces_left: Vec::new(),
        watermarks_dropped: 0,
    };
    assert!(expected.months_dropped.contains(&"2026-11".to_owned()));
    assert_eq!(retain().await, expected);
    assert_eq!(rig.message("m0").await.unwrap_err().code(), Code::NotFound);
    assert_eq!(differences(&rig).await, 0);
}

async fn erase(rig: &Rig, slug: &str, contact: &str) -> Result<EraseContactResponse, Status> {
    let mut client = rig.maintenance(rig.keys.operator());
    let request = EraseContactRequest {
        workspace: slug.to_owned(),
        contact: contact.to_owned(),
        all_matching: false,
    };
    Ok(client.erase_contact(request).await?.into_inner())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_contact_is_found_no_more() {
    let rig = Rig::start().await;
    rig.apply(registrations("m", 3)).await.unwrap();
    rig.apply(vec![reply("m1", "Gracias", minute(4))])
        .await
        .unwrap();
    rig.apply_to(OTHER, vec![registration("theirs")])
        .await
        .unwrap();
    let before = rig.message("m1").await.unwrap();
    assert_eq!(
        before.contact.as_ref().unwrap().name.as_deref(),
        Some("Ana")
    );

    let token = rig.anything(ACME);
    let present = list(&rig, token.clone(), ListChangesRequest::default());
    let present = present.await.unwrap().next_page_token;

    let erased = erase(&rig, ACME, "+51 977 452 931").await.unwrap();
    assert_eq!((erased.contacts_erased, erased.messages_erased), (1, 4));
    let after = rig.message("m1").await.unwrap();
    assert_eq!((after.contact, after.content), (None, None));
    let reply = after.reply.unwrap();
    assert_eq!(reply.text, None);
    assert_eq!(
        reply.inbound_message_id,
        before.reply.unwrap().inbound_message_id
    );
    assert_eq!(
        (after.state, after.ticket_id),
        (before.state, before.ticket_id)
    );
    assert_eq!(differences(&rig).await, 0);
    let again = erase(&rig, ACME, "+51977452931").await.unwrap();
    assert_eq!(again, EraseContactResponse::default());
    // Who keeps a copy hears of it.
    let request = ListChangesRequest {
        page_token: present,
        ..ListChangesRequest::default()
    };
    let told = list(&rig, token, request).await.unwrap().changes;
    assert_eq!(told.len(), 3);
    for change in told {
        let message = change.message.unwrap();
        assert_eq!((message.contact, message.content), (None, None));
        assert_eq!(change.state_before, change.state_after);
    }
    // The other workspace knows its own.
    let theirs = erase(&rig, OTHER, "51977452931").await.unwrap();
    assert_eq!(theirs.messages_erased, 1);

    assert_eq!(
        fields(&erase(&rig, ACME, "").await.unwrap_err()),
        ["contact"]
    );
    let error = erase(&rig, "nowhere", "x").await.unwrap_err();
    assert_eq!(
        (error.code(), &*reason(&error)),
        (Code::NotFound, "NOT_FOUND")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_of_a_group_is_erased_without_being_a_contact() {
    let rig = Rig::start().await;
    rig.apply(registrations("m", 1)).await.unwrap();
    let read_by = |member: &str, at| {
        let mut event = status("m0", StatusKind::Read, at);
        if let Some(Item::Status(status)) = &mut event.event {
            status.participant_id = Some(member.to_owned());
        }
        event
    };
    let events = vec![
        read_by("51900000001", minute(3)),
        read_by("51900000002", minute(4)),
    ];
    rig.apply(events).await.unwrap();
    let erased = erase(&rig, ACME, "+51 900 000 001").await.unwrap();
    assert_eq!((erased.contacts_erased, erased.messages_erased), (0, 0));
    // What goes on in the background may have come first.
    assert!(erased.group_statuses_erased <= 1, "{erased:?}");
    let told = page(&rig, by_sender("m0"), 0, "").await.unwrap().entries;
    let members = told
        .iter()
        .filter_map(|entry| entry.status.as_ref()?.participant_id.as_deref());
    assert_eq!(members.collect::<Vec<_>>(), ["51900000002"]);
    assert_eq!(differences(&rig).await, 0);
}
