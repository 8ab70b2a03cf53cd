//! A database that is told histories.

use std::time::Duration;

use acuse_domain::time::Timestamp;
use acuse_proto::convert;
use acuse_proto::message_state::Event;
use acuse_store::apply::{Applier, Outcome, Submission};
use acuse_store::fold::Folder;
use acuse_store::verify::verify;
use acuse_store::workspaces::{self, NewWorkspace, Settings, Workspace};
use acuse_store::{Database, PoolConfig};
use acuse_tests::difference::SHOWN;
use acuse_tests::{history, observed, reference};
use futures::future::try_join_all;
use tokio_postgres::{Client, NoTls};

/// A database with one schema's rows and what writes them.
pub(crate) struct Rig {
    database: acuse_testkit::Database,
    store: Database,
    workspaces: Vec<Workspace>,
}

fn now() -> Timestamp {
    Timestamp::from_micros(history::NOW)
}

impl Rig {
    pub(crate) async fn new() -> Self {
        let database = acuse_testkit::Database::new().await;
        let store = Database::new(&PoolConfig::new(database.address(), 6)).unwrap();
        Self {
            database,
            store,
            workspaces: Vec::new(),
        }
    }

    /// Makes a workspace with the settings of the one in a history. Workspaces are spoken of by the order of their making.
    pub(crate) async fn workspace(&mut self, slug: &str, like: &history::Workspace) {
        let settings = Settings {
            zone: like.time_zone.parse().unwrap(),
            attribution_window: Duration::from_secs(like.attribution_seconds.into()),
            ..Settings::usual(slug)
        };
        let new = NewWorkspace {
            slug: slug.to_owned(),
            settings,
        };
        let made = workspaces::create(&self.store, new, now()).await.unwrap();
        self.workspaces.push(made.unwrap());
    }

    /// Tells what several writers have to say, each its batches in turn, all of them at the same time. Every writer has
    /// what a replica of the service has for itself.
    pub(crate) async fn tell(&self, writers: Vec<Vec<Vec<(usize, Event)>>>) {
        let writing = writers.into_iter().map(|batches| {
            let applier = Applier::new(self.store.clone());
            let batches: Vec<Vec<Submission>> = batches
                .into_iter()
                .map(|batch| self.submissions(batch))
                .collect();
            tokio::spawn(async move {
                for batch in batches {
                    let outcomes = applier.apply(&batch, now()).await.unwrap();
                    for (outcome, submission) in outcomes.iter().zip(&batch) {
                        let refused = matches!(outcome, Outcome::Refused(_));
                        assert!(!refused, "{outcome:?} of {submission:?}");
                    }
                }
            })
        });
        try_join_all(writing).await.unwrap();
    }

    fn submissions(&self, batch: Vec<(usize, Event)>) -> Vec<Submission> {
        batch
            .into_iter()
            .map(|(workspace, event)| Submission {
                workspace: self.workspaces[workspace].id,
                event: convert::event(event, now()).unwrap(),
            })
            .collect()
    }

    /// Adds all that changed to the rollups.
    pub(crate) async fn fold(&self) {
        Folder::new(self.store.clone()).fold_all().await.unwrap();
    }

    pub(crate) async fn client(&self) -> Client {
        let (client, connection) = tokio_postgres::connect(self.database.url(), NoTls)
            .await
            .unwrap();
        tokio::spawn(connection);
        client
    }

    pub(crate) async fn dump(&self) -> String {
        acuse_testkit::canonical_dump(&self.client().await)
            .await
            .unwrap()
    }

    /// Where the rows of a workspace differ from what should be known once `events` are; `None` where words leave that
    /// open.
    pub(crate) async fn reference_faults(
        &self,
        slug: &str,
        like: &history::Workspace,
        events: &[Event],
    ) -> Option<Vec<String>> {
        let settings = reference::Settings {
            time_zone: like.time_zone.to_owned(),
            attribution_window: i64::from(like.attribution_seconds) * 1_000_000,
        };
        let expected = reference::expect(events, &settings);
        if !expected.undecided.is_empty() {
            return None;
        }
        let observed = observed::read(&self.client().await, slug).await.unwrap();
        Some(observed::differences(&expected, &observed))
    }

    /// Where the rollups differ from a recount of the rows.
    pub(crate) async fn recount_faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for workspace in &self.workspaces {
            let verification = verify(&self.store, workspace, SHOWN).await.unwrap();
            assert!(verification.rollup_rows > 0, "nothing was recounted");
            faults.extend(
                verification
                    .differences
                    .iter()
                    .map(|found| format!("recount: {found:?}")),
            );
        }
        faults
    }
}
