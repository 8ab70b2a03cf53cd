//! What webhooks say, told without a server.

use std::{
    fs,
    io::Write as _,
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::rig::{Folder, acuse, answer};

const KEYS: [&str; 9] = [
    "file",
    "kind",
    "id",
    "evidence",
    "happened_at",
    "from",
    "to",
    "text",
    "reason",
];

/// A body of Meta's that tells what `value` holds.
fn body(list: &str, items: &Value) -> String {
    let mut value = json!({
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550783881", "phone_number_id": "106540352242922"},
        "contacts": [{"profile": {"name": "Sheena"}, "wa_id": "51977452931"}],
    });
    value[list] = items.clone();
    let change = json!({"value": value, "field": "messages"});
    json!({
        "object": "whatsapp_business_account",
        "entry": [{"id": "102290129340398", "changes": [change]}],
    })
    .to_string()
}

fn statuses() -> String {
    body(
        "statuses",
        &json!([
            {
                "id": "wamid.A",
                "status": "delivered",
                "timestamp": "1750030073",
                "recipient_id": "51977452931",
                "pricing": {"billable": true, "pricing_model": "PMP", "category": "utility", "type": "regular"},
            },
            {"id": "wamid.B", "status": "teleported", "timestamp": "1750030074", "recipient_id": "51977452931"},
        ]),
    )
}

fn text() -> String {
    body(
        "messages",
        &json!([{
            "from": "51977452931",
            "id": "wamid.C",
            "timestamp": "1749416383",
            "type": "text",
            "text": {"body": "¿Tienen stock?"},
        }]),
    )
}

fn lines(told: &str) -> Vec<Value> {
    let lines: Vec<Value> = told
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for line in &lines {
        for key in KEYS {
            assert!(line.get(key).is_some(), "{key}: {line}");
        }
    }
    lines
}

fn write(folder: &Folder, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn each_thing_that_a_body_says_is_a_line() {
    let folder = Folder::new();
    let statuses = write(&folder, "statuses.json", &statuses());
    let text = write(&folder, "text.json", &text());
    let output = acuse(&[
        "webhook",
        "explain",
        "--provider",
        "meta-whatsapp",
        &statuses,
        &text,
    ]);
    assert!(output.status.success(), "{output:?}");
    let lines = lines(answer(&output));
    assert_eq!(lines.len(), 3, "{lines:?}");
    let (delivered, unknown, inbound) = (&lines[0], &lines[1], &lines[2]);
    assert_eq!(delivered["file"], json!(statuses));
    assert_eq!(delivered["kind"], "status");
    assert_eq!(delivered["id"], "wamid.A");
    assert_eq!(delivered["evidence"], "delivered");
    assert_eq!(delivered["happened_at"], "2025-06-15T23:27:53Z");
    assert_eq!(delivered["from"], "15550783881");
    assert_eq!(delivered["channel_account"], "106540352242922");
    assert_eq!(delivered["channel"], "whatsapp");
    assert_eq!(delivered.get("scope"), None);
    assert_eq!(delivered["pricing_category"], "utility");
    assert_eq!(delivered["reason"], Value::Null);
    assert_eq!(unknown["kind"], "not_understood");
    assert_eq!(unknown["reason"], "unknown_status");
    assert_eq!(unknown["id"], "wamid.B");
    assert_eq!(inbound["file"], json!(text));
    assert_eq!(inbound["kind"], "inbound");
    assert_eq!(inbound["text"], "¿Tienen stock?");
    assert_eq!(inbound["to"], "15550783881");
    assert_eq!(inbound["channel_account"], "106540352242922");
}

#[test]
fn each_provider_is_read_in_its_own_way() {
    let folder = Folder::new();
    let ends = json!({"sender": {"id": "7"}, "recipient": {"id": "9"}, "timestamp": 1_750_030_073_000_i64});
    let with = |key: &str, value: Value| {
        let mut event = ends.clone();
        event[key] = value;
        json!({"entry": [{"id": "9", "messaging": [event]}]})
    };
    let read = with("read", json!({"watermark": 1_750_030_072_000_i64}));
    let echo = with(
        "message",
        json!({"mid": "m", "is_echo": true, "text": "Hola"}),
    );
    let bare = json!({"statuses": [{"id": "a", "status": "sent", "timestamp": "1750030073"}]});
    let v2 = json!({
        "app": "Tienda", "type": "message-event", "timestamp": 1_750_030_073_000_i64,
        "payload": {"gsId": "g", "type": "enqueued", "destination": "51977452931"},
    });
    for (provider, body, kind, evidence) in [
        ("meta-messenger", read, "watermark", "read"),
        ("meta-instagram", echo, "echo", "sent"),
        ("360dialog", bare, "status", "sent"),
        ("gupshup", v2, "status", "dispatched"),
    ] {
        let path = write(&folder, provider, &body.to_string());
        let told = lines(answer(&acuse(&[
            "webhook",
            "explain",
            "--provider",
            provider,
            &path,
        ])));
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(
            (&told[0]["kind"], &told[0]["evidence"]),
            (&json!(kind), &json!(evidence))
        );
        assert_eq!(told[0]["happened_at"], "2025-06-15T23:27:53Z", "{provider}");
        let account = match provider {
            "360dialog" => Value::Null,
            // Its app has one number, and stands in for it where no integration says which.
            "gupshup" => json!("Tienda"),
            _ => json!("9"),
        };
        assert!(
            [&told[0]["from"], &told[0]["to"]].contains(&&account),
            "{told:?}"
        );
    }
}

#[test]
fn what_says_nothing_has_a_line_too() {
    let folder = Folder::new();
    let bodies = [
        ("empty.json", "{}", "not_understood"),
        ("list.json", "[1, 2]", "not_understood"),
        ("torn.json", "{\"object\": \"whatsapp_busi", "rejected"),
        ("nothing.json", "", "rejected"),
        ("words.json", "hello", "rejected"),
    ];
    for (name, body, kind) in bodies {
        let path = write(&folder, name, body);
        let output = acuse(&["webhook", "explain", "--provider", "meta-whatsapp", &path]);
        let expected = i32::from(kind == "rejected");
        assert_eq!(output.status.code(), Some(expected), "{name}: {output:?}");
        let lines = lines(answer(&output));
        assert!(!lines.is_empty(), "{name}");
        for line in lines {
            assert_eq!(line["kind"], kind, "{name}: {line}");
            assert!(line["reason"].is_string(), "{name}: {line}");
        }
    }
}

#[test]
fn a_file_that_cannot_be_read_stops_no_other() {
    let folder = Folder::new();
    let text = write(&folder, "text.json", &text());
    let missing = folder.join("missing.json");
    let rejected = write(&folder, "rejected.json", "hello");
    let output = acuse(&[
        "webhook",
        "explain",
        "--provider",
        "meta-whatsapp",
        missing.to_str().unwrap(),
        &rejected,
        &text,
    ]);
    assert_eq!(output.status.code(), Some(3), "which outweighs a rejection");
    assert_eq!(lines(answer(&output)).len(), 2);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(
        told.contains("missing.json") && told.contains("1 of 3 files"),
        "{told}"
    );
}

#[test]
fn what_ingestion_would_not_take_is_not_read() {
    let folder = Folder::new();
    let body = |length: usize| format!("{{}}{}", " ".repeat(length - 2));
    let longest = write(&folder, "longest.json", &body(3 << 20));
    let longer = write(&folder, "longer.json", &body((3 << 20) + 1));
    for (path, code) in [(longest, 0), (longer, 3)] {
        let output = acuse(&["webhook", "explain", "--provider", "meta-whatsapp", &path]);
        assert_eq!(output.status.code(), Some(code), "{path}");
    }
}

#[test]
fn a_channel_account_may_stand_in() {
    let folder = Folder::new();
    let bare = json!({"messages": [{"from": "51977452931", "id": "wamid.C", "type": "text"}]});
    let path = write(&folder, "bare.json", &bare.to_string());
    let explain = ["webhook", "explain", "--provider", "meta-whatsapp", &path];
    let told = lines(answer(&acuse(&explain)));
    assert_eq!(told[0]["kind"], "inbound");
    assert_eq!(told[0]["from"], "51977452931");
    assert_eq!(told[0]["to"], Value::Null);
    assert_eq!(told[0].get("channel_account"), None);
    let detail = told[0]["detail"].as_str().unwrap();
    assert!(detail.contains("channel account"), "{detail}");
    let given = [&explain[..], &["--channel-account", "1001"]].concat();
    let told = lines(answer(&acuse(&given)));
    assert_eq!(told[0]["kind"], "inbound");
    assert_eq!(told[0]["to"], "1001");
}

#[test]
fn standard_input_is_a_file_too() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_acuse"))
        .args(["webhook", "explain", "--provider", "meta-whatsapp", "-"])
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(text().as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(lines(answer(&output))[0]["file"], "-");
}

#[test]
fn forms_and_scopes_are_told() {
    let folder = Folder::new();
    let form = "MessageSid=SM1f0e&MessageStatus=delivered&From=%2B56221234567&To=%2B51977452931";
    let form = write(&folder, "form.txt", form);
    let output = acuse(&["webhook", "explain", "--provider", "twilio", &form]);
    let told = &lines(answer(&output))[0];
    assert_eq!(
        (&told["id"], &told["channel"]),
        (&json!("SM1f0e"), &json!("sms"))
    );
    assert_eq!(told["to"], "+51977452931");

    // An id of a batch is one message's only with its recipient.
    let report = json!({
        "type": "recipient_delivery_report_sms",
        "batch_id": "01HTBM8SENT0BATCH0OF0ACUSE",
        "recipient": "51977452931",
        "at": "2025-08-30T08:16:08.930Z",
        "code": 0,
        "status": "Delivered",
    });
    let report = write(&folder, "report.json", &report.to_string());
    let output = acuse(&["webhook", "explain", "--provider", "sinch", &report]);
    let told = &lines(answer(&output))[0];
    assert_eq!(told["kind"], "status", "{told}");
    assert_eq!(told["id"], "01HTBM8SENT0BATCH0OF0ACUSE");
    assert_eq!(told["scope"], "51977452931");
}

#[test]
fn the_help_names_every_provider_and_every_kind() {
    let output = acuse(&["webhook", "explain", "--help"]);
    let help = answer(&output);
    for format in acuse_providers::Format::ALL {
        assert!(help.contains(format.as_str()), "{}", format.as_str());
    }
    for kind in [
        "status",
        "inbound",
        "echo",
        "watermark",
        "not_understood",
        "rejected",
    ] {
        let line = help.lines().any(|line| line.contains(kind));
        assert!(line, "{kind}");
    }
    assert!(help.contains("MessageSid="), "{help}");
}
