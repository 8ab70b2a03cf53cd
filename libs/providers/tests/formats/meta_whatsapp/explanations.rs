//! What people are shown.

use acuse_providers::explain;
use serde_json::{Value, json};

use crate::meta_whatsapp::rig::{EPOCH, body, message, read_bytes, status, value};

fn explained(body: &str) -> Value {
    serde_json::to_value(explain(&read_bytes(body.as_bytes(), None))).unwrap()
}

#[test]
fn one_flat_object_for_each_finding() {
    let members = json!({
        "contacts": [{"wa_id": "51977452931", "profile": {"name": "Ana"}}],
        "statuses": [
            status(json!({"status": "failed", "errors": [{"code": 131_026, "title": "No"}]})),
            {"status": "in_orbit", "id": "wamid.x"},
        ],
        "messages": [message(json!({"timestamp": EPOCH}))],
    });
    let got = explained(&body("messages", value(members)).to_string());
    let at = "entry[0].changes[0].value";
    let expected = json!([
        {
            "kind": "status", "path": format!("{at}.statuses[0]"), "id": "wamid.out", "evidence": "failed",
            "happened_at": "2026-05-04T11:59:00Z", "from": "15550001111", "to": "51977452931",
            "channel_account": "104996122399160",
            "contact_name": "Ana", "error_code": "131026", "error_title": "No", "channel": "whatsapp",
        },
        {
            "kind": "not_understood", "path": format!("{at}.statuses[1]"), "id": "wamid.x",
            "evidence": "in_orbit", "reason": "unknown_status", "detail": "status in_orbit",
        },
        {
            "kind": "inbound", "path": format!("{at}.messages[0]"), "id": "wamid.in",
            "happened_at": "2026-05-04T11:59:00Z", "from": "51977452931", "to": "15550001111",
            "channel_account": "104996122399160",
            "contact_name": "Ana", "inbound_kind": "regular", "content_type": "text", "text": "Hola",
            "channel": "whatsapp",
        },
    ]);
    assert_eq!(got, expected);
}

#[test]
fn in_a_group_a_member_writes() {
    let members = json!({"messages": [message(json!({"group_id": "120363001@g"}))]});
    let got = explained(&body("messages", value(members)).to_string());
    assert_eq!(got[0]["from"], "51977452931");
    assert_eq!(got[0]["group"], "120363001@g");
}

#[test]
fn there_is_always_something_to_say() {
    let nothing = explained("{}");
    assert_eq!(nothing[0]["kind"], "not_understood");
    assert_eq!(nothing[0]["reason"], "nothing_to_take_in");
    let none = explained("{\"a\":");
    assert_eq!(none[0]["kind"], "rejected");
    assert_eq!(none[0]["reason"], "malformed");
    let detail = none[0]["detail"].as_str().unwrap();
    assert!(detail.starts_with("the body is no JSON: "), "{detail}");
}
