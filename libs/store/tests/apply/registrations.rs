//! Registrations: what fills in, unites, contradicts and fails at once.

use acuse_domain::contribution::{Contribution, Measures};
use acuse_domain::kinds::{MessageState, StatusKind};
use acuse_domain::ledger::Refusal;
use acuse_store::apply::Outcome;
use acuse_testkit::build;
use acuse_testkit::build::IntoEvent;

use crate::fixture::{Fixture, NOON, is_applied, linked, minutes};

#[tokio::test]
async fn statuses_before_the_registration_make_an_echo_that_it_fills_in() {
    let fixture = Fixture::new().await;
    let delivered = build::status("w1", StatusKind::Delivered, NOON + minutes(5));
    fixture.apply([delivered.event()]).await;
    let view = fixture.known_as("w1").await;
    assert!(!view.message.is_attached());
    let unattached = Contribution::of_outbound(&view.message);
    assert_eq!(unattached.measures, Measures::Unattached);
    let mut registration = build::registration("m1", NOON);
    registration.names.provider = Some(build::wamid("w1"));
    fixture.apply([registration.event()]).await;
    let view = fixture.known_as("w1").await;
    assert!(view.message.is_attached());
    assert_eq!(view.message.standing().state, MessageState::Delivered);
    assert_eq!(view.message.origin(), NOON);
    assert_eq!(fixture.verified().await, 1);
}

#[tokio::test]
async fn a_link_unites_what_came_under_two_ids() {
    let fixture = Fixture::new().await;
    fixture
        .apply([build::registration("m1", NOON).event()])
        .await;
    let sent = build::status("w1", StatusKind::Sent, NOON + minutes(1));
    fixture
        .apply([
            sent.event(),
            build::inbound("i1", NOON + minutes(9)).event(),
        ])
        .await;
    assert_ne!(
        fixture.sent_as("m1").await.message.id,
        fixture.known_as("w1").await.message.id
    );
    let delivered = build::status("w1", StatusKind::Delivered, NOON + minutes(2));
    fixture.apply([linked(delivered, "m1")]).await;
    let (by_own, by_provider) = (fixture.sent_as("m1").await, fixture.known_as("w1").await);
    assert_eq!(by_own.message, by_provider.message);
    assert_eq!(by_own.message.standing().state, MessageState::Delivered);
    assert!(by_own.message.first_reply.is_some());
    assert_eq!(fixture.verified().await, 2);
}

#[tokio::test]
async fn a_contradicting_registration_is_refused_and_the_first_stands() {
    let fixture = Fixture::new().await;
    fixture
        .apply([build::registration("m1", NOON).event()])
        .await;
    let mut other = build::registration("m1", NOON);
    other.content.body = Some("Otro texto".to_owned());
    let outcomes = fixture
        .apply([other.event(), build::registration("m2", NOON).event()])
        .await;
    assert_eq!(
        outcomes[0],
        Outcome::Refused(Refusal::ContradictsRegistration)
    );
    assert!(is_applied(&outcomes[1]));
    let view = fixture.sent_as("m1").await;
    assert_eq!(view.content.body.as_deref(), Some("Tu pedido va en camino"));
    let link = build::status("w1", StatusKind::Sent, NOON);
    fixture.apply([linked(link.clone(), "m1")]).await;
    let outcomes = fixture.apply([linked(link, "m2")]).await;
    assert_eq!(outcomes, [Outcome::Refused(Refusal::IdsOfTwoMessages)]);
    assert_eq!(fixture.verified().await, 2);
}

#[tokio::test]
async fn an_impossible_number_is_a_dispatch_failure_at_once() {
    let fixture = Fixture::new().await;
    let mut registration = build::registration("m1", NOON);
    registration.contact = build::phone("12");
    fixture.apply([registration.event()]).await;
    let standing = fixture.sent_as("m1").await.message.standing();
    assert_eq!(standing.state, MessageState::DispatchFailed);
    assert_eq!(standing.failure.unwrap().report.code, "INVALID_NUMBER");
    fixture.verified().await;
}
