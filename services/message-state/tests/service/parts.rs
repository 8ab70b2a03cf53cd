//! Events of several workspaces at once.

use acuse_proto::message_state::{
    BatchApplyEventsRequest, Event, WorkspaceEvents, WorkspaceResults,
};
use acuse_proto::types::ItemOutcome;
use acuse_testkit::service::wire::{fields, reason};
use tonic::{Code, Status};

use crate::rig::{ACME, OTHER, Rig, by_sender, get};
use crate::samples::{registration, registrations};

async fn apply(rig: &Rig, parts: Vec<(&str, Vec<Event>)>) -> Result<Vec<WorkspaceResults>, Status> {
    let parts = parts
        .into_iter()
        .map(|(workspace, events)| WorkspaceEvents {
            workspace: workspace.to_owned(),
            events,
        });
    let request = BatchApplyEventsRequest {
        parts: parts.collect(),
    };
    let mut client = rig.messages(rig.service());
    let answer = client.batch_apply_events(request).await?;
    Ok(answer.into_inner().parts)
}

fn outcomes(part: &WorkspaceResults) -> Vec<ItemOutcome> {
    part.results.iter().map(|result| result.outcome()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_part_is_taken_into_its_own_workspace() {
    let rig = Rig::start().await;
    use ItemOutcome::{Applied, Duplicate, Rejected};
    let parts = vec![
        (OTHER, registrations("m", 2)),
        (
            ACME,
            vec![registration("m1"), Event::default(), registration("m1")],
        ),
    ];
    let answered = apply(&rig, parts).await.unwrap();
    let told: Vec<_> = answered.iter().map(outcomes).collect();
    assert_eq!(
        told,
        [vec![Applied, Applied], vec![Applied, Rejected, Duplicate]]
    );
    for (workspace, there, id) in [
        (ACME, true, &answered[1].results[0].message_id),
        (OTHER, true, &answered[0].results[1].message_id),
        (ACME, false, &None),
    ] {
        let name = if there { "m1" } else { "m0" };
        let found = get(rig.messages(rig.anything(workspace)), by_sender(name)).await;
        assert_eq!(found.ok().map(|message| message.id), *id, "{workspace}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_is_not_taken_in_leaves_the_others_alone() {
    let rig = Rig::start().await;
    let nowhere = || ("nowhere", vec![registration("m1")]);
    let parts = vec![nowhere(), (ACME, vec![registration("m1")])];
    let answered = apply(&rig, parts).await.unwrap();
    assert!(answered[0].results.is_empty());
    assert_eq!(outcomes(&answered[1]), [ItemOutcome::Applied]);

    let error = apply(&rig, vec![nowhere()]).await.unwrap_err();
    assert_eq!(error.code(), Code::NotFound);
    assert_eq!(reason(&error), "WORKSPACE_NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_have_bounds() {
    let rig = Rig::start().await;
    let one = || vec![registration("m1")];
    for (parts, faulty) in [
        (vec![], vec!["parts"]),
        (
            vec![("", one()), (ACME, vec![])],
            vec!["parts[0].workspace", "parts[1].events"],
        ),
        (
            vec![(ACME, one()), (OTHER, one()), (ACME, one())],
            vec!["parts[2].workspace"],
        ),
        (
            vec![
                (ACME, registrations("m", 2_500)),
                (OTHER, registrations("m", 2_501)),
            ],
            vec!["parts"],
        ),
    ] {
        let error = apply(&rig, parts).await.unwrap_err();
        assert_eq!(error.code(), Code::InvalidArgument);
        assert_eq!(fields(&error), faulty);
    }
    assert_eq!(rig.running.commit_counts().commits, 0);
}
