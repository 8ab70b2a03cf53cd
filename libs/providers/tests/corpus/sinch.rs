//! Sinch's payloads, each held against what the index says of it.

use acuse_corpus::{Corpus, Entry, Said, SaidKind, matches};
use acuse_domain::time::Timestamp;
use acuse_providers::{Delivery, Explanation, ExplanationKind, Format, explain, read};

use crate::expected::Facts;
use crate::{CHANNEL_ACCOUNT, RECEIVED};

#[test]
fn every_sinch_payload_means_what_it_says() {
    every(Format::Sinch, "sinch");
}

#[test]
fn every_latin_american_payload_means_what_it_says() {
    every(Format::SinchLatam, "sinch_latam");
}

#[allow(clippy::print_stdout, reason = "a test tells what it asserted")]
fn every(format: Format, provider: &str) {
    let Some(corpus) = Corpus::find() else {
        return;
    };
    let entries = corpus.entries(provider);
    assert!(!entries.is_empty(), "the index names no file");
    let mut total = 0;
    let mut faults = Vec::new();
    for entry in &entries {
        let facts = check(format, &corpus, entry);
        println!("{:>3} {}", facts.asserted, entry.file);
        total += facts.asserted;
        if facts.asserted == 0 {
            faults.push(format!("{}: no fact was asserted", entry.file));
        }
        let file = entry.file;
        faults.extend(facts.faults.iter().map(|fault| format!("{file}: {fault}")));
    }
    println!("{total} facts of {} files", entries.len());
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

fn check(format: Format, corpus: &Corpus, entry: &Entry<'_>) -> Facts {
    let body = corpus.body(entry).unwrap();
    let delivery = Delivery {
        channel_account: Some(CHANNEL_ACCOUNT),
        ..Delivery::of(&body, Timestamp::from_seconds(RECEIVED))
    };
    let reading = read(format, &delivery);
    assert_eq!(read(format, &delivery), reading, "{}", entry.file);
    let mut left = explain(&reading);
    let mut facts = Facts::default();
    for said in entry.said() {
        match said.kind {
            SaidKind::Aside => aside(&mut facts, &said, &mut left),
            SaidKind::Status => status(&mut facts, &said, &mut left),
            SaidKind::Inbound => inbound(&mut facts, &said, &mut left),
            kind => facts.check(false, || format!("nobody checks {kind:?}")),
        }
    }
    left.retain(|it| it.kind != ExplanationKind::NotUnderstood);
    facts.check(left.is_empty(), || format!("also read: {left:?}"));
    facts
}

fn aside(facts: &mut Facts, said: &Said<'_>, left: &mut Vec<Explanation>) {
    let found = take(left, |it| {
        it.kind == ExplanationKind::NotUnderstood
            && (said.id.is_none() || it.id.as_deref() == said.id)
    });
    facts.check(found.is_some(), || {
        format!("nothing is kept aside of {:?}", said.id)
    });
    let tells = found.is_some_and(|it| it.reason.is_some() && it.detail.is_some());
    facts.check(tells, || "nobody could tell why".to_owned());
}

fn status(facts: &mut Facts, said: &Said<'_>, left: &mut Vec<Explanation>) {
    let found = take(left, |it| {
        it.kind == ExplanationKind::Status
            && (said.id.is_none() || it.id.as_deref() == said.id)
            && it.evidence.as_deref() == said.evidence
    });
    facts.check(found.is_some(), || {
        format!("nothing is told of {:?} {:?}", said.id, said.evidence)
    });
    let Some(found) = found else {
        return;
    };
    time(facts, said, &found);
    if said.to.is_some() {
        facts.same("to", said.to, found.to.as_deref());
    }
    facts.same("code", said.code, found.error_code.as_deref());
}

fn inbound(facts: &mut Facts, said: &Said<'_>, left: &mut Vec<Explanation>) {
    let found = take(left, |it| {
        it.kind == ExplanationKind::Inbound && (said.id.is_none() || it.id.as_deref() == said.id)
    });
    facts.check(found.is_some(), || {
        format!("nothing is told of {:?}", said.id)
    });
    let Some(found) = found else {
        return;
    };
    time(facts, said, &found);
    if said.from.is_some() {
        facts.same("from", said.from, found.from.as_deref());
    }
    if said.to.is_some() {
        facts.same("to", said.to, found.to.as_deref());
    }
    if let Some(text) = &said.text {
        facts.check(
            found.text.as_deref().is_some_and(|it| matches(text, it)),
            || format!("text is {:?}, not {text:?}", found.text),
        );
    }
}

/// The index's times are compared to the millisecond.
fn time(facts: &mut Facts, said: &Said<'_>, found: &Explanation) {
    if let Some(at) = said.at {
        let told = found.happened_at.as_deref();
        let told = told.and_then(|told| told.parse::<jiff::Timestamp>().ok());
        let told = told.map(jiff::Timestamp::as_millisecond);
        facts.check(told == Some(at) && !found.time_is_receipt, || {
            format!("it happened at {:?}, not at {at}", found.happened_at)
        });
    } else if said.has_no_time {
        facts.check(found.time_is_receipt, || "it has a time".to_owned());
    }
}

fn take(left: &mut Vec<Explanation>, fits: impl Fn(&Explanation) -> bool) -> Option<Explanation> {
    let index = left.iter().position(fits)?;
    Some(left.remove(index))
}
