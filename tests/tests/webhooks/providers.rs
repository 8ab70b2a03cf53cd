//! Webhooks of every provider that were seen in the wild, where a folder of them lies beside the checkout: signed and sent as
//! their provider does, twice and in any order, and known afterwards as the index says.
//!
//! WhatsApp's are looked at more closely in [`crate::corpus`], and here only among all others.

mod compare;
mod known;
mod refused;
mod sender;
mod together;

use std::collections::BTreeSet;

use acuse_corpus::{Corpus, Entry, SaidKind};
use acuse_proto::ingestion::Integration;
use acuse_tests::history::seeds;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use tonic::Code;

use crate::rig::Acuse;
use known::Known;
use sender::{SECRET, SENDERS, Sender};

/// What the index has beside payloads of the providers that are read here.
const OTHERS: [&str; 1] = ["other"];

/// How files come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// As their provider sends them.
    Http,
    /// By way of somebody who received them, and hands them on with `IngestWebhook`.
    Gateway,
}

/// A file and where it is sent.
struct Case<'a> {
    sender: &'static Sender,
    entry: Entry<'a>,
    body: Vec<u8>,
    workspace: String,
    integration: Integration,
}

impl Case<'_> {
    async fn send(&self, acuse: &Acuse, way: Way) {
        let path = &self.integration.webhook_path;
        let request = self.sender.file(&self.entry, path, &self.body, SECRET);
        let said = self.entry.said();
        let is_malformed = said.iter().any(|it| it.kind == SaidKind::Malformed);
        let file = self.entry.file;
        match way {
            Way::Http => {
                let expected = if is_malformed { 400 } else { 200 };
                let answer = request.post(acuse).await;
                assert_eq!(answer.status, expected, "{file}");
            }
            Way::Gateway => {
                let request = request.handed_on(&self.integration.id);
                let mut client = acuse.evidence_of(&self.workspace);
                let code = match client.ingest_webhook(request).await {
                    Ok(_) => Code::Ok,
                    Err(why) => why.code(),
                };
                let expected = if is_malformed {
                    Code::InvalidArgument
                } else {
                    Code::Ok
                };
                assert_eq!(code, expected, "{file}");
            }
        }
    }
}

fn dice() -> StdRng {
    StdRng::seed_from_u64(seeds(1)[0])
}

/// No file is overlooked because nobody thought of its provider, or because its line cannot be read.
#[test]
fn every_provider_of_the_index_is_sent() {
    let Some(corpus) = Corpus::find() else {
        return;
    };
    let named = corpus.providers();
    let sent = SENDERS.iter().map(|sender| sender.name).chain(OTHERS);
    let names: BTreeSet<&str> = named.keys().copied().collect();
    assert_eq!(names, sent.collect());
    for (name, lines) in named {
        assert_eq!(corpus.entries(name).len(), lines, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_body_of_every_provider_says_what_the_index_says() {
    every_body_by(Way::Http).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_body_of_every_provider_says_the_same_by_way_of_a_gateway() {
    every_body_by(Way::Gateway).await;
}

/// Each in a workspace of its own: what was published goes by the same few ids, and nothing tells which of two files a message
/// is from that both name.
#[allow(clippy::print_stdout, reason = "how much was compared is to be seen")]
async fn every_body_by(way: Way) {
    let Some(corpus) = Corpus::find() else {
        return;
    };
    let acuse = Acuse::start().await;
    let mut cases = Vec::new();
    for sender in SENDERS.iter().filter(|it| it.name != "meta_whatsapp") {
        let entries = corpus.entries(sender.name);
        assert!(!entries.is_empty(), "no file of {}", sender.name);
        for entry in entries {
            let workspace = format!("file-{}", cases.len());
            acuse.open(&workspace).await;
            cases.push(Case {
                sender,
                body: corpus.body(&entry).unwrap(),
                integration: sender.integration(&acuse, &workspace).await,
                entry,
                workspace,
            });
        }
    }
    let mut sent: Vec<&Case<'_>> = cases.iter().chain(&cases).collect();
    sent.shuffle(&mut dice());
    for case in sent {
        case.send(&acuse, way).await;
    }
    acuse.drained().await;

    let (mut total, mut faults) = (0, Vec::new());
    for case in &cases {
        let file = case.entry.file;
        let known = Known::in_workspace(&acuse, &case.workspace).await;
        let facts = compare::compare(case.sender, &case.entry, &case.body, &known);
        println!("{:>3} {file}", facts.asserted);
        total += facts.asserted;
        if facts.asserted == 0 {
            faults.push(format!("{file}: no fact was asserted"));
        }
        faults.extend(facts.faults.iter().map(|fault| format!("{file}: {fault}")));
    }
    println!("{total} facts of {} files", cases.len());
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}
