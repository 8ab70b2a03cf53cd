//! `acuse report` as people run it, where there is no service to answer.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::process::Command;

/// Every report.
const KINDS: [&str; 8] = [
    "consolidated",
    "overview",
    "breakdown",
    "ranking",
    "funnel",
    "replies",
    "list",
    "rows",
];

/// Runs `acuse report` in an environment that says nothing; gives its exit code, what it answers and what it says beside
/// that.
fn report(arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_acuse"));
    let ran = command
        .env_clear()
        .arg("report")
        .args(arguments)
        .output()
        .unwrap();
    let [out, err] = [ran.stdout, ran.stderr].map(|text| String::from_utf8(text).unwrap());
    (ran.status.code(), out, err)
}

#[test]
fn help_shows_what_can_be_asked() {
    let (code, help, _) = report(&["--help"]);
    assert_eq!(code, Some(0));
    for word in KINDS.iter().chain(&["Examples:"]) {
        assert!(help.contains(word), "{word}");
    }
    for kind in KINDS {
        let (_, help, _) = report(&[kind, "--help"]);
        for option in [
            "--workspace",
            "--period",
            "--zone",
            "--filter",
            "--counted-in",
            "--reporting",
        ] {
            assert!(help.contains(option), "{kind} {option}");
        }
        // Rows are JSON, one a line; files of them in CSV are exports.
        for form in ["--json", "--csv"] {
            assert_eq!(help.contains(form), kind != "rows", "{kind} {form}");
        }
        // It would be another service's address.
        assert!(!help.contains("--server"), "{kind}");
    }
    for kind in [
        &["values"][..],
        &["saved", "list"],
        &["saved", "run"],
        &["saved", "delete"],
        &["saved", "save", "x", "breakdown"],
    ] {
        let (_, help, _) = report(&[kind, &["--help"]].concat());
        for option in ["--workspace", "--reporting"] {
            assert!(help.contains(option), "{kind:?} {option}");
        }
    }
    let (_, help, _) = report(&["breakdown", "--help"]);
    assert!(help.contains("hour_of_day"), "{help}");
}

#[test]
fn bad_arguments_are_named() {
    for (arguments, fault) in [
        (&["everything"][..], "everything"),
        (&["consolidated", "--period", "lately"], "last_7_days"),
        (
            &["consolidated", "--period", "2026-09-30..2026-09-01"],
            "ends before it begins",
        ),
        (
            &["consolidated", "--period", "2026-02-30..2026-03-01"],
            "2026-09-30",
        ),
        (&["consolidated", "--zone", "Mars/Olympus"], "--zone"),
        (&["consolidated", "--compare", "--csv"], "--csv"),
        (&["consolidated", "--filter", "agent"], "DIMENSION=VALUE"),
        (
            &["consolidated", "--filter", "colour=red"],
            "colour is neither",
        ),
        (&["consolidated", "--filter", "phone!=+51"], "phone"),
        (&["consolidated", "--filter", "agent=,"], "(none)"),
        (
            &["consolidated", "--counted-in", "luck"],
            "time_to_reply_p99",
        ),
        (
            &["breakdown", "--by", "day", "--counted-in", "read:numerator"],
            "read_rate",
        ),
        (
            &["funnel", "--counted-in", "read_rate:half"],
            "numerator, denominator, left_out",
        ),
        (&["consolidated", "--bucket", "minute"], "--bucket"),
        (&["consolidated", "--json", "--csv"], "--csv"),
        (&["breakdown"], "--by"),
        (&["breakdown", "--by", "colour"], "hour_of_day"),
        (
            &["breakdown", "--by", "agent", "colour"],
            "failure_category",
        ),
        (
            &["breakdown", "--by", "agent", "day", "--by", "hour"],
            "it takes one or two",
        ),
        (&["breakdown", "--by", "agent,agent"], "agent twice"),
        (&["breakdown", "--by", "agent", "--limit", "0"], "--limit"),
        (&["ranking", "--by", "agent"], "--metric"),
        (
            &["ranking", "--by", "agent", "--metric", "luck"],
            "reply_rate",
        ),
        (
            &[
                "ranking",
                "--by",
                "agent",
                "--metric",
                "read",
                "--min-volume=-1",
            ],
            "--min-volume",
        ),
        (&["funnel", "--json", "--csv"], "--csv"),
        (&["funnel", "--bucket", "day"], "--bucket"),
        (&["rows", "--preset", "all"], "hsm_management"),
        (&["values"], "DIMENSION"),
        (&["values", "colour"], "campaign"),
        (&["values", "agent", "--limit", "0"], "--limit"),
        (&["saved", "run"], "NAME"),
        (&["saved", "save", "x", "breakdown"], "--by"),
        (&["saved", "list", "--own", "--shared"], "--shared"),
        (&["saved", "list"], "--token"),
        (&["consolidated"], "--token"),
        (&["consolidated", "--key", "k"], "--workspace"),
        (
            &["consolidated", "--token", "x", "--reporting", "no address"],
            "--reporting",
        ),
    ] {
        let (code, answer, text) = report(arguments);
        let is_refused = code == Some(2) && answer.is_empty() && text.contains(fault);
        assert!(is_refused, "{arguments:?} ends with {code:?}: {text}");
    }
}

#[test]
fn a_service_that_is_away_is_named() {
    // A port that nothing listens on: it was free a moment ago, and nobody else knows it.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    for kind in [
        &["consolidated"][..],
        &["consolidated", "--period", "2026-09-01..2026-09-02"],
        &["overview"],
        &["breakdown", "--by", "agent", "day"],
        &["ranking", "--by", "agent", "--metric", "messages"],
        &["funnel", "--individual"],
        &["replies"],
        &["rows", "--preset", "hsm_management"],
        &["values", "agent"],
        &["saved", "list"],
        &["saved", "run", "x"],
        &["saved", "delete", "x"],
        &["saved", "save", "x", "replies"],
    ] {
        let (code, _, text) = report(&[kind, &["--token", "x", "--reporting", &address]].concat());
        assert_eq!(code, Some(3), "{kind:?}: {text}");
        assert!(
            text.contains(&address) && text.contains("ACUSE_REPORTING"),
            "{kind:?}: {text}"
        );
    }
}
