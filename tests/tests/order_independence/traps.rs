//! Short histories in which knowledge comes late and takes back what was concluded before it came. Each is told in every
//! order.

use acuse_proto::message_state::Event;
use acuse_proto::message_state::event::Event as Item;
use acuse_proto::types::outbound_registration::Subtype;
use acuse_proto::types::{
    Channel, ContactRef, Content, ContentType, Failure, InboundKind, InboundMessage, MessageType,
    OutboundRegistration, Pricing, Provider, ProviderMessageId, Source, StatusEvidence, StatusKind,
    TemplateRef,
};
use acuse_tests::history::{NOW, Workspace};

use crate::small::check_every_order;

pub(crate) const SECOND: i64 = 1_000_000;
pub(crate) const HOUR: i64 = 3_600 * SECOND;
pub(crate) const DAY: i64 = 24 * HOUR;

/// Histories begin here.
pub(crate) const BEGIN: i64 = NOW - 60 * DAY;

pub(crate) fn time(micros: i64) -> Option<prost_types::Timestamp> {
    let nanos = i32::try_from(micros.rem_euclid(SECOND) * 1_000).unwrap();
    let seconds = micros.div_euclid(SECOND);
    Some(prost_types::Timestamp { seconds, nanos })
}

pub(crate) fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

pub(crate) fn wamid(id: &str) -> Option<ProviderMessageId> {
    Some(ProviderMessageId {
        provider: Provider::MetaWhatsapp.into(),
        scope: None,
        id: id.to_owned(),
    })
}

fn phone() -> ContactRef {
    ContactRef {
        phone: text("+51977452931"),
        ..ContactRef::default()
    }
}

pub(crate) fn event(item: Item) -> Event {
    Event {
        event: Some(item),
        received_at: None,
        time_is_receipt: false,
    }
}

/// Queued at `BEGIN`.
pub(crate) fn registration(sender: Option<&str>, provider: Option<&str>) -> OutboundRegistration {
    OutboundRegistration {
        sender_message_id: sender.map(str::to_owned),
        provider_message_id: provider.and_then(wamid),
        channel: Channel::Whatsapp.into(),
        channel_account_id: "wa".to_owned(),
        contact: Some(phone()),
        source: Source::Api.into(),
        r#type: MessageType::Session.into(),
        content_type: ContentType::Text.into(),
        queued_at: time(BEGIN),
        ..OutboundRegistration::default()
    }
}

pub(crate) fn status(provider: &str, kind: StatusKind, at: i64) -> StatusEvidence {
    StatusEvidence {
        provider_message_id: wamid(provider),
        kind: kind.into(),
        happened_at: time(at),
        ..StatusEvidence::default()
    }
}

pub(crate) fn inbound(id: &str, at: i64) -> InboundMessage {
    InboundMessage {
        provider_message_id: wamid(id),
        channel: Channel::Whatsapp.into(),
        channel_account_id: "wa".to_owned(),
        contact: Some(phone()),
        received_at: time(at),
        kind: InboundKind::Regular.into(),
        content_type: ContentType::Text.into(),
        ..InboundMessage::default()
    }
}

/// Registered as queued at `BEGIN`, and heard to have left so much later.
pub(crate) fn left_after(pause: i64) -> [Event; 2] {
    let left = status("m", StatusKind::Dispatched, BEGIN + pause);
    [
        event(Item::Registration(registration(Some("s"), Some("m")))),
        event(Item::Status(left)),
    ]
}

pub(crate) async fn check(events: Vec<Event>) {
    check_all(vec![events]).await;
}

pub(crate) async fn check_all(histories: Vec<Vec<Event>>) {
    let workspaces: Vec<Workspace> = histories
        .into_iter()
        .map(|events| Workspace {
            slug: "trap".to_owned(),
            time_zone: "America/Santiago",
            attribution_seconds: 24 * 60 * 60,
            events,
        })
        .collect();
    check_every_order(0, &workspaces).await;
}

