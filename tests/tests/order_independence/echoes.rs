//! Short histories of echoes, groups and calls. Each is told in every order.

use acuse_proto::message_state::Event;
use acuse_proto::message_state::event::Event as Item;
use acuse_proto::types::{
    Content, ContentType, Echo, Failure, InboundKind, InboundMessage, OutboundRegistration,
    Provider, StatusEvidence, StatusKind,
};

use crate::traps::{
    BEGIN, DAY, HOUR, SECOND, check, check_all, event, inbound, registration, status, text,
};

fn says(body: &str) -> Option<Content> {
    Some(Content {
        body: text(body),
        ..Content::default()
    })
}

/// Sent by another platform so long after `BEGIN`.
fn echo(after: i64, content_type: ContentType, content: Option<Content>) -> StatusEvidence {
    let echo = Echo {
        content_type: content_type.into(),
        content,
    };
    StatusEvidence {
        echo: Some(Box::new(echo)),
        ..status("m", StatusKind::Sent, BEGIN + after)
    }
}

fn told(status: StatusEvidence) -> Event {
    event(Item::Status(status))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_earliest_of_several_echoes() {
    check(vec![
        told(echo(0, ContentType::Image, says("Foto"))),
        told(echo(SECOND, ContentType::Text, says("Hola"))),
        // The same status without what was sent, and one that was heard before.
        told(status("m", StatusKind::Sent, BEGIN)),
        told(status("m", StatusKind::Sent, BEGIN - SECOND)),
    ])
    .await;
}

/// Of one time the provider decides.
#[tokio::test(flavor = "multi_thread")]
async fn echoes_of_one_time() {
    let by = |provider: Provider, echo| StatusEvidence {
        provider: Some(provider.into()),
        ..echo
    };
    check(vec![
        told(by(
            Provider::Dialog360,
            echo(0, ContentType::Image, says("Foto")),
        )),
        told(by(
            Provider::MetaWhatsapp,
            echo(0, ContentType::Text, says("Hola")),
        )),
    ])
    .await;
}

/// What the sender says stands, also where it says nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_registration_overrides_an_echo() {
    let registered = |content| {
        event(Item::Registration(OutboundRegistration {
            content,
            ..registration(Some("s"), Some("m"))
        }))
    };
    let echoed = || told(echo(0, ContentType::Image, says("Foto")));
    check_all(vec![
        vec![registered(says("Hola")), echoed()],
        vec![registered(None), echoed()],
    ])
    .await;
}

/// Rows that unite, of which one has an echo, the other a registration or another echo.
#[tokio::test(flavor = "multi_thread")]
async fn echoes_of_rows_that_unite() {
    let linked = || {
        told(StatusEvidence {
            sender_message_id: text("s"),
            ..status("m", StatusKind::Read, BEGIN + HOUR)
        })
    };
    let registered = |content| {
        event(Item::Registration(OutboundRegistration {
            content,
            ..registration(Some("s"), None)
        }))
    };
    let by_sender = |echo| StatusEvidence {
        provider_message_id: None,
        sender_message_id: text("s"),
        provider: Some(Provider::MetaWhatsapp.into()),
        ..echo
    };
    let echoed = || told(echo(0, ContentType::Image, says("Foto")));
    let other = |after| by_sender(echo(after, ContentType::Text, says("Hola")));
    check_all(vec![
        vec![registered(says("Hola")), echoed(), linked()],
        vec![registered(None), echoed(), linked()],
        vec![told(other(SECOND)), echoed(), linked()],
        vec![told(other(-SECOND)), echoed(), linked()],
    ])
    .await;
}

/// The earliest member decides, and the message counts once; a member's failure beside another's delivery is a conflict.
#[tokio::test(flavor = "multi_thread")]
async fn the_members_of_a_group() {
    let by = |member: &str, status| {
        told(StatusEvidence {
            participant_id: text(member),
            ..status
        })
    };
    let failed = StatusEvidence {
        failure: Some(Failure {
            code: text("131026"),
            ..Failure::default()
        }),
        ..status("m", StatusKind::Failed, BEGIN + SECOND)
    };
    let delivered = |at| status("m", StatusKind::Delivered, BEGIN + at);
    check(vec![
        event(Item::Registration(registration(Some("s"), Some("m")))),
        by("one", delivered(HOUR)),
        by("two", delivered(SECOND)),
        by("three", delivered(SECOND)),
        by("four", failed),
    ])
    .await;
}

/// A call opens a session as a message does, a notice of the channel's does not; neither is a reply.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_opens_a_session() {
    let mut histories = Vec::new();
    for kind in [InboundKind::Call, InboundKind::System] {
        for at in [-DAY, 1 - DAY, 0, HOUR] {
            let called = InboundMessage {
                kind: kind.into(),
                content_type: ContentType::Unsupported.into(),
                ..inbound("i", BEGIN + at)
            };
            histories.push(vec![
                event(Item::Registration(registration(Some("s"), Some("m")))),
                event(Item::Inbound(called)),
            ]);
        }
    }
    check_all(histories).await;
}
