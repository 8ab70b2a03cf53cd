//! Short histories of messages that nobody registered at first, whose statuses name whom they went to in several ways. Each is
//! told in every order.

use acuse_proto::message_state::Event;
use acuse_proto::message_state::event::Event as Item;
use acuse_proto::types::{
    Channel, ContactRef, OutboundRegistration, Provider, StatusEvidence, StatusKind,
};

use crate::traps::{BEGIN, HOUR, SECOND, check, check_all, event, registration, status, text};

/// One Brazilian mobile, with its ninth digit and without.
const LONG: &str = "5511987654321";
const SHORT: &str = "551187654321";

fn number(number: &str) -> ContactRef {
    ContactRef {
        phone: text(number),
        ..ContactRef::default()
    }
}

/// Known by the business's own id alone.
fn own(id: &str) -> ContactRef {
    ContactRef {
        external_id: text(id),
        ..ContactRef::default()
    }
}

fn to(contact: ContactRef, status: StatusEvidence) -> StatusEvidence {
    StatusEvidence {
        channel: Some(Channel::Whatsapp.into()),
        channel_account_id: text("wa"),
        recipient: Some(contact),
        ..status
    }
}

fn sent(contact: ContactRef, after: i64) -> Event {
    let sent = status("m", StatusKind::Sent, BEGIN + after);
    event(Item::Status(to(contact, sent)))
}

fn delivered(contact: ContactRef, after: i64) -> Event {
    let delivered = status("m", StatusKind::Delivered, BEGIN + after);
    event(Item::Status(to(contact, delivered)))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_least_status_says_whom_it_went_to() {
    let other = || number("56987654321");
    check_all(vec![
        vec![
            sent(number(LONG), SECOND),
            delivered(number(SHORT), 2 * SECOND),
        ],
        vec![
            sent(number(SHORT), SECOND),
            delivered(number(LONG), SECOND),
            sent(other(), 3 * SECOND),
        ],
        vec![
            sent(other(), 2 * SECOND),
            delivered(number(LONG), SECOND),
            // Names nobody, and decides nothing.
            event(Item::Status(status("m", StatusKind::Queued, BEGIN))),
        ],
    ])
    .await;
}

/// What differs in the writing of a number alone is one piece of evidence.
#[tokio::test(flavor = "multi_thread")]
async fn one_status_in_several_writings() {
    let writings = [LONG, SHORT, "+55 11 98765-4321"];
    let events = writings.map(|writing| sent(number(writing), SECOND));
    check(events.to_vec()).await;
}

/// Nothing is shown that another status says.
#[tokio::test(flavor = "multi_thread")]
async fn the_least_status_knows_an_own_id_alone() {
    let both = ContactRef {
        external_id: text("guest"),
        ..number(LONG)
    };
    check_all(vec![
        vec![
            sent(own("guest"), SECOND),
            delivered(number(LONG), 2 * SECOND),
        ],
        vec![sent(own("guest"), SECOND), delivered(both, 2 * SECOND)],
    ])
    .await;
}

/// The registration knows better, also where it gives no number.
#[tokio::test(flavor = "multi_thread")]
async fn a_registration_says_whom_it_went_to() {
    let registered = |contact| {
        event(Item::Registration(OutboundRegistration {
            contact: Some(contact),
            ..registration(Some("s"), Some("m"))
        }))
    };
    let statuses = || {
        [
            sent(number(LONG), SECOND),
            delivered(number(SHORT), 2 * SECOND),
        ]
    };
    let histories = [
        number("+51977452931"),
        number("+551187654321"),
        own("guest"),
    ];
    let histories = histories.map(|contact| {
        let mut events = statuses().to_vec();
        events.push(registered(contact));
        events
    });
    check_all(histories.to_vec()).await;
}

/// Rows that unite, each of which has a recipient.
#[tokio::test(flavor = "multi_thread")]
async fn recipients_of_rows_that_unite() {
    let linking = || {
        event(Item::Status(StatusEvidence {
            sender_message_id: text("s"),
            ..status("m", StatusKind::Read, BEGIN + HOUR)
        }))
    };
    let by_sender = |contact, after| {
        let sent = StatusEvidence {
            provider_message_id: None,
            sender_message_id: text("s"),
            provider: Some(Provider::MetaWhatsapp.into()),
            ..status("m", StatusKind::Sent, BEGIN + after)
        };
        event(Item::Status(to(contact, sent)))
    };
    let registered = || {
        event(Item::Registration(OutboundRegistration {
            contact: Some(number("+551187654321")),
            ..registration(Some("s"), None)
        }))
    };
    let told = || sent(number(LONG), SECOND);
    check_all(vec![
        vec![by_sender(number(SHORT), 0), told(), linking()],
        vec![by_sender(number(SHORT), 2 * SECOND), told(), linking()],
        vec![by_sender(own("guest"), 0), told(), linking()],
        vec![registered(), told(), linking()],
    ])
    .await;
}
