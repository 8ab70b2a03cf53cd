//! Webhooks that were kept.

use std::fs;

use acuse_testkit::service::http::meta_signature;
use serde_json::{Value, json};

use super::rig::Installation;
use crate::rig::answer;

const SECRET: &str = "an app's secret";

fn body(id: &str, status: &str) -> String {
    let value = json!({
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550783881", "phone_number_id": "1001"},
        "statuses": [{"id": id, "status": status, "timestamp": "1750000000", "recipient_id": "51977452931"}],
    });
    let change = json!({"value": value, "field": "messages"});
    json!({"object": "whatsapp_business_account", "entry": [{"id": "7", "changes": [change]}]})
        .to_string()
}

/// Creates an integration; gives its id.
fn integration(acuse: &Installation) -> String {
    let secret = acuse.write("secret", SECRET);
    let create = [
        "integration",
        "create",
        "--workspace",
        "acme",
        "--provider",
        "meta-whatsapp",
        "--name",
        "WhatsApp",
        "--app-secret",
        &secret,
    ];
    let output = acuse.acuse(&create);
    assert!(output.status.success(), "{output:?}");
    let words = answer(&output).split_whitespace();
    let mut ids = words.filter(|word| uuid::Uuid::try_parse(word).is_ok());
    ids.next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_files_and_lines_of_webhooks_are_taken_in() {
    let acuse = Installation::start().await;
    let id = integration(&acuse);
    let of = ["--integration", &id];
    for number in 0..50 {
        acuse.write(
            &format!("saved/{number:03}.json"),
            body(&format!("wamid.{number}"), "sent"),
        );
    }
    acuse.write("saved/050.json", body("wamid.0", "eaten"));
    acuse.write("saved/051.json", "no JSON at all");
    acuse.write("saved/.hidden", "nobody's");
    let folder = acuse.folder.join("saved/");
    let (code, told, beside) = acuse.ingest(&[&of[..], &[folder.to_str().unwrap()]].concat());
    assert_eq!(code, Some(1), "{beside}");
    assert_eq!(
        (&told[0]["rows"], &told[0]["applied"]),
        (&json!(52), &json!(50))
    );
    assert_eq!(
        (&told[0]["not_understood"], &told[0]["rejected"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(acuse.messages().await, 50);
    let rejected = acuse.folder.join("saved.rejected.jsonl");
    let row: Value = serde_json::from_str(&fs::read_to_string(&rejected).unwrap()).unwrap();
    assert_eq!(
        (&row["body"], &row["rejected_line"]),
        (&json!("no JSON at all"), &json!(52))
    );

    // Mended, that file is one of lines.
    let text = fs::read_to_string(&rejected).unwrap();
    let mended = text.replace(
        "\"no JSON at all\"",
        &json!(body("wamid.x", "sent")).to_string(),
    );
    let mended = acuse.write("mended.jsonl", mended);
    let (code, told, beside) = acuse.ingest(&[&of[..], &[&mended]].concat());
    assert_eq!(
        (code, &told[0]["applied"]),
        (Some(0), &json!(1)),
        "{beside}"
    );

    let single = acuse.folder.join("saved/000.json");
    let (code, told, beside) = acuse.ingest(&[&of[..], &[single.to_str().unwrap()]].concat());
    assert_eq!(
        (code, &told[0]["duplicate"]),
        (Some(0), &json!(1)),
        "{beside}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn signatures_are_checked_where_that_is_asked_for() {
    let acuse = Installation::start().await;
    let id = integration(&acuse);
    let (signed, unsigned) = (body("wamid.1", "sent"), body("wamid.2", "sent"));
    let signature = meta_signature(SECRET, signed.as_bytes());
    let lines = [
        json!({"body": signed, "headers": {"X-Hub-Signature-256": signature}}),
        json!({"body": unsigned}),
    ];
    let file = acuse.write(
        "kept.jsonl",
        lines.map(|line| line.to_string()).join("\r\n"),
    );
    let asked = ["--integration", &id, "--verify-signature", &file];
    let (code, told, beside) = acuse.ingest(&asked);
    assert_eq!(code, Some(1), "{beside}");
    assert_eq!(
        (&told[0]["applied"], &told[0]["rejected"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(
        told[0]["rejected_by_reason"],
        json!({"SIGNATURE_INVALID": 1})
    );
    let (code, told, beside) = acuse.ingest(&["--integration", &id, "--force", &file]);
    assert_eq!(code, Some(0), "{beside}");
    assert_eq!(
        (&told[0]["applied"], &told[0]["duplicate"]),
        (&json!(1), &json!(1))
    );

    let nobody = "019aa0c2-7d4e-7b1f-9c55-0e2f6a1b3c4d";
    let (code, told, beside) = acuse.ingest(&["--integration", nobody, &file]);
    assert!(code == Some(3) && told.is_empty(), "{beside}");
}
