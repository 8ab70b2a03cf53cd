//! Sound bodies, and what others are made of.

use acuse_providers::Format;
use serde_json::{Value, json};

/// Names of members that mean something somewhere.
pub(crate) const KEYS: &[&str] = &[
    "app",
    "attachments",
    "calls",
    "changes",
    "channel",
    "contacts",
    "context",
    "conversation",
    "data",
    "delivery",
    "destAddr",
    "destination",
    "direction",
    "entry",
    "errorCode",
    "errors",
    "event",
    "eventTs",
    "eventType",
    "externalId",
    "field",
    "from",
    "gsId",
    "gs_id",
    "id",
    "is_deleted",
    "is_echo",
    "message",
    "message_echoes",
    "messages",
    "messaging",
    "metadata",
    "mid",
    "mids",
    "mobile",
    "name",
    "object",
    "payload",
    "phone",
    "phone_number_id",
    "postback",
    "pricing",
    "quick_reply",
    "reaction",
    "read",
    "recipient",
    "recipient_id",
    "reply_to",
    "response",
    "sender",
    "source",
    "standby",
    "status",
    "statuses",
    "text",
    "timestamp",
    "title",
    "to",
    "ts",
    "type",
    "value",
    "waNumber",
    "wa_id",
    "watermark",
];

/// Words that mean something somewhere.
pub(crate) const WORDS: &[&str] = &[
    "messages",
    "standby",
    "smb_message_echoes",
    "calls",
    "message-event",
    "message",
    "failed",
    "read",
    "DELIVERED",
    "text",
    "image",
    "location",
    "list_reply",
    "reaction",
    "group",
    "",
    "\0",
    "51977452931",
    "1777895940",
    "true",
    "[{\"externalId\":1}]",
];

/// Sound bodies, each with its format.
pub(crate) fn sound() -> Vec<(Format, Value)> {
    const AT: i64 = 1_777_895_940;
    let ends = json!({"sender": {"id": "1"}, "recipient": {"id": "2"}, "timestamp": AT * 1_000});
    let event = |key: &str, value: Value| {
        let mut event = ends.clone();
        event[key] = value;
        event
    };
    let messaging = json!({"entry": [{"id": "2", "messaging": [
        event("message", json!({"mid": "a", "text": "x", "quick_reply": {"payload": "p"}, "reply_to": {"mid": "o"}})),
        event("message", json!({"mid": "b", "attachments": [{"type": "location", "payload": {"coordinates": {"lat": 1, "long": 2}}}]})),
        event("message", json!({"mid": "c", "is_echo": true, "metadata": "m", "attachments": [{"type": "template", "payload": {"text": "t", "buttons": [{"title": "b"}]}}]})),
        event("postback", json!({"title": "t", "payload": "p"})),
        event("reaction", json!({"mid": "o", "action": "react", "emoji": "e"})),
        event("message_edit", json!({"mid": "a", "text": "y"})),
        event("delivery", json!({"mids": ["o"], "watermark": AT * 1_000})),
        event("read", json!({"mid": "o", "watermark": AT * 1_000})),
    ]}]});
    let whatsapp = |field: &str, members: Value| {
        let mut value = json!({"metadata": {"phone_number_id": "2", "display_phone_number": "+2"}});
        value
            .as_object_mut()
            .unwrap()
            .extend(members.as_object().unwrap().clone());
        json!({"entry": [{"changes": [{"field": field, "value": value}]}]})
    };
    let echo = json!({"id": "e", "timestamp": AT, "to": "51977452931", "type": "interactive", "interactive": {
        "body": {"text": "b"}, "action": {"buttons": [{"reply": {"title": "r"}}]},
    }});
    let request = json!({"id": "f", "timestamp": AT, "message": {"recipient": "PE.1", "type": "text", "text": {"body": "b"}}});
    let call = json!({"id": "w", "from": "51977452931", "event": "connect", "direction": "USER_INITIATED", "timestamp": AT});
    let status = json!({"gs_id": "g", "id": "i", "status": "failed", "timestamp": AT, "recipient_id": "51977452931", "code": 1, "reason": "r"});
    let payload = |more: Value| {
        let mut body = json!({"app": "a", "phone": "2", "timestamp": AT * 1_000});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        body
    };
    let reports = json!([{"externalId": "x", "eventType": "FAILED", "eventTs": AT, "destAddr": "51977452931", "srcAddr": "S", "cause": "c", "errorCode": "003"}]);
    vec![
        (Format::MetaMessenger, messaging.clone()),
        (Format::MetaInstagram, messaging),
        (
            Format::MetaWhatsApp,
            whatsapp(
                "smb_message_echoes",
                json!({"message_echoes": [echo.clone()]}),
            ),
        ),
        (
            Format::MetaWhatsApp,
            whatsapp(
                "standby",
                json!({"standby": {"message_echoes": [request], "statuses": [status.clone()]}}),
            ),
        ),
        (
            Format::MetaWhatsApp,
            whatsapp("calls", json!({"calls": [call.clone()]})),
        ),
        (
            Format::Dialog360,
            json!({"event": "calls", "data": {"metadata": {"phone_number_id": "2"}, "calls": [call]}}),
        ),
        (
            Format::Dialog360,
            whatsapp("message_echoes", json!({"message_echoes": [echo]})),
        ),
        (
            Format::Gupshup,
            whatsapp("messages", json!({"statuses": [status]})),
        ),
        (
            Format::Gupshup,
            payload(json!({"type": "message-event", "payload": {
                "gsId": "g", "type": "failed", "destination": "51977452931", "payload": {"ts": AT, "code": 1, "reason": "r"},
                "pricing": {"policy": "PMP"}, "conversation": {"id": "c", "type": "x"},
            }})),
        ),
        (
            Format::Gupshup,
            payload(json!({"type": "message", "payload": {
                "id": "i", "source": "51977452931", "type": "list_reply", "payload": {"title": "t", "postbackText": "p"},
                "sender": {"name": "n", "userId": "PE.1"}, "context": {"gsId": "o"},
            }})),
        ),
        (Format::Gupshup, json!({"response": reports.to_string()})),
        (
            Format::Gupshup,
            json!({"mobile": "51977452931", "waNumber": "2", "type": "image", "image": "{\"caption\":\"c\"}", "replyId": "a", "messageId": "b"}),
        ),
    ]
}
