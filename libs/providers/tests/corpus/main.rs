//! Payloads that others published, each held against what its index says it means.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod aggregators;
mod expected;
mod general;
mod signatures;
mod sinch;

use acuse_corpus::{Corpus, Entry};
use acuse_domain::time::Timestamp;
use acuse_providers::{Delivery, Format, Malformed, Reading, explain, read};

use crate::expected::Facts;

/// 2030-01-01T00:00:00Z, in seconds: after everything in the corpus.
pub(crate) const RECEIVED: i64 = 1_893_456_000;

/// What stands in where a payload names no channel account.
pub(crate) const CHANNEL_ACCOUNT: &str = "the only one";

#[test]
fn every_whatsapp_payload_means_what_it_says() {
    every("meta_whatsapp", |body, entry| {
        let reading = read_body(Format::MetaWhatsApp, body);
        expected::compare(&entry.says(), &reading, &explain(&reading))
    });
}

/// The providers whose payloads are compared in general, by their names in the index.
const GENERAL: [(&str, Format); 5] = [
    ("meta_whatsapp", Format::MetaWhatsApp),
    ("meta_messenger", Format::MetaMessenger),
    ("meta_instagram", Format::MetaInstagram),
    ("360dialog", Format::Dialog360),
    ("gupshup", Format::Gupshup),
];

#[test]
fn every_payload_means_what_it_says() {
    for (provider, format) in GENERAL {
        every(provider, |body, entry| {
            let reading = read_body(format, body);
            general::compare(entry, &explain(&reading))
        });
    }
}

/// Compares each file of a provider, and tells how many facts were.
#[allow(clippy::print_stdout, reason = "how much was compared is to be seen")]
fn every(provider: &str, compare: impl Fn(&[u8], &Entry<'_>) -> Facts) {
    let Some(corpus) = Corpus::find() else {
        return;
    };
    let mut total = 0;
    let mut files = 0;
    let mut faults = Vec::new();
    for entry in corpus.entries(provider) {
        let facts = compare(&corpus.body(&entry).unwrap(), &entry);
        println!("{:>3} {}", facts.asserted, entry.file);
        total += facts.asserted;
        files += 1;
        if facts.asserted == 0 {
            faults.push(format!("{}: no fact was asserted", entry.file));
        }
        let file = entry.file;
        faults.extend(facts.faults.iter().map(|fault| format!("{file}: {fault}")));
    }
    println!("{total} facts of {files} files of {provider}");
    assert!(files > 0, "the index names no file of {provider}");
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// What a body says, which is the same each time.
fn read_body(format: Format, body: &[u8]) -> Result<Reading, Malformed> {
    let delivery = Delivery {
        channel_account: Some(CHANNEL_ACCOUNT),
        ..Delivery::of(body, Timestamp::from_seconds(RECEIVED))
    };
    let reading = read(format, &delivery);
    assert_eq!(read(format, &delivery), reading);
    reading
}
