//! Envelopes, and whose they are.

use acuse_providers::{Reason, explain};
use serde_json::{Value, json};

use crate::sinch::rig::{envelope, findings, only_unknown, read_bytes, text};

#[test]
fn events_about_no_message_are_named() {
    for (key, event, detail) in [
        (
            "event_delivery_report",
            json!({"event_id": "01E", "status": "READ"}),
            "event delivery report: READ",
        ),
        (
            "contact_create_notification",
            json!({"contact": {}}),
            "contact create notification",
        ),
        (
            "contact_merge_notification",
            json!({}),
            "contact merge notification",
        ),
        (
            "conversation_stop_notification",
            json!({}),
            "conversation stop notification",
        ),
        (
            "opt_out_notification",
            json!({"status": "OPT_OUT_SUCCEEDED"}),
            "opt out notification: OPT_OUT_SUCCEEDED",
        ),
        (
            "capability_notification",
            json!({"capability_status": "NO_CAPABILITY"}),
            "capability notification: NO_CAPABILITY",
        ),
        (
            "channel_event_notification",
            json!({"channel_event": {"event_type": "QUALITY"}}),
            "channel event notification: QUALITY",
        ),
        ("record_notification", json!({}), "record notification"),
    ] {
        let what = only_unknown(findings(&envelope(key, event)));
        assert_eq!((what.reason, &*what.detail), (Reason::NotAMessage, detail));
        assert_eq!(what.kind, text(key));
    }
}

#[test]
fn new_events_and_passed_on_ones_are_kept() {
    let what = only_unknown(findings(&envelope(
        "poll_notification",
        json!({"id": "01P"}),
    )));
    assert_eq!((what.reason, what.id), (Reason::UnknownField, text("01P")));
    assert_eq!(what.kind, text("poll_notification"));
    let raw = json!({"channel": "MESSENGER", "payload": "{\"object\":\"page\"}"});
    let what = only_unknown(findings(&envelope("unsupported_callback", raw)));
    assert_eq!(what.reason, Reason::NotSupportedYet);
    assert_eq!(what.detail, "a callback of MESSENGER, passed on as it came");
    // A member of the envelope that is new is no event.
    let mut body = envelope(
        "message_delivery_report",
        json!({"message_id": "01", "status": "READ"}),
    );
    body["region"] = json!("eu");
    assert_eq!(findings(&body).len(), 1);
}

#[test]
fn nothing_known_is_said_once() {
    for (body, detail) in [
        (
            json!({"app_id": "a", "project_id": "p"}),
            "an envelope without an event",
        ),
        (
            json!({"app_id": "a", "message": null}),
            "no event, but message",
        ),
        (
            json!({"app_id": "a", "trigger": "MESSAGE_DELIVERY"}),
            "no event, but trigger MESSAGE_DELIVERY",
        ),
        (json!({"a": {}, "b": {}, "c": []}), "no event, but a"),
    ] {
        let what = only_unknown(findings(&body));
        assert_eq!((what.reason, &*what.detail), (Reason::NothingKnown, detail));
    }
    let what = only_unknown(findings(&json!({"type": "read", "message_id": "01IN"})));
    assert_eq!((what.reason, what.id), (Reason::UnknownField, text("01IN")));
    for empty in [json!({}), json!([]), json!(null), json!([null])] {
        assert_eq!(findings(&empty), [], "{empty}");
    }
}

#[test]
fn other_shapes_are_told() {
    for body in [
        json!(["x"]),
        json!([7]),
        json!([[]]),
        json!({"app_id": "a", "message": "x"}),
    ] {
        let what = only_unknown(findings(&body));
        assert_eq!(what.reason, Reason::Malformed, "{body}");
    }
    for body in [&b"{"[..], b"", b"a=b", b"\xff"] {
        assert!(read_bytes(body, None).is_err());
    }
}

#[test]
fn a_list_is_taken_one_by_one() {
    let report = |id: &str| {
        envelope(
            "message_delivery_report",
            json!({"message_id": id, "status": "READ"}),
        )
    };
    let body = json!([report("01A"), 7, report("01B")]);
    let paths: Vec<_> = findings(&body).into_iter().map(|it| it.path).collect();
    assert_eq!(
        paths,
        [
            "[0].message_delivery_report",
            "[1]",
            "[2].message_delivery_report"
        ]
    );
}

#[test]
fn people_are_shown_one_flat_object() {
    let body = envelope(
        "message_delivery_report",
        json!({
            "message_id": "01OUT", "status": "FAILED", "reason": {"code": "RATE_LIMITED", "description": "Too fast"},
            "channel_identity": {"channel": "SMS", "identity": "+51977452931"},
        }),
    );
    let got = explain(&read_bytes(body.to_string().as_bytes(), None));
    let expected: Value = json!([{
        "kind": "status", "path": "message_delivery_report", "id": "01OUT", "evidence": "failed",
        "happened_at": "2026-05-04T11:59:00Z", "from": "01ACUSEAPP", "to": "+51977452931",
        "error_code": "RATE_LIMITED", "error_title": "Too fast", "channel": "sms",
    }]);
    assert_eq!(serde_json::to_value(got).unwrap(), expected);
}
