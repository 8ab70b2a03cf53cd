//! Cumulative records of what was sent.

use acuse_domain::evidence::FailureReport;
use acuse_domain::kinds::{Channel, Provider, Stage, StatusKind};
use acuse_domain::time::Timestamp;
use acuse_providers::Reason;
use serde_json::{Value, json};

use crate::sinch_latam::rig::{
    MILLIS, RECEIVED_AT, findings, only_unknown, statuses, text, whatsapp, with,
};

fn record(members: Value) -> Value {
    let sound = json!({
        "id": "uuid-1", "correlationId": "lote 7", "destination": "5511977452931", "origin": "5511900000000",
        "campaignId": 100, "campaignAlias": "promo", "flowId": "f", "extraInfo": "x",
        "sent": true, "sentStatusCode": 2, "sentStatus": "SENT_SUCCESS",
        "sentDate": "2026-05-04T11:59:00Z", "sentAt": MILLIS, "type": "MESSAGE",
    });
    with(sound, members)
}

/// Whatever an SMS's callback says, with these members over its own.
fn sms(members: Value) -> Value {
    let sound = json!({
        "id": "uuid-1", "correlationId": "lote 7", "carrierId": 1, "carrierName": "VIVO", "destination": "5511977452931",
    });
    with(sound, members)
}

fn kinds(body: &Value) -> Vec<(StatusKind, i64)> {
    let (statuses, unknown) = statuses(findings(body));
    assert_eq!(unknown, []);
    let statuses = statuses.into_iter();
    statuses
        .map(|it| (it.evidence.kind, it.evidence.at.micros() / 1_000))
        .collect()
}

#[test]
fn a_record_says_each_thing_at_its_time() {
    let all = record(json!({
        "delivered": true, "deliveredStatusCode": 4, "deliveredStatus": "DELIVERED_SUCCESS",
        "deliveredDate": "2026-05-04T11:59:01Z", "deliveredAt": MILLIS + 1_000,
        "read": true, "readDate": "2026-05-04T11:59:09Z", "readAt": MILLIS + 9_000,
        "updatedAt": MILLIS + 9_500,
    }));
    let body = whatsapp(all);
    let expected = [
        (StatusKind::Sent, MILLIS),
        (StatusKind::Delivered, MILLIS + 1_000),
        (StatusKind::Read, MILLIS + 9_000),
    ];
    assert_eq!(kinds(&body), expected);
    let (statuses, _) = statuses(findings(&body));
    // What the first callback said is said again by the last one, to the letter.
    let (first, _) = self::statuses_of(&whatsapp(record(json!({}))));
    assert_eq!(statuses[0], first[0]);
    for status in statuses {
        let id = status.names.provider.unwrap();
        assert_eq!(
            (id.provider, &*id.scope, &*id.id),
            (Provider::SinchLatam, "", "uuid-1")
        );
        let sender = status.evidence.sender.unwrap();
        assert_eq!(
            (sender.channel, &*sender.external_id),
            (Channel::WhatsApp, "5511900000000")
        );
        assert_eq!(status.evidence.correlation_id, text("lote 7"));
        assert_eq!(status.recipient.unwrap().phone, text("5511977452931"));
    }
}

fn statuses_of(
    body: &Value,
) -> (
    Vec<acuse_domain::event::StatusItem>,
    Vec<acuse_providers::NotUnderstood>,
) {
    statuses(findings(body))
}

#[test]
fn what_has_not_happened_is_not_said() {
    let body = whatsapp(record(json!({
        "delivered": false, "deliveredStatusCode": 0, "deliveredAt": null, "read": false, "readAt": 0,
    })));
    assert_eq!(kinds(&body), [(StatusKind::Sent, MILLIS)]);
    // A code that nobody has described says less than the flag beside it.
    let body = whatsapp(record(
        json!({"sentStatusCode": 1, "sentStatus": "sent status"}),
    ));
    assert_eq!(kinds(&body), [(StatusKind::Sent, MILLIS)]);
    let nothing = whatsapp(record(json!({
        "sent": false, "sentStatusCode": null, "sentStatus": null, "sentAt": null, "sentDate": null,
    })));
    let what = only_unknown(findings(&nothing));
    assert_eq!(
        (what.reason, what.id),
        (Reason::UnknownStatus, text("uuid-1"))
    );
}

