//! What channel accounts can report, over the wire.

use std::time::Duration;

use acuse_proto::convert::timestamp;
use acuse_proto::message_state::{
    GetReportedStagesRequest, GetReportedStagesResponse, ListChangesRequest, ReportedStages,
    SetReportedStagesRequest, SetReportedStagesResponse, StageSet,
};
use acuse_proto::types::{Channel, MessageState, Stage, StageStatus, StatusKind};
use acuse_rpc::Secret;
use acuse_testkit::service::eventually;
use acuse_testkit::service::wire::{fields, reason};
use tonic::{Code, Status};

use crate::changes::list;
use crate::maintenance::differences;
use crate::rig::{ACME, OTHER, Rig, by_sender, get};
use crate::samples::{NOW, minute, registration, registrations, status};

/// The account of all samples.
const ACCOUNT: &str = "104996122399160";

fn said(channel: Channel, account: &str, stages: Option<&[Stage]>) -> ReportedStages {
    ReportedStages {
        channel: channel.into(),
        channel_account_id: account.to_owned(),
        reported: stages.map(|stages| StageSet {
            stages: stages.iter().map(|stage| (*stage).into()).collect(),
        }),
    }
}

async fn set(
    rig: &Rig,
    token: Secret,
    account: ReportedStages,
) -> Result<SetReportedStagesResponse, Status> {
    let request = SetReportedStagesRequest {
        workspace: ACME.to_owned(),
        account: Some(account),
    };
    let answer = rig.workspaces(token).set_reported_stages(request).await?;
    Ok(answer.into_inner())
}

/// An operator says it of the account of all samples.
async fn say(rig: &Rig, stages: Option<&[Stage]>) -> SetReportedStagesResponse {
    let account = said(Channel::Whatsapp, ACCOUNT, stages);
    set(rig, rig.keys.operator(), account).await.unwrap()
}

async fn reported(rig: &Rig, slug: &str) -> GetReportedStagesResponse {
    let request = GetReportedStagesRequest {
        workspace: slug.to_owned(),
    };
    let mut client = rig.workspaces(rig.keys.operator());
    let answer = client.get_reported_stages(request).await;
    answer.unwrap().into_inner()
}

