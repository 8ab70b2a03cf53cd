//! Statuses of the Messages API.

use acuse_domain::evidence::FailureReport;
use acuse_domain::kinds::{Channel, ConversationType, Provider, StatusKind};
use acuse_providers::{Format, Reason};
use serde_json::json;

use super::of_status;
use crate::aggregators::rig::{
    HAPPENED_AT, RECEIVED_AT, findings, only_status, only_unknown, parted, phone, read_bytes, text,
};

#[test]
fn every_status_is_known() {
    for (word, kind) in [
        ("submitted", StatusKind::Sent),
        ("delivered", StatusKind::Delivered),
        ("read", StatusKind::Read),
        ("rejected", StatusKind::Failed),
        ("undeliverable", StatusKind::Failed),
    ] {
        let evidence = only_status(of_status(json!({"status": word}))).evidence;
        assert_eq!(evidence.kind, kind, "{word}");
        // Neither says whether it had left Vonage, so that sent evidence decides.
        assert_eq!(evidence.failure.and_then(|failure| failure.stage), None);
    }
    let findings = of_status(json!({"status": "in_orbit"}));
    let what = only_unknown(&findings);
    assert_eq!(
        (what.reason, what.kind.as_deref()),
        (Reason::UnknownStatus, Some("in_orbit"))
    );
    assert_eq!(what.id.as_deref(), Some("u1"));
}

#[test]
fn a_status_keeps_what_it_says() {
    let status = only_status(of_status(json!({
        "client_ref": "order-7",
        "usage": {"currency": "EUR", "price": "0.0333"},
        "profile": {"name": "Ana"},
        "whatsapp": {
            "recipient": {"user_id": "PE.12345", "wa_id": "51977452931"},
            "conversation": {"id": "c1", "origin": {"type": "utility"}},
            "pricing": {"type": "regular", "pricing_model": "PMP", "category": "utility"},
        },
    })));
    let id = status.names.provider.unwrap();
    assert_eq!((id.provider, id.id.as_str()), (Provider::Vonage, "u1"));
    let evidence = status.evidence;
    assert_eq!((evidence.at, evidence.at_is_receipt), (HAPPENED_AT, false));
    assert_eq!(evidence.correlation_id, text("order-7"));
    let conversation = evidence.conversation.unwrap();
    assert_eq!(conversation.id, text("c1"));
    assert_eq!(
        conversation.kind(),
        Some(ConversationType::BusinessInitiated)
    );
    let pricing = evidence.pricing.unwrap();
    assert_eq!(
        (pricing.category, pricing.model),
        (text("utility"), text("PMP"))
    );
    assert_eq!(pricing.price_type, text("regular"));
    let sender = evidence.sender.unwrap();
    assert_eq!(
        (sender.channel, sender.external_id.as_str()),
        (Channel::WhatsApp, "14155238886")
    );
    let mut recipient = phone("51977452931");
    recipient.name = text("Ana");
    recipient.business_scoped_user_id = text("PE.12345");
    assert_eq!(status.recipient, Some(recipient));
}

#[test]
fn an_error_has_its_code_whatever_its_shape() {
    let of = |error| {
        let evidence = only_status(of_status(json!({"status": "rejected", "error": error})));
        evidence.evidence.failure.unwrap()
    };
    let report = |code: &str, title: &str, detail: &str| FailureReport {
        code: code.to_owned(),
        title: title.to_owned(),
        detail: detail.to_owned(),
        stage: None,
    };
    let url = "https://developer.vonage.com/api-errors/messages#1340";
    let long = "Outside Allowed Window - The message was sent too late";
    let split = report("1340", "Outside Allowed Window", long);
    assert_eq!(
        of(json!({"type": url, "title": 1340, "detail": long})),
        split
    );
    assert_eq!(
        of(json!({"type": url, "title": "1340", "detail": long})),
        split
    );
    let titled = report("1340", "Rejected", "Too late");
    assert_eq!(
        of(json!({"type": url, "title": "Rejected", "detail": "Too late"})),
        titled
    );
    let old = report("1300", "Not part of the network", "");
    assert_eq!(
        of(json!({"code": 1300, "reason": "Not part of the network"})),
        old
    );
    assert_eq!(of(json!(null)), report("", "rejected", ""));
}

