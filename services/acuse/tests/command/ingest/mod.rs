//! Files taken into an installation, as people do it.

mod hostile;
mod outages;
pub(crate) mod rig;
mod webhooks;

use std::{fmt::Write as _, fs};

use serde_json::json;

use rig::Installation;

pub(crate) const HEADER: &str = "Sender Message Id,channel,channel_account_id,contact_phone,contact_name,source,type,\
     content_type,content_body,department_id,queued_at,dispatched_at";

/// The fields of a message's registration.
pub(crate) fn fields(number: usize) -> Vec<String> {
    let at = format!(
        "2025-09-{:02} 14:{:02}:{:02}",
        1 + number % 28,
        number / 60 % 60,
        number % 60
    );
    let fields = [
        format!("o-{number}"),
        "whatsapp".to_owned(),
        "1001".to_owned(),
        format!("+5197745{:04}", number % 10_000),
        "\"Núñez, Ana \"\"la jefa\"\"\"".to_owned(),
        "broadcast".to_owned(),
        "session".to_owned(),
        "Text".to_owned(),
        "\"Hola,\nqué tal\"".to_owned(),
        "ventas".to_owned(),
        at.clone(),
        at,
    ];
    fields.into()
}

/// CSV of so many registrations, of which `spoil` may spoil some.
pub(crate) fn registrations(count: usize, spoil: impl Fn(usize, &mut Vec<String>)) -> String {
    let mut text = format!("{HEADER}\r\n");
    for number in 0..count {
        let mut fields = fields(number);
        spoil(number, &mut fields);
        writeln!(text, "{}\r", fields.join(",")).unwrap();
    }
    text
}

pub(crate) const HOW: [&str; 4] = ["--kind", "registrations", "--time-zone", "America/Lima"];