/// What a contact wrote opens a session, until an earlier piece of evidence has somebody else write it.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_closes_where_somebody_else_wrote_what_opened_it() {
    let somebody_else = InboundMessage {
        contact: Some(ContactRef {
            phone: text("+56987654321"),
            ..ContactRef::default()
        }),
        ..inbound("i", BEGIN - 2 * SECOND)
    };
    let mut events = left_after(SECOND).to_vec();
    events.extend([
        event(Item::Inbound(inbound("i", BEGIN - SECOND))),
        event(Item::Inbound(somebody_else)),
    ]);
    check(events).await;
}

/// The notice of a deletion tells nothing of what was said; the message itself comes before it or after.
#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_does_not_hide_what_was_said() {
    let said = InboundMessage {
        content: Some(Content {
            body: text("Hola"),
            ..Content::default()
        }),
        ..inbound("i", BEGIN)
    };
    // Which of the two stands may hang on a digest of what they say: of several pairs not always the same.
    let both = |id| {
        let deleted = InboundMessage {
            deleted: true,
            ..inbound(id, BEGIN)
        };
        let said = InboundMessage {
            provider_message_id: wamid(id),
            ..said.clone()
        };
        vec![event(Item::Inbound(said)), event(Item::Inbound(deleted))]
    };
    check_all(["i", "j", "k", "l"].map(both).into()).await;
}

/// A header that is too long keeps a message from leaving; one that has a provider's id has left. Told both ways, with a
/// status, the message ends the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_provider_id_learned_after_a_fault() {
    let faulty = |provider| OutboundRegistration {
        r#type: MessageType::Template.into(),
        subtype: Some(Subtype::Template(TemplateRef {
            id: text("t"),
            ..TemplateRef::default()
        })),
        content: Some(Content {
            header: Some("x".repeat(61)),
            body: text("y"),
            ..Content::default()
        }),
        ..registration(Some("s"), provider)
    };
    check(vec![
        event(Item::Registration(faulty(None))),
        event(Item::Registration(faulty(Some("m")))),
        event(Item::Status(status("m", StatusKind::Sent, BEGIN + SECOND))),
    ])
    .await;
}

/// The sender registers a message under its own id, under the provider's, and under both.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_registered_under_each_of_its_ids() {
    let registered = |sender, provider| event(Item::Registration(registration(sender, provider)));
    check(vec![
        registered(Some("s"), None),
        registered(None, Some("m")),
        registered(Some("s"), Some("m")),
        event(Item::Status(status("m", StatusKind::Sent, BEGIN + SECOND))),
        event(Item::Inbound(inbound("i", BEGIN + HOUR))),
    ])
    .await;
}

/// Who wrote is known by an id that only a status of another message links with the number.
#[tokio::test(flavor = "multi_thread")]
async fn a_contact_that_turns_out_to_be_another() {
    let by_user = ContactRef {
        channel_user_id: text("user"),
        ..ContactRef::default()
    };
    let linking = StatusEvidence {
        recipient: Some(ContactRef {
            channel_user_id: text("user"),
            ..phone()
        }),
        channel: Some(Channel::Whatsapp.into()),
        channel_account_id: text("wa"),
        ..status("other", StatusKind::Sent, BEGIN - 5 * DAY)
    };
    check(vec![
        event(Item::Registration(registration(Some("s"), Some("m")))),
        event(Item::Status(linking)),
        event(Item::Inbound(InboundMessage {
            contact: Some(by_user),
            ..inbound("i", BEGIN + DAY)
        })),
    ])
    .await;
}

/// The same of a business-scoped id.
#[tokio::test(flavor = "multi_thread")]
async fn a_contact_that_changed_their_business_scoped_id() {
    let scoped = |id: &str, also: Option<&str>| ContactRef {
        business_scoped_user_id: text(id),
        channel_user_id: also.map(str::to_owned),
        ..ContactRef::default()
    };
    let notice = InboundMessage {
        kind: InboundKind::System.into(),
        contact: Some(scoped("PE.1", Some("PE.2"))),
        ..inbound("n", BEGIN + HOUR)
    };
    check(vec![
        event(Item::Registration(OutboundRegistration {
            contact: Some(scoped("PE.1", None)),
            ..registration(Some("s"), Some("m"))
        })),
        event(Item::Inbound(notice)),
        event(Item::Inbound(InboundMessage {
            contact: Some(scoped("PE.2", None)),
            ..inbound("i", BEGIN + DAY)
        })),
    ])
    .await;
}

