//! Payloads of Twilio, Vonage and Infobip.
//!
//! Two of Infobip's are not what the index calls them: that somebody types is no message, and a body without `results` says nothing
//! that is understood, so that it is kept aside and not refused.

use acuse_corpus::{Corpus, Entry, Said, SaidKind, matches};
use acuse_domain::time::Timestamp;
use acuse_providers::{Delivery, Explanation, ExplanationKind, Format, explain, read};

use crate::expected::Facts;
use crate::{CHANNEL_ACCOUNT, RECEIVED};

#[test]
fn every_twilio_payload_means_what_it_says() {
    check_all("twilio", Format::Twilio);
}

#[test]
fn every_vonage_payload_means_what_it_says() {
    check_all("vonage", Format::Vonage);
}

#[test]
fn every_infobip_payload_means_what_it_says() {
    check_all("infobip", Format::Infobip);
}

#[allow(clippy::print_stdout, reason = "how many facts there are")]
fn check_all(provider: &str, format: Format) {
    let Some(corpus) = Corpus::find() else {
        return;
    };
    let mut total = 0;
    let mut files = 0;
    let mut faults = Vec::new();
    for entry in corpus.entries(provider) {
        let facts = check(&corpus, &entry, format);
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
    assert!(files > 0, "the index names no file");
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

fn check(corpus: &Corpus, entry: &Entry<'_>, format: Format) -> Facts {
    let body = corpus.body(entry).unwrap();
    let delivery = Delivery {
        channel_account: Some(CHANNEL_ACCOUNT),
        ..Delivery::of(&body, Timestamp::from_seconds(RECEIVED))
    };
    let mut left = explain(&read(format, &delivery));
    let mut facts = Facts::default();
    for said in entry.said() {
        let found = left.iter().position(|found| is_that(&said, found));
        facts.check(found.is_some(), || format!("{said:?} is not told"));
        if let Some(index) = found {
            compare(&mut facts, &said, &left.remove(index));
        }
    }
    let is_more = |it: &&Explanation| {
        let is_left_out = it
            .evidence
            .as_deref()
            .is_some_and(|it| entry.leaves_out(it));
        it.kind != ExplanationKind::NotUnderstood && !is_left_out
    };
    let more: Vec<_> = left.iter().filter(is_more).collect();
    facts.check(more.is_empty(), || format!("also told: {more:?}"));
    facts
}

/// Whether an explanation is of what the index says.
fn is_that(said: &Said<'_>, found: &Explanation) -> bool {
    let kind = match said.kind {
        SaidKind::Status => ExplanationKind::Status,
        SaidKind::Inbound => ExplanationKind::Inbound,
        SaidKind::Echo => ExplanationKind::Echo,
        SaidKind::Watermark => ExplanationKind::Watermark,
        SaidKind::Aside => ExplanationKind::NotUnderstood,
        SaidKind::Malformed => ExplanationKind::Rejected,
    };
    found.kind == kind
        && (said.id.is_none() || said.id == found.id.as_deref())
        && (said.evidence.is_none() || said.evidence == found.evidence.as_deref())
}

fn compare(facts: &mut Facts, said: &Said<'_>, found: &Explanation) {
    // What led to it: its kind, and its id and evidence where they are told.
    facts.asserted += 1 + usize::from(said.id.is_some()) + usize::from(said.evidence.is_some());
    if let Some(at) = said.at {
        let at = Timestamp::from_millis(at).to_string();
        facts.same("time", Some(&at), found.happened_at.as_deref());
    }
    if said.at.is_some() || said.has_no_time {
        facts.check(found.time_is_receipt == said.has_no_time, || {
            format!(
                "whether its time is that of receipt: {}",
                found.time_is_receipt
            )
        });
    }
    for (name, expected, actual) in [
        ("from", said.from, &found.from),
        ("to", said.to, &found.to),
        ("code", said.code, &found.error_code),
    ] {
        if expected.is_some() {
            facts.same(name, expected, actual.as_deref());
        }
    }
    if let Some(text) = &said.text {
        let is_same = found.text.as_deref().is_some_and(|it| matches(text, it));
        facts.check(is_same, || {
            format!("text is {:?}, not {text:?}", found.text)
        });
    }
}
