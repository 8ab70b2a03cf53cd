//! Gupshup's Enterprise: reports and messages, as JSON, forms and queries.

use acuse_domain::kinds::{Channel, ContentType, StatusKind};
use acuse_providers::{Delivery, Format, Reason, read};
use serde_json::{Value, json};

use crate::gateways::rig::{
    HAPPENED, HAPPENED_AT, RECEIVED_AT, findings, findings_in, only_message, only_status,
    only_unknown, told,
};

const FORMAT: Format = Format::Gupshup;

fn report(members: Value) -> Value {
    let mut report = json!({
        "srcAddr": "TIENDA", "channel": "WHATSAPP", "externalId": "3562-3287", "cause": "SUCCESS", "errorCode": "000",
        "destAddr": "51977452931", "eventType": "DELIVERED", "eventTs": (HAPPENED * 1_000).to_string(), "extra": "case 7",
    });
    for (key, value) in members.as_object().unwrap() {
        report[key] = value.clone();
    }
    report
}

fn encoded(pairs: &[(&str, &str)]) -> Vec<u8> {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(pairs);
    form.finish().into_bytes()
}

#[test]
fn reports_come_in_a_list_that_may_be_text() {
    let expected = json!({
        "kind": "status", "id": "3562-3287", "evidence": "delivered", "happened_at": HAPPENED_AT,
        "from": "TIENDA", "to": "51977452931", "correlation_id": "case 7",
    });
    let list = json!([report(json!({}))]);
    let text = list.to_string();
    for body in [
        json!({"response": list}).to_string().into_bytes(),
        json!({"response": text}).to_string().into_bytes(),
        report(json!({})).to_string().into_bytes(),
        encoded(&[("response", &text)]),
    ] {
        assert_eq!(told(FORMAT, &body), std::slice::from_ref(&expected));
    }
    let two = json!([report(json!({})), report(json!({"externalId": "b"}))]).to_string();
    assert_eq!(
        findings_in(FORMAT, &encoded(&[("response", &two)]), None).len(),
        2
    );
    let got = findings_in(FORMAT, &encoded(&[("response", "[cut")]), None);
    assert_eq!(only_unknown(&got).reason, Reason::Malformed);
}

#[test]
fn every_kind_is_known() {
    for (word, kind) in [
        ("SENT", StatusKind::Sent),
        ("DELIVERED", StatusKind::Delivered),
        ("READ", StatusKind::Read),
        ("FAILED", StatusKind::Failed),
        ("UNDELIV", StatusKind::Failed),
        ("EXPIRED", StatusKind::Failed),
    ] {
        let it = only_status(findings(FORMAT, &report(json!({"eventType": word}))));
        assert_eq!(it.evidence.kind, kind, "{word}");
    }
    for word in [json!("UNKNOWN"), json!("OPTED_IN"), json!(null)] {
        let got = findings(FORMAT, &report(json!({"eventType": word})));
        let what = only_unknown(&got);
        assert_eq!(
            (what.reason, what.id.as_deref()),
            (Reason::UnknownStatus, Some("3562-3287"))
        );
    }
}

#[test]
fn a_cause_is_the_reason_of_a_failure() {
    let failed = json!({"eventType": "FAILED", "cause": "UNKNOWN_SUBSCRIBER", "errorCode": "003"});
    let failure = only_status(findings(FORMAT, &report(failed)))
        .evidence
        .failure
        .unwrap();
    assert_eq!(
        (failure.code.as_str(), failure.title.as_str()),
        ("003", "UNKNOWN_SUBSCRIBER")
    );
    let silent = only_status(findings(FORMAT, &report(json!({"eventType": "FAILED"}))));
    assert_eq!(silent.evidence.failure, None);
}

