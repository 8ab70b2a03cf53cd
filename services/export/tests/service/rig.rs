//! A service with everything that it needs, and ways to call it.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use acuse_domain::scope::{Permission, Role};
use acuse_domain::time::Timestamp;
use acuse_export::{Clock, Config, RedisConfig, Serving, start};
use acuse_proto::export::export_service_client::ExportServiceClient;
use acuse_proto::export::{ExportFormat, ExportReport, ExportRequest};
use acuse_rpc::Secret;
use acuse_rpc::auth::Claims;
use acuse_rpc::client::{Channel, Credentials};
use acuse_testkit::Database;
use acuse_testkit::service::{self, Keys, connect};
use tokio::sync::oneshot;
use tonic::Status;
use uuid::Uuid;

use crate::peer::{self, Answer};

/// The workspaces that every rig has, which speak Spanish and live in Lima.
pub(crate) const ACME: &str = "acme";
pub(crate) const OTHER: &str = "other";

/// 2 October 2022, one in the morning UTC: still the first in Lima.
pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_664_672_400);

/// Longer than anything here takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A service under way.
pub(crate) struct Service {
    stop: Option<oneshot::Sender<()>>,
    pub(crate) running: Serving,
}

impl Service {
    /// Has it stop, without waiting for that.
    pub(crate) fn stop_now(&mut self) {
        let _ = self.stop.take().unwrap().send(());
    }

    /// Stops it, and returns when it has.
    pub(crate) async fn stop(mut self) {
        let _ = self.stop.take().unwrap().send(());
        self.running.stopped().await.unwrap();
    }
}

/// A service, its reporting, its folder and its database, which goes last.
pub(crate) struct Rig {
    pub(crate) service: Service,
    pub(crate) peer: peer::Running,
    pub(crate) keys: Keys,
    pub(crate) folder: PathBuf,
    pub(crate) prefix: String,
    pub(crate) redis_url: String,
    now: Arc<AtomicI64>,
    pub(crate) database: Database,
}

impl Drop for Rig {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
        let _ = std::fs::remove_dir_all(self.beside());
    }
}

impl Rig {
    /// A rig whose reporting has so many rows to tell.
    pub(crate) async fn of(rows: usize) -> Self {
        Self::scripted(move |_| Ok(Answer::of(rows))).await
    }

    /// A rig whose reporting answers its first call with `script(1)`, and so on.
    pub(crate) async fn scripted(
        script: impl FnMut(usize) -> Result<Answer, Status> + Send + 'static,
    ) -> Self {
        let redis = std::env::var("REDIS_URL").expect("REDIS_URL is not set");
        Self::with(redis, script, |_| {}).await
    }

    /// The same on another Redis, with another configuration.
    pub(crate) async fn with(
        redis_url: String,
        script: impl FnMut(usize) -> Result<Answer, Status> + Send + 'static,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let database = Database::new().await;
        let workspaces = "INSERT INTO message_state.workspaces (slug, display_name, time_zone, language, \
             report_max_days, export_max_concurrent, retention_months, created_at, updated_at) \
             SELECT slug, slug, 'America/Lima', 'es', 90, 4, 13, now(), now() FROM unnest('{acme,other}'::text[]) AS slug";
        let session = connect(database.url()).await;
        session.batch_execute(workspaces).await.unwrap();
        let keys = Keys::new();
        let peer = peer::Running::start(&keys, script).await;
        let id = Uuid::now_v7().simple().to_string();
        let folder = std::env::temp_dir().join(format!("acuse-test-{id}"));
        let prefix = format!("acuse:test:{id}");
        let now = Arc::new(AtomicI64::new(NOW.micros()));
        let mut config = config(&keys, &database, &redis_url, &peer, &folder, &prefix);
        change(&mut config);
        let service = launch(config, &now).await;
        Self {
            service,
            peer,
            keys,
            folder,
            prefix,
            redis_url,
            now,
            database,
        }
    }

    /// Another replica of the service.
    pub(crate) async fn replica(&self) -> Service {
        launch(self.config(), &self.now).await
    }

    /// One with another configuration.
    pub(crate) async fn replica_with(&self, change: impl FnOnce(&mut Config)) -> Service {
        let mut config = self.config();
        change(&mut config);
        launch(config, &self.now).await
    }

