//! Reports on outbound messages.

use acuse_domain::evidence::FailureReport;
use acuse_domain::kinds::{Channel, Provider, Stage, StatusKind};
use acuse_domain::time::Timestamp;
use acuse_providers::{
    Delivery, Format, Reason, Secrets, SharedSecrets, Unverified, explain, verify,
};
use serde_json::{Value, json};

use super::{at_url_of, of_report, report};
use crate::aggregators::rig::{
    HAPPENED_AT, RECEIVED_AT, findings, only_status, only_unknown, parted, phone, read_bytes, text,
};

/// A minute before everything happened, when it was sent.
const SENT_AT: Timestamp = Timestamp::from_seconds(1_777_895_880);

fn kinds(members: Value) -> Vec<(StatusKind, Timestamp)> {
    let (statuses, unknown) = parted(of_report(members));
    assert!(unknown.is_empty(), "{unknown:?}");
    let evidence = statuses.into_iter().map(|status| status.evidence);
    evidence.map(|it| (it.kind, it.at)).collect()
}

#[test]
fn a_report_tells_of_the_sending_too() {
    let (statuses, unknown) = parted(of_report(json!({"callbackData": "order-7"})));
    assert!(unknown.is_empty());
    let [delivered, sent] = <[_; 2]>::try_from(statuses).unwrap();
    for status in [&delivered, &sent] {
        let id = status.names.provider.clone().unwrap();
        assert_eq!((id.provider, id.id.as_str()), (Provider::Infobip, "m1"));
        let sender = status.evidence.sender.clone().unwrap();
        assert_eq!(
            (sender.channel, sender.external_id.as_str()),
            (Channel::Sms, "ACME")
        );
        assert_eq!(status.recipient, Some(phone("51977452931")));
        assert_eq!(status.evidence.correlation_id, text("order-7"));
        assert!(!status.evidence.at_is_receipt);
    }
    assert_eq!(
        (delivered.evidence.kind, delivered.evidence.at),
        (StatusKind::Delivered, HAPPENED_AT)
    );
    assert_eq!(
        (sent.evidence.kind, sent.evidence.at),
        (StatusKind::Sent, SENT_AT)
    );
}

#[test]
fn every_group_is_known_by_name_and_number() {
    let sent = (StatusKind::Sent, SENT_AT);
    for (group, number, name, expected) in [
        (
            "ACCEPTED",
            0,
            "MESSAGE_ACCEPTED",
            vec![(StatusKind::Queued, RECEIVED_AT)],
        ),
        (
            "PENDING",
            1,
            "PENDING_ACCEPTED",
            vec![(StatusKind::Queued, RECEIVED_AT)],
        ),
        ("PENDING", 1, "PENDING_ENROUTE", vec![sent]),
        ("PENDING", 1, "PENDING_WAITING_DELIVERY", vec![sent]),
        (
            "UNDELIVERABLE",
            2,
            "UNDELIVERABLE_NOT_DELIVERED",
            vec![(StatusKind::Failed, HAPPENED_AT), sent],
        ),
        (
            "DELIVERED",
            3,
            "DELIVERED_TO_OPERATOR",
            vec![(StatusKind::Delivered, HAPPENED_AT), sent],
        ),
        (
            "EXPIRED",
            4,
            "EXPIRED_EXPIRED",
            vec![(StatusKind::Failed, HAPPENED_AT), sent],
        ),
        (
            "REJECTED",
            5,
            "REJECTED_NETWORK",
            vec![(StatusKind::Failed, HAPPENED_AT)],
        ),
    ] {
        for status in [
            json!({"groupName": group, "name": name}),
            json!({"groupId": number, "name": name}),
            json!({"groupId": number.to_string(), "name": name}),
            json!({"name": name}),
        ] {
            if group == "ACCEPTED" && status.get("groupName").or(status.get("groupId")).is_none() {
                continue;
            }
            assert_eq!(kinds(json!({"status": status})), expected, "{status}");
        }
    }
    let findings =
        of_report(json!({"status": {"groupName": "IN_ORBIT", "name": "IN_ORBIT_TWICE"}}));
    let what = only_unknown(&findings);
    assert_eq!(
        (what.reason, what.id.as_deref()),
        (Reason::UnknownStatus, Some("m1"))
    );
    let findings = of_report(json!({"status": null}));
    assert_eq!(only_unknown(&findings).detail, "no status");
}

