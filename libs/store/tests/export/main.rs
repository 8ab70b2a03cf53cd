//! The schema of export against a real Postgres: one test for each thing that it promises.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod claims;
mod jobs;
mod notifications;
mod schedules;

use std::time::Duration;

use acuse_domain::ids::{Digest, MessageId};
use acuse_domain::scope::{Limit, Role, Scope};
use acuse_domain::time::Timestamp;
use acuse_store::export::{
    Asker, Creation, File, Job, Lease, NewJob, Workspace, claim, create_job, job, workspace,
};
use acuse_store::{Database, PoolConfig, RequestId};
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

const NOON: Timestamp = Timestamp::from_seconds(1_790_000_000);

/// How long claims hold here.
const LEASE: Duration = Duration::from_secs(30);

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// A database with the workspaces `acme` and `other`, which may run two exports at once.
struct Fixture {
    // Dropped with the fixture, after the pool.
    test: acuse_testkit::Database,
    database: Database,
    acme: Workspace,
    other: Workspace,
}

impl Fixture {
    async fn new() -> Self {
        let test = acuse_testkit::Database::new().await;
        let session = connect(&test).await;
        let workspaces = "INSERT INTO message_state.workspaces (slug, display_name, time_zone, language, \
             report_max_days, export_max_concurrent, retention_months, created_at, updated_at) \
             SELECT slug, slug, 'America/Lima', 'es', 90, 2, 13, now(), now() FROM unnest('{acme,other}'::text[]) AS slug";
        session.batch_execute(workspaces).await.unwrap();
        let database = Database::new(&PoolConfig::new(test.address(), 8)).unwrap();
        let open = async |slug| workspace(&database, slug).await.unwrap().unwrap();
        Self {
            acme: open("acme").await,
            other: open("other").await,
            test,
            database,
        }
    }

    /// A session of its own, which may do anything.
    async fn session(&self) -> Client {
        connect(&self.test).await
    }

    async fn create(&self, new: NewJob, now: Timestamp) -> Creation {
        create_job(&self.database, new, 100, now).await.unwrap()
    }

    /// A job of that workspace that was created at `now`.
    async fn queued(&self, workspace: &Workspace, now: Timestamp) -> Job {
        match self.create(new(workspace, now), now).await {
            Creation::Created(job) => job,
            other => unreachable!("{other:?}"),
        }
    }

    async fn claim(&self, now: Timestamp) -> Option<Job> {
        claim(&self.database, now, now + LEASE).await.unwrap()
    }

    /// A job as it stands.
    async fn stands(&self, lease: Lease) -> Job {
        let workspace = [&self.acme, &self.other]
            .into_iter()
            .find(|workspace| workspace.id == lease.workspace);
        let found = job(&self.database, workspace.unwrap(), lease.job).await;
        found.unwrap().unwrap()
    }
}

async fn connect(database: &acuse_testkit::Database) -> Client {
    let connecting = tokio_postgres::connect(database.url(), NoTls);
    let (client, connection) = connecting.await.unwrap();
    tokio::spawn(connection);
    client
}

/// A job that an analyst called ana asks for.
fn new(workspace: &Workspace, now: Timestamp) -> NewJob {
    NewJob {
        id: MessageId::new(now).0,
        workspace: workspace.id,
        request_id: None,
        report: 1,
        schedule: None,
        request: vec![0, 255, 10],
        asker: asker("ana", Scope::whole(&workspace.slug)),
    }
}

fn asker(subject: &str, scope: Scope) -> Asker {
    Asker {
        subject: subject.to_owned(),
        role: Role::Analyst,
        scope,
    }
}

fn only(ids: &[&str]) -> Limit {
    Limit::Only(ids.iter().map(|id| (*id).to_owned()).collect())
}

/// A file that expires an hour after noon.
fn file(lease: Lease) -> File {
    File {
        key: format!("{}/{}", lease.job, lease.fence),
        name: "gestion-hsm.csv".to_owned(),
        media_type: "text/csv".to_owned(),
        size: 1_000,
        rows: 10,
        sha256: vec![7; 32],
        expires_at: NOON + seconds(3_600),
    }
}

/// The request of that number, for what is always the same.
fn request(number: u128) -> Option<RequestId> {
    asking(number, "the same")
}

/// The request of that number, for something.
fn asking(number: u128, asked: &str) -> Option<RequestId> {
    Some(RequestId {
        id: Uuid::from_u128(number),
        digest: Digest::of(&[asked.as_bytes()]),
    })
}
