//! The Conversation API's reports on messages of an app.

use acuse_domain::contact::ContactRef;
use acuse_domain::evidence::{Conversation, FailureReport, SenderIdentity, StatusEvidence};
use acuse_domain::ids::NameId;
use acuse_domain::kinds::{Channel, Provider, StatusKind};
use acuse_domain::time::Timestamp;
use acuse_providers::{Finding, Meaning, Reason};
use serde_json::{Value, json};

use crate::sinch::rig::{
    APP, HAPPENED_AT, RECEIVED_AT, envelope, findings, only_status, only_unknown, text, with,
};

fn report(members: Value) -> Value {
    let sound = json!({
        "message_id": "01OUT", "conversation_id": "01CONV", "status": "DELIVERED", "contact_id": "01CONTACT",
        "channel_identity": {"channel": "WHATSAPP", "identity": "51977452931", "app_id": ""}, "metadata": "",
    });
    with(sound, members)
}

fn of_report(members: Value) -> Vec<Finding> {
    findings(&envelope("message_delivery_report", report(members)))
}

#[test]
fn a_report_keeps_everything() {
    let mut body = envelope("message_delivery_report", report(json!({})));
    body["correlation_id"] = json!("lote 7");
    let got = only_status(findings(&body));
    let id = got.names.provider.clone().unwrap();
    assert_eq!(
        (id.provider, &*id.scope, &*id.id),
        (Provider::SinchConversation, "", "01OUT")
    );
    assert_eq!((got.names.sender, got.echo), (None, None));
    let expected = StatusEvidence {
        conversation: Some(Conversation {
            id: text("01CONV"),
            ..Conversation::default()
        }),
        sender: Some(SenderIdentity {
            channel: Channel::WhatsApp,
            external_id: APP.to_owned(),
            name: NameId(0),
        }),
        correlation_id: text("lote 7"),
        ..StatusEvidence::new(
            StatusKind::Delivered,
            HAPPENED_AT,
            Provider::SinchConversation,
        )
    };
    assert_eq!(got.evidence, expected);
    let recipient = ContactRef {
        phone: text("51977452931"),
        ..ContactRef::default()
    };
    assert_eq!(got.recipient, Some(recipient));
}

#[test]
fn every_status_is_known() {
    for (word, kind) in [
        ("QUEUED", StatusKind::Queued),
        ("QUEUED_ON_CHANNEL", StatusKind::Sent),
        ("DELIVERED", StatusKind::Delivered),
        ("READ", StatusKind::Read),
        ("FAILED", StatusKind::Failed),
        (" read ", StatusKind::Read),
    ] {
        let got = only_status(of_report(json!({"status": word})));
        assert_eq!(got.evidence.kind, kind, "{word}");
    }
}

#[test]
fn a_failure_has_its_reason() {
    let reason = |reason: Value| {
        let got = only_status(of_report(json!({"status": "FAILED", "reason": reason})));
        got.evidence.failure
    };
    let got = reason(json!({
        "code": "RECIPIENT_NOT_REACHABLE", "description": "The underlying channel reported: no such number",
        "sub_code": "RECIPIENT_UNREACHABLE", "channel_code": "131026",
    }));
    let expected = FailureReport {
        code: "RECIPIENT_NOT_REACHABLE".to_owned(),
        title: "The underlying channel reported: no such number".to_owned(),
        detail: "RECIPIENT_UNREACHABLE, channel code 131026".to_owned(),
        stage: None,
    };
    assert_eq!(got, Some(expected));
    let got = reason(json!({"code": "UNKNOWN", "sub_code": "UNSPECIFIED_SUB_CODE"})).unwrap();
    assert_eq!((&*got.code, &*got.title, &*got.detail), ("UNKNOWN", "", ""));
    let got = reason(json!("no luck")).unwrap();
    assert_eq!((&*got.code, &*got.title), ("", "no luck"));
    let got = reason(json!({"code": 400, "description": null})).unwrap();
    assert_eq!((&*got.code, &*got.title), ("400", ""));
    for nothing in [json!(null), json!(""), json!({}), json!([])] {
        assert_eq!(reason(nothing.clone()), None, "{nothing}");
    }
}

#[test]
fn a_reason_beside_another_status_fails_nothing() {
    let reason = json!({"code": "RECIPIENT_NOT_OPTED_IN", "description": "why"});
    let got = of_report(json!({"reason": reason}));
    let [first, second] = <[Finding; 2]>::try_from(got).unwrap();
    let Meaning::Status(status) = first.meaning else {
        panic!("a status");
    };
    assert_eq!(status.evidence.failure, None);
    let Meaning::NotUnderstood(note) = second.meaning else {
        panic!("a note");
    };
    assert_eq!(
        (note.reason, note.id),
        (Reason::ProviderError, text("01OUT"))
    );
    assert_eq!(note.detail, "RECIPIENT_NOT_OPTED_IN, why");
}

#[test]
fn what_is_no_status_is_kept_aside() {
    for (members, reason) in [
        (json!({"status": "TELEPORTED"}), Reason::UnknownStatus),
        (json!({"status": null}), Reason::UnknownStatus),
        (json!({"status": {"is": "READ"}}), Reason::UnknownStatus),
        (
            json!({"status": "SWITCHING_CHANNEL", "reason": {"code": "CHANNEL_FAILURE"}}),
            Reason::ProviderError,
        ),
        (json!({"message_id": null}), Reason::MissingId),
        (json!({"message_id": ""}), Reason::MissingId),
        (json!({"message_id": "x".repeat(257)}), Reason::TooLong),
    ] {
        let what = only_unknown(of_report(members.clone()));
        assert_eq!(what.reason, reason, "{members}");
        if members.get("message_id").is_none() {
            assert_eq!(what.id, text("01OUT"), "{members}");
        }
    }
    let got =
        of_report(json!({"status": "SWITCHING_CHANNEL", "reason": {"code": "CHANNEL_FAILURE"}}));
    let what = only_unknown(got);
    assert_eq!(
        what.detail,
        "a channel failed, and another is tried: CHANNEL_FAILURE"
    );
    assert_eq!(what.kind, text("SWITCHING_CHANNEL"));
}

