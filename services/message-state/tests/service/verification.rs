//! Rollups are what the messages say, and the service finds where they are not.

use std::time::Duration;

use acuse_proto::message_state::{VerifyRollupsRequest, VerifyRollupsResponse};
use acuse_proto::types::StatusKind;
use acuse_testkit::service::{eventually, wire::fields};
use tonic::{Code, Status};

use crate::rig::{ACME, OTHER, Rig};
use crate::samples::{minute, registrations, reply, status};

async fn verify(
    rig: &Rig,
    workspace: Option<&str>,
    max_differences: i32,
) -> Result<Vec<VerifyRollupsResponse>, Status> {
    let request = VerifyRollupsRequest {
        workspace: workspace.map(ToOwned::to_owned),
        max_differences,
    };
    let mut client = rig.maintenance(rig.keys.operator());
    let mut stream = client.verify_rollups(request).await?.into_inner();
    let mut answers = Vec::new();
    while let Some(answer) = stream.message().await? {
        answers.push(answer);
    }
    Ok(answers)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_in_verifies_and_what_was_tampered_with_does_not() {
    let rig = Rig::start().await;
    let mut events = registrations("m", 50);
    for number in 0..30 {
        let id = format!("m{number}");
        events.push(status(&id, StatusKind::Delivered, minute(number + 1)));
        events.push(reply(&id, &id, minute(40)));
    }
    rig.apply(events).await.unwrap();
    let session = rig.session().await;
    eventually(Duration::from_secs(30), || async {
        let behind = "SELECT FROM message_state.workspace_heads \
                      JOIN message_state.fold_positions USING (workspace_id) \
                      WHERE folded_sequence < last_sequence";
        session
            .query(behind, &[])
            .await
            .unwrap()
            .is_empty()
            .then_some(())
    })
    .await;

    let all = verify(&rig, None, 0).await.unwrap();
    let slugs: Vec<_> = all.iter().map(|answer| &*answer.workspace).collect();
    assert_eq!(slugs, [ACME, OTHER]);
    assert!(
        all.iter().all(|answer| answer.difference_count == 0),
        "{all:?}"
    );
    assert_eq!(all[0].messages_recounted, 80);
    assert!(all[0].rollup_rows_compared > 0 && all[0].verified_at_sequence > 0);
    assert_eq!(
        (all[1].messages_recounted, all[1].rollup_rows_compared),
        (0, 0)
    );

    let tamper = "UPDATE message_state.totals SET messages = messages + 5";
    assert!(session.execute(tamper, &[]).await.unwrap() > 0);
    let found = verify(&rig, Some(ACME), 1).await.unwrap();
    assert_eq!(found.len(), 1);
    assert!(found[0].difference_count >= 1);
    let [difference] = found[0].differences.as_slice() else {
        panic!("{:?}", found[0].differences);
    };
    assert_eq!(
        (&*difference.rollup, &*difference.count),
        ("totals", "messages")
    );
    assert_eq!(difference.stored, difference.recounted + 5);
    assert!(!difference.key.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_checked() {
    let rig = Rig::start().await;
    let error = verify(&rig, Some("nowhere"), 0).await.unwrap_err();
    assert_eq!(error.code(), Code::NotFound);
    let error = verify(&rig, None, -1).await.unwrap_err();
    assert_eq!(fields(&error), ["max_differences"]);
}
