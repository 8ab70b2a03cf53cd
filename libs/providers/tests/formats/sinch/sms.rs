//! The SMS API: reports and messages.

use acuse_domain::evidence::FailureReport;
use acuse_domain::identity::ProviderMessageId;
use acuse_domain::kinds::{Channel, ContentType, Provider, Stage, StatusKind};
use acuse_providers::{Finding, Meaning, Reason};
use serde_json::{Value, json};

use crate::sinch::rig::{
    HAPPENED_AT, RECEIVED_AT, TIME, findings, noted_message, only_message, only_status,
    only_unknown, read_bytes, text, with,
};

fn report(members: Value) -> Value {
    let sound = json!({
        "type": "recipient_delivery_report_sms", "batch_id": "01BATCH", "recipient": "+51977452931",
        "code": 0, "status": "Delivered", "at": TIME, "operator_status_at": "2026-05-04T11:58:00.000Z",
        "client_reference": "lote 7",
    });
    with(sound, members)
}

fn of_report(members: Value) -> Vec<Finding> {
    let body = report(members).to_string();
    read_bytes(body.as_bytes(), Some("2020")).unwrap().findings
}

#[test]
fn a_recipient_of_a_batch_is_a_message() {
    let got = only_status(of_report(json!({})));
    let expected = ProviderMessageId {
        provider: Provider::SinchSms,
        scope: "51977452931".to_owned(),
        id: "01BATCH".to_owned(),
    };
    assert_eq!(got.names.provider, Some(expected));
    let evidence = got.evidence;
    assert_eq!(
        (evidence.kind, evidence.at, evidence.at_is_receipt),
        (StatusKind::Delivered, HAPPENED_AT, false)
    );
    assert_eq!(evidence.correlation_id, text("lote 7"));
    let sender = evidence.sender.unwrap();
    assert_eq!(
        (sender.channel, &*sender.external_id),
        (Channel::Sms, "2020")
    );
    assert_eq!(got.recipient.unwrap().phone, text("+51977452931"));
    let scope = |recipient: Value| {
        let got = only_status(of_report(json!({"recipient": recipient})));
        got.names.provider.unwrap().scope
    };
    assert_eq!(scope(json!(51_977_452_931_i64)), "51977452931");
    assert_eq!(scope(json!("0051977452931")), "51977452931");
    assert_eq!(scope(json!("0977452931")), "0977452931");
}

#[test]
fn every_status_is_known_in_every_case() {
    for (word, kind, stage) in [
        ("Queued", StatusKind::Queued, None),
        ("Dispatched", StatusKind::Sent, None),
        ("Unknown", StatusKind::Sent, None),
        ("DELIVERED", StatusKind::Delivered, None),
        ("Aborted", StatusKind::Failed, Some(Stage::Send)),
        ("REJECTED", StatusKind::Failed, Some(Stage::Send)),
        ("Expired", StatusKind::Failed, Some(Stage::Send)),
        ("Cancelled", StatusKind::Failed, Some(Stage::Send)),
        ("failed", StatusKind::Failed, Some(Stage::Delivery)),
        ("Deleted", StatusKind::Failed, Some(Stage::Delivery)),
    ] {
        let got = only_status(of_report(json!({"status": word, "code": 11}))).evidence;
        assert_eq!(got.kind, kind, "{word}");
        let failure = (kind == StatusKind::Failed).then(|| FailureReport {
            code: "11".to_owned(),
            title: word.to_owned(),
            detail: String::new(),
            stage,
        });
        assert_eq!(got.failure, failure, "{word}");
    }
}

#[test]
fn reports_on_mms_are_the_same() {
    let got = of_report(json!({"type": "recipient_delivery_report_mms"}));
    assert_eq!(only_status(got).evidence.kind, StatusKind::Delivered);
    let got = of_report(json!({"type": null}));
    assert_eq!(only_status(got).evidence.kind, StatusKind::Delivered);
}

#[test]
fn the_recipient_may_have_another_name() {
    let members = json!({"type": "delivery_report_sms", "recipient": null, "to": "51977452931"});
    let got = only_status(of_report(members));
    assert_eq!(got.names.provider.unwrap().scope, "51977452931");
}

#[test]
fn times_stand_in_for_each_other() {
    let got = only_status(of_report(json!({"at": null}))).evidence;
    assert_eq!(got.at.micros() - HAPPENED_AT.micros(), -60_000_000);
    let got = only_status(of_report(json!({"at": null, "operator_status_at": ""}))).evidence;
    assert_eq!((got.at, got.at_is_receipt), (RECEIVED_AT, true));
}

#[test]
fn the_sender_may_be_named() {
    let got = only_status(of_report(json!({"applied_originator": "+15550001"}))).evidence;
    assert_eq!(got.sender.unwrap().external_id, "+15550001");
    let got = only_status(findings(&report(json!({}))));
    assert_eq!((got.evidence.sender, got.recipient), (None, None));
}

#[test]
fn what_names_no_message_is_kept_aside() {
    for (members, reason) in [
        (json!({"recipient": null}), Reason::MissingId),
        (json!({"batch_id": null}), Reason::MissingId),
        (json!({"status": "Orbiting"}), Reason::UnknownStatus),
        (json!({"status": null}), Reason::UnknownStatus),
        (
            json!({"at": "1999-01-01T00:00:00Z"}),
            Reason::ImplausibleTime,
        ),
        (
            json!({"at": "2026-05-04T12:06:00Z"}),
            Reason::ImplausibleTime,
        ),
    ] {
        let what = only_unknown(of_report(members.clone()));
        assert_eq!(what.reason, reason, "{members}");
        if members.get("batch_id").is_none() {
            assert_eq!(what.id, text("01BATCH"));
        }
    }
}

