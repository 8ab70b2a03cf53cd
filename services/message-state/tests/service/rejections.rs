//! Bad items, refused alone.

use acuse_proto::message_state::event::Event as Item;
use acuse_proto::types::{ItemOutcome, ItemResult, StatusKind};
use acuse_testkit::service::wire::fields;
use tonic::Code;

use crate::rig::Rig;
use crate::samples::{NOW, event, outbound, registration, registrations, status, text};

#[tokio::test(flavor = "multi_thread")]
async fn bad_items_are_refused_alone() {
    let rig = Rig::start().await;
    let mut nameless = outbound("m2");
    nameless.sender_message_id = None;
    nameless.provider_message_id = None;
    nameless.department.as_mut().unwrap().id = String::new();
    let future = NOW + std::time::Duration::from_secs(301);
    let results = rig
        .apply(vec![
            registration("m1"),
            event(Item::Registration(nameless)),
            acuse_proto::message_state::Event::default(),
            status("m1", StatusKind::Sent, future),
            registration("m3"),
        ])
        .await
        .unwrap();
    let told: Vec<(ItemOutcome, Vec<&str>)> = results
        .iter()
        .map(|result| {
            let error = result.error.as_ref();
            let violations = error.map(|error| error.field_violations.iter());
            let fields = violations.into_iter().flatten();
            (result.outcome(), fields.map(|one| &*one.field).collect())
        })
        .collect();
    let rejected = ItemOutcome::Rejected;
    assert_eq!(
        told,
        [
            (ItemOutcome::Applied, vec![]),
            (
                rejected,
                vec![
                    "registration.sender_message_id",
                    "registration.department.id"
                ]
            ),
            (rejected, vec!["event"]),
            (rejected, vec!["status.happened_at"]),
            (ItemOutcome::Applied, vec![]),
        ]
    );
    assert!(results.iter().all(|result| {
        let is_rejected = result.outcome() == rejected;
        result.message_id.is_none() == is_rejected && result.error.is_some() == is_rejected
    }));
    assert_eq!(
        rig.message("m3").await.unwrap().sender_message_id,
        text("m3")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_has_bounds() {
    let rig = Rig::start().await;
    for events in [vec![], registrations("m", 5_001)] {
        let error = rig.apply(events).await.unwrap_err();
        assert_eq!(error.code(), Code::InvalidArgument);
        assert_eq!(fields(&error), ["events"]);
        assert!(error.message().contains("5000"), "{}", error.message());
    }
    let results = rig.apply(registrations("m", 5_000)).await.unwrap();
    assert_eq!(results.len(), 5_000);
    assert!(
        results
            .iter()
            .all(|one| one.outcome() == ItemOutcome::Applied)
    );
    // It took more transactions than one, none above what is configured.
    let counts = rig.running.commit_counts();
    assert_eq!((counts.items, counts.commits), (5_000, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_database_refuses_is_found_among_the_rest() {
    let rig = Rig::start().await;
    // No value that passes the checks is refused by the schema as it is.
    rig.session()
        .await
        .batch_execute(
            "ALTER TABLE message_state.contents ADD CONSTRAINT no_poison \
             CHECK (sender_message_id NOT LIKE '%poison%')",
        )
        .await
        .unwrap();
    let mut events = registrations("m", 200);
    for index in [0, 77, 199] {
        events[index] = registration(&format!("poison{index}"));
    }
    let results = rig.apply(events).await.unwrap();
    for (index, result) in results.iter().enumerate() {
        let expected = if [0, 77, 199].contains(&index) {
            ItemOutcome::Rejected
        } else {
            ItemOutcome::Applied
        };
        assert_eq!(result.outcome(), expected, "{index}");
    }
    let error = results[77].error.as_ref().unwrap();
    assert_eq!(error.reason, "NOT_STORABLE");
    let said = format!("{error:?}");
    assert!(!said.contains("contents") && !said.contains("no_poison"));
    let counts = rig.running.commit_counts();
    assert_eq!((counts.items, counts.unstorable), (197, 3));
    assert_eq!(
        rig.message("poison77").await.unwrap_err().code(),
        Code::NotFound
    );
    assert!(rig.message("m76").await.is_ok());

    // Callers who share a transaction with it do not hear of it.
    let calls = (0..16).map(|number| {
        let name = if number == 9 {
            "poison".to_owned()
        } else {
            format!("c{number}")
        };
        rig.apply(vec![registration(&name)])
    });
    let answers = futures::future::join_all(calls).await;
    for (number, answer) in answers.into_iter().enumerate() {
        let results: Vec<ItemResult> = answer.unwrap();
        let is_rejected = results[0].outcome() == ItemOutcome::Rejected;
        assert_eq!(is_rejected, number == 9);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_not_as_expected_is_no_items_fault() {
    let rig = Rig::start().await;
    rig.apply(vec![registration("m1")]).await.unwrap();
    let session = rig.session().await;
    let revoke = "REVOKE INSERT ON message_state.contents FROM acuse_message_state";
    session.batch_execute(revoke).await.unwrap();
    let error = rig.apply(vec![registration("m2")]).await.unwrap_err();
    assert_eq!(error.code(), Code::Internal);
    assert!(!error.message().contains("contents"));
    let grant = "GRANT INSERT ON message_state.contents TO acuse_message_state";
    session.batch_execute(grant).await.unwrap();
    assert!(rig.apply(vec![registration("m2")]).await.is_ok());
}
