//! All four services in one process, which tells its metrics.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use acuse_domain::scope::{Permission, Role};
use acuse_ingestion::SecretsKeys;
use acuse_message_state::Clock;
use acuse_proto::export::export_service_client::ExportServiceClient;
use acuse_proto::export::{
    CreateExportRequest, ExportFormat, ExportReport, ExportRequest, ExportState, GetExportRequest,
};
use acuse_proto::ingestion::integration_service_client::IntegrationServiceClient;
use acuse_proto::message_state::workspace_service_client::WorkspaceServiceClient;
use acuse_proto::message_state::{CreateWorkspaceRequest, Workspace};
use acuse_proto::reporting::GetConsolidatedRequest;
use acuse_proto::reporting::reporting_service_client::ReportingServiceClient;
use acuse_rpc::Secret;
use acuse_rpc::auth::Claims;
use acuse_rpc::client::Credentials;
use acuse_rpc::config::{Settings, telemetry};
use acuse_telemetry::Telemetry;
use acuse_testkit::Database;
use acuse_testkit::service::http::{meta_signature, send};
use acuse_testkit::service::{Keys, channel, eventually, peer};
use acuse_tests::integration::{whatsapp_text, with_meta};

const WORKSPACE: &str = "acme";
const APP_SECRET: &str = "the secret that an app signs with";
const SECRETS_KEY: &str = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const TEXT: &str = "my card ends in 4242";
const CONTACT: &str = "56912345678";
const LINE: &str = "56221234567";

/// What no metric may hold.
pub(crate) const PRIVATE: [&str; 6] = [APP_SECRET, TEXT, CONTACT, LINE, "eyJ", WORKSPACE];

/// Inbound messages that come.
const MESSAGES: i64 = 4;

pub(crate) struct Suite {
    metrics: SocketAddr,
    ingestion: SocketAddr,
    message_state: SocketAddr,
    reporting: SocketAddr,
    export: SocketAddr,
    keys: Keys,
    folder: PathBuf,
    _telemetry: Telemetry,
    _database: Database,
}

impl Drop for Suite {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Suite {
    /// Starts it; exports use the Redis at `redis`.
    pub(crate) async fn start(redis: String) -> Self {
        let mut settings = Settings::new(|name| {
            (name == "ACUSE_METRICS_LISTEN").then(|| "127.0.0.1:0".to_owned())
        });
        let telemetry = acuse_telemetry::init(&telemetry(&mut settings, "acuse")).unwrap();
        let (database, keys) = (Database::new().await, Keys::new());
        let place = || database.address();
        let forever = std::future::pending::<()>;

        let config = acuse_message_state::Config::new(keys.server_config(), place());
        let started = acuse_message_state::start(config, Clock::system(), forever()).await;
        let message_state = started.unwrap().address();

        let config = acuse_reporting::Config::new(keys.server_config(), place());
        let started = acuse_reporting::start(config, Clock::system(), forever()).await;
        let reporting = started.unwrap().address();

        let sealed_with = SecretsKeys::parse(SECRETS_KEY).unwrap();
        let (called, identity) = (peer(message_state), keys.identity("ingestion"));
        let server = keys.server_config();
        let config = acuse_ingestion::Config::new(server, place(), called, identity, sealed_with);
        let started = acuse_ingestion::start(config, Clock::system(), forever()).await;
        let ingestion = started.unwrap().address();

        let id = uuid::Uuid::now_v7().simple().to_string();
        let folder = std::env::temp_dir().join(format!("acuse-test-{id}"));
        let redis = acuse_export::RedisConfig {
            prefix: format!("acuse:test:{id}"),
            ..acuse_export::RedisConfig::new(Secret::new(redis))
        };
        let called = (peer(reporting), keys.identity("export"));
        let server = keys.server_config();
        let config = acuse_export::Config::new(server, place(), redis, called, folder.clone());
        let started = acuse_export::start(config, Clock::system(), forever()).await;
        Self {
            metrics: telemetry.metrics_address().unwrap(),
            export: started.unwrap().address(),
            ingestion,
            message_state,
            reporting,
            keys,
            folder,
            _telemetry: telemetry,
            _database: database,
        }
    }

