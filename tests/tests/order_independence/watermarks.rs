//! Short histories of watermarks and of messages that come to be covered by them, or no longer. Each is told in every order.

use acuse_proto::message_state::Event;
use acuse_proto::message_state::event::Event as Item;
use acuse_proto::types::{
    Channel, ContactRef, Failure, InboundMessage, OutboundRegistration, Provider,
    ProviderMessageId, StatusEvidence, StatusKind, Watermark,
};

use crate::traps::{
    self, BEGIN, DAY, HOUR, SECOND, check, check_all, event, registration, text, time,
};

fn mid(id: &str) -> Option<ProviderMessageId> {
    Some(ProviderMessageId {
        provider: Provider::MetaMessenger.into(),
        scope: None,
        id: id.to_owned(),
    })
}

fn psid(id: &str) -> ContactRef {
    ContactRef {
        page_scoped_id: text(id),
        ..ContactRef::default()
    }
}

fn external(id: &str) -> ContactRef {
    ContactRef {
        external_id: text(id),
        ..ContactRef::default()
    }
}

/// Sent over Messenger, queued and left at `BEGIN`.
fn left(sender: Option<&str>, provider: Option<&str>) -> OutboundRegistration {
    OutboundRegistration {
        provider_message_id: provider.and_then(mid),
        channel: Channel::Messenger.into(),
        channel_account_id: "page".to_owned(),
        contact: Some(psid("p")),
        dispatched_at: time(BEGIN),
        ..registration(sender, None)
    }
}

fn registered(registration: OutboundRegistration) -> Event {
    event(Item::Registration(registration))
}

fn status(provider: &str, kind: StatusKind, at: i64) -> StatusEvidence {
    StatusEvidence {
        provider_message_id: mid(provider),
        ..traps::status(provider, kind, at)
    }
}

fn told(status: StatusEvidence) -> Event {
    event(Item::Status(status))
}

/// Everything up to then was read, heard of a minute later.
fn read(up_to: i64) -> Watermark {
    Watermark {
        kind: StatusKind::Read.into(),
        up_to: time(up_to),
        happened_at: time(up_to + 60 * SECOND),
        provider: Provider::MetaMessenger.into(),
        channel: Channel::Messenger.into(),
        channel_account_id: "page".to_owned(),
        contact: Some(psid("p")),
    }
}

fn marked(watermark: Watermark) -> Event {
    event(Item::Watermark(watermark))
}

/// A microsecond before its edge, on it and after it: of what was sent by then, of what is too old for it, and of what
/// happened too late.
#[tokio::test(flavor = "multi_thread")]
async fn the_edges_of_a_watermark() {
    let mut histories = Vec::new();
    for beside in [-1, 0, 1] {
        let at_the_end = BEGIN + 30 * DAY + beside;
        let early = Watermark {
            happened_at: time(BEGIN + DAY),
            ..read(at_the_end)
        };
        let late = Watermark {
            happened_at: time(at_the_end),
            ..read(BEGIN + DAY)
        };
        for watermark in [read(BEGIN + beside), early, late] {
            histories.push(vec![
                registered(left(Some("s"), Some("m"))),
                marked(watermark),
            ]);
        }
    }
    check_all(histories).await;
}

/// The one that happened first, whichever reaches farther; and the message's own evidence beside both.
#[tokio::test(flavor = "multi_thread")]
async fn the_earliest_of_several_watermarks() {
    let happened = |up_to, at| {
        marked(Watermark {
            happened_at: time(at),
            ..read(up_to)
        })
    };
    let watermarks = [
        happened(BEGIN + HOUR, BEGIN + 5 * HOUR),
        happened(BEGIN + 2 * HOUR, BEGIN + 3 * HOUR),
    ];
    let own = |at| told(status("m", StatusKind::Read, at));
    let histories = [BEGIN + 2 * HOUR, BEGIN + 4 * HOUR, BEGIN + 6 * HOUR].map(|at| {
        let message = registered(left(Some("s"), Some("m")));
        [vec![message, own(at)], watermarks.to_vec()].concat()
    });
    check_all(histories.into()).await;
}

/// It left before the watermark, but is known to have been sent after it.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_was_sent_later_than_it_left() {
    check(vec![
        registered(left(Some("s"), Some("m"))),
        told(status("m", StatusKind::Sent, BEGIN + 2 * HOUR)),
        marked(read(BEGIN + HOUR)),
        marked(read(BEGIN + 3 * HOUR)),
    ])
    .await;
}

/// Its sending is told, but so late after it left that it does not count: it is covered from when it left.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_was_sent_too_late_to_count() {
    check(vec![
        registered(left(Some("s"), Some("m"))),
        told(status("m", StatusKind::Sent, BEGIN + 31 * DAY)),
        marked(read(BEGIN + HOUR)),
    ])
    .await;
}

/// The provider's clock runs behind the sender's: it was sent before it left, and heard of up to a time in between.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_was_sent_before_it_left() {
    check(vec![
        registered(left(Some("s"), Some("m"))),
        told(status("m", StatusKind::Sent, BEGIN - HOUR)),
        marked(read(BEGIN - HOUR / 2)),
    ])
    .await;
}