#[test]
fn what_is_read_may_be_told_as_a_delivery() {
    let delivery = |members: Value| {
        let sound = json!({
            "delivered": true, "deliveredStatusCode": 5, "deliveredStatus": "READ_SUCCESS", "deliveredAt": MILLIS + 1_000,
        });
        kinds(&whatsapp(record(with(sound, members))))
    };
    let sent = (StatusKind::Sent, MILLIS);
    let expected = [sent, (StatusKind::Read, MILLIS + 1_000)];
    assert_eq!(delivery(json!({})), expected);
    assert_eq!(delivery(json!({"deliveredStatusCode": null})), expected);
    assert_eq!(delivery(json!({"read": false})), expected);
    // Where the record tells of the reading besides, the delivery is one.
    let expected = [
        sent,
        (StatusKind::Delivered, MILLIS + 1_000),
        (StatusKind::Read, MILLIS + 9_000),
    ];
    assert_eq!(
        delivery(json!({"read": true, "readAt": MILLIS + 9_000})),
        expected
    );
    assert_eq!(delivery(json!({"readAt": MILLIS + 9_000})), expected);
}

#[test]
fn a_known_code_says_more_than_the_flag() {
    let body = whatsapp(record(json!({
        "delivered": true, "deliveredStatusCode": 104, "deliveredStatus": "NOT_DELIVERED", "deliveredAt": MILLIS,
    })));
    assert_eq!(kinds(&body)[1].0, StatusKind::Failed);
}

#[test]
fn an_sms_comes_by_itself_in_a_list_or_with_others() {
    let one = sms(json!({
        "sentStatusCode": 2, "sentStatus": "SENT_SUCCESS", "sentAt": MILLIS,
        "deliveredStatusCode": 4, "deliveredStatus": "DELIVERED_SUCCESS", "deliveredAt": MILLIS + 1,
    }));
    let both = [
        (StatusKind::Sent, MILLIS),
        (StatusKind::Delivered, MILLIS + 1),
    ];
    for body in [
        one.clone(),
        json!([one.clone()]),
        json!({"total": 1, "start": "x", "end": "y", "smsStatuses": [one.clone()]}),
        json!({"total": "1", "data": one.clone()}),
    ] {
        assert_eq!(kinds(&body), both, "{body}");
        let sender = statuses_of(&body).0[0].evidence.sender.clone().unwrap();
        assert_eq!(
            (sender.channel, &*sender.external_id),
            (Channel::Sms, "2020")
        );
    }
    let two = json!([one.clone(), with(one, json!({"id": "uuid-2"}))]);
    assert_eq!(kinds(&two).len(), 4);
}

#[test]
fn failures_have_code_and_name() {
    for (code, word, at_delivery) in [
        (101, "EXPIRED", true),
        (102, "CARRIER_COMMUNICATION_ERROR", false),
        (103, "REJECTED_BY_CARRIER", false),
        (104, "NOT_DELIVERED", true),
        (201, "NO_CREDIT", false),
        (202, "INVALID_DESTINATION_NUMBER", false),
        (204, "DESTINATION_BLOCKED_BY_OPTOUT", false),
        (206, "INVALID_MESSAGE_LENGTH", false),
        (209, "INVALID_CONTENT", false),
        (210, "INVALID_SESSION", false),
        (311, "INTERNAL_ERROR", false),
    ] {
        let (step, stage) = if at_delivery {
            ("delivered", Stage::Delivery)
        } else {
            ("sent", Stage::Send)
        };
        let mut members = json!({});
        members[format!("{step}StatusCode")] = json!(code);
        members[format!("{step}Status")] = json!(format!("{word} "));
        members[format!("{step}At")] = json!(MILLIS);
        let (got, unknown) = statuses_of(&sms(members));
        assert_eq!((got.len(), unknown.len()), (1, 0), "{word}");
        let expected = FailureReport {
            code: code.to_string(),
            title: word.to_owned(),
            detail: String::new(),
            stage: Some(stage),
        };
        assert_eq!(got[0].evidence.failure, Some(expected));
        assert_eq!(got[0].evidence.kind, StatusKind::Failed);
    }
    // By its name alone, and as text.
    let (got, _) = statuses_of(&sms(json!({"sentStatus": "REJECTED_BY_CARRIER"})));
    let failure = got[0].evidence.failure.clone().unwrap();
    assert_eq!(
        (&*failure.code, &*failure.title),
        ("REJECTED_BY_CARRIER", "REJECTED_BY_CARRIER")
    );
    let (got, _) = statuses_of(&sms(json!({"sentStatusCode": "202 ", "sent": false})));
    assert_eq!(got[0].evidence.failure.as_ref().unwrap().code, "202");
}

