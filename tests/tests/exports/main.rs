//! An export of what was said of messages: message-state takes it in, reporting tells the rows, export writes the file and the
//! command fetches it, all over real sockets.

#![allow(clippy::unwrap_used, reason = "tests")]

mod answers;
mod figures;
mod opened;
mod rig;
mod saved;
mod scheduled;
mod tables;
mod told;

use std::path::Path;
use std::process::ExitCode;

use acuse_proto::reporting::HsmManagementRow;
use acuse_proto::types::MessageState;
use acuse_rpc::Secret;
use clap::Parser as _;
use csv::StringRecord;
use rig::{MESSAGES, Rig};

/// A row as the file has to have it.
fn compare(row: &HsmManagementRow, record: &StringRecord) {
    let of = &row.shown_id;
    let said = |text: &Option<String>| text.clone().unwrap();
    assert_eq!(&record[4], of);
    assert_eq!(record[0], said(&row.agent.as_ref().unwrap().name), "{of}");
    let template = row.template.as_ref().unwrap();
    assert_eq!(record[2], said(&template.id), "{of}");
    assert_eq!(record[3], said(&template.name), "{of}");
    assert_eq!(
        record[5],
        format!("'{}", said(&row.body)),
        "{of}: no formula"
    );
    assert_eq!(record[6], said(&row.destination), "{of}");
    let delivered = match row.state() {
        MessageState::Delivered => true,
        MessageState::Sent => false,
        other => unreachable!("{other:?}"),
    };
    assert_eq!(&record[7], if delivered { "Entregado" } else { "Enviado" });
    assert_eq!(&record[11], if delivered { "Exitosa" } else { "Pendiente" });
    assert_eq!(&record[14], "2/10/2022");
    assert_eq!(&record[15], if delivered { "2/10/2022" } else { "-" });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_holds_the_rows_that_reporting_streams() {
    let rig = Rig::told().await;
    // All of it for an analyst; the half that a supervisor's department sent for them.
    for (token, step) in [(rig.analyst(), 1), (rig.supervisor("ventas"), 2)] {
        let rows = rig.rows(&token).await;
        let (export, file) = rig.exported(&token).await;
        let told = export.file.unwrap();
        assert_eq!(told.rows, i64::try_from(MESSAGES / step).unwrap());
        assert_eq!(told.size_bytes, i64::try_from(file.len()).unwrap());
        let records: Vec<StringRecord> = csv::Reader::from_reader(file.as_slice())
            .into_records()
            .map(|record| record.unwrap())
            .collect();
        assert_eq!(records.len(), rows.len());
        for (row, record) in rows.iter().zip(&records) {
            compare(row, record);
        }
        let mut numbers: Vec<usize> = records
            .iter()
            .map(|record| record[4].parse().unwrap())
            .collect();
        numbers.sort_unstable();
        let expected: Vec<usize> = (0..MESSAGES).step_by(step).collect();
        assert_eq!(numbers, expected);
    }
}

/// Runs `acuse export`; gives how it ends.
async fn command(rig: &Rig, token: &Secret, arguments: &[&str]) -> ExitCode {
    let (export, reporting) = (rig.export.to_string(), rig.reporting.to_string());
    let line = [&["acuse", "export"], arguments, &["--export", &export]].concat();
    let line = match arguments {
        ["create", ..] => [line, vec!["--reporting", &reporting]].concat(),
        _ => line,
    };
    let line = [line, vec!["--token", token.expose()]].concat();
    acuse::run(acuse::Cli::try_parse_from(line).unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_fetches_what_was_written() {
    let rig = Rig::told().await;
    let token = rig.supervisor("soporte");
    let (export, file) = rig.exported(&token).await;
    let folder = rig.folder.join("fetched");
    std::fs::create_dir(&folder).unwrap();
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let read = |path: &Path| std::fs::read(path).unwrap();

    // The last seven days, in the workspace's zone, which it asks for.
    let days = "2022-09-26..2022-10-02";
    let asked = path("asked.csv");
    let arguments = [
        "create",
        "hsm-management",
        "--period",
        days,
        "--output",
        &asked,
    ];
    let done = command(&rig, &token, &arguments).await;
    assert_eq!(done, ExitCode::SUCCESS);
    assert!(read(asked.as_ref()) == file, "not the same file");

    // Nothing is written over unless that is asked for.
    let marked = ["--bom", "--delimiter", ";"];
    let again = [&arguments[..], &marked].concat();
    assert_eq!(command(&rig, &token, &again).await, ExitCode::from(3));
    assert!(read(asked.as_ref()) == file, "written over");
    let again = [&again[..], &["--force"]].concat();
    assert_eq!(command(&rig, &token, &again).await, ExitCode::SUCCESS);
    let written = read(asked.as_ref());
    assert!(written.starts_with("\u{feff}Nombre del agente;".as_bytes()));

    // The file of an export that is there already, by its own name.
    let place = folder.to_str().unwrap();
    let arguments = ["download", &export.id, "--output", place];
    let done = command(&rig, &token, &arguments).await;
    assert_eq!(done, ExitCode::SUCCESS);
    assert!(read(&folder.join(export.file.unwrap().name)) == file);
    assert_eq!(command(&rig, &token, &["list"]).await, ExitCode::SUCCESS);

    // Others have no such export, and nothing but whole files is left.
    let stranger = rig.supervisor("ventas");
    let other = path("other.csv");
    let arguments = ["download", &export.id, "--output", &other];
    let done = command(&rig, &stranger, &arguments).await;
    assert_eq!(done, ExitCode::from(3));
    assert_eq!(folder.read_dir().unwrap().count(), 2);
    let url = command(&rig, &stranger, &["url", &export.id]).await;
    assert_eq!(url, ExitCode::from(3));

    // What came before is not fetched again: of another beginning nothing right is made, and the next time it is fetched whole.
    let kept = path("kept.csv");
    let part = format!("{kept}.{}.part", export.id);
    std::fs::write(&part, "something else").unwrap();
    let arguments = ["download", &export.id, "--output", &kept];
    assert_eq!(command(&rig, &token, &arguments).await, ExitCode::from(3));
    assert!(!Path::new(&part).exists() && !Path::new(&kept).exists());
    std::fs::write(&part, &file[..1_000]).unwrap();
    assert_eq!(command(&rig, &token, &arguments).await, ExitCode::SUCCESS);
    assert!(read(kept.as_ref()) == file && !Path::new(&part).exists());

    assert_eq!(
        command(&rig, &token, &["url", &export.id]).await,
        ExitCode::SUCCESS
    );
    // It is made: nothing to cancel, and then nothing at all.
    let id = export.id.as_str();
    assert_eq!(
        command(&rig, &token, &["cancel", id]).await,
        ExitCode::from(3)
    );
    assert_eq!(
        command(&rig, &token, &["delete", id]).await,
        ExitCode::SUCCESS
    );
    assert_eq!(
        command(&rig, &token, &["delete", id]).await,
        ExitCode::from(3)
    );
    let searched = ["list", "--state", "succeeded", "--by", "sofia"];
    assert_eq!(command(&rig, &token, &searched).await, ExitCode::SUCCESS);
}