    /// What a scraper is told.
    pub(crate) async fn scrape(&self) -> String {
        let elsewhere = send(self.metrics, "GET", "/", &[], b"").await;
        assert_eq!(elsewhere.status, 404);
        let answer = send(self.metrics, "GET", "/metrics", &[], b"").await;
        assert_eq!(answer.status, 200);
        let kind = answer.header("content-type").unwrap();
        assert!(kind.starts_with("text/plain; version=0.0.4"), "{kind}");
        answer.body
    }

    /// Has each of the services do what it is there for.
    pub(crate) async fn work(&self) {
        let webhook = self.integrate().await;
        for number in 0..MESSAGES {
            let status = self.post(&webhook, number, APP_SECRET).await;
            assert_eq!(status, 200);
        }
        assert_eq!(self.post(&webhook, MESSAGES, "another secret").await, 401);

        let strange = channel(self.reporting, Credentials::None);
        let refused = ReportingServiceClient::new(strange)
            .get_consolidated(GetConsolidatedRequest::default())
            .await;
        assert_eq!(refused.unwrap_err().code(), tonic::Code::Unauthenticated);
        let token = self.token(Permission::Report);
        ReportingServiceClient::new(channel(self.reporting, Credentials::Bearer(token)))
            .get_consolidated(GetConsolidatedRequest::default())
            .await
            .unwrap();
        self.make_file().await;
    }

    fn token(&self, permission: Permission) -> Secret {
        let analyst = Claims::of("ana", Role::Analyst, Some(WORKSPACE));
        self.keys.mint(analyst.allowing([permission]))
    }

    /// Makes a workspace and an integration, and gives its webhook's path.
    async fn integrate(&self) -> String {
        let operator = Credentials::Bearer(self.keys.operator());
        let workspace = Some(Workspace {
            slug: WORKSPACE.to_owned(),
            ..Workspace::default()
        });
        WorkspaceServiceClient::new(channel(self.message_state, operator))
            .create_workspace(CreateWorkspaceRequest { workspace })
            .await
            .unwrap();
        let token = Credentials::Bearer(self.keys.anything(WORKSPACE));
        let made = IntegrationServiceClient::new(channel(self.ingestion, token))
            .create_integration(with_meta(APP_SECRET, "the token that Meta shows"))
            .await
            .unwrap();
        made.into_inner().integration.unwrap().webhook_path
    }

    /// Posts an inbound message as Meta would; gives the status of the answer.
    async fn post(&self, webhook: &str, number: i64, secret: &str) -> u16 {
        let seconds = Clock::system().now().micros() / 1_000_000 - 60 + number;
        let body = whatsapp_text(&format!("wamid.{number}"), (CONTACT, LINE), TEXT, seconds);
        let signature = meta_signature(secret, body.as_bytes());
        let headers = [
            ("content-type", "application/json"),
            ("x-hub-signature-256", &*signature),
        ];
        let answer = send(self.ingestion, "POST", webhook, &headers, body.as_bytes());
        answer.await.status
    }

    async fn make_file(&self) {
        let token = self.token(Permission::Export);
        let client = ExportServiceClient::new(channel(self.export, Credentials::Bearer(token)));
        let request = CreateExportRequest {
            export: Some(ExportRequest {
                report: ExportReport::Inbound.into(),
                format: ExportFormat::Csv.into(),
                ..ExportRequest::default()
            }),
            request_id: None,
        };
        let created = client.clone().create_export(request).await.unwrap();
        let id = created.into_inner().export.unwrap().id;
        let done = eventually(Duration::from_secs(60), || async {
            let request = GetExportRequest { id: id.clone() };
            let found = client.clone().get_export(request).await.unwrap();
            let found = found.into_inner().export.unwrap();
            (found.state() == ExportState::Succeeded).then_some(found)
        })
        .await;
        assert!(done.file.is_some_and(|file| file.size_bytes > 0));
    }
}
