//! The WhatsApp API that came before the Conversation API.

use acuse_domain::evidence::FailureReport;
use acuse_domain::kinds::{Channel, ContentType, InboundKind, Provider, Stage, StatusKind};
use acuse_providers::{Finding, Meaning, Reason};
use serde_json::{Value, json};

use crate::sinch::rig::{
    HAPPENED_AT, TIME, findings, noted_message, only_message, only_status, only_unknown,
    read_bytes, text, with,
};

fn of_status(members: Value) -> Vec<Finding> {
    let sound = json!({
        "status": "success", "state": "delivered", "message_id": "01OUT",
        "recipient": "+51977452931", "timestamp": TIME,
    });
    let body = json!({"type": "whatsapp", "statuses": [with(sound, members)]}).to_string();
    read_bytes(body.as_bytes(), Some("bot")).unwrap().findings
}

fn of_notification(members: Value) -> Vec<Finding> {
    let sound = json!({
        "from": "51977452931", "to": "bot", "message_id": "01IN", "timestamp": TIME,
        "message": {"type": "text", "body": "Hola"},
        "replying_to": {"from": "15550001111", "message_id": "01OUT"},
    });
    findings(&json!({
        "type": "whatsapp",
        "contacts": [{"profile": {"name": "Ana"}, "wa_id": "51977452931"}],
        "notifications": [with(sound, members)],
    }))
}

fn saying(message: Value) -> acuse_domain::inbound::InboundEvidence {
    only_message(of_notification(json!({"message": message})))
}

#[test]
fn the_state_is_what_happened() {
    for (state, kind) in [
        ("queued", StatusKind::Queued),
        ("dispatched", StatusKind::Dispatched),
        ("sent", StatusKind::Sent),
        ("DELIVERED", StatusKind::Delivered),
        ("read", StatusKind::Read),
        ("deleted", StatusKind::Deleted),
        ("failed", StatusKind::Failed),
    ] {
        let got = only_status(of_status(json!({"state": state})));
        assert_eq!((got.evidence.kind, got.evidence.at), (kind, HAPPENED_AT));
    }
    let got = only_status(of_status(json!({
        "state": "sent",
        "conversation": {"conversation_id": "c", "expiration_timestamp": 1_777_982_340, "pricing_category": "user_initiated"},
    })));
    let id = got.names.provider.unwrap();
    assert_eq!(
        (id.provider, &*id.id),
        (Provider::SinchConversation, "01OUT")
    );
    let conversation = got.evidence.conversation.unwrap();
    assert_eq!(
        (conversation.id, conversation.origin),
        (text("c"), text("user_initiated"))
    );
    assert!(conversation.expires_at.is_some());
    let sender = got.evidence.sender.unwrap();
    assert_eq!(
        (sender.channel, &*sender.external_id),
        (Channel::WhatsApp, "bot")
    );
    assert_eq!(got.recipient.unwrap().phone, text("+51977452931"));
}

#[test]
fn failures_have_their_error_else_their_state() {
    let failure = |members| only_status(of_status(members)).evidence.failure.unwrap();
    let got =
        failure(json!({"status": "failure", "state": "no_opt_in", "details": "Not opted in"}));
    let expected = FailureReport {
        code: "no_opt_in".to_owned(),
        title: "Not opted in".to_owned(),
        detail: String::new(),
        stage: Some(Stage::Send),
    };
    assert_eq!(got, expected);
    let errors = json!([{"code": 1026, "title": "Receiver incapable"}]);
    let got = failure(json!({"state": "failed", "errors": errors, "details": "why"}));
    let expected = FailureReport {
        code: "1026".to_owned(),
        title: "Receiver incapable".to_owned(),
        detail: "why".to_owned(),
        stage: None,
    };
    assert_eq!(got, expected);
    let got = only_status(of_status(json!({"status": "failure", "state": null})));
    assert_eq!(got.evidence.kind, StatusKind::Failed);
}