/// What the columns of a message show, and whether it is pending.
async fn shown(rig: &Rig, sender_id: &str) -> ([StageStatus; 4], bool) {
    let message = rig.message(sender_id).await.unwrap();
    let stages = [
        message.dispatch,
        message.send,
        message.delivery,
        message.read,
    ];
    let stages = stages.map(|stage| stage.unwrap_or_default().status());
    (stages, message.pending)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_of_an_account_holds_for_all_that_it_sent() {
    use StageStatus::{NotApplicable, Pending, Succeeded};

    let rig = Rig::start().await;
    let events = vec![
        registration("m1"),
        status("m1", StatusKind::Sent, minute(1)),
        registration("m2"),
        status("m2", StatusKind::Read, minute(2)),
    ];
    rig.apply(events).await.unwrap();
    let start = list(&rig, rig.anything(ACME), ListChangesRequest::default());
    let start = start.await.unwrap();
    assert_eq!(
        reported(&rig, ACME).await,
        GetReportedStagesResponse::default()
    );

    let answer = say(&rig, Some(&[Stage::Read, Stage::Send])).await;
    assert_eq!(answer.restaging, None);
    let kept = said(
        Channel::Whatsapp,
        ACCOUNT,
        Some(&[Stage::Dispatch, Stage::Send, Stage::Read]),
    );
    assert_eq!(reported(&rig, ACME).await.accounts, [kept]);
    assert_eq!(reported(&rig, OTHER).await.accounts, []);
    let m1 = [Succeeded, Succeeded, NotApplicable, Pending];
    assert_eq!(shown(&rig, "m1").await, (m1, true));
    let m2 = [Succeeded, Succeeded, NotApplicable, Succeeded];
    assert_eq!(shown(&rig, "m2").await, (m2, false));
    // What comes in after goes by it, and who follows the changes hears of those that were there.
    let events = vec![
        registration("m3"),
        status("m3", StatusKind::Sent, minute(1)),
        status("m1", StatusKind::Delivered, minute(3)),
    ];
    rig.apply(events).await.unwrap();
    assert_eq!(shown(&rig, "m3").await, (m1, true));
    assert_eq!(shown(&rig, "m1").await, (m1, false));
    let delivered = rig.message("m1").await.unwrap();
    assert_eq!(delivered.state(), MessageState::Delivered);
    let since = ListChangesRequest {
        page_token: start.next_page_token,
        ..ListChangesRequest::default()
    };
    let changes = list(&rig, rig.anything(ACME), since).await.unwrap().changes;
    let mut told: Vec<_> = changes.into_iter().map(|change| change.message).collect();
    told.sort_by_key(|message| message.as_ref().unwrap().sender_message_id.clone());
    for (message, id) in told.into_iter().zip(["m1", "m2", "m3"]) {
        assert_eq!(message.unwrap(), rig.message(id).await.unwrap());
    }

    say(&rig, Some(&[Stage::Send])).await;
    let last = [Succeeded, Succeeded, NotApplicable, NotApplicable];
    assert_eq!(shown(&rig, "m3").await, (last, false));
    say(&rig, None).await;
    assert_eq!(reported(&rig, ACME).await.accounts, []);
    let usual = [Succeeded, Succeeded, Pending, Pending];
    assert_eq!(shown(&rig, "m3").await, (usual, true));
    assert_eq!(differences(&rig).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_go_by_what_was_said_at_another_at_once() {
    use StageStatus::{NotApplicable, Pending};

    let rig = Rig::start().await;
    let url = rig.database.as_ref().unwrap().url();
    let other = Rig::at(url, |_| {}).await;
    let delivery = async |id: &str| shown(&rig, id).await.0[2];
    // Each has seen the account, and whatever it keeps of it.
    for (number, replica) in [&rig, &other].into_iter().enumerate() {
        let id = format!("early{number}");
        replica.apply(vec![registration(&id)]).await.unwrap();
    }
    for number in 0..6 {
        let (at, elsewhere) = if number % 2 == 0 {
            (&rig, &other)
        } else {
            (&other, &rig)
        };
        let stages = if number % 3 == 0 { None } else { Some(&[][..]) };
        say(at, stages).await;
        let id = format!("m{number}");
        elsewhere.apply(vec![registration(&id)]).await.unwrap();
        let expected = if stages.is_none() {
            Pending
        } else {
            NotApplicable
        };
        for id in [&*id, "early0", "early1"] {
            assert_eq!(delivery(id).await, expected, "{number} {id}");
        }
    }
    assert_eq!(differences(&rig).await, 0);
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_call_leaves_goes_on_by_itself() {
    let rig = Rig::start().await;
    rig.apply(registrations("m", 30)).await.unwrap();
    // As a replica leaves it that was killed in the middle.
    let session = rig.session().await;
    let left = "UPDATE message_state.workspaces SET reported_stages = (SELECT jsonb_build_array(jsonb_build_array(name_id, 1)) \
           FROM message_state.directory AS known WHERE known.workspace_id = workspaces.workspace_id AND dimension = 1) \
           WHERE slug = 'acme'; \
         INSERT INTO message_state.restagings SELECT workspace_id, (SELECT message_id FROM message_state.messages \
           WHERE workspace_id = workspaces.workspace_id ORDER BY 1 LIMIT 1), 1, 0, now(), now() \
           FROM message_state.workspaces WHERE slug = 'acme'";
    session.batch_execute(left).await.unwrap();
    let under_way = reported(&rig, ACME).await;
    assert_eq!(
        under_way.accounts,
        [said(Channel::Whatsapp, ACCOUNT, Some(&[Stage::Dispatch]))]
    );
    eventually(Duration::from_secs(30), async || {
        let found = reported(&rig, ACME).await;
        found.restaging.is_none().then_some(())
    })
    .await;
    let select = "SELECT count(*) FROM message_state.messages WHERE reportable = 1";
    let row = session.query_one(select, &[]).await.unwrap();
    // The first one was said to be so.
    assert_eq!(row.get::<_, i64>(0), 29);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_told_how_far_messages_are() {
    let rig = Rig::start().await;
    rig.apply(registrations("m", 3)).await.unwrap();
    // Whoever holds the workspace's lock keeps all others waiting; the call has a deadline of its own.
    let session = rig.session().await;
    let left = "INSERT INTO message_state.restagings SELECT workspace_id, max(message_id::text)::uuid, 3, 1, now(), now() \
         FROM message_state.messages GROUP BY 1";
    session
        .batch_execute("BEGIN; SELECT FROM message_state.workspace_heads FOR UPDATE")
        .await
        .unwrap();
    let other = rig.session().await;
    other.batch_execute(left).await.unwrap();
    let told = reported(&rig, ACME).await.restaging.unwrap();
    assert_eq!((told.messages_seen, told.messages_changed), (3, 1));
    assert!(told.begun_at.is_some() && told.updated_at.is_some());
    session.batch_execute("COMMIT").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_are_told_with_their_fields() {
    let rig = Rig::start().await;
    let operator = || rig.keys.operator();
    for (account, expected) in [
        (
            ReportedStages::default(),
            &["account.channel", "account.channel_account_id"][..],
        ),
        (
            said(Channel::Sms, "", None),
            &["account.channel_account_id"],
        ),
        (
            said(Channel::Sms, &"9".repeat(257), None),
            &["account.channel_account_id"],
        ),
        (
            ReportedStages {
                channel: 99,
                reported: Some(StageSet {
                    stages: vec![Stage::Send.into(), 0, 7],
                }),
                ..said(Channel::Sms, "+1", None)
            },
            &[
                "account.channel",
                "account.reported.stages[1]",
                "account.reported.stages[2]",
            ],
        ),
    ] {
        let error = set(&rig, operator(), account).await.unwrap_err();
        assert_eq!(error.code(), Code::InvalidArgument);
        assert_eq!(fields(&error), expected);
    }
    let nothing = SetReportedStagesRequest {
        workspace: ACME.to_owned(),
        account: None,
    };
    let nowhere = SetReportedStagesRequest::default();
    for (request, expected) in [(nothing, "account"), (nowhere, "workspace")] {
        let error = rig
            .workspaces(operator())
            .set_reported_stages(request)
            .await;
        assert_eq!(fields(&error.unwrap_err()), [expected]);
    }
    let request = GetReportedStagesRequest::default();
    let error = rig
        .workspaces(operator())
        .get_reported_stages(request)
        .await;
    assert_eq!(fields(&error.unwrap_err()), ["workspace"]);
    assert_eq!(
        reported(&rig, ACME).await,
        GetReportedStagesResponse::default()
    );

    let session = rig.session().await;
    let many = "UPDATE message_state.workspaces SET reported_stages = \
         (SELECT jsonb_agg(jsonb_build_array(1000000 + number, 3)) FROM generate_series(1, 1000) AS number)";
    session.batch_execute(many).await.unwrap();
    let account = said(Channel::Sms, "+56221234567", Some(&[]));
    let error = set(&rig, operator(), account).await.unwrap_err();
    assert_eq!(
        (error.code(), &*reason(&error)),
        (Code::FailedPrecondition, "TOO_MANY_REPORTED_STAGES")
    );
    assert!(error.message().contains("1000"), "{}", error.message());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sees_a_part_sees_it_there_and_cannot_say_it() {
    let rig = Rig::start().await;
    rig.apply(vec![registration("m1")]).await.unwrap();
    say(&rig, Some(&[])).await;
    let supervisor = || rig.supervisor(ACME, &["ventas"]);
    let seen = get(rig.messages(supervisor()), by_sender("m1")).await;
    let delivery = seen.unwrap().delivery.unwrap();
    assert_eq!(delivery.status(), StageStatus::NotApplicable);
    let account = said(Channel::Whatsapp, ACCOUNT, None);
    let error = set(&rig, supervisor(), account).await.unwrap_err();
    assert_eq!(error.code(), Code::PermissionDenied);
    let workspace = reported(&rig, ACME).await;
    assert_eq!(workspace.accounts.len(), 1);
    // When settings changed last is told with them.
    rig.set_now(NOW + Duration::from_secs(60));
    say(&rig, None).await;
    let request = acuse_proto::message_state::GetWorkspaceRequest {
        slug: ACME.to_owned(),
    };
    let answer = rig
        .workspaces(rig.keys.operator())
        .get_workspace(request)
        .await;
    let settings = answer.unwrap().into_inner().workspace.unwrap();
    assert_eq!(
        settings.updated_at,
        Some(timestamp(NOW + Duration::from_secs(60)))
    );
}
