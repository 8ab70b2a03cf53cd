//! Messages as they are shown.

use acuse_domain::glossary::Language;
use acuse_domain::identity::ProviderMessageId;
use acuse_domain::ids::MessageId;
use acuse_domain::kinds::{Provider, ReplyAttribution, StatusKind};
use acuse_domain::outbound::{FirstReply, Outbound};
use acuse_domain::registration::NamedRef;
use acuse_domain::shown::MessageDetails;
use acuse_domain::time::{Timestamp, hours};
use acuse_proto::convert::timestamp;
use acuse_proto::types::{self, DispatchFailureReason, MessageState, Stage};

use crate::outbound::{registered, unregistered};
use crate::samples::{NOW, text};

fn message(outbound: &Outbound, details: MessageDetails) -> types::Message {
    acuse_proto::convert::message(outbound, details, Language::Spanish)
}

fn hour(count: u64) -> Option<prost_types::Timestamp> {
    Some(timestamp(NOW + hours(count)))
}

/// The four stages by the first letters of their status, each with its time in hours after [`NOW`].
fn stages(message: &types::Message) -> String {
    let start = timestamp(NOW).seconds;
    let views = [
        &message.dispatch,
        &message.send,
        &message.delivery,
        &message.read,
    ];
    let shown = views.into_iter().flatten().map(|stage| {
        let status = stage.status().as_str_name();
        let letter = status.trim_start_matches("STAGE_STATUS_").chars().take(1);
        let hour = stage.at.map(|at| (at.seconds - start) / 3_600);
        letter.collect::<String>() + &hour.map(|hour| hour.to_string()).unwrap_or_default()
    });
    shown.collect::<Vec<_>>().join(" ")
}

#[test]
fn stages_show_their_status_and_their_own_time() {
    use StatusKind as K;

    let cases: &[(&[K], MessageState, &str)] = &[
        (&[K::Queued], MessageState::Queued, "P P P P"),
        (
            &[K::Queued, K::Dispatched, K::Sent],
            MessageState::Sent,
            "S1 S2 P P",
        ),
        // Implied stages are reached, at a time that nobody knows.
        (&[K::Queued, K::Read], MessageState::Read, "S S S S1"),
        (&[K::Queued, K::Played], MessageState::Read, "S S S S"),
        (
            &[K::Queued, K::DispatchFailed],
            MessageState::DispatchFailed,
            "F1 N N N",
        ),
        (
            &[K::Dispatched, K::Failed],
            MessageState::Failed,
            "S0 F1 N N",
        ),
        (
            &[K::Dispatched, K::Sent, K::Failed],
            MessageState::Failed,
            "S0 S1 F2 N",
        ),
    ];
    for (kinds, state, expected) in cases {
        let shown = message(&registered(kinds), MessageDetails::default());
        assert_eq!(shown.state(), *state, "{kinds:?}");
        assert_eq!(stages(&shown), *expected, "{kinds:?}");
    }
}

#[test]
fn a_failure_is_shown_with_its_stage_and_meaning() {
    use StatusKind as K;

    let cases: &[(&[K], Stage, Option<&str>, bool)] = &[
        (
            &[K::Queued, K::DispatchFailed],
            Stage::Dispatch,
            None,
            false,
        ),
        (&[K::Queued, K::Failed], Stage::Send, Some("131026"), false),
        (
            &[K::Sent, K::Failed],
            Stage::Delivery,
            Some("131026"),
            false,
        ),
        (
            &[K::Sent, K::Failed, K::Delivered],
            Stage::Delivery,
            Some("131026"),
            true,
        ),
        (&[K::DispatchFailed, K::Sent], Stage::Dispatch, None, false),
    ];
    for (kinds, stage, code, is_conflict) in cases {
        let shown = message(&registered(kinds), MessageDetails::default());
        assert_eq!(shown.conflict, *is_conflict, "{kinds:?}");
        let failure = shown.failure.unwrap();
        assert_eq!(failure.category(), types::FailureCategory::InvalidRecipient);
        assert_eq!(failure.action(), types::FailureAction::SuppressContact);
        assert_eq!(
            failure.text,
            code.unwrap_or("Número inválido. Comprueba si lo ingresaste correctamente.")
        );
        let words = failure.failure.unwrap();
        assert_eq!(words.stage(), *stage, "{kinds:?}");
        assert_eq!(words.code.as_deref(), *code, "{kinds:?}");
        let reason = code
            .is_none()
            .then_some(DispatchFailureReason::InvalidNumber as i32);
        assert_eq!(words.dispatch_reason, reason, "{kinds:?}");
    }
}

