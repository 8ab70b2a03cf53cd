//! What nobody should give, and what is said to it. No service is asked.

use std::fs::{self, File};

use crate::{
    refuses,
    rig::{Folder, acuse, answer, fails},
};

/// What taking in a file says, which ends with a failure.
fn says(folder: &Folder, name: &str, bytes: &[u8], more: &[&str]) -> (Option<i32>, String) {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    let common = ["ingest", "--token", "x", path.to_str().unwrap()];
    fails(&[&common, more].concat())
}

#[test]
fn bad_arguments_are_named() {
    refuses(&[
        ("ingest", "FILE"),
        ("ingest --kind everything x", "registrations"),
        ("ingest --kind statuses --batch 0 x", "--batch"),
        ("ingest --kind statuses --batch 5001 x", "--batch"),
        ("ingest --delimiter ab x", "tab"),
        ("ingest --time-zone Mars/Olympus x", "--time-zone"),
        ("ingest --format webhook x", "--integration"),
        ("ingest --integration y x", "--integration"),
        ("ingest --verify-signature x", "--integration"),
        ("ingest --resume s a.jsonl b.jsonl", "--resume"),
        ("ingest --columns statuses x", "--columns"),
    ]);
}

#[test]
fn columns_are_shown() {
    for (kind, column) in [
        ("registrations", "template_category"),
        ("statuses", "failure_code"),
        ("inbound", "button_title"),
    ] {
        let output = acuse(&["ingest", "--columns", kind]);
        assert!(output.status.success());
        assert!(answer(&output).contains(column), "{kind}");
    }
}

#[test]
fn what_is_no_file_of_rows_says_what_it_is() {
    let folder = Folder::new();
    let statuses = &["--kind", "statuses"][..];
    for (name, bytes, more, code, told) in [
        ("empty.csv", &b""[..], statuses, 3, "it is empty"),
        ("empty", b"", statuses, 3, "it is empty"),
        ("marked.csv", b"\xef\xbb\xbf", statuses, 3, "it is empty"),
        ("zipped.csv", b"\x1f\x8b\x08\x00", statuses, 3, "gunzip"),
        ("sheet.csv", b"PK\x03\x04", statuses, 3, "save it as CSV"),
        ("wide.csv", b"\xff\xfek\x00i\x00", statuses, 3, "UTF-16"),
        ("binary.csv", b"\x7fELF\x00\x01\x02", statuses, 3, "no text"),
        ("list.json", b"[{}]", statuses, 3, "jq"),
        ("kind.csv", b"kind,happened_at\n", &[], 2, "--kind"),
        (
            "typo.csv",
            b"kind,hapened_at\n",
            statuses,
            3,
            "is happened_at meant?",
        ),
        ("twice.csv", b"kind,Kind\n", statuses, 3, "twice"),
        (
            "foreign.csv",
            b"hola,adios\n",
            statuses,
            3,
            "--columns statuses",
        ),
    ] {
        let (ended, text) = says(&folder, name, bytes, more);
        assert_eq!(ended, Some(code), "{name}: {text}");
        assert!(text.contains(told), "{name}: {text}");
    }
    let left = fs::read_dir(folder.join(""))
        .unwrap()
        .map(|one| one.unwrap().file_name());
    let left: Vec<_> = left
        .filter(|name| name.to_string_lossy().contains("ingest-state"))
        .collect();
    assert_eq!(left, Vec::<std::ffi::OsString>::new());
}

#[test]
fn a_row_that_never_ends_is_no_row() {
    let folder = Folder::new();
    let endless = format!("kind,happened_at\n\"{}", "sent,x\n".repeat(400_000));
    let (code, text) = says(
        &folder,
        "endless.csv",
        endless.as_bytes(),
        &["--kind", "statuses"],
    );
    assert!(code == Some(3) && text.contains("line 2"), "{text}");
    assert!(text.contains("quote"), "{text}");
}

#[test]
fn a_file_without_rows_is_taken_in() {
    let folder = Folder::new();
    let path = folder.join("none.csv");
    fs::write(&path, "kind,happened_at").unwrap();
    let output = acuse(&[
        "ingest",
        "--token",
        "x",
        "--kind",
        "statuses",
        path.to_str().unwrap(),
    ]);
    assert!(output.status.success(), "{output:?}");
    assert!(answer(&output).contains("0 rows"), "{output:?}");
    assert_eq!(fs::read_dir(folder.join("")).unwrap().count(), 1);
}

#[test]
fn folders_and_places_that_are_not_there_are_named() {
    let folder = Folder::new();
    let here = folder.join("");
    let here = here.to_str().unwrap();
    let (code, text) = fails(&["ingest", "--token", "x", "--kind", "statuses", here]);
    assert!(code == Some(3) && text.contains("it is a folder"), "{text}");
    let (code, text) = says(
        &folder,
        "a.csv",
        b"kind,happened_at\nsent,2025-09-30T14:05:06Z\n",
        &["--kind", "statuses", "--resume", "/no/such/folder/state"],
    );
    assert!(code == Some(3) && text.contains("--resume"), "{text}");
    let path = folder.join("a.csv");
    let path = path.to_str().unwrap();
    let itself = [
        "ingest",
        "--token",
        "x",
        "--kind",
        "statuses",
        "--force",
        "--rejected",
        path,
        path,
    ];
    let (code, text) = fails(&itself);
    assert!(code == Some(2) && text.contains("--rejected"), "{text}");
    assert!(fs::metadata(path).unwrap().len() > 0);
}

#[test]
fn a_file_is_taken_in_by_one_run_at_a_time() {
    let folder = Folder::new();
    let path = folder.join("a.csv");
    fs::write(&path, "kind,happened_at\n").unwrap();
    let held = File::open(&path).unwrap();
    held.lock().unwrap();
    let (code, text) = fails(&[
        "ingest",
        "--token",
        "x",
        "--kind",
        "statuses",
        path.to_str().unwrap(),
    ]);
    assert!(code == Some(3) && text.contains("another acuse"), "{text}");
}

#[test]
fn a_service_that_is_away_is_named() {
    // A port that nothing listens on: it was free a moment ago, and nobody else knows it.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let folder = Folder::new();
    let row = b"sender_message_id,kind,happened_at\no-1,sent,2025-09-30T14:05:06Z\n";
    let more = ["--kind", "statuses", "--ingestion", &address];
    let (code, text) = says(&folder, "a.csv", row, &more);
    assert!(
        code == Some(3) && text.contains("ACUSE_INGESTION"),
        "{text}"
    );
    assert_eq!(
        fs::read_dir(folder.join("")).unwrap().count(),
        1,
        "no state of nothing"
    );
}
