//! The schema of ingestion against a real Postgres: one test for each thing that it promises.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod inbox;
mod integrations;
mod not_understood;

use acuse_domain::ids::MessageId;
use acuse_domain::kinds::{Channel, Provider};
use acuse_domain::time::Timestamp;
use acuse_store::ingestion::{
    ChannelAccount, Creation, Integration, NewIntegration, Parcel, Sealed, SealedRequest,
    create_integration,
};
use acuse_store::workspaces::{self, NewWorkspace, Settings};
use acuse_store::{Database, PoolConfig};
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

const NOON: Timestamp = Timestamp::from_seconds(1_790_000_000);

/// More than any test creates.
const MANY: usize = 1_000;

fn minutes(count: u64) -> std::time::Duration {
    std::time::Duration::from_secs(60 * count)
}

/// A database with the workspaces `acme` and `other`.
struct Fixture {
    // Dropped with the fixture, after the pool.
    test: acuse_testkit::Database,
    database: Database,
}

impl Fixture {
    async fn new() -> Self {
        let test = acuse_testkit::Database::new().await;
        let database = Database::new(&PoolConfig::new(test.address(), 8)).unwrap();
        for slug in ["acme", "other"] {
            let new = NewWorkspace {
                slug: slug.to_owned(),
                settings: Settings::usual(slug),
            };
            workspaces::create(&database, new, NOON).await.unwrap();
        }
        Self { test, database }
    }

    /// A session of its own, which may do anything.
    async fn session(&self) -> Client {
        let (client, connection) = tokio_postgres::connect(self.test.url(), NoTls)
            .await
            .unwrap();
        tokio::spawn(connection);
        client
    }

    async fn create(&self, new: NewIntegration) -> Creation {
        create_integration(&self.database, new, MANY, NOON)
            .await
            .unwrap()
    }

    /// An integration of that workspace.
    async fn integration(&self, slug: &str) -> Integration {
        created(self.create(new(slug)).await)
    }
}

/// The integration that was created.
fn created(creation: Creation) -> Integration {
    match creation {
        Creation::Created(integration) => integration,
        other => unreachable!("{other:?}"),
    }
}

/// An integration to create, with everything set but a request's id.
fn new(slug: &str) -> NewIntegration {
    NewIntegration {
        id: MessageId::new(NOON).0,
        slug: slug.to_owned(),
        provider: Provider::MetaWhatsApp,
        display_name: "Line 1".to_owned(),
        channel_accounts: vec![account("line-1")],
        secrets: Sealed {
            key: "2026-11".to_owned(),
            bytes: vec![0, 1, 0, 255],
        },
        secrets_set: vec![
            "meta.app_secrets".to_owned(),
            "meta.verify_token".to_owned(),
        ],
        request: None,
    }
}

/// The same, asked for by a request.
fn requested(slug: &str, request: Uuid) -> NewIntegration {
    NewIntegration {
        request: Some(SealedRequest {
            id: request,
            digest: asked(),
        }),
        ..new(slug)
    }
}

/// What it asks for.
fn asked() -> Sealed {
    Sealed {
        key: "2026-10".to_owned(),
        bytes: vec![3, 0, 3],
    }
}

fn account(id: &str) -> ChannelAccount {
    ChannelAccount {
        id: id.to_owned(),
        channel: Channel::WhatsApp,
        name: Some("Ventas".to_owned()),
        phone: None,
    }
}

/// A webhook that came in by an integration.
fn parcel(integration: &Integration, body: impl AsRef<[u8]>, received_at: Timestamp) -> Parcel {
    Parcel {
        integration: integration.reference(),
        received_at,
        content_type: Some("application/json".to_owned()),
        query: Some("channel=sms".to_owned()),
        body: body.as_ref().to_vec(),
    }
}