/// Who wrote from a number that only a notice from the old one names with it.
#[tokio::test(flavor = "multi_thread")]
async fn a_contact_that_changed_their_number() {
    let new = text("51900000001");
    let notice = InboundMessage {
        kind: InboundKind::System.into(),
        contact: Some(ContactRef {
            channel_user_id: new.clone(),
            ..phone()
        }),
        ..inbound("n", BEGIN + HOUR)
    };
    let from_there = ContactRef {
        phone: new,
        ..ContactRef::default()
    };
    check(vec![
        event(Item::Registration(registration(Some("s"), Some("m")))),
        event(Item::Inbound(notice)),
        event(Item::Inbound(InboundMessage {
            contact: Some(from_there),
            ..inbound("i", BEGIN + DAY)
        })),
    ])
    .await;
}

/// A failure gives the reply to the message before it, and a delivery takes it back.
#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_moves_with_a_failure() {
    let failed = StatusEvidence {
        failure: Some(Failure {
            code: text("131026"),
            ..Failure::default()
        }),
        ..status("n", StatusKind::Failed, BEGIN + 2 * SECOND)
    };
    let second = OutboundRegistration {
        queued_at: time(BEGIN + SECOND),
        ..registration(Some("t"), Some("n"))
    };
    check(vec![
        event(Item::Registration(registration(Some("s"), Some("m")))),
        event(Item::Registration(second)),
        event(Item::Status(failed)),
        event(Item::Status(status(
            "n",
            StatusKind::Delivered,
            BEGIN + 3 * SECOND,
        ))),
        event(Item::Inbound(inbound("i", BEGIN + HOUR))),
    ])
    .await;
}

/// Too late after it was queued, in time after it left.
#[tokio::test(flavor = "multi_thread")]
async fn a_status_that_is_late_until_the_origin_moves() {
    let [registered, left] = left_after(10 * DAY);
    let at_the_end = |kind, at| event(Item::Status(status("m", kind, BEGIN + at)));
    check(vec![
        registered,
        left,
        at_the_end(StatusKind::Read, 40 * DAY),
        at_the_end(StatusKind::Delivered, 40 * DAY + 1),
    ])
    .await;
}

/// What is said in the last moment of the window counts, price and all; a moment later nothing of it does.
#[tokio::test(flavor = "multi_thread")]
async fn the_last_moment_of_the_window() {
    let at_the_end = |after| {
        let end = BEGIN + 30 * DAY;
        let delivered = StatusEvidence {
            pricing: Some(Pricing {
                billable: Some(true),
                category: text("marketing"),
                ..Pricing::default()
            }),
            ..status("m", StatusKind::Delivered, end + after)
        };
        vec![
            event(Item::Registration(registration(Some("s"), Some("m")))),
            event(Item::Status(status(
                "m",
                StatusKind::Failed,
                end + 1 - after,
            ))),
            event(Item::Status(delivered)),
        ]
    };
    check_all([0, 1].map(at_the_end).into()).await;
}

/// Sessions, windows and quotes a microsecond before their edge, on it and after it.
#[tokio::test(flavor = "multi_thread")]
async fn the_edges_of_windows() {
    let mut histories = Vec::new();
    for edge in [-DAY, 0, DAY, 30 * DAY] {
        for beside in [-1, 0, 1] {
            for quoted in [None, Some("m")] {
                let written = InboundMessage {
                    quoted_message_id: quoted.and_then(wamid),
                    ..inbound("i", BEGIN + edge + beside)
                };
                histories.push(vec![
                    event(Item::Registration(registration(Some("s"), Some("m")))),
                    event(Item::Inbound(written)),
                ]);
            }
        }
    }
    check_all(histories).await;
}

/// A provider that gives no time says the same twice: it happened when it was first heard of.
#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_that_stands_for_the_time() {
    let heard = |at| Event {
        received_at: time(at),
        time_is_receipt: true,
        ..event(Item::Status(StatusEvidence {
            happened_at: None,
            ..status("m", StatusKind::Delivered, at)
        }))
    };
    check(vec![
        event(Item::Registration(registration(Some("s"), Some("m")))),
        heard(BEGIN + HOUR),
        heard(BEGIN + 2 * HOUR),
    ])
    .await;
}