/// Nobody says when it left until its sending is told; then its origin moves as well.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_which_nobody_says_when_it_left() {
    let queued = OutboundRegistration {
        dispatched_at: None,
        ..left(Some("s"), Some("m"))
    };
    check(vec![
        registered(queued),
        marked(read(BEGIN + 35 * DAY)),
        told(status("m", StatusKind::Sent, BEGIN + 10 * DAY)),
        told(status("m", StatusKind::Dispatched, BEGIN + 9 * DAY)),
    ])
    .await;
}

/// What failed is not covered; what failed and was delivered all the same is.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_failed_and_arrived() {
    let failed = StatusEvidence {
        failure: Some(Failure {
            code: text("zz-1"),
            ..Failure::default()
        }),
        ..status("m", StatusKind::Failed, BEGIN + SECOND)
    };
    let message = || registered(left(Some("s"), Some("m")));
    let watermark = || marked(read(BEGIN + HOUR));
    let delivered = told(status("m", StatusKind::Delivered, BEGIN + 2 * SECOND));
    check_all(vec![
        vec![message(), told(failed.clone()), watermark()],
        vec![message(), told(failed), watermark(), delivered],
    ])
    .await;
}

/// Registered under the one id, sent under the other, linked by a third word.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_whose_rows_unite() {
    let queued = OutboundRegistration {
        dispatched_at: None,
        ..left(Some("s"), None)
    };
    let linked = StatusEvidence {
        sender_message_id: text("s"),
        ..status("m", StatusKind::Delivered, BEGIN + 2 * HOUR)
    };
    check(vec![
        registered(queued),
        told(status("m", StatusKind::Sent, BEGIN + SECOND)),
        told(linked),
        marked(read(BEGIN + HOUR)),
    ])
    .await;
}

/// A message to somebody known by one id, watermarks of somebody known by another, and a word that names both; told of
/// either id, so that either side is the one whose number stays.
#[tokio::test(flavor = "multi_thread")]
async fn contacts_that_turn_out_to_be_one() {
    let of = |contact: &ContactRef, up_to| {
        marked(Watermark {
            contact: Some(contact.clone()),
            ..read(up_to)
        })
    };
    let to = |contact: &ContactRef| {
        registered(OutboundRegistration {
            contact: Some(contact.clone()),
            ..left(Some("s"), Some("m"))
        })
    };
    let naming_both = event(Item::Inbound(InboundMessage {
        provider_message_id: mid("i"),
        channel: Channel::Messenger.into(),
        channel_account_id: "page".to_owned(),
        contact: Some(ContactRef {
            external_id: text("e"),
            ..psid("p")
        }),
        ..traps::inbound("i", BEGIN - 5 * DAY)
    }));
    let (one, other) = (psid("p"), external("e"));
    check_all(vec![
        vec![
            to(&one),
            naming_both.clone(),
            of(&other, BEGIN + HOUR),
            of(&one, BEGIN + 2 * HOUR),
        ],
        vec![
            to(&other),
            naming_both,
            of(&one, BEGIN + HOUR),
            // The same of both: they are one then.
            of(&other, BEGIN + HOUR),
        ],
    ])
    .await;
}

/// A status names another recipient than the registration does, which knows better.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_turns_out_to_be_to_somebody_else() {
    let sent = StatusEvidence {
        recipient: Some(psid("q")),
        channel: Some(Channel::Messenger.into()),
        channel_account_id: text("page"),
        ..status("m", StatusKind::Sent, BEGIN + SECOND)
    };
    let of_the_other = Watermark {
        contact: Some(psid("q")),
        ..read(BEGIN + HOUR)
    };
    check(vec![
        registered(left(Some("s"), Some("m"))),
        told(sent),
        marked(of_the_other),
        marked(read(BEGIN + 2 * HOUR)),
    ])
    .await;
}

/// Of what is known by its end alone nobody knows when it was sent: no watermark covers it, nor attaches it.
#[tokio::test(flavor = "multi_thread")]
async fn a_watermark_attaches_nothing() {
    let delivered = StatusEvidence {
        recipient: Some(psid("p")),
        channel: Some(Channel::Messenger.into()),
        channel_account_id: text("page"),
        ..status("m", StatusKind::Delivered, BEGIN)
    };
    let sent = told(status("m", StatusKind::Sent, BEGIN + SECOND));
    let watermark = || marked(read(BEGIN + HOUR));
    check_all(vec![
        vec![told(delivered.clone()), watermark()],
        vec![told(delivered), watermark(), sent],
    ])
    .await;
}

/// Another page, another channel, another person: none of theirs.
#[tokio::test(flavor = "multi_thread")]
async fn watermarks_of_others() {
    let page = Watermark {
        channel_account_id: "other".to_owned(),
        ..read(BEGIN + HOUR)
    };
    let channel = Watermark {
        channel: Channel::Instagram.into(),
        ..read(BEGIN + HOUR)
    };
    let person = Watermark {
        contact: Some(psid("q")),
        ..read(BEGIN + HOUR)
    };
    check(vec![
        registered(left(Some("s"), Some("m"))),
        marked(page),
        marked(channel),
        marked(person),
    ])
    .await;
}
