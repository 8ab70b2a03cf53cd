//! What a thread whose contact was erased comes to when more of it becomes known.

use std::sync::Arc;

use acuse_domain::contact::ContactRef;
use acuse_domain::event::{Echo, Event, Item, StatusItem};
use acuse_domain::kinds::{Channel, ContentType, MessageState, Provider, StatusKind};
use acuse_domain::registration::Content;
use acuse_domain::time::Timestamp;
use acuse_domain::watermark::{Marks, WatermarkEvidence};
use acuse_store::apply::Outcome;
use acuse_store::erase;
use acuse_testkit::build::{self, IntoEvent, named};

use crate::fixture::{Fixture, NOON, is_applied, minutes};

fn read_up_to(up_to: Timestamp) -> Event {
    let item = WatermarkEvidence {
        kind: StatusKind::Read,
        up_to,
        at: up_to,
        provider: Provider::MetaMessenger,
        channel: Channel::Messenger,
        channel_account: named(build::CHANNEL_ACCOUNT),
        contact: build::phone(build::PHONE),
    };
    Event {
        item: Item::Watermark(Arc::new(item)),
        received_at: up_to,
    }
}

/// Sent over Messenger from elsewhere, as its provider tells.
fn told(id: &str, kind: StatusKind, at: Timestamp) -> StatusItem {
    let mut told = build::status(id, kind, at);
    if let Some(sender) = &mut told.evidence.sender {
        sender.channel = Channel::Messenger;
    }
    told.recipient = Some(build::phone(build::PHONE));
    told
}

fn echoed(id: &str, at: Timestamp, body: &str) -> Event {
    let mut told = told(id, StatusKind::Sent, at);
    told.echo = Some(Box::new(Echo {
        content_type: ContentType::Image,
        content: Content {
            body: Some(body.to_owned()),
            ..Content::default()
        },
    }));
    told.event()
}

async fn erase_contact(fixture: &Fixture) {
    let id = fixture.workspace.id;
    let phone = build::PHONE.to_owned();
    let begun = erase::begin(&fixture.database, id, phone, false, NOON).await;
    assert_eq!(begun.unwrap(), Ok(1));
    erase::go_on(&fixture.database, Some(id), NOON)
        .await
        .unwrap();
}

#[tokio::test]
async fn what_watermarks_say_of_messages_outlives_their_contact() {
    let fixture = Fixture::new().await;
    let mut registered = build::registration("a", NOON);
    registered.channel = Channel::Messenger;
    registered.dispatched_at = Some(NOON);
    let mark = NOON + minutes(5);
    let events = [
        registered.event(),
        told("b", StatusKind::Sent, NOON + minutes(3)).event(),
        read_up_to(mark),
    ];
    fixture.apply(events).await;
    let read = Marks {
        read: Some(mark),
        ..Marks::default()
    };
    erase_contact(&fixture).await;
    fixture.verified().await;

    // Each is derived anew: it is known to have been sent at another time. The one that nobody registered says again to whom it
    // was, in evidence that goes before what was known.
    let mut sent = build::status("none", StatusKind::Sent, NOON + minutes(1));
    sent.names.sender = Some("a".to_owned());
    sent.names.provider = None;
    sent.evidence.sender = None;
    sent.recipient = None;
    let earlier = told("b", StatusKind::Sent, NOON + minutes(2));
    let outcomes = fixture.apply([sent.event(), earlier.event()]).await;
    assert!(outcomes.iter().all(is_applied), "{outcomes:?}");
    for view in [fixture.sent_as("a").await, fixture.known_as("b").await] {
        assert_eq!(view.message.marks, read);
        assert_eq!(view.message.standing().state, MessageState::Read);
        assert_eq!(view.contact, ContactRef::default());
    }

    // What is read from now on is somebody else's.
    let again = fixture.apply([read_up_to(mark)]).await;
    assert_eq!(again, [Outcome::Watermark { is_new: true }]);
    let client = fixture.client().await;
    let contacts = client
        .query_one(
            "SELECT count(DISTINCT contact_id) FROM message_state.watermarks",
            &[],
        )
        .await;
    assert_eq!(contacts.unwrap().get::<_, i64>(0), 2);
    fixture.verified().await;
}

#[tokio::test]
async fn what_an_erased_echo_said_does_not_come_back() {
    let fixture = Fixture::new().await;
    let at = NOON + minutes(3);
    fixture.apply([echoed("m", at, "Mira esta foto")]).await;
    erase_contact(&fixture).await;
    fixture
        .apply([
            echoed("m", at, "Mira esta foto"),
            echoed("m", at, "Mira esta"),
            echoed("m", NOON, "Mira"),
        ])
        .await;
    let view = fixture.known_as("m").await;
    assert_eq!(view.content, Content::default());
    // What is counted stays.
    let from = view.message.attribution();
    assert_eq!(from.content_type, Some(ContentType::Image));
    fixture.verified().await;
}