#[test]
fn a_query_tells_of_one_message() {
    assert!(FORMAT.reads_queries());
    let query = encoded(&[
        ("externalId", "3562-3287"),
        ("deliveredTS", &(HAPPENED * 1_000).to_string()),
        ("status", "SUCCESS"),
        ("cause", "SUCCESS"),
        ("phoneNo", "51977452931"),
        ("errCode", "000"),
        ("channel", "SMS"),
        ("mask", "TIENDA"),
    ]);
    let it = only_status(findings_in(FORMAT, &query, None));
    assert_eq!(it.evidence.kind, StatusKind::Delivered);
    let sender = it.evidence.sender.unwrap();
    assert_eq!(
        (sender.channel, sender.external_id.as_str()),
        (Channel::Sms, "TIENDA")
    );
    assert_eq!(it.recipient.unwrap().phone.as_deref(), Some("51977452931"));
}

#[test]
fn a_report_may_show_that_it_is_on_an_sms() {
    let of = |more: &[(&str, &str)]| {
        let head = [
            ("externalId", "3562-3287"),
            ("status", "SUCCESS"),
            ("phoneNo", "51977452931"),
        ];
        let query = encoded(&[&head[..], more].concat());
        let it = only_status(findings_in(FORMAT, &query, Some("TIENDA")));
        it.evidence.sender.unwrap().channel
    };
    assert_eq!(of(&[("noOfFrags", "2")]), Channel::Sms);
    assert_eq!(of(&[("mask", "TIENDA"), ("channel", "")]), Channel::Sms);
    assert_eq!(of(&[("noOfFrags", ""), ("mask", "")]), Channel::WhatsApp);
    // What it says goes first.
    assert_eq!(
        of(&[("noOfFrags", "1"), ("channel", "WHATSAPP")]),
        Channel::WhatsApp
    );
}

#[test]
fn messages_are_flat() {
    let time = (HAPPENED * 1_000).to_string();
    let text = [
        ("mobile", "51977452931"),
        ("name", "Ana"),
        ("text", "{no JSON}"),
        ("timestamp", &time),
        ("type", "text"),
        ("waNumber", "5110000000"),
    ];
    let it = only_message(findings_in(FORMAT, &encoded(&text), None));
    assert_eq!(it.content.body.as_deref(), Some("{no JSON}"));
    assert_eq!(it.contact.phone.as_deref(), Some("51977452931"));
    assert_eq!(it.channel_account.id, "5110000000");
    assert_eq!(it.at.to_string(), HAPPENED_AT);
    assert!(it.id.id.starts_with("derived:"));
    assert_eq!(
        only_message(findings_in(FORMAT, &encoded(&text), None)).id,
        it.id
    );
    // What it answers is told in halves.
    let body = json!({
        "mobile": "51977452931", "type": "image", "waNumber": "5110000000", "timestamp": time,
        "image": r#"{"url": "u", "mime_type": "image/png", "caption": "mira"}"#, "replyId": "3562", "messageId": "3287",
    });
    let it = only_message(findings(FORMAT, &body));
    assert_eq!(
        (it.content_type, it.content.body.as_deref()),
        (ContentType::Image, Some("mira"))
    );
    assert_eq!(it.quoted.unwrap().id, "3562-3287");
    let body = json!({
        "mobile": "51977452931", "type": "interactive", "waNumber": "5110000000",
        "interactive": r#"{"type": "list_reply", "list_reply": {"id": "a", "title": "Sí"}}"#,
    });
    let it = only_message(findings(FORMAT, &body));
    assert!(it.at_is_receipt);
    assert_eq!(it.button.unwrap().id.as_deref(), Some("a"));
}

#[test]
fn what_is_nothing_of_gupshups_is_refused_or_kept() {
    for body in ["", "hello", "{", "{\"entry\": 7}", "\"x\""] {
        let delivery = Delivery::of(body.as_bytes(), RECEIVED_AT);
        assert!(read(FORMAT, &delivery).is_err(), "{body}");
    }
    let got = findings(FORMAT, &json!({"hello": 1}));
    assert_eq!(only_unknown(&got).reason, Reason::NothingKnown);
    let got = findings_in(FORMAT, b"a=b", None);
    assert_eq!(only_unknown(&got).reason, Reason::NothingKnown);
    assert_eq!(findings(FORMAT, &json!([])), []);
}