    /// One that does not look for jobs by itself while a test lasts.
    pub(crate) async fn patient_replica(&self) -> Service {
        self.replica_with(|config| config.work.poll = Duration::from_secs(3_600))
            .await
    }

    /// One that makes one file at a time.
    pub(crate) async fn lone_worker(&self) -> Service {
        self.replica_with(|config| config.work.workers = 1).await
    }

    /// The configuration of its replicas.
    pub(crate) fn config(&self) -> Config {
        let Self {
            keys,
            database,
            redis_url,
            peer,
            folder,
            prefix,
            ..
        } = self;
        config(keys, database, redis_url, peer, folder, prefix)
    }

    /// Moves the services' clock.
    pub(crate) fn set_now(&self, now: Timestamp) {
        self.now.store(now.micros(), Ordering::SeqCst);
    }

    pub(crate) async fn session(&self) -> tokio_postgres::Client {
        connect(self.database.url()).await
    }

    /// A token of an analyst of acme who sees all of it.
    pub(crate) fn analyst(&self) -> Secret {
        self.token(Claims::of("ana", Role::Analyst, Some(ACME)))
    }

    /// A token for `claims` that allows exports.
    pub(crate) fn token(&self, claims: Claims) -> Secret {
        self.keys.mint(claims.allowing([Permission::Export]))
    }

    /// A token of a supervisor of acme.
    pub(crate) fn supervisor(&self, subject: &str, departments: &[&str]) -> Secret {
        let departments: BTreeSet<_> = departments.iter().map(|id| (*id).to_owned()).collect();
        self.token(Claims {
            departments: Some(departments),
            ..Claims::of(subject, Role::Supervisor, Some(ACME))
        })
    }

    pub(crate) fn channel(&self, credentials: Credentials) -> Channel {
        service::channel(self.service.running.address(), credentials)
    }

    pub(crate) fn client(&self, token: &Secret) -> ExportServiceClient<Channel> {
        ExportServiceClient::new(self.channel(Credentials::Bearer(token.clone())))
    }

    /// A folder for what replicas need that are processes, beside that of the files.
    pub(crate) fn beside(&self) -> PathBuf {
        self.folder.with_extension("process")
    }

    /// Everything in the folder but folders.
    pub(crate) fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        let there = self.folder.exists();
        let mut folders: Vec<_> = there.then(|| self.folder.clone()).into_iter().collect();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let inside = path.strip_prefix(&self.folder).unwrap();
                    found.push(inside.display().to_string());
                }
            }
        }
        found
    }
}

fn config(
    keys: &Keys,
    database: &Database,
    redis_url: &str,
    peer: &peer::Running,
    folder: &std::path::Path,
    prefix: &str,
) -> Config {
    let mut config = Config::new(
        keys.server_config(),
        database.address(),
        RedisConfig {
            prefix: prefix.to_owned(),
            ..RedisConfig::new(Secret::new(redis_url))
        },
        (service::peer(peer.address), keys.identity("export")),
        folder.to_owned(),
    );
    config.work.poll = Duration::from_millis(100);
    config.work.pause = Duration::ZERO;
    config
}

async fn launch(config: Config, now: &Arc<AtomicI64>) -> Service {
    let told = Arc::clone(now);
    let clock = Clock::new(move || Timestamp::from_micros(told.load(Ordering::SeqCst)));
    let (stop, stopped) = oneshot::channel::<()>();
    let shutdown = async {
        let _ = stopped.await;
    };
    Service {
        stop: Some(stop),
        running: start(config, clock, shutdown).await.unwrap(),
    }
}

/// HSM management as CSV, with all else left out.
pub(crate) fn plain() -> ExportRequest {
    ExportRequest {
        report: ExportReport::HsmManagement.into(),
        format: ExportFormat::Csv.into(),
        ..ExportRequest::default()
    }
}

/// The ids of the messages in a file, in its order.
pub(crate) fn ids(pieces: &[Vec<u8>]) -> Vec<usize> {
    let file = pieces.concat();
    let mut reader = csv::Reader::from_reader(file.as_slice());
    let records = reader.records();
    records
        .map(|record| record.unwrap()[4].parse().unwrap())
        .collect()
}
