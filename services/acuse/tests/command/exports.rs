//! Exports, as far as the command line and a service that is away go.

use std::fs;

use acuse_testkit::NOBODY;

use crate::{
    refuses,
    rig::{Folder, acuse, answer, fails},
};

#[test]
fn help_shows_what_can_be_exported() {
    let output = acuse(&["export", "--help"]);
    assert!(output.status.success());
    for word in [
        "create",
        "list",
        "download",
        "cancel",
        "delete",
        "url",
        "Examples:",
    ] {
        assert!(answer(&output).contains(word), "{word}");
    }
    for (kind, options) in [
        (
            "create",
            &[
                "hsm-management",
                "--format",
                "--language",
                "--no-wait",
                "--workspace",
                "--period",
                "--zone",
                "--filter",
                "--name",
                "--delimiter",
                "--bom",
                "--output",
                "--force",
                "--export",
                "Examples:",
            ][..],
        ),
        (
            "download",
            &["--workspace", "--output", "--force", "--export"],
        ),
        (
            "list",
            &[
                "--workspace",
                "--limit",
                "--state",
                "cancelled",
                "--by",
                "--report",
                "--json",
                "--export",
            ],
        ),
        ("cancel", &["--workspace", "--export"]),
        ("delete", &["--workspace", "--export"]),
        ("url", &["--workspace", "--valid", "--export"]),
    ] {
        let output = acuse(&["export", kind, "--help"]);
        for option in options {
            assert!(answer(&output).contains(option), "{kind} {option}");
        }
        assert!(!answer(&output).contains("--message-state"), "{kind}");
    }
}

#[test]
fn bad_arguments_are_named() {
    refuses(&[
        ("export everything", "everything"),
        ("export create hsm-management", "--token"),
        ("export create hsm-management --key k", "--workspace"),
        (
            "export create hsm-management --period lately",
            "last_7_days",
        ),
        ("export create hsm-management --zone Mars/Olympus", "--zone"),
        ("export create hsm-management --filter colour=red", "colour"),
        ("export create hsm-management --delimiter :", "tab"),
        (
            "export create hsm-management --token x --export here",
            "--export",
        ),
        ("export download", "ID"),
        ("export download x", "ID"),
        ("export create", "REPORT"),
        ("export create nothing", "hsm-management"),
        ("export create hsm-management --format doc", "csv"),
        ("export create hsm-management --no-wait --force", "--force"),
        ("export create funnel --wilson --token x", "ranking"),
        ("export create hsm-management --by agent --token x", "--by"),
        ("export create pack --by agent --token x", "breakdown"),
        ("export create --saved x --times --token x", "--times"),
        ("export cancel", "ID"),
        ("export delete", "ID"),
        ("export url x", "ID"),
        (
            "export url 019aa0c2-7d4e-7b1f-9c55-0e2f6a1b3c4d --valid 59",
            "--valid",
        ),
        ("export list --state gone", "cancelled"),
        ("export list --limit 0", "--limit"),
        ("export list --key k", "--workspace"),
    ]);
}

#[test]
fn a_service_that_is_away_is_named() {
    let folder = Folder::new();
    let output = folder.join("export.csv");
    let output = output.to_str().unwrap();
    let id = "019aa0c2-7d4e-7b1f-9c55-0e2f6a1b3c4d";
    for kind in [
        &["create", "hsm-management", "--output", output][..],
        &["download", id, "--output", output],
        &["list"],
        &["cancel", id],
        &["delete", id],
        &["url", id],
    ] {
        let options = ["--token", "x", "--export", NOBODY];
        let (code, text) = fails(&[&["export"], kind, &options].concat());
        assert_eq!(code, Some(3), "{kind:?}: {text}");
        assert!(
            text.contains(NOBODY) && text.contains("ACUSE_EXPORT"),
            "{kind:?}: {text}"
        );
    }
    // Days without a zone are the workspace's, which reporting knows.
    let (code, text) = fails(&[
        "export",
        "create",
        "hsm-management",
        "--period",
        "2026-09-01..2026-09-02",
        "--token",
        "x",
        "--reporting",
        NOBODY,
    ]);
    assert!(
        code == Some(3) && text.contains("ACUSE_REPORTING"),
        "{text}"
    );
    assert_eq!(fs::read_dir(folder.join("")).unwrap().count(), 0);
}

#[test]
fn what_is_there_is_not_written_over() {
    let folder = Folder::new();
    let there = folder.join("there.csv");
    fs::write(&there, "kept").unwrap();
    let missing = folder.join("missing/export.csv");
    for (output, fault) in [(&there, "--force"), (&missing, "there is no folder")] {
        let output = output.to_str().unwrap();
        let (code, text) = fails(&[
            "export",
            "create",
            "hsm-management",
            "--token",
            "x",
            "--output",
            output,
        ]);
        assert!(code == Some(3) && text.contains(fault), "{text}");
    }
    assert_eq!(fs::read(&there).unwrap(), b"kept");
}
