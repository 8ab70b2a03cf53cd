//! Which contact an item is about.

use acuse_domain::contact::ContactRef;
use acuse_domain::kinds::{Channel, InboundKind, StatusKind};
use acuse_domain::ledger::Refusal;
use acuse_domain::registration::Registration;
use acuse_domain::time::{days, hours};
use acuse_store::apply::Outcome;
use acuse_testkit::build;
use acuse_testkit::build::IntoEvent;

use crate::fixture::{Fixture, NOON, is_applied, minutes};

#[tokio::test]
async fn addresses_that_one_item_names_together_are_one_contact_from_then_on() {
    let fixture = Fixture::new().await;
    let mut hidden = build::inbound("i1", NOON + hours(1));
    hidden.contact = ContactRef {
        business_scoped_user_id: Some("PE.1349".to_owned()),
        ..Default::default()
    };
    fixture
        .apply([build::registration("m1", NOON).event(), hidden.event()])
        .await;
    assert_eq!(fixture.sent_as("m1").await.message.first_reply, None);
    let mut both = build::inbound("i2", NOON + days(9));
    both.contact.business_scoped_user_id = Some("PE.1349".to_owned());
    fixture.apply([both.event()]).await;
    let reply = fixture.sent_as("m1").await.message.first_reply.unwrap();
    assert_eq!(reply.at, NOON + hours(1));
    assert_eq!(fixture.verified().await, 3);
}