#[test]
fn a_failure_has_the_name_of_its_error_or_of_its_status() {
    let of = |group: &str, error: Value| {
        let status =
            json!({"groupName": group, "name": format!("{group}_X"), "description": "said"});
        let (statuses, _) = parted(of_report(json!({"status": status, "error": error})));
        statuses[0].evidence.failure.clone().unwrap()
    };
    let report = |code: &str, title: &str, stage| FailureReport {
        code: code.to_owned(),
        title: title.to_owned(),
        detail: String::new(),
        stage: Some(stage),
    };
    let error =
        json!({"id": 27, "name": "EC_ABSENT_SUBSCRIBER", "description": "Absent Subscriber"});
    let expected = report("EC_ABSENT_SUBSCRIBER", "Absent Subscriber", Stage::Delivery);
    assert_eq!(of("UNDELIVERABLE", error), expected);
    assert_eq!(
        of("EXPIRED", json!({"id": 27})),
        report("27", "", Stage::Delivery)
    );
    for none in [
        json!(null),
        json!({}),
        json!({"id": 0}),
        json!({"id": 0, "name": "NO_ERROR"}),
    ] {
        assert_eq!(
            of("REJECTED", none),
            report("REJECTED_X", "said", Stage::Send)
        );
    }
    let error = json!({"id": 27, "name": "EC_ABSENT_SUBSCRIBER"});
    let (statuses, unknown) = parted(of_report(json!({"error": error})));
    assert_eq!(statuses[0].evidence.failure, None);
    assert_eq!(unknown[0].detail, "code EC_ABSENT_SUBSCRIBER");
}

#[test]
fn seen_is_read() {
    let both = json!({"seenAt": "2026-05-04T11:59:30.000+0000"});
    let seen_at = Timestamp::from_seconds(1_777_895_970);
    let expected = [
        (StatusKind::Read, seen_at),
        (StatusKind::Delivered, HAPPENED_AT),
        (StatusKind::Sent, SENT_AT),
    ];
    assert_eq!(kinds(both), expected);
    let seen = json!({"status": null, "error": null, "doneAt": null, "seenAt": "2026-05-04T11:59:00.000+0000"});
    assert_eq!(
        kinds(seen),
        [(StatusKind::Read, HAPPENED_AT), (StatusKind::Sent, SENT_AT)]
    );
}

#[test]
fn times_may_be_missing_or_odd() {
    let received = (StatusKind::Delivered, RECEIVED_AT);
    assert_eq!(kinds(json!({"sentAt": null, "doneAt": null})), [received]);
    // Sent after it was delivered: of no use.
    let late = json!({"sentAt": "2026-05-04T11:59:30.000+0000"});
    assert_eq!(kinds(late), [(StatusKind::Delivered, HAPPENED_AT)]);
    let (statuses, unknown) = parted(of_report(json!({"sentAt": "1999-01-01T00:00:00.000+0000"})));
    assert_eq!(
        (statuses.len(), unknown[0].reason),
        (1, Reason::ImplausibleTime)
    );
    let (statuses, unknown) = parted(of_report(json!({"doneAt": "2036-01-01T00:00:00.000+0000"})));
    assert_eq!(
        (statuses.len(), unknown[0].reason),
        (0, Reason::ImplausibleTime)
    );
    assert_eq!(unknown[0].kind.as_deref(), Some("delivered_to_handset"));
}