#[test]
fn a_warning_changes_nothing() {
    let errors = json!([{"code": 2026, "title": "Some products are hidden"}]);
    let got = of_status(json!({"state": "warning", "errors": errors}));
    let reasons: Vec<_> = got
        .iter()
        .map(|finding| match &finding.meaning {
            Meaning::NotUnderstood(what) => (what.reason, what.id.as_deref()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        reasons,
        [
            (Reason::UnknownStatus, Some("01OUT")),
            (Reason::ProviderError, Some("01OUT"))
        ]
    );
    for (members, reason) in [
        (json!({"state": "lost"}), Reason::UnknownStatus),
        (json!({"state": null}), Reason::UnknownStatus),
        (json!({"message_id": null}), Reason::MissingId),
        (
            json!({"timestamp": "1970-01-02T00:00:00Z"}),
            Reason::ImplausibleTime,
        ),
    ] {
        assert_eq!(only_unknown(of_status(members)).reason, reason);
    }
}

#[test]
fn a_text_keeps_everything() {
    let got = only_message(of_notification(json!({})));
    assert_eq!((&*got.id.id, &*got.channel_account.id), ("01IN", "bot"));
    assert_eq!(
        (got.contact.phone, got.contact.name),
        (text("51977452931"), text("Ana"))
    );
    assert_eq!((got.at, got.channel), (HAPPENED_AT, Channel::WhatsApp));
    assert_eq!(got.quoted.unwrap().id, "01OUT");
    assert_eq!(got.content.body, text("Hola"));
    // Somebody else is not called what another is.
    let got = only_message(of_notification(json!({"from": "51977452932"})));
    assert_eq!(got.contact.name, None);
    // Who wrote may be told by the contact alone.
    let got = only_message(of_notification(json!({"from": null})));
    assert_eq!(got.contact.phone, text("51977452931"));
}

#[test]
fn every_type_is_known() {
    for (word, content_type) in [
        ("image", ContentType::Image),
        ("audio", ContentType::Audio),
        ("voice", ContentType::Audio),
        ("video", ContentType::Video),
        ("document", ContentType::Document),
        ("sticker", ContentType::Sticker),
    ] {
        let got = saying(json!({
            "type": word, "url": "https://m.example/1", "mime_type": "a/b", "caption": "mira", "filename": "f",
        }));
        assert_eq!(got.content_type, content_type);
        assert_eq!(got.content.body, text("mira"));
        assert_eq!(got.content.media_id, text("https://m.example/1"));
        assert_eq!(
            (got.content.media_type, got.content.file_name),
            (text("a/b"), text("f"))
        );
    }
    let got = saying(
        json!({"type": "location", "lat": -12.05, "lng": -77.04, "name": "Lima", "address": "Av. 1"}),
    );
    assert_eq!(got.content.body, text("Lima\nAv. 1\n-12.05,-77.04"));
    let got = saying(json!({"type": "contacts", "contacts": [
        {"name": {"formatted_name": "Luz"}, "phones": [{"phone": "+51 1"}]},
    ]}));
    assert_eq!(got.content.body, text("Luz, +51 1"));
    let got = saying(json!({"type": "order", "text": "Mi pedido"}));
    assert_eq!(
        (got.content_type, got.content.body),
        (ContentType::Order, text("Mi pedido"))
    );
}

#[test]
fn choices_keep_the_button() {
    let got = saying(json!({"type": "button", "index": "2", "text": "Sí", "payload": "si"}));
    let button = got.button.unwrap();
    assert_eq!((button.id, button.title), (text("si"), text("Sí")));
    assert_eq!(
        (got.content_type, got.content.body),
        (ContentType::Button, text("Sí"))
    );
    let row = json!({"type": "list", "id": "r1", "title": "Fila", "description": "D"});
    for message in [
        json!({"type": "interactive", "message": row.clone()}),
        with(row, json!({"type": "interactive"})),
    ] {
        let got = saying(message);
        let button = got.button.unwrap();
        assert_eq!((button.id, button.title), (text("r1"), text("Fila")));
        assert_eq!(got.content_type, ContentType::Interactive);
        assert_eq!(got.content.footer, text("D"));
    }
}

#[test]
fn groups_errors_and_new_types() {
    let event = json!({"type": "group_event", "body": "Ana joined", "in_group": "group:1"});
    let got = only_message(of_notification(json!({"message": event})));
    assert_eq!(
        (got.kind, got.contact.channel_user_id),
        (InboundKind::System, text("group:1"))
    );
    assert_eq!(got.contact.phone, None);
    let got = of_notification(json!({"in_group": "group:1"}));
    assert_eq!(got[0].participant, text("51977452931"));
    assert_eq!(only_message(got).kind, InboundKind::Regular);
    let (got, note) = noted_message(of_notification(
        json!({"message": {"type": "error", "details": "Unreadable"}}),
    ));
    assert_eq!(
        (got.content_type, note.reason),
        (ContentType::Unsupported, Reason::ProviderError)
    );
    assert_eq!(note.detail, "Unreadable");
    let (_, note) = noted_message(of_notification(
        json!({"message": {"type": "error", "details": null}}),
    ));
    assert_eq!(note.detail, "an error without details");
    let (got, note) = noted_message(of_notification(json!({"message": {"type": "dance"}})));
    assert_eq!(
        (got.content_type, note.reason),
        (ContentType::Unsupported, Reason::UnknownMessageType)
    );
}

#[test]
fn there_may_be_nothing_in_it() {
    let what = only_unknown(findings(&json!({"type": "whatsapp", "contacts": []})));
    assert_eq!(what.reason, Reason::NothingKnown);
    let what = only_unknown(findings(
        &json!({"type": "whatsapp", "statuses": ["x", 7], "notifications": null}),
    ));
    assert_eq!(what.reason, Reason::Malformed);
    // Without the type it shows by its lists.
    let body = json!({"statuses": [{"state": "read", "message_id": "01OUT"}]});
    assert_eq!(only_status(findings(&body)).evidence.kind, StatusKind::Read);
}
