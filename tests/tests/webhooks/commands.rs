//! What an administrator does at the terminal about what was not understood, and an operator about a workspace's settings.

use std::process::ExitCode;

use acuse_proto::ingestion::{ListNotUnderstoodRequest, RegisterMessagesRequest};
use acuse_proto::message_state::{AttributionWindow, ExportLimits, Workspace};
use clap::Parser as _;

use crate::calls::registration;
use crate::payload::{ago, body, status};
use crate::rig::{ACME, Acuse, post};

/// The command found what it was asked for, and the answer is no.
fn no() -> ExitCode {
    ExitCode::from(1)
}

async fn kept(acuse: &Acuse) -> Vec<String> {
    let request = ListNotUnderstoodRequest::default();
    let answer = acuse.not_understood().list_not_understood(request).await;
    let payloads = answer.unwrap().into_inner().payloads.into_iter();
    payloads.map(|payload| payload.id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_understood_is_looked_at_read_again_and_deleted() {
    let acuse = Acuse::start().await;
    let path = acuse.integration().await.webhook_path;
    let empty = ["not-understood", "list"];
    assert_eq!(acuse.command(&empty).await, ExitCode::SUCCESS);
    for (name, word) in [("1", "brought"), ("2", "eaten"), ("3", "eaten")] {
        let said = body(&[status(&format!("wamid.{name}"), word, ago(90))], &[]);
        assert_eq!(post(acuse.address(), &path, &said).await.status, 200);
    }
    let ids = kept(&acuse).await;
    assert_eq!(ids.len(), 3);
    for looked_at in [
        &["list", "--limit", "1"][..],
        &["list", "--json", "--provider", "meta-whatsapp"],
        &["count", "--reason", "unknown_status"],
        &["count", "--json"],
        &["show", &ids[0]],
        &["show", &ids[0], "--json"],
        &["show", &ids[0], "--body"],
    ] {
        let arguments = [&["not-understood"], looked_at].concat();
        let done = acuse.command(&arguments).await;
        assert_eq!(done, ExitCode::SUCCESS, "{looked_at:?}");
    }

    let session = acuse.session().await;
    let newer = "UPDATE ingestion.not_understood SET \
         body = convert_to(replace(convert_from(body, 'UTF8'), 'brought', 'delivered'), 'UTF8')";
    assert_eq!(session.execute(newer, &[]).await.unwrap(), 3);
    let replay = async |which: &[&str]| {
        let arguments = [&["not-understood", "replay"], which].concat();
        acuse.command(&arguments).await
    };
    assert_eq!(replay(&[&ids[1]]).await, no());
    assert_eq!(replay(&["--provider", "twilio"]).await, ExitCode::SUCCESS);
    assert_eq!(acuse.rows("message_state.messages").await, 0);
    assert_eq!(replay(&["--all"]).await, no());
    assert_eq!(acuse.rows("message_state.messages").await, 1);
    assert_eq!(kept(&acuse).await, ids[1..]);

    let delete = ["not-understood", "delete", &ids[2]];
    assert_eq!(acuse.command(&delete).await, ExitCode::SUCCESS);
    assert_eq!(kept(&acuse).await, ids[1..2]);
    // What is gone is not there.
    assert_eq!(acuse.command(&delete).await, ExitCode::from(3));
    let show = ["not-understood", "show", &ids[2]];
    assert_eq!(acuse.command(&show).await, ExitCode::from(3));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_setting_of_a_workspace_can_be_changed_and_goes_back() {
    let acuse = Acuse::start().await;
    let usual = acuse.workspace(ACME).await;
    let all = [
        ("--name", "Acme Perú"),
        ("--time-zone", "America/Lima"),
        ("--language", "pt"),
        ("--data-available-from", "2026-01-01T00:00:00Z"),
        ("--attribution-window", "48h"),
        ("--report-max-days", "366"),
        ("--exports-max-concurrent", "9"),
        ("--retention-months", "24"),
        ("--not-understood-retention-days", "30"),
    ];
    let mut given = vec!["update", ACME];
    given.extend(all.iter().flat_map(|(option, value)| [*option, *value]));
    assert_eq!(acuse.workspace_command(&given).await, ExitCode::SUCCESS);
    let seconds = |seconds| prost_types::Duration { seconds, nanos: 0 };
    let changed = acuse.workspace(ACME).await;
    let applies_from = changed.attribution_window.unwrap().applies_from;
    let expected = Workspace {
        slug: ACME.to_owned(),
        display_name: Some("Acme Perú".to_owned()),
        time_zone: Some("America/Lima".to_owned()),
        language_code: Some("pt".to_owned()),
        data_available_from: Some(prost_types::Timestamp {
            seconds: 1_767_225_600,
            nanos: 0,
        }),
        attribution_window: Some(AttributionWindow {
            length: Some(seconds(48 * 3600)),
            applies_from,
        }),
        report_max_days: Some(366),
        export_limits: Some(ExportLimits {
            max_concurrent: Some(9),
        }),
        retention_months: Some(24),
        not_understood_retention_days: Some(30),
        created_at: usual.created_at,
        updated_at: changed.updated_at,
    };
    assert_eq!(changed, expected);

    // One alone leaves the others as they are.
    let one = ["update", ACME, "--retention-months", "12"];
    assert_eq!(acuse.workspace_command(&one).await, ExitCode::SUCCESS);
    let changed = acuse.workspace(ACME).await;
    assert_eq!(changed.retention_months, Some(12));
    assert_eq!(changed.report_max_days, Some(366));
    let wrong = ["update", ACME, "--retention-months", "121"];
    assert_eq!(acuse.workspace_command(&wrong).await, ExitCode::from(3));

    let mut reset = vec!["update", ACME];
    let settings = all.iter().map(|(option, _)| option.trim_start_matches('-'));
    reset.extend(settings.flat_map(|setting| ["--reset", setting]));
    assert_eq!(acuse.workspace_command(&reset).await, ExitCode::SUCCESS);
    let back = acuse.workspace(ACME).await;
    let length = back.attribution_window.unwrap().length;
    assert_eq!(length, Some(seconds(24 * 3600)));
    let expected = Workspace {
        attribution_window: back.attribution_window,
        updated_at: back.updated_at,
        ..usual
    };
    assert_eq!(back, expected);

    // A new one has what it is given.
    let create = [
        "create",
        "other",
        "--retention-months",
        "3",
        "--name",
        "Otra",
    ];
    assert_eq!(acuse.workspace_command(&create).await, ExitCode::SUCCESS);
    let other = acuse.workspace("other").await;
    assert_eq!(other.retention_months, Some(3));
    assert_eq!(other.display_name.as_deref(), Some("Otra"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_says_what_a_channel_account_can_report() {
    let acuse = Acuse::start().await;
    let request = RegisterMessagesRequest {
        messages: vec![registration("m1")],
    };
    acuse.evidence().register_messages(request).await.unwrap();
    let stages = async |rest: &[&str]| {
        let arguments = [&["stages", ACME], rest].concat();
        assert_eq!(acuse.workspace_command(&arguments).await, ExitCode::SUCCESS);
        let bits = "SELECT reportable::int8 FROM message_state.messages";
        acuse.count(bits).await
    };
    let account = ["--channel", "whatsapp", "--account", "1001"];
    assert_eq!(stages(&[]).await, 15);
    let reports = [&account[..], &["--reports", "send,read"]].concat();
    assert_eq!(stages(&reports).await, 11);
    assert_eq!(stages(&["--json"]).await, 11);
    let reports = [&account[..], &["--reports", "dispatch", "--json"]].concat();
    assert_eq!(stages(&reports).await, 1);
    let as_channel = [&account[..], &["--as-channel"]].concat();
    assert_eq!(stages(&as_channel).await, 15);
    // What does not go together is refused before anything is asked.
    for wrong in [
        &["--channel", "sms"][..],
        &["--account", "1001", "--reports", "send"],
        &["--channel", "sms", "--account", "1001"],
        &["--reports", "send"],
        &["--as-channel"],
        &[
            "--channel",
            "sms",
            "--account",
            "1",
            "--as-channel",
            "--reports",
            "send",
        ],
        &["--channel", "sms", "--account", "1", "--reports", "sent"],
    ] {
        let line = [&["acuse", "workspace", "stages", ACME], wrong].concat();
        assert!(acuse::Cli::try_parse_from(line).is_err(), "{wrong:?}");
    }
    let nowhere = acuse.workspace_command(&["stages", "nowhere"]).await;
    assert_eq!(nowhere, ExitCode::from(3));
}
