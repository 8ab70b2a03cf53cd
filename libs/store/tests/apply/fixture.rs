//! A workspace in a database of its own, and what asks it.

use std::time::Duration;

use acuse_domain::event::{Event, Item, StatusItem};
use acuse_domain::identity::sender_key;
use acuse_domain::ids::WorkspaceId;
use acuse_domain::kinds::{Channel, Provider, StatusKind};
use acuse_domain::scope::Scope;
use acuse_domain::time::Timestamp;
use acuse_domain::watermark::WatermarkEvidence;
use acuse_store::apply::{Applier, Outcome, Submission};
use acuse_store::fold::Folder;
use acuse_store::read::{Lookup, MessageView, Scoped};
use acuse_store::verify::verify;
use acuse_store::workspaces::{NewWorkspace, Settings, Workspace};
use acuse_store::{Database, PoolConfig, workspaces};
use acuse_testkit::build;
use acuse_testkit::build::{IntoEvent, named};
use tokio_postgres::{Client, NoTls};

/// Everything begins here.
pub(crate) const NOON: Timestamp = Timestamp::from_seconds(1_790_000_000);

pub(crate) fn minutes(count: u64) -> Duration {
    Duration::from_secs(60 * count)
}

/// The usual contact got, or read, everything over Messenger up to then.
pub(crate) fn up_to(kind: StatusKind, up_to: Timestamp) -> Event {
    let item = WatermarkEvidence {
        kind,
        up_to,
        at: up_to,
        provider: Provider::MetaMessenger,
        channel: Channel::Messenger,
        channel_account: named(build::CHANNEL_ACCOUNT),
        contact: build::phone(build::PHONE),
    };
    Event {
        item: Item::Watermark(Box::new(item)),
        received_at: up_to,
    }
}

pub(crate) struct Fixture {
    // Dropped with the fixture, after the pool.
    pub(crate) test: acuse_testkit::Database,
    pub(crate) database: Database,
    pub(crate) applier: Applier,
    pub(crate) workspace: Workspace,
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        let test = acuse_testkit::Database::new().await;
        let database = Database::new(&PoolConfig::new(test.address(), 4)).unwrap();
        let new = NewWorkspace {
            slug: "acme".to_owned(),
            settings: Settings::usual("Acme"),
        };
        let workspace = workspaces::create(&database, new, NOON)
            .await
            .unwrap()
            .unwrap();
        Self {
            applier: Applier::new(database.clone()),
            test,
            database,
            workspace,
        }
    }

    pub(crate) async fn apply(&self, events: impl IntoIterator<Item = Event>) -> Vec<Outcome> {
        self.apply_in(self.workspace.id, events).await
    }

    pub(crate) async fn apply_in(
        &self,
        workspace: WorkspaceId,
        events: impl IntoIterator<Item = Event>,
    ) -> Vec<Outcome> {
        let batch: Vec<Submission> = events
            .into_iter()
            .map(|event| Submission { workspace, event })
            .collect();
        self.applier.apply(&batch, NOON).await.unwrap()
    }

    /// Where its database is.
    pub(crate) fn url(&self) -> &str {
        self.test.url()
    }

    /// A connection of the owner's.
    pub(crate) async fn client(&self) -> Client {
        let (client, connection) = tokio_postgres::connect(self.url(), NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    async fn message(&self, lookup: Lookup) -> Option<MessageView> {
        let scope = Scope::whole("acme");
        let scoped = Scoped::open(&self.database, &scope).await.unwrap().unwrap();
        scoped.message(lookup).await.unwrap()
    }

    pub(crate) async fn sent_as(&self, id: &str) -> MessageView {
        self.message(Lookup::Key(sender_key(id)))
            .await
            .expect("the message exists")
    }

    pub(crate) async fn known_as(&self, wamid: &str) -> MessageView {
        self.message(Lookup::Key(build::wamid(wamid).outbound_key()))
            .await
            .expect("the message exists")
    }

    /// Folds in pieces and checks that rollups are what the messages say.
    pub(crate) async fn verified(&self) -> u64 {
        let found = verify(&self.database, &self.workspace, 10).await.unwrap();
        assert_eq!(found.differences, [], "before folding");
        Folder::new(self.database.clone()).fold_all().await.unwrap();
        let found = verify(&self.database, &self.workspace, 10).await.unwrap();
        assert_eq!(found.differences, [], "after folding");
        found.messages
    }
}

pub(crate) fn is_applied(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Applied(_))
}

pub(crate) fn linked(mut item: StatusItem, sender: &str) -> Event {
    item.names.sender = Some(sender.to_owned());
    item.event()
}
