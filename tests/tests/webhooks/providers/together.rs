//! All bodies of all providers in one workspace, as one business might get them.

use std::collections::BTreeSet;

use acuse_corpus::{Corpus, Said, SaidKind};
use acuse_domain::time::Timestamp;
use acuse_ingestion::Clock;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;

use super::compare::{is_named, kind, millis};
use super::known::Known;
use super::sender::{SENDERS, Sender};
use super::{Case, Way, dice};
use crate::corpus::facts::Facts;
use crate::rig::{ACME, Acuse};

/// Milliseconds that a time may lie ahead of its receipt.
const AHEAD: i64 = 300_000;

/// Two orders end in the same rows, byte by byte. Ingestion's clock stands still, so that times of receipt, which are all that
/// depends on the order, are the same too.
#[tokio::test(flavor = "multi_thread")]
#[allow(clippy::print_stdout, reason = "how much was compared is to be seen")]
async fn all_bodies_of_all_providers_end_the_same_in_any_order() {
    let Some(corpus) = Corpus::find() else {
        return;
    };
    let now = Timestamp::now();
    let mut dice = dice();
    let (first, kept, known) = ended(&corpus, now, Way::Http, &mut dice).await;
    let (second, kept_too, _) = ended(&corpus, now, Way::Gateway, &mut dice).await;
    let lines = |dump: &str| -> BTreeSet<String> { dump.lines().map(str::to_owned).collect() };
    let (one, other) = (lines(&first), lines(&second));
    let only: Vec<_> = one.symmetric_difference(&other).collect();
    assert!(first == second, "not in both: {only:#?}");
    assert_eq!(kept, kept_too, "what is kept aside");

    let mut facts = Facts::default();
    for sender in &SENDERS {
        for entry in corpus.entries(sender.name) {
            for said in entry.said() {
                check(&mut facts, sender, &said, &known, now.micros() / 1_000);
            }
        }
    }
    println!("{} facts in {} rows", facts.asserted, one.len());
    assert!(facts.asserted > 0, "the index says nothing");
    assert!(facts.faults.is_empty(), "\n{}", facts.faults.join("\n"));
}

/// Whatever was kept: bodies, how often each came, and why.
type KeptAside = BTreeSet<(Vec<u8>, i64, String)>;

/// Sends all bodies twice in a random order, and tells how it ended.
async fn ended(
    corpus: &Corpus,
    now: Timestamp,
    way: Way,
    dice: &mut StdRng,
) -> (String, KeptAside, Known) {
    let acuse = Acuse::start_by(Clock::fixed(now)).await;
    let mut cases = Vec::new();
    for sender in &SENDERS {
        let integration = sender.integration(&acuse, ACME).await;
        for entry in corpus.entries(sender.name) {
            cases.push(Case {
                sender,
                body: corpus.body(&entry).unwrap(),
                integration: integration.clone(),
                entry,
                workspace: ACME.to_owned(),
            });
        }
    }
    let mut sent: Vec<&Case<'_>> = cases.iter().chain(&cases).collect();
    sent.shuffle(dice);
    for case in sent {
        case.send(&acuse, way).await;
    }
    acuse.drained().await;
    acuse.folded().await;
    let session = acuse.session().await;
    let query = "SELECT body, times, findings::text FROM ingestion.not_understood";
    let kept = session.query(query, &[]).await.unwrap();
    let kept = kept
        .iter()
        .map(|row| (row.get(0), row.get(1), row.get(2)))
        .collect();
    let dump = acuse_testkit::canonical_dump(&session).await.unwrap();
    (dump, kept, Known::in_workspace(&acuse, ACME).await)
}

/// That what one file says is known, whatever others say of the same message.
fn check(facts: &mut Facts, sender: &Sender, said: &Said<'_>, known: &Known, now: i64) {
    let Some(id) = said.id else {
        return;
    };
    if said.at.is_some_and(|at| at > now + AHEAD) {
        return;
    }
    match said.kind {
        SaidKind::Status | SaidKind::Echo => {
            let of = known.outbound.iter();
            let found: Vec<_> = of.filter(|(it, _)| is_named(sender, it, id)).collect();
            let heard = found.iter().flat_map(|(_, heard)| heard).any(|entry| {
                let at = entry.status.as_ref().and_then(|it| millis(&it.happened_at));
                said.evidence == Some(&kind(entry)) && (said.at.is_none() || at == said.at)
            });
            facts.check(heard, || format!("{said:?} was not heard of {found:?}"));
        }
        SaidKind::Inbound => {
            let rows = known.inbound.iter();
            let is_it = |it: &&crate::corpus::stored::Row| {
                it.id == id && sender.providers.contains(&it.provider.into())
            };
            let times = rows.filter(is_it).count();
            facts.check(times == 1, || format!("{said:?} is known {times} times"));
        }
        SaidKind::Watermark | SaidKind::Aside | SaidKind::Malformed => {}
    }
}
