//! Webhooks that were seen in the wild, where a folder of them lies beside the checkout: what the index says of each is known
//! after it came, twice and in any order.

pub(crate) mod facts;
mod statuses;
pub(crate) mod stored;

use std::collections::{BTreeMap, BTreeSet};

use acuse_corpus::{Corpus, Inbound, Item, Meaning, Status};
use acuse_domain::time::Timestamp;
use acuse_proto::ingestion::IngestWebhookRequest;
use acuse_tests::history::seeds;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use tokio_postgres::Client;

use crate::rig::{ACME, Acuse, post};
use facts::Facts;
use stored::{Kept, Stored};

/// What a webhook means that names no channel account.
const CHANNEL_ACCOUNT: &str = "1001";

/// How files come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// As their provider sends them.
    Http,
    /// By way of somebody who received them, and hands them on with `IngestWebhook`.
    Gateway,
}

/// A file of the corpus and where it is sent.
struct Case<'a> {
    way: Way,
    file: &'a str,
    says: Meaning<'a>,
    body: Vec<u8>,
    workspace: String,
    path: String,
}

impl Case<'_> {
    async fn post(&self, acuse: &Acuse) {
        if self.way == Way::Gateway {
            let (_, id) = self.path.rsplit_once('/').unwrap();
            let mut client = acuse.evidence_of(&self.workspace);
            let request = IngestWebhookRequest {
                integration_id: id.to_owned(),
                payload: self.body.clone(),
                ..IngestWebhookRequest::default()
            };
            let answer = client.ingest_webhook(request).await;
            assert_eq!(
                answer.is_err(),
                self.is_malformed(),
                "{}: {answer:?}",
                self.file
            );
            return;
        }
        let answer = post(acuse.address(), &self.path, &self.body).await;
        let expected = if self.is_malformed() { 400 } else { 200 };
        assert_eq!(answer.status, expected, "{}", self.file);
    }

    /// Whether it is no payload at all, as its sender is told.
    fn is_malformed(&self) -> bool {
        matches!(self.says, Meaning::Nothing { malformed: true })
    }

    /// How many messages were taken back that the index does not name.
    fn revoked(&self) -> usize {
        let is_one = |item: &&Item<'_>| matches!(item, Item::Revoked { .. });
        self.items().iter().filter(is_one).count()
    }

    fn items(&self) -> &[Item<'_>] {
        match &self.says {
            Meaning::Items(items) => items,
            Meaning::Nothing { .. } => &[],
        }
    }

    /// The statuses that are to be taken in by `now`.
    fn statuses(&self, now: i64) -> impl Iterator<Item = &Status<'_>> {
        let all = self.items().iter().filter_map(|item| match item {
            Item::Status(status) | Item::Echo(status) => Some(status),
            _ => None,
        });
        all.filter(move |it| it.is_known() && it.time.is_none_or(|at| at.is_plausible(now)))
    }

    /// The messages that are to be taken in by `now`.
    fn messages(&self, now: i64) -> impl Iterator<Item = &Inbound<'_>> {
        let all = self.items().iter().filter_map(|item| match item {
            Item::Inbound(message) => Some(message),
            _ => None,
        });
        all.filter(move |it| it.is_somebodys() && it.time.is_none_or(|at| at.is_plausible(now)))
    }
}

fn now() -> i64 {
    Timestamp::now().micros() / 1_000_000
}

fn dice() -> StdRng {
    StdRng::seed_from_u64(seeds(1)[0])
}

fn count(of: usize) -> i64 {
    i64::try_from(of).unwrap()
}

