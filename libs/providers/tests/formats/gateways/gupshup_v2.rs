//! Gupshup's version 2: events by their type.

use acuse_domain::kinds::{ContentType, InboundKind, StatusKind};
use acuse_providers::{Format, Meaning, Reason};
use serde_json::{Value, json};

use crate::gateways::rig::{
    HAPPENED, HAPPENED_AT, findings, findings_in, only_message, only_status, only_unknown, told,
};

const FORMAT: Format = Format::Gupshup;

fn event(kind: &str, payload: Value) -> Value {
    json!({"app": "Tienda", "timestamp": HAPPENED * 1_000 + 5_000, "version": 2, "type": kind, "payload": payload})
}

fn message_event(payload: Value) -> Value {
    event("message-event", payload)
}

fn message(payload: Value) -> Value {
    let mut message = json!({
        "id": "ABEG", "source": "51977452931", "type": "text", "payload": {"text": "Hola"},
        "sender": {"phone": "51977452931", "name": "Ana", "country_code": "51"},
    });
    for (key, value) in payload.as_object().unwrap() {
        message[key] = value.clone();
    }
    event("message", message)
}

#[test]
fn a_status_keeps_everything() {
    let body = message_event(json!({
        "id": "wamid.1", "gsId": "793d", "type": "sent", "destination": "51977452931",
        "payload": {"ts": HAPPENED}, "userId": "PE.12ab",
        "conversation": {"id": "05c0", "expiresAt": HAPPENED + 86_400, "type": "Authentication"},
        "pricing": {"policy": "PMP", "category": "authentication", "type": "regular"},
    }));
    let expected = json!({
        "kind": "status", "id": "793d", "evidence": "sent", "happened_at": HAPPENED_AT, "from": "Tienda", "to": "51977452931",
        "business_scoped_user_id": "PE.12ab", "pricing_model": "PMP", "pricing_category": "authentication",
        "pricing_type": "regular", "conversation_id": "05c0", "conversation_origin": "authentication",
        "conversation_expires_at": "2026-05-05T11:59:00Z",
    });
    assert_eq!(told(FORMAT, body.to_string().as_bytes()), [expected]);
}

#[test]
fn every_kind_is_known() {
    for (word, kind) in [
        ("enqueued", StatusKind::Dispatched),
        ("sent", StatusKind::Sent),
        ("delivered", StatusKind::Delivered),
        ("read", StatusKind::Read),
        ("failed", StatusKind::Failed),
        ("deleted", StatusKind::Deleted),
    ] {
        let body = message_event(json!({"id": "1", "type": word, "destination": "51977452931"}));
        assert_eq!(
            only_status(findings(FORMAT, &body)).evidence.kind,
            kind,
            "{word}"
        );
    }
    for (word, reason) in [
        (json!("in_orbit"), Reason::UnknownStatus),
        (json!(null), Reason::UnknownStatus),
        (json!("mismatch"), Reason::NotAMessage),
        (json!("referral"), Reason::NotAMessage),
    ] {
        let got = findings(FORMAT, &message_event(json!({"gsId": "1", "type": word})));
        let what = only_unknown(&got);
        assert_eq!(
            (what.reason, what.id.as_deref()),
            (reason, Some("1")),
            "{word}"
        );
    }
    let got = findings(FORMAT, &message_event(json!({"type": "sent"})));
    assert_eq!(only_unknown(&got).reason, Reason::MissingId);
}

#[test]
fn times_stand_in_many_places() {
    for (members, at) in [
        (
            json!({"payload": {"ts": HAPPENED.to_string()}}),
            HAPPENED_AT,
        ),
        (json!({"ts": HAPPENED}), HAPPENED_AT),
        (json!({"payload": {}}), "2026-05-04T11:59:05Z"),
        (json!({}), "2026-05-04T11:59:05Z"),
    ] {
        let mut payload = json!({"gsId": "1", "type": "delivered"});
        payload
            .as_object_mut()
            .unwrap()
            .extend(members.as_object().unwrap().clone());
        let it = only_status(findings(FORMAT, &message_event(payload)));
        assert_eq!(it.evidence.at.to_string(), at, "{members}");
        assert!(!it.evidence.at_is_receipt);
    }
}

#[test]
fn failures_have_a_code_and_a_reason() {
    // At once, by Gupshup's id alone, and later.
    for id in [
        json!({"id": "ee4a"}),
        json!({"id": "wamid.1", "gsId": "ee4a"}),
        json!({"gsId": "ee4a"}),
    ] {
        let mut payload =
            json!({"type": "failed", "payload": {"code": 1002, "reason": "No such number"}});
        payload
            .as_object_mut()
            .unwrap()
            .extend(id.as_object().unwrap().clone());
        let it = only_status(findings(FORMAT, &message_event(payload)));
        assert_eq!(it.names.provider.unwrap().id, "ee4a");
        let failure = it.evidence.failure.unwrap();
        assert_eq!(
            (failure.code.as_str(), failure.title.as_str()),
            ("1002", "No such number")
        );
    }
}

#[test]
fn the_account_is_the_number_the_integrations_or_the_app() {
    let of = |body: &Value, account| {
        let got = findings_in(FORMAT, body.to_string().as_bytes(), account);
        only_message(got).channel_account.id
    };
    let mut body = message(json!({}));
    assert_eq!(of(&body, None), "Tienda");
    assert_eq!(of(&body, Some("5119998877")), "5119998877");
    body["phone"] = json!("5110000000");
    assert_eq!(of(&body, Some("5119998877")), "5110000000");
    let mut nameless = message(json!({}));
    nameless.as_object_mut().unwrap().remove("app");
    let got = findings(FORMAT, &nameless);
    assert_eq!(only_unknown(&got).reason, Reason::MissingChannelAccount);
}

