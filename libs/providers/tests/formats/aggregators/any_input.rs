//! Whatever comes, reading it never fails in another way than it says, and what is read can be taken in.

use acuse_providers::{Delivery, Format, Meaning, Secrets, TwilioSecrets, VonageSecrets, verify};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::aggregators::rig::{RECEIVED_AT, read_bytes};
use crate::any;

const FORMATS: [Format; 3] = [Format::Twilio, Format::Vonage, Format::Infobip];

/// Names of members that mean something somewhere.
const KEYS: &[&str] = &[
    "MessageSid",
    "SmsSid",
    "MessageStatus",
    "SmsStatus",
    "EventType",
    "From",
    "To",
    "Body",
    "ErrorCode",
    "MediaUrl0",
    "MediaContentType0",
    "MessageType",
    "ButtonPayload",
    "Latitude",
    "WaId",
    "ExternalUserId",
    "ConversationSid",
    "specversion",
    "type",
    "data",
    "messageSid",
    "messageStatus",
    "timestamp",
    "message_uuid",
    "channel",
    "status",
    "error",
    "title",
    "detail",
    "to",
    "from",
    "number",
    "message",
    "content",
    "message_type",
    "text",
    "image",
    "url",
    "reply",
    "reaction",
    "context",
    "client_ref",
    "whatsapp",
    "recipient",
    "user_id",
    "conversation",
    "pricing",
    "messageId",
    "msisdn",
    "err-code",
    "concat",
    "concat-part",
    "message-timestamp",
    "results",
    "groupName",
    "groupId",
    "name",
    "id",
    "sentAt",
    "doneAt",
    "seenAt",
    "deletedAt",
    "receivedAt",
    "event",
    "notificationType",
    "callbackData",
    "contact",
    "contacts",
    "integrationType",
    "contentType",
    "value",
    "description",
    "sender",
    "destination",
];

/// Words that mean something somewhere.
const WORDS: &[&str] = &[
    "delivered",
    "undelivered",
    "failed",
    "canceled",
    "received",
    "read",
    "READ",
    "submitted",
    "rejected",
    "com.twilio.messaging.message.read",
    "com.twilio.messaging.inbound-message.received",
    "onMessageAdded",
    "whatsapp",
    "whatsapp:+51977452931",
    "messenger:1",
    "PE.123",
    "51977452931",
    "+519774XX931",
    "SMS",
    "WHATSAPP",
    "DELIVERED",
    "PENDING",
    "EXPIRED",
    "OPENED",
    "IMAGE",
    "LOCATION",
    "BUTTON",
    "text",
    "image",
    "content",
    "true",
    "2026-05-04T11:59:00.000+0000",
    "1777895940",
    "0",
    "1",
    "",
    "\0",
];

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(WORDS).prop_map(str::to_owned),
        1 => ".{0,12}",
        1 => "[x9]{250,300}",
    ]
}

fn any_form() -> impl Strategy<Value = String> {
    let name = prop::sample::select(KEYS).prop_map(str::to_owned);
    prop::collection::vec((name, word()), 1..16).prop_map(|pairs| {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(pairs).finish()
    })
}

