//! Replies and sessions as messages become known.

use acuse_domain::kinds::{Channel, ReplyAttribution, StatusKind};
use acuse_domain::time::{days, hours};
use acuse_testkit::build;
use acuse_testkit::build::IntoEvent;

use crate::fixture::{Fixture, NOON, minutes};

#[tokio::test]
async fn a_reply_moves_to_the_message_that_turns_out_to_be_the_latest() {
    let fixture = Fixture::new().await;
    fixture
        .apply([build::registration("m1", NOON).event()])
        .await;
    fixture
        .apply([build::inbound("i1", NOON + hours(2)).event()])
        .await;
    let first = fixture.sent_as("m1").await.message.first_reply.unwrap();
    assert_eq!(first.how, ReplyAttribution::Window);
    // Sent in between, registered late: it takes the reply over.
    fixture
        .apply([build::registration("m2", NOON + hours(1)).event()])
        .await;
    assert_eq!(fixture.sent_as("m1").await.message.first_reply, None);
    assert_eq!(
        fixture.sent_as("m2").await.message.first_reply.unwrap().id,
        first.id
    );
    // It failed: the reply goes back.
    let mut failed = build::status("w2", StatusKind::Failed, NOON + hours(1) + minutes(1));
    failed.names.sender = Some("m2".to_owned());
    fixture.apply([failed.event()]).await;
    assert_eq!(
        fixture.sent_as("m1").await.message.first_reply.unwrap().id,
        first.id
    );
    assert_eq!(fixture.sent_as("m2").await.message.first_reply, None);
    assert_eq!(fixture.verified().await, 3);
}

#[tokio::test]
async fn one_number_on_two_channels_has_two_threads() {
    let fixture = Fixture::new().await;
    let mut by_sms = build::registration("m2", NOON + hours(1));
    by_sms.channel = Channel::Sms;
    let by_whatsapp = build::registration("m1", NOON);
    let inbound = build::inbound("i1", NOON + hours(2));
    fixture
        .apply([by_whatsapp.event(), by_sms.event(), inbound.event()])
        .await;
    assert!(fixture.sent_as("m1").await.message.first_reply.is_some());
    assert_eq!(fixture.sent_as("m2").await.message.first_reply, None);
    assert_eq!(fixture.verified().await, 3);
}

#[tokio::test]
async fn a_quote_waits_for_the_message_that_it_quotes() {
    let fixture = Fixture::new().await;
    let mut quoting = build::inbound("i1", NOON + days(3));
    quoting.quoted = Some(build::wamid("w1"));
    fixture.apply([quoting.event()]).await;
    let mut registration = build::registration("m1", NOON);
    registration.names.provider = Some(build::wamid("w1"));
    fixture.apply([registration.event()]).await;
    let reply = fixture.sent_as("m1").await.message.first_reply.unwrap();
    assert_eq!(reply.how, ReplyAttribution::Quote);
    assert_eq!(fixture.verified().await, 2);
}

#[tokio::test]
async fn a_quote_that_was_too_old_counts_once_the_message_turns_out_younger() {
    let fixture = Fixture::new().await;
    let mut quoting = build::inbound("i1", NOON + days(31));
    quoting.quoted = Some(build::wamid("w1"));
    fixture.apply([quoting.event()]).await;
    let mut registration = build::registration("m1", NOON);
    registration.names.provider = Some(build::wamid("w1"));
    fixture.apply([registration.event()]).await;
    assert_eq!(fixture.sent_as("m1").await.message.first_reply, None);
    let dispatched = build::status("w1", StatusKind::Dispatched, NOON + days(2));
    fixture.apply([dispatched.event()]).await;
    let reply = fixture.sent_as("m1").await.message.first_reply.unwrap();
    assert_eq!(reply.how, ReplyAttribution::Quote);
    assert_eq!(fixture.verified().await, 2);
}

#[tokio::test]
async fn a_session_is_open_for_a_day_after_the_contact_wrote() {
    let fixture = Fixture::new().await;
    fixture
        .apply([
            build::registration("inside", NOON + hours(23)).event(),
            build::registration("outside", NOON + hours(24)).event(),
            build::registration("before", NOON - hours(1)).event(),
        ])
        .await;
    fixture.apply([build::inbound("i1", NOON).event()]).await;
    for (id, open) in [("inside", true), ("outside", false), ("before", false)] {
        assert_eq!(
            fixture.sent_as(id).await.message.session_open(),
            Some(open),
            "{id}"
        );
    }
    fixture.verified().await;
}
