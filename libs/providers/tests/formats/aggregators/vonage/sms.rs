//! The SMS API.

use acuse_domain::evidence::FailureReport;
use acuse_domain::kinds::{Channel, ContentType, Stage, StatusKind};
use acuse_providers::{Finding, Format, Reason, explain};
use serde_json::json;

use crate::aggregators::rig::{
    HAPPENED_AT, RECEIVED_AT, findings, noted, only_message, only_status, only_unknown, phone,
    read_bytes, text,
};

const RECEIPT: &str = "msisdn=51977452931&to=ACME&network-code=71606&messageId=m1&price=0.03&scts=2605041158\
     &err-code=0&api-key=abc&client-ref=order-7&message-timestamp=2026-05-04+11%3A59%3A00";

fn receipt(status: &str, code: &str) -> Vec<Finding> {
    let body = RECEIPT.replace("err-code=0", &format!("err-code={code}"));
    findings(Format::Vonage, &format!("{body}&status={status}"))
}

#[test]
fn in_a_receipt_the_sender_is_in_to() {
    let status = only_status(receipt("delivered", "0"));
    assert_eq!(status.names.provider.unwrap().id, "m1");
    let evidence = status.evidence;
    assert_eq!(
        (evidence.kind, evidence.at),
        (StatusKind::Delivered, HAPPENED_AT)
    );
    assert_eq!(evidence.correlation_id, text("order-7"));
    let sender = evidence.sender.unwrap();
    assert_eq!(
        (sender.channel, sender.external_id.as_str()),
        (Channel::Sms, "ACME")
    );
    assert_eq!(status.recipient, Some(phone("51977452931")));
}

#[test]
fn every_status_is_known() {
    for (word, kind, stage) in [
        ("accepted", StatusKind::Sent, None),
        ("buffered", StatusKind::Sent, None),
        ("delivered", StatusKind::Delivered, None),
        ("expired", StatusKind::Failed, Some(Stage::Delivery)),
        ("failed", StatusKind::Failed, Some(Stage::Delivery)),
        ("rejected", StatusKind::Failed, None),
    ] {
        let evidence = only_status(receipt(word, "0")).evidence;
        assert_eq!(evidence.kind, kind, "{word}");
        assert_eq!(evidence.failure.and_then(|it| it.stage), stage, "{word}");
    }
    let findings = receipt("unknown", "99");
    let what = only_unknown(&findings);
    assert_eq!(
        (what.reason, what.id.as_deref()),
        (Reason::UnknownStatus, Some("m1"))
    );
    let failure = only_status(receipt("failed", "6")).evidence.failure;
    let expected = FailureReport {
        code: "6".to_owned(),
        title: "failed".to_owned(),
        stage: Some(Stage::Delivery),
        ..FailureReport::default()
    };
    assert_eq!(failure, Some(expected));
}

#[test]
fn it_may_come_as_json() {
    let body = json!({
        "msisdn": "51977452931", "to": "ACME", "messageId": "m1", "status": "delivered", "err-code": "0",
        "message-timestamp": "2026-05-04 11:59:00",
    });
    let status = only_status(findings(Format::Vonage, &body.to_string()));
    assert_eq!(status.evidence.at, HAPPENED_AT);
    assert!(Format::Vonage.reads_queries());
}

#[test]
fn without_msisdn_nobody_is_the_recipient() {
    let reading = read_bytes(
        Format::Vonage,
        b"to=2020&messageId=m1&status=buffered",
        None,
    );
    let explained = explain(&reading);
    assert_eq!(
        (explained[0].from.as_deref(), &explained[0].to),
        (Some("2020"), &None)
    );
    let evidence = only_status(reading.unwrap().findings).evidence;
    assert_eq!((evidence.at, evidence.at_is_receipt), (RECEIVED_AT, true));
}

#[test]
fn messages_from_contacts() {
    let body = "msisdn=51977452931&to=14155238886&messageId=m2&text=Hola+a%C3%B1o&type=text&keyword=HOLA\
         &message-timestamp=2026-05-04+11%3A59%3A00";
    let it = only_message(findings(Format::Vonage, body));
    assert_eq!(
        (it.id.id.as_str(), it.channel, it.at),
        ("m2", Channel::Sms, HAPPENED_AT)
    );
    assert_eq!(it.channel_account.id, "14155238886");
    assert_eq!(
        (it.contact, it.content.body),
        (phone("51977452931"), text("Hola año"))
    );
    let part = format!("{body}&concat=true&concat-ref=1&concat-total=3&concat-part=2");
    let (it, notes) = noted(findings(Format::Vonage, &part));
    assert_eq!(it.content_type, ContentType::Text);
    assert_eq!(
        notes[0].detail,
        "part 2 of 3 of a longer message, taken in by itself"
    );
    let binary = body
        .replace("type=text", "type=binary&data=00ff")
        .replace("text=Hola+a%C3%B1o&", "");
    let it = only_message(findings(Format::Vonage, &binary));
    assert_eq!(
        (it.content_type, it.content.body),
        (ContentType::Unsupported, None)
    );
    for (without, reason) in [
        ("msisdn=51977452931&", Reason::MissingContact),
        ("to=14155238886&", Reason::MissingChannelAccount),
        ("messageId=m2&", Reason::MissingId),
    ] {
        let findings = findings(Format::Vonage, &body.replace(without, ""));
        assert_eq!(only_unknown(&findings).reason, reason);
    }
}
