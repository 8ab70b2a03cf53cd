//! What a batch takes in and tells, whoever runs it.

use acuse_domain::kinds::{MessageState, StatusKind};
use acuse_domain::time::days;
use acuse_store::apply::{Applier, Outcome, Submission};
use acuse_store::fold::Folder;
use acuse_store::workspaces::{NewWorkspace, Settings};
use acuse_store::{Address, Database, PoolConfig, migrations, workspaces};
use acuse_testkit::build;
use acuse_testkit::build::IntoEvent;

use crate::fixture::{Fixture, NOON, is_applied, linked, minutes};

#[tokio::test]
async fn a_message_goes_its_way() {
    let fixture = Fixture::new().await;
    let mut registration = build::registration("m1", NOON);
    registration.dispatched_at = Some(NOON + minutes(1));
    let outcomes = fixture.apply([registration.event()]).await;
    assert!(outcomes.iter().all(is_applied));
    let statuses = [StatusKind::Sent, StatusKind::Delivered, StatusKind::Read]
        .map(|kind| linked(build::status("w1", kind, NOON + minutes(2)), "m1"));
    assert!(fixture.apply(statuses.clone()).await.iter().all(is_applied));
    let view = fixture.known_as("w1").await;
    assert_eq!(view.message.standing().state, MessageState::Read);
    assert_eq!(view.message.origin(), NOON + minutes(1));
    assert_eq!(view.sender_message_id.as_deref(), Some("m1"));
    assert_eq!(view.provider_message_id, Some(build::wamid("w1")));
    assert_eq!(view.contact.phone.as_deref(), Some(build::PHONE));
    let again = fixture.apply(statuses).await;
    assert!(
        again
            .iter()
            .all(|outcome| matches!(outcome, Outcome::Duplicate(_)))
    );
    assert_eq!(fixture.verified().await, 1);
}

#[tokio::test]
async fn a_repetition_within_one_batch_is_told() {
    let fixture = Fixture::new().await;
    let event = build::registration("m1", NOON).event();
    let outcomes = fixture.apply([event.clone(), event]).await;
    assert!(matches!(outcomes[..], [Outcome::Applied(a), Outcome::Duplicate(b)] if a == b));
}

#[tokio::test]
async fn evidence_beyond_the_window_is_kept_and_counts_nowhere() {
    let fixture = Fixture::new().await;
    let mut registration = build::registration("m1", NOON);
    registration.names.provider = Some(build::wamid("w1"));
    fixture.apply([registration.event()]).await;
    let late = build::status("w1", StatusKind::Read, NOON + days(30) + minutes(1));
    let outcomes = fixture.apply([late.clone().event()]).await;
    assert!(matches!(outcomes[..], [Outcome::Late(_)]));
    assert!(matches!(
        fixture.apply([late.event()]).await[..],
        [Outcome::Duplicate(_)]
    ));
    assert_eq!(
        fixture.sent_as("m1").await.message.standing().state,
        MessageState::Queued
    );
    // Dispatched a day later than queued: now it is within the window.
    let dispatched = build::status("w1", StatusKind::Dispatched, NOON + days(1));
    fixture.apply([dispatched.event()]).await;
    assert_eq!(
        fixture.sent_as("m1").await.message.standing().state,
        MessageState::Read
    );
    assert_eq!(fixture.verified().await, 1);
}

#[tokio::test]
async fn workspaces_share_a_transaction_and_nothing_else() {
    let fixture = Fixture::new().await;
    let new = NewWorkspace {
        slug: "other".to_owned(),
        settings: Settings::usual("Other"),
    };
    let other = workspaces::create(&fixture.database, new, NOON)
        .await
        .unwrap()
        .unwrap();
    let batch: Vec<Submission> = [fixture.workspace.id, other.id]
        .map(|workspace| Submission {
            workspace,
            event: build::registration("m1", NOON).event(),
        })
        .into();
    let outcomes = fixture.applier.apply(&batch, NOON).await.unwrap();
    assert!(matches!(outcomes[..], [Outcome::Applied(a), Outcome::Applied(b)] if a != b));
    assert_eq!(fixture.verified().await, 1);
}

#[tokio::test]
async fn a_role_without_privileges_of_its_own_is_enough() {
    let fixture = Fixture::new().await;
    let client = fixture.client().await;
    let name = format!("plain_{}", std::process::id());
    client
        .batch_execute(&format!("CREATE ROLE {name} LOGIN NOINHERIT; GRANT acuse_message_state, acuse_message_state_reader TO {name}"))
        .await
        .unwrap();
    let url = fixture.url().replacen("acuse@", &format!("{name}@"), 1);
    let batch = [Submission {
        workspace: fixture.workspace.id,
        event: build::registration("m1", NOON).event(),
    }];
    let address: Address = url.parse().unwrap();
    let pending = migrations::pending(&address).await;
    let database = Database::new(&PoolConfig::new(address, 2)).unwrap();
    let outcomes = Applier::new(database.clone()).apply(&batch, NOON).await;
    let folded = Folder::new(database).fold_all().await;
    client
        .batch_execute(&format!("DROP ROLE {name}"))
        .await
        .unwrap();
    assert_eq!(pending.unwrap(), Vec::<String>::new());
    assert!(is_applied(&outcomes.unwrap()[0]));
    assert_eq!(folded.unwrap(), 1);
    assert_eq!(fixture.verified().await, 1);
}
