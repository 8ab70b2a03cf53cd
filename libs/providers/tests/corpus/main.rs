//! Payloads that others published, each held against what its index says it means.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod aggregators;
mod expected;
mod sinch;

use acuse_corpus::{Corpus, Entry};
use acuse_domain::time::Timestamp;
use acuse_providers::{Delivery, Format, explain, read};

use crate::expected::Facts;

/// 2030-01-01T00:00:00Z, in seconds: after everything in the corpus.
pub(crate) const RECEIVED: i64 = 1_893_456_000;

/// What stands in where a payload names no channel account.
pub(crate) const CHANNEL_ACCOUNT: &str = "the only one";

#[test]
fn every_whatsapp_payload_means_what_it_says() {
    let Some(corpus) = Corpus::find() else {
        return;
    };
    let mut total = 0;
    let mut files = 0;
    let mut faults = Vec::new();
    for entry in corpus.entries("meta_whatsapp") {
        let facts = check(&corpus, &entry);
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

fn check(corpus: &Corpus, entry: &Entry<'_>) -> Facts {
    let body = corpus.body(entry).unwrap();
    let delivery = Delivery {
        body: &body,
        headers: &[],
        received_at: Timestamp::from_seconds(RECEIVED),
        channel_account: Some(CHANNEL_ACCOUNT),
        url: None,
        query: &[],
    };
    let reading = read(Format::MetaWhatsApp, &delivery);
    assert_eq!(
        read(Format::MetaWhatsApp, &delivery),
        reading,
        "{}",
        entry.file
    );
    expected::compare(&entry.says(), &reading, &explain(&reading))
}
