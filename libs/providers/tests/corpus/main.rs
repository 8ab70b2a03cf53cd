//! Payloads that others published, each held against what its index says it means.
//!
//! They are other people's data, and no part of this tree: the test looks for a folder `shared/corpus` beside a folder above
//! this one, or where `ACUSE_CORPUS` says, and has nothing to read without it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod expected;
mod index;
mod text;

use std::path::{Path, PathBuf};

use acuse_domain::time::Timestamp;
use acuse_providers::{Delivery, Format, explain, read};

use crate::expected::Facts;
use crate::index::{Entry, entries};

/// 2030-01-01T00:00:00Z: after everything in the corpus.
const RECEIVED_AT: Timestamp = Timestamp::from_seconds(1_893_456_000);

/// What stands in where a payload names no channel account.
const CHANNEL_ACCOUNT: &str = "the only one";

#[test]
fn every_whatsapp_payload_means_what_it_says() {
    let Some(folder) = corpus() else {
        println!("there is no corpus to read");
        return;
    };
    let index = std::fs::read_to_string(folder.join("INDEX.tsv")).unwrap();
    let mut total = 0;
    let mut files = 0;
    let mut faults = Vec::new();
    for entry in entries(&index, "meta_whatsapp") {
        let facts = check(&folder, &entry);
        println!("{:>3} {}", facts.asserted, entry.file);
        total += facts.asserted;
        files += 1;
        if facts.asserted == 0 {
            faults.push(format!("{}: no fact was asserted", entry.file));
        }
        let file = entry.file;
        faults.extend(facts.faults.iter().map(|fault| format!("{file}: {fault}")));
    }
    println!("{total} facts of {files} files");
    assert!(files > 0, "the index names no file");
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

fn check(folder: &Path, entry: &Entry<'_>) -> Facts {
    let body = std::fs::read(folder.join(entry.file)).unwrap();
    let delivery = Delivery {
        body: &body,
        headers: &[],
        received_at: RECEIVED_AT,
        channel_account: Some(CHANNEL_ACCOUNT),
    };
    let reading = read(Format::MetaWhatsApp, &delivery);
    assert_eq!(
        read(Format::MetaWhatsApp, &delivery),
        reading,
        "{}",
        entry.file
    );
    expected::compare(entry.meaning, &reading, &explain(&reading))
}

fn corpus() -> Option<PathBuf> {
    if let Some(given) = std::env::var_os("ACUSE_CORPUS") {
        let folder = PathBuf::from(given);
        assert!(
            folder.join("INDEX.tsv").is_file(),
            "ACUSE_CORPUS is no folder with an INDEX.tsv"
        );
        return Some(folder);
    }
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|above| above.join("shared").join("corpus"))
        .find(|folder| folder.join("INDEX.tsv").is_file())
}
