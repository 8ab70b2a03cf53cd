//! Folding the changes of several workspaces.

use acuse_domain::ids::WorkspaceId;
use acuse_store::fold::Folder;
use acuse_store::verify::verify;
use acuse_store::workspaces::{self, NewWorkspace, Settings, Workspace};
use acuse_testkit::build;
use acuse_testkit::build::IntoEvent;

use crate::fixture::{Fixture, NOON, minutes};

/// Workspaces with so many messages each, none of them folded.
async fn workspaces_of(fixture: &Fixture, messages: &[u64]) -> Vec<Workspace> {
    let mut made = Vec::new();
    for (number, messages) in messages.iter().enumerate() {
        let new = NewWorkspace {
            slug: format!("many{number}"),
            settings: Settings::usual("Many"),
        };
        let workspace = workspaces::create(&fixture.database, new, NOON).await;
        let workspace = workspace.unwrap().unwrap();
        let events = (0..*messages)
            .map(|m| build::registration(&format!("m{m}"), NOON + minutes(m)).event());
        fixture.apply_in(workspace.id, events).await;
        made.push(workspace);
    }
    made
}

async fn folded_to(fixture: &Fixture, WorkspaceId(workspace): WorkspaceId) -> u64 {
    let asked = "SELECT folded_sequence FROM message_state.fold_positions WHERE workspace_id = $1";
    let client = fixture.client().await;
    let folded: i64 = client.query_one(asked, &[&workspace]).await.unwrap().get(0);
    folded.try_into().unwrap()
}

#[tokio::test]
async fn workspaces_are_folded_together() {
    let fixture = Fixture::new().await;
    let messages = [3, 1, 40, 2, 5];
    let workspaces = workspaces_of(&fixture, &messages).await;
    let folder = Folder::new(fixture.database.clone());
    let (some, others) = futures::join!(folder.fold_all(), folder.fold_all());
    assert_eq!(some.unwrap() + others.unwrap(), 51);
    assert_eq!(folder.fold_all().await.unwrap(), 0);
    for (workspace, messages) in workspaces.iter().zip(messages) {
        assert_eq!(folded_to(&fixture, workspace.id).await, messages);
        let found = verify(&fixture.database, workspace, 10).await.unwrap();
        assert_eq!(found.differences, []);
    }
}

#[tokio::test]
async fn a_workspace_that_cannot_be_folded_leaves_the_others_alone() {
    let fixture = Fixture::new().await;
    let workspaces = workspaces_of(&fixture, &[1, 1, 1, 1]).await;
    let broken = workspaces[1].id;
    let spoil =
        "UPDATE message_state.changes SET after = 'no contribution' WHERE workspace_id = $1";
    let client = fixture.client().await;
    assert_eq!(client.execute(spoil, &[&broken.0]).await.unwrap(), 1);
    let folder = Folder::new(fixture.database.clone());
    assert_eq!(folder.fold_all().await.unwrap(), 3);
    for workspace in &workspaces {
        let expected = if workspace.id == broken { 0 } else { 1 };
        assert_eq!(folded_to(&fixture, workspace.id).await, expected);
    }
    // What is left fails, and says so.
    folder.fold_all().await.unwrap_err();
}

/// In which transaction the positions of workspaces were last moved.
async fn moved_in(fixture: &Fixture, workspaces: &[Workspace]) -> Vec<String> {
    let asked = "SELECT xmin::text FROM message_state.fold_positions WHERE workspace_id = $1";
    let client = fixture.client().await;
    let mut moved = Vec::new();
    for workspace in workspaces {
        let row = client.query_one(asked, &[&workspace.id.0]).await.unwrap();
        moved.push(row.get(0));
    }
    moved
}

#[tokio::test]
async fn a_workspace_that_cannot_be_folded_keeps_no_others_apart_for_long() {
    let fixture = Fixture::new().await;
    let workspaces = workspaces_of(&fixture, &[1; 6]).await;
    let one_more = async |id: &str| {
        for workspace in &workspaces {
            let event = build::registration(id, NOON + minutes(9)).event();
            fixture.apply_in(workspace.id, [event]).await;
        }
    };
    let broken = workspaces[1].id.0;
    let client = fixture.client().await;
    let told = "SELECT after FROM message_state.changes WHERE workspace_id = $1";
    let sound: Vec<u8> = client.query_one(told, &[&broken]).await.unwrap().get(0);
    let tell =
        "UPDATE message_state.changes SET after = $2 WHERE workspace_id = $1 AND sequence = 1";
    let spoilt = b"no contribution".as_slice();
    client.execute(tell, &[&broken, &spoilt]).await.unwrap();
    let folder = Folder::new(fixture.database.clone());
    // Whom it began with learns of it the hard way.
    assert_eq!(folder.fold_all().await.unwrap(), 5);
    let moved = moved_in(&fixture, &workspaces).await;
    assert_ne!(moved[0], moved[2]);
    assert_eq!(moved[3], moved[4]);
    one_more("second").await;
    assert_eq!(folder.fold_all().await.unwrap(), 5);
    let moved = moved_in(&fixture, &workspaces).await;
    assert_eq!(moved[0], moved[2]);
    assert_eq!(folded_to(&fixture, workspaces[1].id).await, 0);
    // Once it can be folded it is one of them again.
    client.execute(tell, &[&broken, &sound]).await.unwrap();
    assert_eq!(folder.fold_all().await.unwrap(), 2);
    one_more("third").await;
    assert_eq!(folder.fold_all().await.unwrap(), 6);
    let moved = moved_in(&fixture, &workspaces).await;
    assert_eq!(moved[0], moved[1]);
    for workspace in &workspaces {
        let found = verify(&fixture.database, workspace, 10).await.unwrap();
        assert_eq!(found.differences, []);
    }
}
