//! Schedules and notifications, as far as the command line goes.

use crate::{
    refuses,
    rig::{acuse, answer},
};

#[test]
fn help_shows_what_can_be_done_with_them() {
    for (command, kinds) in [
        (
            "schedule",
            &[
                "create", "list", "show", "runs", "change", "pause", "resume", "run", "delete",
            ][..],
        ),
        ("notification", &["list", "watch", "read", "clear"]),
    ] {
        let output = acuse(&[command, "--help"]);
        assert!(output.status.success());
        assert!(answer(&output).contains("Examples:"), "{command}");
        for kind in kinds {
            assert!(answer(&output).contains(kind), "{command} {kind}");
            let help = acuse(&[command, kind, "--help"]);
            for option in ["--workspace", "--export"] {
                assert!(answer(&help).contains(option), "{command} {kind} {option}");
            }
        }
    }
}

#[test]
fn bad_arguments_are_named() {
    const ID: &str = "019aa0c2-7d4e-7b1f-9c55-0e2f6a1b3c4d";
    let change = format!("schedule change {ID} --token x");
    let both = format!("notification read {ID} --all --token x");
    refuses(&[
        ("schedule create a --at 08:00", "--daily"),
        ("schedule create a --daily", "--at"),
        (
            "schedule create a --daily --monthly 1 --at 08:00",
            "--monthly",
        ),
        ("schedule create a --weekly mo --at 08:00", "mon"),
        ("schedule create a --monthly 32 --at 08:00", "--monthly"),
        ("schedule create a --daily --at 24:00", "08:00"),
        (
            "schedule create a --daily --at 08:00 --covering lately",
            "last_7_days",
        ),
        (
            "schedule create a --daily --at 08:00 --report all",
            "hsm-management",
        ),
        (
            "schedule create a --daily --at 08:00 --report outbound --by agent --token x",
            "--by",
        ),
        (
            "schedule create a --daily --at 08:00 --report breakdown --token x",
            "--by",
        ),
        ("schedule create a --daily --at 08:00", "--token"),
        ("schedule pause x", "ID"),
        (&change, "--at"),
        ("notification read --token x", "--all"),
        (&both, "--all"),
    ]);
}
