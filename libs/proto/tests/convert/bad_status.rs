//! Faults of statuses, inbound messages and watermarks.

use acuse_proto::message_state::event::Event as Wire;
use acuse_proto::types::{
    ButtonReply, Channel, ContentType, DispatchFailureReason, Echo, Failure, Provider,
    ProviderMessageId, Stage, StatusEvidence, StatusKind, Watermark,
};

use crate::bad_input::{Case, check};
use crate::samples::{self, seconds, text};

fn check_status(cases: &[Case<StatusEvidence>]) {
    check("status", samples::status, Wire::Status, cases);
}

#[test]
fn a_status_names_its_message() {
    check_status(&[
        (|_| {}, &[]),
        (|it| it.provider_message_id = None, &["sender_message_id"]),
        (
            |it| it.provider_message_id = Some(ProviderMessageId::default()),
            &["provider_message_id.provider", "provider_message_id.id"],
        ),
        (
            |it| it.provider_message_id.get_or_insert_default().provider = Provider::Sender.into(),
            &["provider_message_id.provider"],
        ),
        (
            |it| {
                it.provider_message_id.get_or_insert_default().provider = Provider::Telegram.into()
            },
            &["provider_message_id.scope"],
        ),
    ]);
}

#[test]
fn a_status_says_what_happened_when() {
    check_status(&[
        (|it| it.kind = 0, &["kind"]),
        (|it| it.happened_at = None, &["happened_at"]),
        (|it| it.provider = Some(0), &["provider"]),
        (|it| it.participant_id = text(""), &["participant_id"]),
        (
            |it| it.pricing.get_or_insert_default().model = text(""),
            &["pricing.model"],
        ),
        (
            |it| it.conversation.get_or_insert_default().expires_at = seconds(1),
            &["conversation.expires_at"],
        ),
    ]);
}

#[test]
fn a_failure_fits_its_kind() {
    check_status(&[
        (|it| it.kind = StatusKind::Delivered.into(), &["failure"]),
        (|it| it.failure = None, &[]),
        (|it| it.failure = Some(Failure::default()), &[]),
        (
            |it| it.failure.get_or_insert_default().stage = Some(Stage::Read.into()),
            &["failure.stage"],
        ),
        (
            |it| it.failure.get_or_insert_default().dispatch_reason = Some(1),
            &["failure.dispatch_reason"],
        ),
        (
            |it| it.failure.get_or_insert_default().detail = text(&"x".repeat(1_025)),
            &["failure.detail"],
        ),
    ]);
}

#[test]
fn a_failed_dispatch_has_a_reason() {
    check_status(&[
        (
            |it| {
                it.kind = StatusKind::DispatchFailed.into();
                it.failure = Some(Failure {
                    dispatch_reason: Some(DispatchFailureReason::InternalError.into()),
                    ..Failure::default()
                });
            },
            &[],
        ),
        (
            |it| it.kind = StatusKind::DispatchFailed.into(),
            &["failure.code", "failure.stage", "failure.dispatch_reason"],
        ),
        (
            |it| (it.kind, it.failure) = (StatusKind::DispatchFailed.into(), None),
            &["failure"],
        ),
    ]);
}

#[test]
fn a_recipient_and_a_number_need_the_sending_identity() {
    check_status(&[
        (
            |it| it.channel = None,
            &["channel", "recipient", "channel_account_phone"],
        ),
        (
            |it| it.channel_account_id = None,
            &["channel_account_id", "recipient", "channel_account_phone"],
        ),
        (
            |it| {
                (it.channel, it.channel_account_id) = (None, None);
                (it.recipient, it.channel_account_phone) = (None, None);
            },
            &[],
        ),
    ]);
}

#[test]
fn faults_of_inbound_messages() {
    check(
        "inbound",
        samples::inbound,
        Wire::Inbound,
        &[
            (|_| {}, &[]),
            (|it| it.provider_message_id = None, &["provider_message_id"]),
            (|it| it.contact = None, &["contact"]),
            (|it| it.kind = 0, &["kind"]),
            (|it| it.content_type = 0, &["content_type"]),
            (|it| it.received_at = None, &["received_at"]),
            (
                |it| it.quoted_message_id = Some(ProviderMessageId::default()),
                &["quoted_message_id.provider", "quoted_message_id.id"],
            ),
            (
                |it| it.button = Some(ButtonReply::default()),
                &["button.id"],
            ),
        ],
    );
}

#[test]
fn an_echo_is_of_what_was_sent() {
    check_status(&[
        (
            |it| {
                it.echo = Some(Box::new(Echo {
                    content_type: ContentType::Text.into(),
                    content: None,
                }))
            },
            &["echo"],
        ),
        (
            |it| {
                it.kind = StatusKind::Sent.into();
                it.failure = None;
                it.echo = Some(Box::default());
            },
            &["echo.content_type"],
        ),
    ]);
}

#[test]
fn a_watermark_says_of_whom_and_up_to_when() {
    let cases: &[Case<Watermark>] = &[
        (|_| {}, &[]),
        (|it| it.happened_at = None, &[]),
        (|it| it.kind = StatusKind::Sent.into(), &["kind"]),
        (|it| it.kind = 0, &["kind"]),
        (|it| it.up_to = None, &["up_to"]),
        (|it| it.up_to = seconds(1), &["up_to"]),
        (|it| it.happened_at = seconds(1), &["happened_at"]),
        (|it| it.provider = 0, &["provider"]),
        (|it| it.channel = Channel::Whatsapp.into(), &["channel"]),
        (
            |it| it.channel_account_id = String::new(),
            &["channel_account_id"],
        ),
        (|it| it.contact = None, &["contact"]),
    ];
    check("watermark", samples::watermark, Wire::Watermark, cases);
}
