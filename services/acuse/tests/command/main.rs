//! The command as people run it.

#![allow(clippy::unwrap_used, reason = "tests")]

mod databases;
mod doctor;
mod exports;
mod ingest;
mod reports;
mod rig;
mod schedules;
mod tokens;
mod webhooks;

use acuse_testkit::NOBODY;
use rig::{Folder, acuse, answer, fails, keys};

#[test]
fn help_shows_what_there_is() {
    let output = acuse(&["--help"]);
    assert!(output.status.success());
    let help = answer(&output);
    for command in [
        "migrate",
        "keys",
        "token",
        "workspace",
        "integration",
        "ingest",
        "webhook",
        "not-understood",
        "simulate",
        "message",
        "report",
        "export",
        "schedule",
        "notification",
        "verify",
        "doctor",
        "maintain",
        "completions",
        "Exit codes",
    ] {
        assert!(help.contains(command), "{command}");
    }
    for command in [
        &["simulate"][..],
        &["integration"],
        &["ingest"],
        &["webhook"],
        &["webhook", "explain"],
        &["not-understood"],
    ] {
        let output = acuse(&[command, &["--help"]].concat());
        assert!(answer(&output).contains("Examples:"), "{command:?}");
    }
}

#[test]
fn a_command_asks_only_for_the_services_that_it_calls() {
    for (command, wanted) in [
        (&["verify"][..], &["--message-state"][..]),
        (&["maintain", "rebuild"], &["--message-state"]),
        (&["workspace", "list"], &["--message-state"]),
        (&["workspace", "update"], &["--message-state"]),
        (&["integration", "list"], &["--ingestion"]),
        (&["not-understood", "list"], &["--ingestion"]),
        (&["simulate"], &["--ingestion", "--message-state"]),
        (&["ingest"], &["--ingestion"]),
        (&["webhook", "explain"], &[]),
        (&["token"], &[]),
    ] {
        let output = acuse(&[command, &["--help"]].concat());
        for option in ["--message-state", "--ingestion"] {
            assert_eq!(
                answer(&output).contains(option),
                wanted.contains(&option),
                "{command:?} {option}"
            );
        }
    }
}

#[test]
fn shells_complete_commands_options_and_values() {
    for shell in ["bash", "zsh", "fish"] {
        let output = acuse(&["completions", shell]);
        assert!(output.status.success(), "{output:?}");
        for word in ["ingest", "ignore-unknown", "registrations"] {
            assert!(answer(&output).contains(word), "{shell} {word}");
        }
    }
}

/// Each of these command lines is refused, and what is wrong with it is named.
fn refuses(cases: &[(&str, &str)]) {
    for (line, fault) in cases {
        let arguments: Vec<_> = line.split(' ').collect();
        let (code, text) = fails(&arguments);
        assert_eq!(code, Some(2), "{line}: {text}");
        assert!(text.contains(fault), "{line}: {text}");
    }
}

#[test]
fn bad_arguments_are_named() {
    refuses(&[
        ("nothing", "nothing"),
        ("migrate", "--database-url"),
        (
            "migrate --database-url postgres://h/d?sslmode=allow",
            "--database-url: has sslmode=allow",
        ),
        (
            "migrate --database-url postgres://h/d --database-ca /dev/null",
            "--database-ca: the file holds no certificate",
        ),
        (
            "migrate --database-url postgres://h/d --lock-wait long",
            "--lock-wait",
        ),
        (
            "doctor --database-url postgres://h/d?sslcert=c",
            "--database-url: has sslcert",
        ),
        ("maintain distribute", "--database-url"),
        ("maintain distribute --dry-run --yes", "--yes"),
        ("simulate --messages 0", "--messages"),
        ("simulate --duplicates 2", "--duplicates"),
        ("simulate --until tomorrow", "--until"),
        ("simulate --batch 5001", "--batch"),
        ("simulate --connections 0", "--connections"),
        ("verify --wait soon", "--wait"),
        ("maintain partitions --ahead 25 --token x", "--ahead"),
        ("maintain erase --workspace acme --token x", "<CONTACT>"),
        ("verify", "--token"),
        (
            "verify --message-state nowhere --token x",
            "--message-state",
        ),
        ("message x --provider nobody", "--provider"),
        ("message x --time-zone Mars/Olympus", "--time-zone"),
        ("message x --key k", "--workspace"),
        ("token --role king", "--role"),
        ("token --role analyst", "--workspace"),
        ("token --role operator --workspace acme", "--workspace"),
        ("token --role supervisor --workspace acme", "--departments"),
        ("token --role analyst --workspace acme", "--key"),
        (
            "token --role service --workspace acme --scopes all",
            "--scopes",
        ),
        ("keys k --service ../x", "--service"),
        (
            "workspace update acme --token x",
            "nothing is to be changed",
        ),
        (
            "workspace update acme --token x --name A --reset name",
            "display_name is given and reset",
        ),
        ("workspace update acme --reset everything", "--reset"),
        (
            "workspace update acme --data-available-from yesterday",
            "--data-available-from",
        ),
        (
            "workspace create acme --attribution-window soon",
            "--attribution-window",
        ),
    ]);
}

