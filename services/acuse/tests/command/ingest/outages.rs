//! Connections that break, services that go away, and runs that are ended.

use std::{fs, process::Child};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use super::{
    HOW, registrations,
    rig::{Installation, Proxy, ended, rows_in, until},
};

const ROWS: usize = 4_000;

/// As many rows as may be sent and not answered.
const WINDOW: u64 = 800;

fn begin(acuse: &Installation, proxy: &Proxy, file: &str, more: &[&str]) -> Child {
    let common = ["ingest", "--workspace", "acme", "--json", "--batch", "100"];
    let through = ["--ingestion", &proxy.address];
    let arguments = [&common[..], &through, &HOW, more, &[file]].concat();
    acuse.command(&arguments).spawn().unwrap()
}

/// A run of which a part got through, and no more will.
async fn held_up(acuse: &Installation, more: &[&str]) -> (Proxy, String, Child) {
    let spoil = |number: usize, fields: &mut Vec<String>| {
        if number % 1_000 == 50 {
            fields[10] = "soon".to_owned();
        }
    };
    let file = acuse.write("sent.csv", registrations(ROWS, spoil));
    let proxy = Proxy::to(acuse.ingestion(), 200_000).await;
    let mut child = begin(acuse, &proxy, &file, more);
    until(&mut child, &acuse.folder.join("sent.csv.ingest-state"), 300).await;
    (proxy, file, child)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_killed_goes_on_where_acknowledgement_stopped() {
    let acuse = Installation::start().await;
    let (proxy, file, mut child) = held_up(&acuse, &[]).await;
    child.kill().unwrap();
    child.wait().unwrap();
    let state = acuse.folder.join("sent.csv.ingest-state");
    let before = rows_in(&state);
    assert!((300..ROWS as u64).contains(&before), "{before}");
    // As if it had been killed between writing a row down and keeping that.
    let rejected = acuse.folder.join("sent.rejected.csv");
    let torn = [fs::read(&rejected).unwrap(), b"torn".to_vec()].concat();
    fs::write(&rejected, torn).unwrap();

    proxy.open();
    let (code, told, beside) = ended(
        &begin(&acuse, &proxy, &file, &[])
            .wait_with_output()
            .unwrap(),
    );
    assert_eq!(code, Some(1), "{beside}");
    assert!(beside.contains("goes on after"), "{beside}");
    let told = &told[0];
    assert_eq!(
        (&told["rows"], &told["rejected"]),
        (&json!(ROWS), &json!(4))
    );
    assert_eq!(told["resumed_after"], before);
    let again = told["duplicate"].as_u64().unwrap();
    assert!(again <= WINDOW, "{again} rows were sent twice");
    assert_eq!(told["applied"].as_u64().unwrap() + again, ROWS as u64 - 4);
    assert_eq!(acuse.messages().await, ROWS as i64 - 4);
    assert!(!state.exists());
    let text = fs::read_to_string(&rejected).unwrap();
    assert_eq!(text.matches(",INVALID_ARGUMENT,").count(), 4, "{text}");
    assert!(!text.contains("torn"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_finishes_what_is_under_way_and_says_how_to_go_on() {
    let acuse = Installation::start().await;
    let (proxy, file, child) = held_up(&acuse, &[]).await;
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(pid, Signal::INT).unwrap();
    let (code, told, beside) = ended(&child.wait_with_output().unwrap());
    assert_eq!(code, Some(130), "{beside}");
    assert!(
        beside.contains("the same command again goes on after"),
        "{beside}"
    );
    assert_eq!(told[0]["complete"], false);
    let state = acuse.folder.join("sent.csv.ingest-state");
    assert_eq!(told[0]["rows"], rows_in(&state));

    // Another way to read the same rows is another command.
    let through = ["--ingestion", &proxy.address];
    let other = [
        "ingest",
        "--workspace",
        "acme",
        "--kind",
        "registrations",
        &file,
    ];
    let other = [&other[..], &through].concat();
    let output = acuse.acuse(&other);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(
        text.contains("time zone") && text.contains("ingest-state"),
        "{text}"
    );

    proxy.open();
    let (code, told, beside) = ended(
        &begin(&acuse, &proxy, &file, &[])
            .wait_with_output()
            .unwrap(),
    );
    assert_eq!(
        (code, &told[0]["rows"]),
        (Some(1), &json!(ROWS)),
        "{beside}"
    );
    assert_eq!(acuse.messages().await, ROWS as i64 - 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_changed_is_refused() {
    let acuse = Installation::start().await;
    let (proxy, file, mut child) = held_up(&acuse, &[]).await;
    child.kill().unwrap();
    child.wait().unwrap();
    fs::write(&file, registrations(3, |_, _| {})).unwrap();
    proxy.open();
    let (code, told, beside) = ended(
        &begin(&acuse, &proxy, &file, &[])
            .wait_with_output()
            .unwrap(),
    );
    assert!(code == Some(3) && told.is_empty(), "{beside}");
    assert!(
        beside.contains("has changed") && beside.contains("remove"),
        "{beside}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_goes_away_is_waited_for() {
    let acuse = Installation::start().await;
    let (proxy, file, child) = held_up(&acuse, &["--wait", "60s"]).await;
    // Another run of the same file is not let in meanwhile.
    let second = begin(&acuse, &proxy, &file, &[])
        .wait_with_output()
        .unwrap();
    let text = String::from_utf8(second.stderr).unwrap();
    assert_eq!(second.status.code(), Some(3));
    assert!(text.contains("another acuse"), "{text}");

    proxy.cut();
    let (mut said, mut child) = (String::new(), child);
    // It says so before it is let through again.
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stderr.take().unwrap()));
    for line in &mut lines {
        said = line.unwrap();
        if said.contains("trying again") {
            break;
        }
    }
    assert!(said.contains("trying again"), "{said}");
    proxy.open();
    let output = child.wait_with_output().unwrap();
    let (code, told, _) = ended(&output);
    assert_eq!((code, &told[0]["rows"]), (Some(1), &json!(ROWS)));
    assert!(told[0]["duplicate"].as_u64().unwrap() <= WINDOW);
    assert_eq!(acuse.messages().await, ROWS as i64 - 4);
}
