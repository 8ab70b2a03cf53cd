//! Status callbacks.

use acuse_domain::evidence::FailureReport;
use acuse_domain::kinds::{Channel, Provider, Stage, StatusKind};
use acuse_providers::{Finding, Format, Reason, explain};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{form, of_form};
use crate::aggregators::rig::{
    RECEIVED_AT, only_status, only_unknown, parted, phone, read_bytes, text,
};

const FROM: (&str, &str) = ("From", "+14155238886");
const TO: (&str, &str) = ("To", "+51977452931");

fn of_word(word: &str) -> Vec<Finding> {
    of_form(&[("MessageSid", "SM1"), ("MessageStatus", word), FROM, TO])
}

#[test]
fn every_status_is_known() {
    for (word, kind, stage) in [
        ("accepted", StatusKind::Queued, None),
        ("scheduled", StatusKind::Queued, None),
        ("queued", StatusKind::Queued, None),
        ("sending", StatusKind::Dispatched, None),
        ("sent", StatusKind::Sent, None),
        ("delivered", StatusKind::Delivered, None),
        ("read", StatusKind::Read, None),
        ("READ", StatusKind::Read, None),
        ("undelivered", StatusKind::Failed, Some(Stage::Delivery)),
        ("failed", StatusKind::Failed, Some(Stage::Send)),
        ("canceled", StatusKind::Failed, Some(Stage::Send)),
    ] {
        let evidence = only_status(of_word(word)).evidence;
        assert_eq!(evidence.kind, kind, "{word}");
        let failure = evidence.failure.map(|failure| failure.stage);
        assert_eq!(
            failure,
            (kind == StatusKind::Failed).then_some(stage),
            "{word}"
        );
    }
    for word in ["partially_delivered", "in_orbit"] {
        let findings = of_word(word);
        let what = only_unknown(&findings);
        assert_eq!(
            (what.reason, what.id.as_deref()),
            (Reason::UnknownStatus, Some("SM1"))
        );
        assert_eq!(what.kind.as_deref(), Some(word));
    }
}

#[test]
fn a_status_keeps_what_it_says_and_counts_at_its_receipt() {
    let status = only_status(of_form(&[
        ("MessageSid", "SM1"),
        ("SmsSid", "SM0"),
        ("MessageStatus", "delivered"),
        ("SmsStatus", "delivered"),
        ("EventType", "DELIVERED"),
        ("From", "whatsapp:+14155238886"),
        ("To", "whatsapp:+51977452931"),
        ("ChannelToAddress", "+519774520XX"),
        ("ExternalUserId", "whatsapp:PE.12345"),
        ("RawDlrDoneDate", "2605041158"),
        ("ErrorCode", ""),
    ]));
    let id = status.names.provider.unwrap();
    assert_eq!((id.provider, id.id.as_str()), (Provider::Twilio, "SM1"));
    let evidence = status.evidence;
    assert_eq!((evidence.at, evidence.at_is_receipt), (RECEIVED_AT, true));
    let sender = evidence.sender.unwrap();
    assert_eq!(sender.channel, Channel::WhatsApp);
    assert_eq!(sender.external_id, "+14155238886");
    let mut recipient = phone("+51977452931");
    recipient.business_scoped_user_id = text("PE.12345");
    assert_eq!(status.recipient, Some(recipient));
}

#[test]
fn a_failure_has_its_code_and_texts() {
    let evidence = only_status(of_form(&[
        ("SmsSid", "SM1"),
        ("SmsStatus", "undelivered"),
        ("ErrorCode", "63016"),
        ("ErrorMessage", "Outside the window"),
        ("ChannelStatusMessage", "Re-engagement message"),
    ]))
    .evidence;
    let expected = FailureReport {
        code: "63016".to_owned(),
        title: "Outside the window".to_owned(),
        detail: "Re-engagement message".to_owned(),
        stage: Some(Stage::Delivery),
    };
    assert_eq!(evidence.failure, Some(expected));
    let (statuses, unknown) = parted(of_form(&[
        ("MessageSid", "SM1"),
        ("MessageStatus", "sent"),
        ("ErrorCode", "30008"),
    ]));
    assert_eq!(statuses[0].evidence.kind, StatusKind::Sent);
    assert_eq!(unknown[0].reason, Reason::ProviderError);
    assert_eq!(unknown[0].detail, "code 30008");
}

#[test]
fn the_type_of_the_event_may_be_the_only_status() {
    let evidence = only_status(of_form(&[("MessageSid", "SM1"), ("EventType", "READ")])).evidence;
    assert_eq!(evidence.kind, StatusKind::Read);
}