#[test]
fn the_url_may_name_the_channel() {
    let body = json!({"results": [report(json!({"channel": null, "sentAt": null}))]});
    let status = only_status(at_url_of("whatsapp", &body));
    assert_eq!(status.evidence.sender.unwrap().channel, Channel::WhatsApp);
    assert_eq!(status.recipient, Some(phone("51977452931")));
    let reading = read_bytes(Format::Infobip, body.to_string().as_bytes(), None);
    let explained = explain(&reading);
    assert_eq!(explained[0].from.as_deref(), Some("ACME"));
    assert_eq!(explained[0].to.as_deref(), Some("51977452931"));
    let status = only_status(reading.unwrap().findings);
    assert_eq!((status.evidence.sender, status.recipient), (None, None));
}

#[test]
fn an_email_that_was_opened_was_read() {
    let opened = json!({
        "notificationType": "OPENED", "messageId": "m1", "recipient": "ana@example.com", "sender": "us@example.com",
        "sendDateTime": 1_777_895_940_000_i64,
    });
    let status = only_status(findings(Format::Infobip, &opened.to_string()));
    assert_eq!(
        (status.evidence.kind, status.evidence.at),
        (StatusKind::Read, HAPPENED_AT)
    );
    assert_eq!(
        status.recipient.unwrap().channel_user_id,
        text("ana@example.com")
    );
    assert_eq!(status.evidence.sender.unwrap().channel, Channel::Email);
    let clicked = json!({"notificationType": "CLICKED", "messageId": "m1"});
    let findings = findings(Format::Infobip, &clicked.to_string());
    assert_eq!(only_unknown(&findings).reason, Reason::NotSupportedYet);
}

#[test]
fn results_may_be_many_the_same_or_none() {
    let again = report(json!({"sentAt": null}));
    let body = json!({"results": [again, 7, again, {"messageId": "m3"}]});
    let (statuses, unknown) = parted(findings(Format::Infobip, &body.to_string()));
    assert_eq!(statuses.len(), 2);
    assert_eq!(statuses[0], statuses[1]);
    let reasons: Vec<_> = unknown.iter().map(|what| what.reason).collect();
    assert_eq!(reasons, [Reason::Malformed, Reason::NothingKnown]);
    for bare in [json!([again]), again.clone(), json!({"results": again})] {
        assert_eq!(
            findings(Format::Infobip, &bare.to_string()).len(),
            1,
            "{bare}"
        );
    }
    for nothing in [
        "{}",
        "[]",
        "null",
        r#"{"results": []}"#,
        r#"{"results": null}"#,
    ] {
        assert!(findings(Format::Infobip, nothing).is_empty(), "{nothing}");
    }
    let other = findings(Format::Infobip, r#"{"deliveryReport": []}"#);
    assert_eq!(only_unknown(&other).reason, Reason::NothingKnown);
    for (members, reason) in [
        (json!({"messageId": null}), Reason::MissingId),
        (json!({"messageId": "m".repeat(300)}), Reason::TooLong),
        (
            json!({"deletedAt": "2026-05-04T11:59:00.000+0000"}),
            Reason::NotSupportedYet,
        ),
    ] {
        let findings = of_report(members);
        assert_eq!(only_unknown(&findings).reason, reason);
    }
    for body in ["", "a=b", "{\"results\":"] {
        assert!(
            read_bytes(Format::Infobip, body.as_bytes(), None).is_err(),
            "{body}"
        );
    }
}

#[test]
fn a_shared_secret_is_shown() {
    let secrets = Secrets::Shared(SharedSecrets {
        secrets: vec!["hunter22".to_owned()],
    });
    let query = [("secret".to_owned(), "hunter22".to_owned())];
    let delivery = Delivery {
        query: &query,
        ..Delivery::of(b"{}", RECEIVED_AT)
    };
    assert_eq!(verify(Format::Infobip, &secrets, &delivery), Ok(()));
    let bare = Delivery::of(b"{}", RECEIVED_AT);
    assert_eq!(
        verify(Format::Infobip, &secrets, &bare),
        Err(Unverified::Absent)
    );
}

#[test]
fn an_empty_sender_is_passed_over() {
    let findings = of_report(json!({"sender": "", "channel": null}));
    assert_eq!(findings[0].ends.from.as_deref(), Some("ACME"));
}
