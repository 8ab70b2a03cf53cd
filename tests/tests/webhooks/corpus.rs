//! Webhooks that were seen in the wild, where a folder of them lies beside the checkout.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use acuse_domain::ids::Digest;
use acuse_domain::time::Timestamp;
use acuse_providers::{Delivery, Format, Meaning, read};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;

use crate::rig::{Acuse, post};

/// What should be known after a set of bodies.
#[derive(Default)]
struct Expected {
    /// The statuses of each message, by its id.
    statuses: BTreeMap<String, BTreeSet<Digest>>,
    /// The ids of inbound messages.
    inbound: BTreeSet<String>,
    /// Bodies of which something is kept aside.
    kept: BTreeSet<Vec<u8>>,
}

impl Expected {
    /// Adds what a body says; gives the status that it is answered with.
    fn add(&mut self, body: &[u8]) -> u16 {
        let delivery = Delivery {
            body,
            headers: &[],
            received_at: Timestamp::now(),
            channel_account: None,
        };
        let Ok(reading) = read(Format::MetaWhatsApp, &delivery) else {
            return 400;
        };
        for finding in reading.findings {
            match finding.meaning {
                Meaning::Status(status) => {
                    let id = status.names.provider.unwrap().id;
                    let told = self.statuses.entry(id).or_default();
                    told.insert(status.evidence.digest());
                }
                Meaning::Inbound(inbound) => {
                    self.inbound.insert(inbound.id.id);
                }
                Meaning::NotUnderstood(_) => {
                    self.kept.insert(body.to_vec());
                }
            }
        }
        200
    }
}

fn bodies(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut found: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read(path).unwrap())
        })
        .collect();
    found.sort();
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn every_body_is_taken_in_once() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus/meta_whatsapp");
    if !root.is_dir() {
        println!("there is no folder {}: nothing to send", root.display());
        return;
    }
    let acuse = Acuse::start().await;
    let path = acuse.integration().await.webhook_path;
    let mut expected = Expected::default();
    let mut sent = Vec::new();
    for (name, body) in bodies(&root) {
        let status = expected.add(&body);
        sent.extend(std::iter::repeat_n((name, body, status), 2));
    }
    assert!(!expected.statuses.is_empty() && !expected.inbound.is_empty());
    let seed = rand::random::<u64>();
    println!("{} webhooks, seed {seed}", sent.len());
    sent.shuffle(&mut StdRng::seed_from_u64(seed));
    for (name, body, status) in &sent {
        let answer = post(acuse.address(), &path, body).await;
        assert_eq!(answer.status, *status, "{name}");
    }
    acuse.drained().await;

    let mut facts = 0;
    for (id, told) in &expected.statuses {
        let heard = acuse.timeline(id).await.unwrap();
        assert_eq!(heard.len(), told.len(), "{id}: {heard:?}");
        facts += heard.len();
    }
    let session = acuse.session().await;
    let rows = session.query("SELECT count(*) FROM message_state.inbound_messages", &[]);
    let inbound: i64 = rows.await.unwrap()[0].get(0);
    assert_eq!(inbound, i64::try_from(expected.inbound.len()).unwrap());
    let select = "SELECT body, findings::text LIKE '%rejected%' FROM ingestion.not_understood";
    let rows = session.query(select, &[]).await.unwrap();
    let kept: Vec<Vec<u8>> = rows.iter().map(|row| row.get(0)).collect();
    let refused = rows.iter().filter(|row| row.get::<_, bool>(1)).count();
    assert_eq!(refused, 0, "message-state takes what is read");
    assert_eq!(kept.len(), expected.kept.len(), "each once");
    assert_eq!(kept.into_iter().collect::<BTreeSet<_>>(), expected.kept);
    println!(
        "{} messages with {facts} statuses, {inbound} inbound messages, {} bodies with something not understood",
        expected.statuses.len(),
        expected.kept.len()
    );
}