#[test]
fn addresses_name_the_channel() {
    for (from, to, channel) in [
        ("+1415", "+5197", Channel::Sms),
        ("messenger:104", "messenger:2345", Channel::Messenger),
        ("rcs:acme", "+51977452931", Channel::Rcs),
        ("ACME", "+51977452931", Channel::Sms),
    ] {
        let status = only_status(of_form(&[
            ("MessageSid", "SM1"),
            ("MessageStatus", "sent"),
            ("From", from),
            ("To", to),
        ]));
        assert_eq!(status.evidence.sender.unwrap().channel, channel, "{from}");
        let recipient = status.recipient.unwrap();
        assert_eq!(
            recipient.page_scoped_id.is_some(),
            channel == Channel::Messenger
        );
    }
}

#[test]
fn without_a_sender_the_recipient_is_shown_and_nobodys() {
    let body = form(&[("MessageSid", "SM1"), ("MessageStatus", "sent"), TO]);
    let reading = read_bytes(Format::Twilio, body.as_bytes(), None);
    assert_eq!(explain(&reading)[0].to.as_deref(), Some("+51977452931"));
    let status = only_status(reading.unwrap().findings);
    assert_eq!((status.evidence.sender, status.recipient), (None, None));
    // The delivery may know the sender.
    let reading = read_bytes(Format::Twilio, body.as_bytes(), Some("MG1")).unwrap();
    let status = only_status(reading.findings);
    assert_eq!(status.evidence.sender.unwrap().external_id, "MG1");
    assert_eq!(status.recipient, Some(phone("+51977452931")));
    // But not the channel.
    let body = form(&[("MessageSid", "SM1"), ("MessageStatus", "read")]);
    let reading = read_bytes(Format::Twilio, body.as_bytes(), Some("MG1")).unwrap();
    assert_eq!(only_status(reading.findings).evidence.sender, None);
}

#[test]
fn a_gateway_may_deliver_the_form_in_base64() {
    let form = form(&[("MessageSid", "SM1"), ("MessageStatus", "sent"), FROM, TO]);
    let wrapped = STANDARD.encode(&form);
    let plain = read_bytes(Format::Twilio, form.as_bytes(), None).unwrap();
    let got = read_bytes(Format::Twilio, wrapped.as_bytes(), None).unwrap();
    assert_eq!(got, plain);
    assert_eq!(only_status(got.findings).evidence.kind, StatusKind::Sent);
}

#[test]
fn what_is_no_status_is_kept_aside() {
    for (parameters, reason) in [
        (vec![("MessageStatus", "sent")], Reason::MissingId),
        (vec![("MessageSid", "SM1")], Reason::UnknownStatus),
        (
            vec![("CallSid", "CA1"), ("CallStatus", "completed")],
            Reason::NotAMessage,
        ),
        (
            vec![("EventType", "onMessageAdded"), ("MessageSid", "IM1")],
            Reason::NotSupportedYet,
        ),
        (
            vec![("EventType", "onConversationAdded")],
            Reason::NotAMessage,
        ),
        (
            vec![("event_type", "click"), ("sms_sid", "SM1")],
            Reason::NotSupportedYet,
        ),
        (vec![("hello", "world")], Reason::NothingKnown),
    ] {
        let findings = of_form(&parameters);
        assert_eq!(only_unknown(&findings).reason, reason, "{parameters:?}");
    }
    let long = "S".repeat(300);
    let findings = of_form(&[("MessageSid", &long), ("MessageStatus", "sent")]);
    assert_eq!(only_unknown(&findings).reason, Reason::TooLong);
    for body in ["", "hello", "{\"a\":", "<Response/>"] {
        assert!(
            read_bytes(Format::Twilio, body.as_bytes(), None).is_err(),
            "{body}"
        );
    }
}

#[test]
fn an_empty_parameter_is_passed_over() {
    let findings = of_form(&[
        ("MessageSid", ""),
        ("SmsSid", "SM1"),
        ("MessageStatus", ""),
        ("SmsStatus", "delivered"),
        FROM,
        TO,
    ]);
    let it = only_status(findings);
    assert_eq!(it.evidence.kind, StatusKind::Delivered);
    assert_eq!(it.names.provider.unwrap().id, "SM1");
}

#[test]
fn an_empty_object_is_told_in_whole_words() {
    let findings = crate::aggregators::rig::findings(Format::Twilio, "{}");
    let what = only_unknown(&findings);
    assert_eq!(what.detail, "neither a message nor a status");
}