#[tokio::test(flavor = "multi_thread")]
async fn bad_rows_are_written_down_mended_and_taken_in() {
    let acuse = Installation::start().await;
    let spoil = |number: usize, fields: &mut Vec<String>| match number % 1000 {
        100 => fields[10] = "soon".to_owned(),
        300 => fields[1] = String::new(),
        500 => drop(fields.pop()),
        700 => fields.push("more".to_owned()),
        _ => {}
    };
    let file = acuse.write(
        "sent.csv",
        format!("\u{feff}{}", registrations(5_000, spoil)),
    );
    let (code, told, beside) = acuse.ingest(&[&HOW[..], &[&file]].concat());
    assert_eq!(code, Some(1), "{beside}");
    assert!(beside.contains("20 of 5000 rows were rejected"), "{beside}");
    let told = &told[0];
    assert_eq!(told["rows"], 5_000);
    assert_eq!(told["applied"], 4_980);
    assert_eq!(told["rejected"], 20);
    assert_eq!(
        told["rejected_by_reason"],
        json!({"INVALID_ARGUMENT": 10, "NOT_READABLE": 10})
    );
    assert_eq!(told["complete"], true);
    assert_eq!(acuse.messages().await, 4_980);
    assert!(!acuse.folder.join("sent.csv.ingest-state").exists());

    let rejected = acuse.folder.join("sent.rejected.csv");
    let text = fs::read_to_string(&rejected).unwrap();
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(text.as_bytes());
    let rows: Vec<_> = reader.records().map(|row| row.unwrap()).collect();
    let lines: Vec<_> = rows
        .iter()
        .map(|row| row[0].parse::<u64>().unwrap())
        .collect();
    // Each row has two lines, after that of the header.
    let expected: Vec<_> = (0..5_000)
        .filter(|n| matches!(n % 1000, 100 | 300 | 500 | 700))
        .map(|n| 2 + 2 * n)
        .collect();
    assert_eq!(lines, expected);
    assert_eq!(
        (&rows[0][2], &rows[1][2], &rows[2][2]),
        ("queued_at", "channel", "")
    );
    assert!(
        rows[0][3].contains("soon") && rows[2][3].contains("11 fields"),
        "{text}"
    );
    assert_eq!(rows[0].len(), 16);

    // Not over what may just be being mended.
    let (code, _, beside) = acuse.ingest(&[&HOW[..], &[&file]].concat());
    assert!(code == Some(3) && beside.contains("--force"), "{beside}");

    let mut mended = text
        .replace("soon", "2025-09-05 10:00:00")
        .replace(",more", "");
    mended = mended.replace(",,1001", ",whatsapp,1001");
    // What lacks a field gets it back.
    let mended = mended.split_inclusive('\n').map(|line| {
        let is_short = line.contains(",ventas,") && line.matches(",2025").count() == 1;
        if is_short {
            line.replace('\n', ",\n")
        } else {
            line.to_owned()
        }
    });
    let mended = acuse.write("mended.csv", mended.collect::<String>());
    let (code, told, beside) = acuse.ingest(&[&HOW[..], &[&mended]].concat());
    assert_eq!(
        (code, &told[0]["applied"]),
        (Some(0), &json!(20)),
        "{beside}"
    );
    assert_eq!(acuse.messages().await, 5_000);

    let (code, told, _) = acuse.ingest(&[&HOW[..], &["--force", &file]].concat());
    assert_eq!((code, &told[0]["duplicate"]), (Some(1), &json!(4_980)));
    assert_eq!(acuse.messages().await, 5_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn json_lines_may_mix_kinds() {
    let acuse = Installation::start().await;
    let registration = json!({
        "senderMessageId": "o-1", "channel": "CHANNEL_WHATSAPP", "channelAccountId": 1001,
        "contact": {"phone": "+51977452931"}, "source": "api", "type": "session", "contentType": "text",
        "queuedAt": "2025-09-30T14:05:06Z",
    });
    let status = json!({
        "sender_message_id": "o-1", "provider": "meta_whatsapp", "provider_message_id": "wamid.1",
        "kind": "delivered", "happened_at": "2025-09-30T14:05:09Z",
    });
    let inbound = json!({
        "provider": "meta_whatsapp", "provider_message_id": "wamid.2", "quoted_message_id": "wamid.1",
        "channel": "whatsapp", "channel_account_id": "1001", "contact_phone": "+51977452931",
        "received_at": "2025-09-30T14:06:00Z", "kind": "regular", "content_type": "text", "content_body": "Sí",
    });
    let lines = [
        json!({"registration": registration}).to_string(),
        String::new(),
        json!({"status": status}).to_string(),
        "{\"status\": {\"kind\": ".to_owned(),
        json!({"inbound": inbound}).to_string(),
        json!({"sender_message_id": "o-2"}).to_string(),
        json!({"status": {"sender_message_id": "o-1", "kind": "eaten", "hapened_at": "x"}})
            .to_string(),
    ];
    let file = acuse.write("events.jsonl", lines.join("\n"));
    let (code, told, beside) = acuse.ingest(&[&file]);
    assert_eq!(code, Some(1), "{beside}");
    assert_eq!(
        (&told[0]["applied"], &told[0]["rejected"]),
        (&json!(3), &json!(3))
    );
    let replied = "SELECT count(*) FROM message_state.messages WHERE replied_at IS NOT NULL";
    assert_eq!(acuse.count(replied).await, 1);

    let text = fs::read_to_string(acuse.folder.join("events.rejected.jsonl")).unwrap();
    let rows: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        (&rows[0]["rejected_line"], &rows[0]["rejected_text"]),
        (&json!(4), &json!(lines[3]))
    );
    assert_eq!(
        (&rows[1]["rejected_line"], &rows[1]["sender_message_id"]),
        (&json!(6), &json!("o-2"))
    );
    assert_eq!(rows[2]["rejected_fields"], "hapened_at kind");
    let message = rows[2]["rejected_message"].as_str().unwrap();
    assert!(
        message.contains("happened_at") && message.contains("delivered"),
        "{message}"
    );

    // Statuses alone, by --kind, with the same content: known already.
    let file = acuse.write("statuses.ndjson", status.to_string());
    let (code, told, beside) = acuse.ingest(&["--kind", "statuses", &file]);
    assert_eq!(
        (code, &told[0]["duplicate"]),
        (Some(0), &json!(1)),
        "{beside}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn standard_input_and_several_files_are_taken_in() {
    use std::{io::Write as _, process::Stdio};
    let acuse = Installation::start().await;
    let common = ["ingest", "--workspace", "acme", "--json"];
    let mut child = acuse
        .command(&[&common, &HOW[..], &["-"]].concat())
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let text = registrations(1_500, |_, _| {})
        .replace(',', ";")
        .replace("Núñez;", "Núñez,")
        .replace("Hola;", "Hola,");
    child
        .stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    let (code, told, beside) = rig::ended(&child.wait_with_output().unwrap());
    assert_eq!(
        (code, &told[0]["applied"]),
        (Some(0), &json!(1_500)),
        "{beside}"
    );
    assert!(beside.contains("cannot be resumed"), "{beside}");

    let one = acuse.write("one.csv", registrations(10, |_, _| {}));
    let two = acuse.write("two.csv", registrations(2_000, |_, _| {}));
    let none = acuse.folder.join("none.csv");
    let (code, told, beside) =
        acuse.ingest(&[&HOW[..], &[&one, none.to_str().unwrap(), &two]].concat());
    assert_eq!(code, Some(3), "{beside}");
    assert!(
        beside.contains("none.csv") && beside.contains("1 of 3 files"),
        "{beside}"
    );
    assert_eq!(
        (&told[0]["duplicate"], &told[1]["applied"]),
        (&json!(10), &json!(500))
    );
}
