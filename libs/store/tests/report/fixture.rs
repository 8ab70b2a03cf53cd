//! A workspace with a random population, and what is stored of it, read back message by message.

use std::collections::BTreeMap;

use acuse_domain::contribution::Contribution;
use acuse_domain::event::Event;
use acuse_domain::ids::MessageId;
use acuse_domain::report::Tally;
use acuse_domain::scope::Scope;
use acuse_domain::time::Timestamp;
use acuse_store::apply::{Applier, Outcome, Submission};
use acuse_store::fold::Folder;
use acuse_store::read::{Answered, Asked, Lookup, MessageView, Scoped};
use acuse_store::workspaces::{self, NewWorkspace, Settings, Workspace};
use acuse_store::{Database, PoolConfig};
use tokio_postgres::NoTls;

/// When everything is taken in: 2026-11-20T12:00:00Z.
pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_795_176_000);

/// The zone of the workspaces: its days are cut at three and four hours, and one in September lacks an hour.
pub(crate) const ZONE: &str = "America/Santiago";

pub(crate) struct Store {
    pub(crate) database: Database,
    pub(crate) admin: tokio_postgres::Client,
    // Dropped after the connections to it.
    pub(crate) test: acuse_testkit::Database,
}

impl Store {
    pub(crate) async fn new() -> Self {
        let test = acuse_testkit::Database::new().await;
        let (admin, connection) = tokio_postgres::connect(test.url(), NoTls).await.unwrap();
        tokio::spawn(connection);
        Self {
            database: Database::new(&PoolConfig::new(test.address(), 4)).unwrap(),
            admin,
            test,
        }
    }

    pub(crate) async fn workspace(&self, slug: &str) -> Workspace {
        let settings = Settings {
            zone: ZONE.parse().unwrap(),
            ..Settings::usual(slug)
        };
        let slug = slug.to_owned();
        let made = workspaces::create(&self.database, NewWorkspace { slug, settings }, NOW).await;
        made.unwrap().expect("the slug is free")
    }

    pub(crate) async fn apply(&self, workspace: &Workspace, events: &[Event]) {
        let applier = Applier::new(self.database.clone());
        for events in events.chunks(200) {
            let workspace = workspace.id;
            let batch: Vec<Submission> = events
                .iter()
                .cloned()
                .map(|event| Submission { workspace, event })
                .collect();
            let outcomes = applier.apply(&batch, NOW).await.unwrap();
            let refused = outcomes
                .iter()
                .filter(|outcome| matches!(outcome, Outcome::Refused(_)));
            assert_eq!(refused.count(), 0, "{outcomes:?}");
        }
    }

    pub(crate) async fn fold(&self) {
        Folder::new(self.database.clone()).fold_all().await.unwrap();
    }

    pub(crate) async fn open(&self, scope: &Scope) -> Scoped {
        Scoped::open(&self.database, scope).await.unwrap().unwrap()
    }

    pub(crate) async fn whole(&self, workspace: &Workspace) -> Scoped {
        self.open(&Scope::whole(&workspace.slug)).await
    }

    /// Every outbound message as it is shown.
    pub(crate) async fn views(&self, workspace: &Workspace) -> Vec<MessageView> {
        let select = "SELECT message_id::text FROM message_state.messages WHERE workspace_id = $1";
        let rows = self.admin.query(select, &[&workspace.id.0]).await.unwrap();
        let scoped = self.whole(workspace).await;
        let mut views = Vec::new();
        for row in rows {
            let id = MessageId(row.get::<_, &str>(0).parse().unwrap());
            views.push(scoped.message(Lookup::Id(id)).await.unwrap().unwrap());
        }
        views
    }

    /// What every inbound message adds: what its newest change says.
    pub(crate) async fn received(&self, workspace: &Workspace) -> Vec<Contribution> {
        let newest = "SELECT DISTINCT ON (stored.message_id) stored.after \
             FROM message_state.inbound_messages JOIN message_state.changes AS stored USING (workspace_id, message_id) \
             WHERE workspace_id = $1 ORDER BY stored.message_id, stored.sequence DESC";
        let rows = self.admin.query(newest, &[&workspace.id.0]).await.unwrap();
        rows.iter()
            .filter_map(|row| row.get::<_, Option<Vec<u8>>>(0))
            .map(|bytes| postcard::from_bytes(&bytes[1..]).unwrap())
            .collect()
    }

    /// What every message adds, outbound ones as derived from their evidence.
    pub(crate) async fn contributions(&self, workspace: &Workspace) -> Vec<Contribution> {
        let views = self.views(workspace).await;
        let sent = views
            .iter()
            .map(|view| Contribution::of_outbound(&view.message));
        sent.chain(self.received(workspace).await).collect()
    }
}

/// What plain counting gives for a question without ids.
pub(crate) fn count(asked: &Asked, contributions: &[Contribution]) -> Answered {
    let mut tally = Tally::new(asked.durations, asked.departments);
    for contribution in contributions {
        tally.add(asked.question.query(), contribution, 1);
    }
    Answered::from(tally)
}

/// What was counted piece by piece, together.
pub(crate) fn together(pieces: impl IntoIterator<Item = Answered>) -> Answered {
    let mut sum = Answered::default();
    for piece in pieces {
        for (key, cell) in piece.cells {
            sum.cells.entry(key).or_default().add(&cell, 1);
        }
        for (key, spans) in piece.durations {
            let mine = sum.durations.entry(key).or_default();
            for (span, bins) in spans {
                let mine = mine.entry(span).or_default();
                let mut sums: BTreeMap<u16, u64> = mine.drain(..).collect();
                for (bin, messages) in bins {
                    *sums.entry(bin).or_default() += messages;
                }
                mine.extend(sums);
            }
        }
        for (key, departments) in piece.departments {
            sum.departments.entry(key).or_default().extend(departments);
        }
    }
    sum
}