#[test]
fn words_that_nobody_knows_spoil_no_other() {
    let body = sms(json!({
        "sentStatusCode ": 2, " sentStatus": "SENT_SUCCESS", "deliveredStatusCode": 777, "deliveredStatus": "Orbiting",
    }));
    let (got, unknown) = statuses_of(&body);
    assert_eq!(got.len(), 1);
    assert_eq!(
        (got[0].evidence.kind, got[0].evidence.at_is_receipt),
        (StatusKind::Sent, true)
    );
    assert_eq!(unknown.len(), 1);
    assert_eq!(
        (unknown[0].reason, unknown[0].id.as_deref()),
        (Reason::UnknownStatus, Some("uuid-1"))
    );
    assert_eq!(
        unknown[0].detail,
        "deliveredStatusCode 777, deliveredStatus orbiting"
    );
    let body = sms(
        json!({"sentStatusCode": 2, "sentAt": 1, "deliveredStatusCode": 4, "deliveredAt": MILLIS}),
    );
    let (got, unknown) = statuses_of(&body);
    assert_eq!(unknown[0].reason, Reason::ImplausibleTime);
    assert_eq!(got[0].evidence.kind, StatusKind::Delivered);
}

#[test]
fn times_have_several_names() {
    let at = |members: Value| {
        let members = with(json!({"sentStatusCode": 2}), members);
        let (got, _) = statuses_of(&sms(members));
        (got[0].evidence.at, got[0].evidence.at_is_receipt)
    };
    let exact = (Timestamp::from_millis(MILLIS), false);
    assert_eq!(
        at(json!({"sentAt": MILLIS, "sentDate": "2026-05-04T11:59:00Z"})),
        exact
    );
    assert_eq!(at(json!({"sentStatusAt": MILLIS.to_string()})), exact);
    let cut = (Timestamp::from_seconds(1_777_895_940), false);
    assert_eq!(at(json!({"sentDate": "2026-05-04T11:59:00Z"})), cut);
    assert_eq!(
        at(json!({"sentAt": 0, "sentStatusDate": "2026-05-04T08:59:00-03:00"})),
        cut
    );
    assert_eq!(at(json!({})), (RECEIVED_AT, true));
}

#[test]
fn ends_and_conversations_may_be_missing() {
    let body = whatsapp(record(json!({
        "origin": null, "destination": null, "correlationId": null, "session": {"id": "s-1"},
    })));
    let (got, _) = statuses_of(&body);
    assert_eq!(got[0].evidence.sender.as_ref().unwrap().external_id, "2020");
    assert_eq!(got[0].recipient, None);
    assert_eq!(got[0].evidence.correlation_id, text("x"));
    assert_eq!(
        got[0].evidence.conversation.as_ref().unwrap().id,
        text("s-1")
    );
    // What is empty is as good as missing.
    let body = whatsapp(record(
        json!({"origin": "", "shortCode": "29000", "correlationId": ""}),
    ));
    let (got, _) = statuses_of(&body);
    assert_eq!(
        got[0].evidence.sender.as_ref().unwrap().external_id,
        "29000"
    );
    assert_eq!(got[0].evidence.correlation_id, text("x"));
    let mut body = whatsapp(record(json!({})));
    body["ConversationID"] = json!("c-1");
    let (got, _) = statuses_of(&body);
    assert_eq!(
        got[0].evidence.conversation.as_ref().unwrap().id,
        text("c-1")
    );
    for (members, reason) in [
        (json!({"id": null}), Reason::MissingId),
        (json!({"id": "x".repeat(257)}), Reason::TooLong),
    ] {
        assert_eq!(
            only_unknown(findings(&whatsapp(record(members)))).reason,
            reason
        );
    }
}

#[test]
fn what_is_no_record_is_told() {
    for (body, reason) in [
        (json!({"id": "uuid-1", "total": 3}), Reason::NothingKnown),
        (json!([7]), Reason::Malformed),
        (json!({"data": ["x"]}), Reason::Malformed),
    ] {
        assert_eq!(only_unknown(findings(&body)).reason, reason, "{body}");
    }
    for empty in [json!({}), json!([]), json!({"total": 0, "data": []})] {
        assert_eq!(findings(&empty), [], "{empty}");
    }
}