/// Each in a workspace of its own: what was published goes by the same few ids, and nothing tells which of two files a message
/// is from that both name.
#[tokio::test(flavor = "multi_thread")]
async fn every_body_says_what_the_index_says() {
    every_body_by(Way::Http).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_body_says_the_same_by_way_of_a_gateway() {
    every_body_by(Way::Gateway).await;
}

#[allow(clippy::print_stdout, reason = "how much was compared is to be seen")]
async fn every_body_by(way: Way) {
    let Some(corpus) = Corpus::find() else {
        return;
    };
    let acuse = Acuse::start().await;
    let mut cases = Vec::new();
    for (number, entry) in corpus.entries("meta_whatsapp").into_iter().enumerate() {
        let workspace = format!("file-{number}");
        acuse.open(&workspace).await;
        let made = acuse.integration_in(&workspace, &[CHANNEL_ACCOUNT]).await;
        cases.push(Case {
            way,
            file: entry.file,
            says: entry.says(),
            body: corpus.body(&entry).unwrap(),
            workspace,
            path: made.webhook_path,
        });
    }
    let mut sent: Vec<&Case<'_>> = cases.iter().chain(&cases).collect();
    sent.shuffle(&mut dice());
    let began = now();
    for case in sent {
        case.post(&acuse).await;
    }
    acuse.drained().await;

    let session = acuse.session().await;
    let (mut total, mut faults) = (0, Vec::new());
    for case in &cases {
        let facts = facts_of(case, &acuse, &session, began).await;
        println!("{:>3} {}", facts.asserted, case.file);
        total += facts.asserted;
        if facts.asserted == 0 {
            faults.push(format!("{}: no fact was asserted", case.file));
        }
        faults.extend(
            facts
                .faults
                .iter()
                .map(|fault| format!("{}: {fault}", case.file)),
        );
    }
    println!("{total} facts of {} files", cases.len());
    assert!(!cases.is_empty(), "the index names no file");
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// Holds what is known in a file's workspace against what the index says of it.
async fn facts_of(case: &Case<'_>, acuse: &Acuse, session: &Client, now: i64) -> Facts {
    let mut facts = Facts::default();
    let stored = Stored::of(session, &case.workspace).await;
    let kept = Kept::of(session, &case.workspace).await;
    let ids: BTreeSet<&str> = case.statuses(now).map(|status| status.id).collect();
    let outbound = count(ids.len() + case.revoked());
    facts.nothing_else("outbound messages", &stored.outbound, &outbound);
    let statuses = count(case.statuses(now).count() + case.revoked());
    facts.nothing_else("statuses", &stored.statuses, &statuses);
    for status in case.statuses(now) {
        statuses::check(&mut facts, status, acuse, &case.workspace).await;
    }
    stored.check(&mut facts, case.messages(now));
    kept.check(&mut facts, case, now);
    facts
}

/// All in one workspace, as one business might get them: nothing of one file drives out what another says, and what comes again
/// changes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn all_bodies_together_are_taken_in_once() {
    let Some(corpus) = Corpus::find() else {
        return;
    };
    let acuse = Acuse::start().await;
    let path = acuse.integration_of(&[CHANNEL_ACCOUNT]).await.webhook_path;
    let entries = corpus.entries("meta_whatsapp");
    let cases: Vec<Case<'_>> = entries
        .iter()
        .map(|entry| Case {
            way: Way::Http,
            file: entry.file,
            says: entry.says(),
            body: corpus.body(entry).unwrap(),
            workspace: ACME.to_owned(),
            path: path.clone(),
        })
        .collect();
    let mut dice = dice();
    let began = now();
    let mut rounds = Vec::new();
    for _ in 0..2 {
        let mut sent: Vec<&Case<'_>> = cases.iter().collect();
        sent.shuffle(&mut dice);
        for case in sent {
            case.post(&acuse).await;
        }
        acuse.drained().await;
        rounds.push((
            acuse.stored().await,
            acuse.rows("ingestion.not_understood").await,
        ));
    }
    assert_eq!(rounds[0], rounds[1], "what came again changed something");

    let mut told: BTreeMap<&str, Vec<&Status<'_>>> = BTreeMap::new();
    for status in cases.iter().flat_map(|case| case.statuses(began)) {
        told.entry(status.id).or_default().push(status);
    }
    let mut facts = Facts::default();
    for (id, statuses) in &told {
        let heard = acuse.timeline(id).await.unwrap();
        facts.check(heard.len() <= statuses.len(), || {
            format!("{id}: {} entries of {statuses:?}", heard.len())
        });
        for status in statuses {
            let found = heard.iter().any(|entry| statuses::is_told(status, entry));
            facts.check(found, || format!("{status:?} is not in {heard:?}"));
        }
    }
    let stored = Stored::of(&acuse.session().await, ACME).await;
    let revoked: usize = cases.iter().map(Case::revoked).sum();
    facts.equal(
        "outbound messages",
        &stored.outbound,
        &count(told.len() + revoked),
    );
    let inbound = cases.iter().flat_map(|case| case.messages(began));
    stored.check_ids(&mut facts, inbound);
    println!(
        "{} facts of {} messages and {} inbound ones",
        facts.asserted,
        told.len(),
        stored.inbound.len()
    );
    assert!(facts.faults.is_empty(), "\n{}", facts.faults.join("\n"));
}