#[test]
fn bad_arguments_about_what_is_not_understood_are_named() {
    let id = "019aa0c2-7d4e-7b1f-9c55-0e2f6a1b3c4d";
    refuses(&[
        ("not-understood list --key k", "--workspace"),
        ("not-understood list --limit 0", "--limit"),
        ("not-understood list --provider nobody", "--provider"),
        ("not-understood count --from yesterday", "--from"),
        ("not-understood show x", "ID"),
        (&format!("not-understood show {id} --body --json"), "--body"),
        (
            "not-understood replay --token x",
            "nothing says which payloads are meant",
        ),
        (&format!("not-understood replay {id} --all"), "--all"),
        (
            "not-understood replay --all --reason unknown_status",
            "--all",
        ),
        ("not-understood delete", "<ID>"),
    ]);
}

#[test]
fn bad_arguments_about_webhooks_are_named() {
    let create = "integration create --provider meta-whatsapp --name x";
    let update = "integration update 019aa0c2-7d4e-7b1f-9c55-0e2f6a1b3c4d";
    refuses(&[
        ("webhook explain x.json", "--provider"),
        ("webhook explain --provider nobody x", "meta-whatsapp"),
        ("webhook explain --provider meta-whatsapp", "FILE"),
        ("integration delete x", "ID"),
        ("integration list --key k", "--workspace"),
        (&format!("{update} --key k"), "nothing is to be changed"),
        (
            &format!("{update} --new-secrets --app-secret x"),
            "--app-secret",
        ),
        (
            &format!("{create} --app-secret - --verify-token -"),
            "standard input",
        ),
        (&format!("{create} --app-secret /dev/null"), "empty"),
        (create, "--app-secret FILE"),
        (&format!("{create} --verify-token x"), "--app-secret FILE"),
        (
            &format!("{create} --new-secrets --app-secret x"),
            "--new-secrets",
        ),
        (
            "integration create --provider twilio --name x",
            "--auth-token FILE",
        ),
        (
            "integration create --provider vonage --name x --app-secret /dev/null",
            "--signature-secret",
        ),
        (
            "integration create --provider sinch-sms --name x",
            "--shared-secret FILE",
        ),
        (
            "integration create --provider nobody --name x",
            "--provider",
        ),
        (
            "integration create --provider infobip --name x --channel smoke",
            "--channel",
        ),
        (
            &format!("{update} --verify-token x"),
            "--app-secret is missing",
        ),
        (
            &format!("{update} --name y --app-secret x"),
            "--verify-token is missing",
        ),
    ]);
}

#[test]
fn what_cannot_be_done_says_what_helps() {
    let folder = Folder::new();
    let key = keys(&folder);
    let (code, text) = fails(&["verify", "--message-state", NOBODY, "--key", &key]);
    assert_eq!(code, Some(3));
    assert!(
        text.contains(NOBODY) && text.contains("ACUSE_MESSAGE_STATE"),
        "{text}"
    );
    let (code, text) = fails(&[
        "verify",
        "--message-state",
        NOBODY,
        "--key",
        &key,
        "--wait",
        "1s",
    ]);
    assert!(
        code == Some(3) && text.contains("does not answer"),
        "{text}"
    );
    let (code, text) = fails(&[
        "integration",
        "list",
        "--ingestion",
        NOBODY,
        "--workspace",
        "acme",
        "--key",
        &key,
    ]);
    assert!(
        code == Some(3) && text.contains(NOBODY) && text.contains("ACUSE_INGESTION"),
        "{text}"
    );
    let url = format!("postgres://nobody:hunter2@{NOBODY}/nothing");
    for command in [&["migrate"][..], &["maintain", "distribute"]] {
        let (code, text) = fails(&[command, &["--database-url", &url]].concat());
        assert!(code == Some(3) && text.contains("--database-url"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
    let (code, text) = fails(&["verify", "--message-state", NOBODY, "--key", "/no/such/key"]);
    assert!(code == Some(3) && text.contains("acuse keys"), "{text}");
}