#[test]
fn messages_say_what_they_hold() {
    let choice = json!({"title": "Sí", "id": "row 1", "postbackText": "YES", "reply": "Sí 1", "description": "claro"});
    for (kind, payload, content_type, body) in [
        (
            "text",
            json!({"text": "Hola"}),
            ContentType::Text,
            Some("Hola"),
        ),
        (
            "image",
            json!({"url": "u", "caption": "mira", "contentType": "image/png"}),
            ContentType::Image,
            Some("mira"),
        ),
        (
            "file",
            json!({"url": "u", "name": "a.pdf"}),
            ContentType::Document,
            None,
        ),
        ("audio", json!({"url": "u"}), ContentType::Audio, None),
        ("video", json!({"url": "u"}), ContentType::Video, None),
        ("sticker", json!({"url": "u"}), ContentType::Sticker, None),
        (
            "location",
            json!({"latitude": "-12.5", "longitude": "-77"}),
            ContentType::Location,
            Some("-12.5,-77"),
        ),
        (
            "contact",
            json!({"contacts": [{"name": {"formatted_name": "Eva"}, "phones": [{"phone": "+51 1"}]}]}),
            ContentType::Contacts,
            Some("Eva, +51 1"),
        ),
        (
            "button_reply",
            choice.clone(),
            ContentType::Interactive,
            Some("Sí"),
        ),
        ("list_reply", choice, ContentType::Interactive, Some("Sí")),
        (
            "quick_reply",
            json!({"text": "Sí", "type": "button"}),
            ContentType::Button,
            Some("Sí"),
        ),
    ] {
        let it = only_message(findings(
            FORMAT,
            &message(json!({"type": kind, "payload": payload})),
        ));
        assert_eq!(
            (it.content_type, it.kind),
            (content_type, InboundKind::Regular),
            "{kind}"
        );
        assert_eq!(it.content.body.as_deref(), body, "{kind}");
        assert_eq!(it.button.is_some(), kind.ends_with("_reply"), "{kind}");
        if kind == "list_reply" {
            assert_eq!(it.button.unwrap().id.as_deref(), Some("YES"));
        }
    }
    let it = only_message(findings(FORMAT, &message(json!({"type": null}))));
    assert_eq!(it.content_type, ContentType::Text);
    let got = findings(FORMAT, &message(json!({"type": "hologram"})));
    assert!(matches!(got[0].meaning, Meaning::Inbound(_)));
    assert_eq!(only_unknown(&got[1..]).reason, Reason::UnknownMessageType);
}

#[test]
fn a_reply_quotes_gupshups_id_else_whatsapps() {
    let quoted = |context: Value| {
        let got = findings(FORMAT, &message(json!({"context": context})));
        only_message(got).quoted.map(|id| id.id)
    };
    assert_eq!(
        quoted(json!({"id": "gBEG", "gsId": "9b71"})).as_deref(),
        Some("9b71")
    );
    assert_eq!(
        quoted(json!({"id": "gBEG", "gsId": null})).as_deref(),
        Some("gBEG")
    );
    assert_eq!(quoted(json!({"id": "", "gsId": null})), None);
}

#[test]
fn people_may_hide_their_number() {
    let hidden = json!({"source": null, "sender": {"name": "Ana", "userId": "PE.12ab"}});
    let it = only_message(findings(FORMAT, &message(hidden)));
    assert_eq!(
        it.contact.business_scoped_user_id.as_deref(),
        Some("PE.12ab")
    );
    assert_eq!(it.contact.phone, None);
    let got = findings(FORMAT, &message(json!({"source": null, "sender": null})));
    assert_eq!(only_unknown(&got).reason, Reason::MissingContact);
}

#[test]
fn other_events_are_kept_and_named() {
    for (kind, payload, reason) in [
        (
            "user-event",
            json!({"phone": "51977452931", "type": "opted-in"}),
            Reason::NotAMessage,
        ),
        (
            "template-event",
            json!({"type": "status-update", "status": "approved"}),
            Reason::NotAMessage,
        ),
        (
            "account-event",
            json!({"type": "tier-event"}),
            Reason::NotAMessage,
        ),
        (
            "onboarding-event",
            json!({"type": "docker-status-event"}),
            Reason::NotAMessage,
        ),
        (
            "billing-event",
            json!({"references": {"gsId": "7bf0", "id": "d04c"}}),
            Reason::NotSupportedYet,
        ),
        ("never-event", json!({}), Reason::UnknownField),
    ] {
        let got = findings(FORMAT, &event(kind, payload));
        let what = only_unknown(&got);
        assert_eq!(what.reason, reason, "{kind}");
        assert!(what.detail.contains(kind), "{what:?}");
        if kind == "billing-event" {
            assert_eq!(what.id.as_deref(), Some("7bf0"));
        }
    }
}

#[test]
fn an_empty_id_is_passed_over() {
    let body = message_event(
        json!({"id": "wamid.1", "gsId": "", "type": "sent", "destination": "51977452931"}),
    );
    let it = only_status(findings(FORMAT, &body));
    assert_eq!(it.names.provider.unwrap().id, "wamid.1");
}