#[test]
fn a_report_on_a_batch_tells_of_those_whom_it_names() {
    let body = json!({
        "type": "delivery_report_sms", "batch_id": "01BATCH", "total_message_count": 9, "client_reference": "lote 7",
        "statuses": [
            {"code": 0, "status": "Delivered", "count": 2, "recipients": ["51977452931", "+51977452932"]},
            {"code": 402, "status": "Failed", "count": 1, "recipients": ["51977452933"]},
            {"code": 401, "status": "Dispatched", "count": 6},
        ],
    });
    let mut got = findings(&body);
    let last = got.pop().unwrap();
    assert_eq!(last.path, "statuses[2]");
    let what = only_unknown(vec![last]);
    assert_eq!(
        (what.reason, what.id),
        (Reason::NotAMessage, text("01BATCH"))
    );
    assert_eq!(what.detail, "6 of a batch: Dispatched");
    let said: Vec<_> = got
        .into_iter()
        .map(|finding| {
            let Meaning::Status(status) = finding.meaning else {
                panic!("a status");
            };
            assert!(status.evidence.at_is_receipt);
            assert_eq!(status.evidence.correlation_id, text("lote 7"));
            let scope = status.names.provider.unwrap().scope;
            let code = status.evidence.failure.map(|failure| failure.code);
            (finding.path, scope, status.evidence.kind, code)
        })
        .collect();
    let expected = [
        (
            "statuses[0].recipients[0]",
            "51977452931",
            StatusKind::Delivered,
            None,
        ),
        (
            "statuses[0].recipients[1]",
            "51977452932",
            StatusKind::Delivered,
            None,
        ),
        (
            "statuses[1].recipients[0]",
            "51977452933",
            StatusKind::Failed,
            text("402"),
        ),
    ];
    let expected =
        expected.map(|(path, scope, kind, code)| (path.to_owned(), scope.to_owned(), kind, code));
    assert_eq!(said, expected);
}

fn message(members: Value) -> Value {
    let sound = json!({
        "type": "mo_text", "id": "01MO", "from": "51977452931", "to": "2020", "body": "Hola",
        "received_at": TIME, "sent_at": "2026-05-04T11:58:00Z", "operator_id": "71606",
    });
    with(sound, members)
}

#[test]
fn a_text_keeps_everything() {
    let got = only_message(findings(&message(json!({}))));
    let expected = ProviderMessageId {
        provider: Provider::SinchSms,
        scope: "51977452931".to_owned(),
        id: "01MO".to_owned(),
    };
    assert_eq!(got.id, expected);
    assert_eq!(
        (got.channel, &*got.channel_account.id),
        (Channel::Sms, "2020")
    );
    assert_eq!(got.contact.phone, text("51977452931"));
    assert_eq!((got.at, got.at_is_receipt), (HAPPENED_AT, false));
    assert_eq!(
        (got.content_type, got.content.body),
        (ContentType::Text, text("Hola"))
    );
    let got = only_message(findings(&message(
        json!({"from": "MTN", "received_at": null}),
    )));
    assert_eq!(got.contact.channel_user_id, text("MTN"));
    assert_eq!(got.at.micros() - HAPPENED_AT.micros(), -60_000_000);
}

#[test]
fn bytes_and_media_are_messages() {
    let got = only_message(findings(&message(
        json!({"type": "mo_binary", "body": "AAEC", "udh": "00"}),
    )));
    assert_eq!(
        (got.content_type, got.content.body),
        (ContentType::Unsupported, None)
    );
    let media = |media: Value| {
        let body = json!({"subject": "Foto", "message": "mira", "media": media});
        findings(&message(json!({"type": "mo_media", "body": body})))
    };
    let picture = json!({"url": "https://m.example/1", "content_type": "image/jpeg", "status": "Uploaded", "code": 0});
    let got = only_message(media(json!([picture.clone()])));
    assert_eq!(got.content_type, ContentType::Image);
    assert_eq!(got.content.header, text("Foto"));
    assert_eq!(got.content.body, text("mira"));
    assert_eq!(got.content.media_id, text("https://m.example/1"));
    let (got, note) = noted_message(media(json!([picture.clone(), picture])));
    assert_eq!(
        (got.content_type, note.reason),
        (ContentType::Image, Reason::NotSupportedYet)
    );
    let one = json!({"type": "mo_media", "body": {"url": "https://m.example/a.mp4"}});
    let got = only_message(findings(&message(one)));
    assert_eq!(
        (got.content_type, got.content.media_id),
        (ContentType::Video, text("https://m.example/a.mp4"))
    );
    let got = only_message(media(json!(null)));
    assert_eq!(got.content_type, ContentType::Text);
}

#[test]
fn what_cannot_be_a_message_is_kept_aside() {
    for (members, reason) in [
        (json!({"from": null}), Reason::MissingContact),
        (json!({"to": null}), Reason::MissingChannelAccount),
        (
            json!({"received_at": "1970-01-02T00:00:00Z"}),
            Reason::ImplausibleTime,
        ),
    ] {
        let what = only_unknown(findings(&message(members.clone())));
        assert_eq!((what.reason, what.id), (reason, text("01MO")), "{members}");
        assert_eq!(what.kind, text("mo_text"));
    }
    let (got, note) = noted_message(findings(&message(json!({"type": "mo_fax"}))));
    assert_eq!(
        (got.content.body, note.reason),
        (text("Hola"), Reason::UnknownMessageType)
    );
}