/// Sound bodies of each kind.
fn sound() -> Vec<Value> {
    vec![
        json!({"MessageSid": "SM1", "MessageStatus": "undelivered", "From": "whatsapp:+14155238886",
            "To": "whatsapp:+51977452931", "ErrorCode": "63016", "ErrorMessage": "x"}),
        json!({"MessageSid": "SM1", "SmsStatus": "received", "From": "whatsapp:+51977452931", "To": "+1415",
            "Body": "x", "ButtonText": "x", "OriginalRepliedMessageSid": "SM0", "MediaUrl0": "u", "MediaUrl1": "v"}),
        json!([{"specversion": "1.0", "type": "com.twilio.messaging.message.read", "data": {
            "messageSid": "SM1", "timestamp": "2026-05-04T11:59:00Z", "from": "+1415", "to": "+51977452931"}}]),
        json!({"message_uuid": "u", "to": "51977452931", "from": "1415", "timestamp": "2026-05-04T11:59:00Z",
            "status": "rejected", "channel": "whatsapp", "error": {"title": 1000, "detail": "a - b"},
            "whatsapp": {"pricing": {"billable": true}, "conversation": {"id": "c", "origin": {"type": "x"}}}}),
        json!({"message_uuid": "u", "to": {"type": "whatsapp", "number": "1415"}, "from": {"number": "5197"},
            "message": {"content": {"type": "location", "location": {"lat": 1, "long": 2}}}}),
        json!({"msisdn": "51977452931", "to": "ACME", "messageId": "m", "status": "failed", "err-code": "6",
            "message-timestamp": "2026-05-04 11:59:00", "client-ref": "r"}),
        json!({"results": [{"messageId": "m", "from": "5197", "to": "1415", "channel": "SMS", "status":
            {"groupName": "UNDELIVERABLE", "name": "x"}, "error": {"name": "E", "description": "x"},
            "sentAt": "2026-05-04T11:58:00.000+0000", "doneAt": "2026-05-04T11:59:00.000+0000"}]}),
        json!({"results": [{"messageId": "m", "from": "5197", "to": "1415", "integrationType": "WHATSAPP",
            "receivedAt": "2026-05-04T11:59:00.000+0000", "contact": {"name": "Ana", "userId": "PE.1"},
            "message": {"type": "INTERACTIVE_LIST_REPLY", "id": "b", "title": "t", "context": {"id": "o"}}}]}),
    ]
}

/// Reads a body in each format.
fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
    FORMATS
        .iter()
        .try_for_each(|format| any::check(*format, bytes))
}

#[test]
fn sound_bodies_say_something_that_can_be_taken_in() {
    for (index, body) in sound().iter().enumerate() {
        let format = match index {
            0..3 => Format::Twilio,
            3..6 => Format::Vonage,
            _ => Format::Infobip,
        };
        let reading = read_bytes(format, body.to_string().as_bytes(), None).unwrap();
        let is_evidence = !matches!(reading.findings[0].meaning, Meaning::NotUnderstood(_));
        assert!(is_evidence, "{reading:?}");
        any::check(format, body.to_string().as_bytes()).unwrap();
    }
}

proptest! {
    #[test]
    fn any_json_can_be_read(body in any::json(KEYS, WORDS)) {
        check(body.to_string().as_bytes())?;
        check(json!({"results": [body]}).to_string().as_bytes())?;
    }

    #[test]
    fn a_damaged_body_can_be_read(body in any::damaged(sound(), any::json(KEYS, WORDS))) {
        check(body.to_string().as_bytes())?;
    }

    #[test]
    fn any_form_can_be_read(form in any_form()) {
        check(form.as_bytes())?;
    }

    #[test]
    fn any_bytes_can_be_read(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&bytes)?;
    }

    #[test]
    fn any_signature_can_be_refused(
        body in prop::collection::vec(any::<u8>(), 0..60),
        header in ".{0,60}",
        token in "Bearer [A-Za-z0-9_.=-]{0,60}",
        url in "(https?://)?[a-z:/?=&0-9#.]{0,40}",
    ) {
        let one = vec!["secret".to_owned()];
        let secrets = [
            Secrets::Twilio(TwilioSecrets { auth_tokens: one.clone() }),
            Secrets::Vonage(VonageSecrets { signature_secrets: one }),
        ];
        let headers = [
            ("x-twilio-signature".to_owned(), header),
            ("authorization".to_owned(), token),
        ];
        let delivery = Delivery { headers: &headers, url: Some(&url), ..Delivery::of(&body, RECEIVED_AT) };
        for (format, secrets) in [Format::Twilio, Format::Vonage].into_iter().zip(&secrets) {
            prop_assert!(verify(format, secrets, &delivery).is_err());
        }
    }
}
