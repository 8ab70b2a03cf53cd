//! Event Streams.

use acuse_domain::kinds::{Channel, StatusKind};
use acuse_providers::{Finding, Format, Meaning, Reason};
use serde_json::{Value, json};

use crate::aggregators::rig::{
    HAPPENED_AT, findings, only_message, only_status, only_unknown, text,
};

fn of_event(word: &str, data: Value) -> Vec<Finding> {
    let event = json!({"specversion": "1.0", "type": word, "id": "EZ1", "data": data});
    findings(Format::Twilio, &json!([event]).to_string())
}

#[test]
fn statuses_have_times() {
    let data = json!({
        "messageSid": "SM1", "timestamp": "2026-05-04T11:59:00.000Z", "messageStatus": "UNDELIVERED",
        "from": "whatsapp:+14155238886", "to": "whatsapp:+51977452931", "errorCode": 63016,
    });
    let status = only_status(of_event("com.twilio.messaging.message.undelivered", data));
    assert_eq!(
        (status.evidence.at, status.evidence.at_is_receipt),
        (HAPPENED_AT, false)
    );
    assert_eq!(status.evidence.kind, StatusKind::Failed);
    assert_eq!(status.evidence.failure.unwrap().code, "63016");
    assert_eq!(status.evidence.sender.unwrap().channel, Channel::WhatsApp);
    let bare = of_event(
        "com.twilio.messaging.message.read",
        json!({"messageSid": "SM1"}),
    );
    assert_eq!(only_status(bare).evidence.kind, StatusKind::Read);
}

#[test]
fn messages_have_words() {
    let data = json!({
        "messageSid": "SM2", "timestamp": "2026-05-04T11:59:00Z", "from": "+51977452931",
        "to": "+14155238886", "body": "Hola", "numMedia": 0,
    });
    let it = only_message(of_event(
        "com.twilio.messaging.inbound-message.received",
        data,
    ));
    assert_eq!((it.at, it.content.body), (HAPPENED_AT, text("Hola")));
}

#[test]
fn other_events_are_kept_aside() {
    for (word, reason) in [
        (
            "com.twilio.messaging.compliance.opt-out",
            Reason::NotSupportedYet,
        ),
        (
            "com.twilio.voice.insights.call-summary.complete",
            Reason::NotAMessage,
        ),
        ("com.twilio.messaging.message.sent", Reason::MissingId),
    ] {
        let findings = of_event(word, json!({"x": 1}));
        assert_eq!(only_unknown(&findings).reason, reason, "{word}");
    }
    let findings = of_event("com.twilio.messaging.message.sent", json!("x"));
    assert_eq!(only_unknown(&findings).reason, Reason::Malformed);
    let implausible = json!({"messageSid": "SM1", "timestamp": "2036-05-04T11:59:00Z"});
    let findings = of_event("com.twilio.messaging.message.sent", implausible);
    let what = only_unknown(&findings);
    assert_eq!(
        (what.reason, what.id.as_deref()),
        (Reason::ImplausibleTime, Some("SM1"))
    );
}

#[test]
fn one_bad_event_spoils_no_other() {
    let good = json!({"specversion": "1.0", "type": "com.twilio.messaging.message.sent", "data": {"messageSid": "SM1"}});
    let body = json!([good, 7, good]).to_string();
    let findings = findings(Format::Twilio, &body);
    assert_eq!(findings.len(), 3);
    assert!(matches!(findings[2].meaning, Meaning::Status(_)));
    assert_eq!(findings[2].path, "[2]");
}
