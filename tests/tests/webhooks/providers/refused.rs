//! Webhooks that are not the provider's, or nothing of its format: they change nothing.

use acuse_corpus::{Corpus, Entry};
use acuse_testkit::service::wire::reason;
use tonic::Code;

use super::OTHERS;
use super::known::Known;
use super::sender::{SECRET, SENDERS};
use crate::rig::{ACME, Acuse};

const WRONG: &str = "a-secret-of-somebody-else";

#[tokio::test(flavor = "multi_thread")]
async fn what_another_secret_proves_is_refused_and_nothing_of_it_is_known() {
    let Some(corpus) = Corpus::find() else {
        return;
    };
    let acuse = Acuse::start().await;
    for sender in &SENDERS {
        let name = sender.name;
        let workspace = format!("of-{}", name.replace('_', "-"));
        acuse.open(&workspace).await;
        let made = sender.integration(&acuse, &workspace).await;
        let all = corpus.entries(name);
        let entry = all.iter().find(|entry| !entry.said().is_empty()).unwrap();
        let body = corpus.body(entry).unwrap();
        let of = |body: &[u8], secret| sender.file(entry, &made.webhook_path, body, secret);
        let wrong = of(&body, WRONG);
        assert_eq!(wrong.post(&acuse).await.status, 401, "{name}");
        let unproven = of(&body, SECRET).unproven();
        assert_eq!(unproven.post(&acuse).await.status, 401, "{name}");
        for refused in [wrong, unproven] {
            let handed = refused.handed_on(&made.id);
            let mut client = acuse.evidence_of(&workspace);
            let why = client.ingest_webhook(handed).await.unwrap_err();
            assert_eq!(reason(&why), "SIGNATURE_INVALID", "{name}");
        }
        // Who sends something that is no payload at all is told so.
        let malformed = of(br#"{"cut off"#, SECRET);
        assert_eq!(malformed.post(&acuse).await.status, 400, "{name}");
        let handed = malformed.handed_on(&made.id);
        let answer = acuse.evidence_of(&workspace).ingest_webhook(handed).await;
        assert_eq!(answer.unwrap_err().code(), Code::InvalidArgument, "{name}");
        assert_eq!(acuse.rows("ingestion.inbox").await, 0);
        let known = Known::in_workspace(&acuse, &workspace).await;
        assert!(known.is_nothing(), "{name}: {known:?}");
        // The same body with the right secret is taken in.
        assert_eq!(of(&body, SECRET).post(&acuse).await.status, 200, "{name}");
        let known = Known::in_workspace(&acuse, &workspace).await;
        assert!(!known.is_nothing(), "{name}: {}", entry.file);
    }
}

/// What no provider here sends is no trouble, whoever is said to have sent it, and no message follows from it.
#[tokio::test(flavor = "multi_thread")]
async fn bodies_of_others_say_nothing() {
    let Some(corpus) = Corpus::find() else {
        return;
    };
    let acuse = Acuse::start().await;
    let others = OTHERS.iter().flat_map(|name| corpus.entries(name));
    let others: Vec<Entry<'_>> = others.collect();
    assert!(!others.is_empty(), "the index names no file");
    for sender in &SENDERS {
        let path = sender.integration(&acuse, ACME).await.webhook_path;
        for entry in &others {
            let body = corpus.body(entry).unwrap();
            let answer = sender.file(entry, &path, &body, SECRET).post(&acuse).await;
            let file = entry.file;
            assert!(
                matches!(answer.status, 200 | 400),
                "{} answers {answer:?} to {file}",
                sender.name
            );
        }
    }
    assert_eq!(acuse.stored().await, (0, 0, 0));
}