/// Everything kept of contacts and names, row by row.
async fn kept(fixture: &Fixture) -> Vec<String> {
    let rows = "SELECT to_jsonb(stored)::text FROM message_state.contacts AS stored \
        UNION ALL SELECT to_jsonb(stored)::text FROM message_state.contact_addresses AS stored \
        UNION ALL SELECT to_jsonb(stored)::text FROM message_state.directory AS stored \
        UNION ALL SELECT jsonb_build_array(message_id, contact_id)::text FROM message_state.messages ORDER BY 1";
    let rows = fixture.client().await.query(rows, &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// How one might name two contacts as one, and call them something else.
fn joining(id: &str) -> Registration {
    let mut registration = build::registration(id, NOON + hours(1));
    registration.content.body = Some("Otro texto".to_owned());
    registration.contact = ContactRef {
        external_id: Some("guest".to_owned()),
        name: Some("Somebody else".to_owned()),
        ..build::phone(build::PHONE)
    };
    registration.channel_account.name = Some("Another line".to_owned());
    registration
}

#[tokio::test]
async fn what_is_refused_joins_and_names_no_contacts() {
    let fixture = Fixture::new().await;
    let mut guest = build::registration("m2", NOON);
    guest.contact = ContactRef {
        external_id: Some("guest".to_owned()),
        name: Some("Guest".to_owned()),
        ..ContactRef::default()
    };
    let first = build::registration("m1", NOON);
    fixture.apply([first.clone().event(), guest.event()]).await;
    let before = kept(&fixture).await;
    let refused = Outcome::Refused(Refusal::ContradictsRegistration);
    assert_eq!(fixture.apply([joining("m1").event()]).await, [refused]);
    assert_eq!(kept(&fixture).await, before);
    // Also where the registration that it contradicts is of the same batch, and the rest of the batch is taken in.
    let mut third = build::registration("m3", NOON);
    third.contact.name = Some("Ana".to_owned());
    let outcomes = fixture.apply([third.event(), joining("m3").event()]).await;
    assert!(is_applied(&outcomes[0]));
    assert_eq!(outcomes[1], refused);
    let view = fixture.sent_as("m3").await;
    assert_eq!(view.contact.name.as_deref(), Some("Ana"));
    assert_eq!(view.contact.external_id, None);
}

#[tokio::test]
async fn what_comes_for_dropped_rows_joins_and_names_no_contacts() {
    let fixture = Fixture::new().await;
    let mut guest = build::registration("m2", NOON + days(60));
    guest.contact = ContactRef {
        external_id: Some("guest".to_owned()),
        ..ContactRef::default()
    };
    let mut elsewhere = build::registration("m3", NOON + days(60));
    elsewhere.contact = build::phone(build::PHONE);
    fixture
        .apply([
            build::registration("m1", NOON).event(),
            guest.event(),
            elsewhere.event(),
        ])
        .await;
    fixture
        .client()
        .await
        .batch_execute("TRUNCATE message_state.messages_2026_09")
        .await
        .unwrap();
    let before = kept(&fixture).await;
    let outcomes = fixture.apply([joining("m1").event()]).await;
    assert!(matches!(outcomes[..], [Outcome::Late(_)]));
    assert_eq!(kept(&fixture).await, before);
}

#[tokio::test]
async fn answers_move_wherever_contacts_that_are_joined_wrote() {
    let fixture = Fixture::new().await;
    let by_user = ContactRef {
        channel_user_id: Some("user".to_owned()),
        ..ContactRef::default()
    };
    // Months apart, each way round: the number was written to and the user answers.
    let mut events = Vec::new();
    for (number, begin) in [NOON, NOON + days(40), NOON + days(80)]
        .into_iter()
        .enumerate()
    {
        let sent = build::registration(&format!("m{number}"), begin);
        let mut answer = build::inbound(&format!("i{number}"), begin + hours(1));
        answer.contact = by_user.clone();
        events.extend([sent.event(), answer.event()]);
    }
    fixture.apply(events).await;
    for id in ["m0", "m1", "m2"] {
        assert_eq!(fixture.sent_as(id).await.message.first_reply, None);
    }
    let mut linking = build::inbound("i9", NOON + days(120));
    linking.contact.channel_user_id = Some("user".to_owned());
    fixture.apply([linking.event()]).await;
    for id in ["m0", "m1", "m2"] {
        let message = fixture.sent_as(id).await.message;
        assert!(message.first_reply.is_some(), "{id}");
    }
    assert_eq!(fixture.verified().await, 7);
}

#[tokio::test]
async fn a_changed_number_is_the_same_contact() {
    const NEW: &str = "51900000001";
    let fixture = Fixture::new().await;
    let mut answer = build::inbound("i1", NOON + hours(2));
    answer.contact = build::phone(NEW);
    fixture
        .apply([build::registration("m1", NOON).event(), answer.event()])
        .await;
    assert_eq!(fixture.sent_as("m1").await.message.first_reply, None);
    // From the old number, with the new one as the id that it is on WhatsApp.
    let mut notice = build::inbound("i2", NOON + hours(1));
    notice.kind = InboundKind::System;
    notice.contact.channel_user_id = Some(NEW.to_owned());
    fixture.apply([notice.event()]).await;
    let reply = fixture.sent_as("m1").await.message.first_reply.unwrap();
    assert_eq!(reply.at, NOON + hours(2));
    assert_eq!(fixture.verified().await, 3);
}

#[tokio::test]
async fn each_message_shows_the_number_that_it_was_sent_to() {
    let fixture = Fixture::new().await;
    let to = |id: &str, number: &str| {
        let mut registration = build::registration(id, NOON);
        registration.contact = ContactRef {
            external_id: Some("guest".to_owned()),
            ..build::phone(number)
        };
        registration.event()
    };
    let numbers = [("m1", "+51 977 452 931"), ("m2", "+5511987654321")];
    let numbers = numbers.into_iter().chain([("m3", "+14155550123")]);
    fixture
        .apply(numbers.clone().map(|(id, number)| to(id, number)))
        .await;
    for (id, number) in numbers {
        let shown = fixture.sent_as(id).await.contact;
        assert_eq!(shown.external_id.as_deref(), Some("guest"));
        assert_eq!(shown.phone.as_deref(), Some(number));
    }
}

#[tokio::test]
async fn what_nobody_registered_shows_the_number_that_its_provider_tells() {
    const TOLD: &str = "5511987654321";
    let fixture = Fixture::new().await;
    let told = |kind, minute, contact: ContactRef| {
        let mut status = build::status("m", kind, NOON + minutes(minute));
        status.recipient = Some(contact);
        status.event()
    };
    let phone = async || fixture.known_as("m").await.contact.phone;
    let delivered = told(StatusKind::Delivered, 2, build::phone("551187654321"));
    fixture.apply([delivered]).await;
    assert_eq!(phone().await.as_deref(), Some("551187654321"));
    // The earlier status decides, though it comes later.
    fixture
        .apply([told(StatusKind::Sent, 1, build::phone(TOLD))])
        .await;
    assert_eq!(phone().await.as_deref(), Some(TOLD));
    // Who is known by an own id alone is shown with the number of theirs that is known.
    let own = ContactRef {
        external_id: Some("guest".to_owned()),
        ..ContactRef::default()
    };
    let mut linking = build::inbound("i", NOON + minutes(9));
    linking.contact = ContactRef {
        external_id: Some("guest".to_owned()),
        ..build::phone(TOLD)
    };
    let queued = told(StatusKind::Queued, 0, own);
    fixture.apply([queued, linking.event()]).await;
    assert_eq!(phone().await.as_deref(), Some("+551187654321"));
    // A registration knows better, whenever it comes.
    let mut registration = build::registration("s", NOON);
    registration.names.provider = Some(build::wamid("m"));
    registration.contact = build::phone("+55 11 98765-4321");
    fixture.apply([registration.event()]).await;
    assert_eq!(phone().await.as_deref(), Some("+55 11 98765-4321"));
    assert_eq!(fixture.verified().await, 2);
}

#[tokio::test]
async fn each_message_shows_the_ids_of_its_own_channel_and_page() {
    let fixture = Fixture::new().await;
    let over = |id: &str, channel, account: &str, contact: ContactRef| {
        let mut registration = build::registration(id, NOON);
        registration.channel = channel;
        registration.channel_account = build::named(account);
        registration.contact = ContactRef {
            external_id: Some("guest".to_owned()),
            ..contact
        };
        registration.event()
    };
    let user = |id: &str| ContactRef {
        channel_user_id: Some(id.to_owned()),
        ..build::phone("+51977452931")
    };
    let on_page = |id: &str| ContactRef {
        page_scoped_id: Some(id.to_owned()),
        ..ContactRef::default()
    };
    fixture
        .apply([
            over("m1", Channel::WhatsApp, "line", user("51977452931")),
            over("m2", Channel::Telegram, "bot", user("6001234")),
            over("m3", Channel::Messenger, "page-a", on_page("111")),
            over("m4", Channel::Messenger, "page-b", on_page("222")),
            over("m5", Channel::Sms, "short", ContactRef::default()),
        ])
        .await;
    for (id, user, on_page) in [
        ("m1", Some("51977452931"), None),
        ("m2", Some("6001234"), None),
        ("m3", None, Some("111")),
        ("m4", None, Some("222")),
        ("m5", None, None),
    ] {
        let shown = fixture.sent_as(id).await.contact;
        assert_eq!(shown.channel_user_id.as_deref(), user, "{id}");
        assert_eq!(shown.page_scoped_id.as_deref(), on_page, "{id}");
        assert_eq!(shown.phone.as_deref(), Some("+51977452931"), "{id}");
    }
}
