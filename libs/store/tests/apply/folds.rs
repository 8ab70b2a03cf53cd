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