#[test]
fn a_message_is_pending_or_unconfirmed_or_neither() {
    use StatusKind as K;

    for (kinds, is_old, expected) in [
        (&[K::Queued, K::Sent], false, (true, false)),
        (&[K::Queued, K::Sent], true, (false, true)),
        (&[K::Queued, K::Delivered], true, (false, false)),
    ] {
        let details = MessageDetails {
            is_unconfirmed: is_old,
            ..MessageDetails::default()
        };
        let shown = message(&registered(kinds), details);
        assert_eq!((shown.pending, shown.unconfirmed), expected, "{kinds:?}");
    }
}

#[test]
fn a_message_that_nobody_registered_shows_what_statuses_tell() {
    let shown = message(
        &unregistered(&[StatusKind::Delivered]),
        MessageDetails::default(),
    );
    assert!(!shown.registered);
    assert!(shown.unattached);
    assert_eq!(shown.source(), types::Source::Echo);
    assert_eq!(
        (shown.channel, shown.r#type, shown.content_type),
        (None, None, None)
    );
    assert_eq!(shown.origin_at, hour(0));
    let sent = message(
        &unregistered(&[StatusKind::Sent]),
        MessageDetails::default(),
    );
    assert!(!sent.unattached);
}

#[test]
fn names_texts_and_the_reply_are_shown() {
    let reply_id = MessageId::new(NOW);
    let outbound = Outbound {
        first_reply: Some(FirstReply {
            at: NOW + hours(3),
            id: reply_id,
            how: ReplyAttribution::Quote,
        }),
        ..registered(&[StatusKind::Queued])
    };
    let details = MessageDetails {
        sender_message_id: text("s-1"),
        agent: Some(NamedRef {
            id: "diana".to_owned(),
            name: text("Diana"),
            email: text("diana@example.com"),
        }),
        message_tag: text("ACCOUNT_UPDATE"),
        conversation_id: text("conv"),
        reply_text: text("Gracias"),
        ..MessageDetails::default()
    };
    let shown = message(&outbound, details);
    assert_eq!(shown.id, outbound.id.to_string());
    assert_eq!(shown.sender_message_id, text("s-1"));
    assert_eq!(shown.channel(), types::Channel::Whatsapp);
    assert_eq!(shown.agent.unwrap().email, text("diana@example.com"));
    assert_eq!(
        shown.subtype,
        Some(types::message::Subtype::MessageTag(
            "ACCOUNT_UPDATE".to_owned()
        ))
    );
    assert_eq!(shown.conversation.unwrap().id, text("conv"));
    assert_eq!(shown.comment, "El mensaje será enviado pronto.");
    assert_eq!(shown.session_open, Some(true));
    assert!(shown.opened_ticket);
    assert_eq!(shown.content, None);
    let reply = shown.reply.unwrap();
    assert_eq!(reply.replied_at, hour(3));
    assert_eq!(reply.text, text("Gracias"));
    assert_eq!(reply.attribution(), types::ReplyAttribution::Quote);
    assert_eq!(reply.inbound_message_id, reply_id.to_string());
}

#[test]
fn a_comment_names_who_confirms() {
    let outbound = registered(&[StatusKind::Dispatched]);
    let twilio = ProviderMessageId {
        provider: Provider::Twilio,
        scope: String::new(),
        id: "SM1".to_owned(),
    };
    let details = MessageDetails {
        provider_message_ids: vec![twilio],
        ..MessageDetails::default()
    };
    let by_channel = message(&outbound, MessageDetails::default()).comment;
    let by_id = message(&outbound, details).comment;
    assert!(by_channel.ends_with("por parte de Meta."), "{by_channel}");
    assert!(by_id.ends_with("por parte de Twilio."), "{by_id}");
}

#[test]
fn times_before_the_epoch_are_written_right() {
    let wire = timestamp(Timestamp::from_micros(-1));
    assert_eq!((wire.seconds, wire.nanos), (-1, 999_999_000));
}