#[test]
fn an_error_beside_another_status_is_noted() {
    let error = json!({"title": 1000, "detail": "Throttled - Wait"});
    let (statuses, unknown) = parted(of_status(json!({"status": "submitted", "error": error})));
    assert_eq!(statuses[0].evidence.kind, StatusKind::Sent);
    assert_eq!(unknown[0].reason, Reason::ProviderError);
    assert_eq!(unknown[0].detail, "code 1000: Throttled");
}

#[test]
fn version_0_1_has_objects_at_its_ends() {
    let body = json!({
        "message_uuid": "u1", "status": "read", "timestamp": "2026-05-04 13:59:00 +0200",
        "to": {"type": "viber_service_msg", "number": "51977452931"},
        "from": {"type": "viber_service_msg", "id": "16273"},
    });
    let status = only_status(findings(Format::Vonage, &body.to_string()));
    assert_eq!(status.evidence.at, HAPPENED_AT);
    let sender = status.evidence.sender.unwrap();
    assert_eq!(
        (sender.channel, sender.external_id.as_str()),
        (Channel::Viber, "16273")
    );
    assert_eq!(status.recipient, Some(phone("51977452931")));
}

#[test]
fn channels_know_people_by_what_is_theirs() {
    for (word, channel) in [
        ("sms", Channel::Sms),
        ("mms", Channel::Sms),
        ("rcs", Channel::Rcs),
        ("viber_service", Channel::Viber),
        ("messenger", Channel::Messenger),
    ] {
        let status = only_status(of_status(json!({"channel": word})));
        assert_eq!(status.evidence.sender.unwrap().channel, channel, "{word}");
        let recipient = status.recipient.unwrap();
        assert_eq!(
            recipient.page_scoped_id.is_some(),
            channel == Channel::Messenger
        );
    }
    let status = only_status(of_status(json!({"channel": "pigeon"})));
    assert_eq!((status.evidence.sender, status.recipient), (None, None));
}

#[test]
fn odd_times_ids_and_references() {
    for absent in [json!(null), json!(""), json!("soon"), json!(0)] {
        let evidence = only_status(of_status(json!({"timestamp": absent}))).evidence;
        assert_eq!((evidence.at, evidence.at_is_receipt), (RECEIVED_AT, true));
    }
    for (members, reason) in [
        (
            json!({"timestamp": "2036-01-01T00:00:00Z"}),
            Reason::ImplausibleTime,
        ),
        (json!({"message_uuid": null}), Reason::MissingId),
        (json!({"message_uuid": "u".repeat(300)}), Reason::TooLong),
    ] {
        let findings = of_status(members);
        let what = only_unknown(&findings);
        assert_eq!(
            (what.reason, what.kind.as_deref()),
            (reason, Some("delivered"))
        );
    }
    let (statuses, unknown) = parted(of_status(json!({"client_ref": "r".repeat(300)})));
    assert_eq!(statuses[0].evidence.correlation_id, None);
    assert_eq!(unknown[0].reason, Reason::TooLong);
}

#[test]
fn what_is_of_no_message_is_kept_aside() {
    for (body, reason) in [
        (
            json!({"conversation_uuid": "CON-1", "status": "answered"}),
            Reason::NotAMessage,
        ),
        (
            json!({"request_id": "r", "channel": "sms", "status": "completed"}),
            Reason::NotAMessage,
        ),
        (
            json!({"dispatch_uuid": "d", "status": "completed"}),
            Reason::NotAMessage,
        ),
        (json!({"hello": "world"}), Reason::NothingKnown),
        (json!(["x"]), Reason::Malformed),
    ] {
        let findings = findings(Format::Vonage, &body.to_string());
        assert_eq!(only_unknown(&findings).reason, reason, "{body}");
    }
    assert!(findings(Format::Vonage, "{}").is_empty());
    for body in ["", "hello", "{\"a\":"] {
        assert!(
            read_bytes(Format::Vonage, body.as_bytes(), None).is_err(),
            "{body}"
        );
    }
}
