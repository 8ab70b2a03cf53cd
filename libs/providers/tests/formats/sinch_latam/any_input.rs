//! Whatever comes can be read.

use acuse_providers::Format;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::any::{check, damaged, json as any_json};
use crate::sinch_latam::rig::{MILLIS, whatsapp};

const KEYS: &[&str] = &[
    "total",
    "data",
    "smsStatuses",
    "id",
    "correlationId",
    "extraInfo",
    "destination",
    "origin",
    "source",
    "shortCode",
    "sent",
    "sentStatusCode",
    "sentStatusCode ",
    "sentStatus",
    "sentAt",
    "deliveredStatusCode",
    "deliveredAt",
    "read",
    "readAt",
    "message",
    "messageText",
    "type",
    "mediaUrl",
    "mimeType",
    "receivedAt",
    "userProfile",
    "name",
    "mt",
    "session",
    "carrierName",
];

const WORDS: &[&str] = &[
    "SENT_SUCCESS",
    "EXPIRED",
    "2",
    "202",
    "TEXT",
    "BUTTON",
    "LOCATION",
    "",
    "\0",
    "5511977452931",
];

fn sound() -> Vec<Value> {
    vec![
        whatsapp(json!({
            "id": "m", "correlationId": "c", "destination": "5511977452931", "origin": "5511900000000",
            "sent": true, "sentStatusCode": 2, "sentAt": MILLIS, "deliveredStatusCode": 104, "deliveredStatus": "NOT_DELIVERED",
            "read": true, "readAt": MILLIS, "session": {"id": "s"},
        })),
        whatsapp(json!({
            "id": "m", "source": "5511977452931", "origin": "5511900000000", "userProfile": {"name": "Ana"},
            "message": {"type": "INTERACTIVE", "interactive": {"list_reply": {"id": "i", "title": "t"}}}, "receivedAt": MILLIS,
        })),
        json!([{"id": "m", "source": "5511977452931", "shortCode": "2020", "messageText": "x", "mt": {"id": "o"}}]),
    ]
}

proptest! {
    #[test]
    fn any_json_can_be_read(body in any_json(KEYS, WORDS)) {
        check(Format::SinchLatam, body.to_string().as_bytes())?;
    }

    #[test]
    fn a_damaged_body_can_be_read(body in damaged(sound(), any_json(KEYS, WORDS))) {
        check(Format::SinchLatam, body.to_string().as_bytes())?;
    }

    #[test]
    fn any_bytes_can_be_read(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check(Format::SinchLatam, &bytes)?;
    }
}