#[test]
fn times_stand_in_for_each_other() {
    let at = |event: Value, accepted: Value| {
        let body = envelope("message_delivery_report", report(json!({})));
        let body = with(
            body,
            json!({"event_time": event, "accepted_time": accepted}),
        );
        let evidence = only_status(findings(&body)).evidence;
        (evidence.at, evidence.at_is_receipt)
    };
    let accepted = Timestamp::from_micros(1_777_895_941_123_456);
    let written = json!("2026-05-04T11:59:01.123456789Z");
    assert_eq!(at(json!(null), written.clone()), (accepted, false));
    assert_eq!(at(json!("<now>"), written.clone()), (accepted, false));
    assert_eq!(
        at(json!("2026-05-04T11:59:00Z"), written),
        (HAPPENED_AT, false)
    );
    assert_eq!(at(json!(null), json!(null)), (RECEIVED_AT, true));
    let body = envelope("message_delivery_report", report(json!({})));
    let body = with(body, json!({"event_time": "1970-01-02T00:00:00Z"}));
    let what = only_unknown(findings(&body));
    assert_eq!(what.reason, Reason::ImplausibleTime);
}

#[test]
fn the_senders_own_text_has_several_places() {
    let own = |correlation: Value, metadata: Value, outer: Value| {
        let body = envelope(
            "message_delivery_report",
            report(json!({"metadata": metadata})),
        );
        let members = json!({"correlation_id": correlation, "message_metadata": outer});
        findings(&with(body, members))
    };
    let kept = |findings| only_status(findings).evidence.correlation_id;
    let got = own(json!("a"), json!("b"), json!("c"));
    assert_eq!(kept(got), text("a"));
    assert_eq!(kept(own(json!(""), json!("b"), json!("c"))), text("b"));
    assert_eq!(
        kept(own(json!(null), json!(""), json!({"lote": 7}))),
        text(r#"{"lote":7}"#)
    );
    assert_eq!(kept(own(json!(null), json!(null), json!(null))), None);
    let got = own(json!("x".repeat(257)), json!("b"), json!(null));
    let reasons: Vec<_> = got
        .iter()
        .map(|finding| match &finding.meaning {
            Meaning::NotUnderstood(what) => Some((what.reason, what.id.clone())),
            Meaning::Status(status) => {
                assert_eq!(status.evidence.correlation_id, None);
                None
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(reasons, [Some((Reason::TooLong, text("01OUT"))), None]);
}

#[test]
fn ends_may_be_missing() {
    // The older shape: a channel, and Sinch's own id of the contact.
    let flat = json!({"channel_identity": null, "channel": "VIBERBM"});
    let got = only_status(of_report(flat));
    assert_eq!(got.evidence.sender.unwrap().channel, Channel::Viber);
    assert_eq!(got.recipient.unwrap().channel_user_id, text("01CONTACT"));
    // Without a channel nobody could say whose address it is.
    let got = only_status(of_report(json!({"channel_identity": null})));
    assert_eq!((got.evidence.sender, got.recipient), (None, None));
    let body = envelope("message_delivery_report", report(json!({})));
    let got = only_status(findings(&with(body, json!({"app_id": ""}))));
    assert_eq!((got.evidence.sender, got.recipient), (None, None));
    // The app may be named by the identity alone.
    let identity = json!({"channel": "MESSENGER", "identity": "2742", "app_id": "01OTHER"});
    let body = envelope(
        "message_delivery_report",
        report(json!({"channel_identity": identity})),
    );
    let got = only_status(findings(&with(body, json!({"app_id": null}))));
    assert_eq!(got.evidence.sender.unwrap().external_id, "01OTHER");
    assert_eq!(got.recipient.unwrap().page_scoped_id, text("2742"));
}

#[test]
fn submission_is_dispatch() {
    let notification = json!({
        "message_id": "01OUT", "conversation_id": "", "contact_id": "", "metadata": "lote 7",
        "channel_identity": {"channel": "RCS", "identity": "51977452931", "app_id": ""},
        "submitted_message": {"text_message": {"text": "Hola"}}, "processing_mode": "DISPATCH",
    });
    let got = only_status(findings(&envelope(
        "message_submit_notification",
        notification,
    )));
    assert_eq!(got.evidence.kind, StatusKind::Dispatched);
    assert_eq!(got.evidence.conversation, None);
    assert_eq!(got.evidence.correlation_id, text("lote 7"));
    assert_eq!(got.evidence.sender.unwrap().channel, Channel::Rcs);
    assert_eq!(got.recipient.unwrap().phone, text("51977452931"));
    let deeper = json!({"submitted_message": {
        "message_id": "01OUT", "channel_identity": {"channel": "SMS", "identity": "+51977452931"},
    }});
    let got = only_status(findings(&envelope("message_submit_notification", deeper)));
    assert_eq!(got.names.provider.unwrap().id, "01OUT");
    assert_eq!(got.recipient.unwrap().phone, text("+51977452931"));
    let none = json!({"contact_id": "01CONTACT"});
    let what = only_unknown(findings(&envelope("message_submit_notification", none)));
    assert_eq!(what.reason, Reason::MissingId);
    assert_eq!(what.kind, text("message_submit_notification"));
}
