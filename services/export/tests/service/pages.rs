//! PDF files of rows: made, read back by a program that is not ours, and refused where there are too many rows.

use std::process::Command;

use acuse_proto::export::{ExportFormat, ExportRequest, ExportState};
use acuse_testkit::service::wire::{fields, reason};
use tonic::Code;

use crate::peer::Answer;
use crate::rig::{Rig, plain};

/// What a file holds at most.
const MOST: usize = 10_000;

fn pages() -> ExportRequest {
    ExportRequest {
        format: ExportFormat::Pdf.into(),
        ..plain()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_made_and_downloaded() {
    let rig = Rig::of(2_345).await;
    let ana = rig.analyst();
    let created = rig.create(&ana, pages()).await.unwrap();
    let done = rig.until(&ana, &created.id, ExportState::Succeeded).await;
    let file = done.file.unwrap();
    assert_eq!(file.name, "gestion-hsm-2022-10-01.pdf");
    assert_eq!(file.media_type, "application/pdf");
    assert_eq!(file.rows, 2_345);
    let bytes = rig.download(&ana, &created.id, 0).await.unwrap().concat();
    assert_eq!(file.size_bytes, i64::try_from(bytes.len()).unwrap());

    let path = rig.folder.join("read.pdf");
    std::fs::write(&path, bytes).unwrap();
    let answer = Command::new("pdftotext")
        .arg("-raw")
        .arg(&path)
        .arg("-")
        .output();
    let answer = answer.unwrap_or_else(|error| panic!("pdftotext (poppler-utils): {error}"));
    assert!(answer.status.success() && answer.stderr.is_empty());
    let text = String::from_utf8(answer.stdout).unwrap();
    let lines = text.lines().map(str::trim);
    // A message's id stands between its template's and what it says.
    let ids = lines.filter_map(|line| {
        let (_, rest) = line.split_once("1795801177 1795801177 ")?;
        rest.split_whitespace().next()?.parse::<usize>().ok()
    });
    assert_eq!(ids.collect::<Vec<_>>(), (0..2_345).collect::<Vec<_>>());
    for said in ["Reporte de gestión de HSM", "acme", "America/Lima", "2.345"] {
        assert!(text.contains(said), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_rows_than_are_read_on_paper_are_refused() {
    let rig = Rig::of(MOST + 1).await;
    let ana = rig.analyst();
    let error = rig.create(&ana, pages()).await.unwrap_err();
    assert_eq!(error.code(), Code::FailedPrecondition);
    assert_eq!(reason(&error), "TOO_MANY_ROWS");
    assert!(error.message().contains("EXPORT_FORMAT_CSV"), "{error}");

    let rig = Rig::scripted(|call| Ok(Answer::of(if call == 1 { MOST } else { MOST + 1 }))).await;
    let ana = rig.analyst();
    let id = rig.create(&ana, pages()).await.unwrap().id;
    let failed = rig.until(&ana, &id, ExportState::Failed).await;
    assert_eq!(failed.failure.unwrap().reason, "TOO_MANY_ROWS");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_not_compressed_once_more() {
    let rig = Rig::of(1).await;
    let asked = ExportRequest {
        compression: acuse_proto::export::ExportCompression::Gzip.into(),
        ..pages()
    };
    let error = rig.create(&rig.analyst(), asked).await.unwrap_err();
    assert_eq!(fields(&error), ["export.compression"]);
}
