//! Ingestion in front of message-state, each with threads and telemetry of its own, as in processes of their own.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use acuse_ingestion::SecretsKeys;
use acuse_message_state::Clock;
use acuse_proto::ingestion::integration_service_client::IntegrationServiceClient;
use acuse_proto::message_state::workspace_service_client::WorkspaceServiceClient;
use acuse_proto::message_state::{CreateWorkspaceRequest, Workspace};
use acuse_rpc::client::Credentials;
use acuse_rpc::config::{Settings, telemetry};
use acuse_telemetry::Telemetry;
use acuse_testkit::Database;
use acuse_testkit::service::http::{meta_signature, send};
use acuse_testkit::service::{Keys, channel, peer};
use acuse_tests::integration::{whatsapp_text, with_meta};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

use acuse_tests::collector::{Collector, Seen};

pub(crate) const WORKSPACE: &str = "acme";
const APP_SECRET: &str = "the secret that an app signs with";
const VERIFY_TOKEN: &str = "the token that a webhook is verified with";
const SECRETS_KEY: &str = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const TEXT: &str = "my card ends in 4242";
const CONTACT: &str = "56912345678";
const LINE: &str = "56221234567";

/// What no span may hold: what people say, who they are, and what opens doors, of which JSON Web Tokens begin alike.
pub(crate) const PRIVATE: [&str; 6] = [APP_SECRET, VERIFY_TOKEN, TEXT, CONTACT, LINE, "eyJ"];

/// The threads of one service, whose spans go to a collector under its name.
pub(crate) struct Program {
    pub(crate) threads: Runtime,
    telemetry: Telemetry,
    stop: oneshot::Sender<()>,
}

impl Program {
    pub(crate) fn new(
        service: &str,
        collector: &Collector,
    ) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let endpoint = collector.endpoint.clone();
        let mut settings = Settings::new(move |name| match name {
            "ACUSE_OTLP_ENDPOINT" => Some(endpoint.clone()),
            // What is logged below this is exported with its span, and as private as the rest.
            "ACUSE_LOG" => Some("info,acuse=debug".to_owned()),
            _ => None,
        });
        let config = telemetry(&mut settings, service);
        let (dispatch, telemetry) = acuse_telemetry::dispatch(&config).unwrap();
        let threads = Builder::new_multi_thread()
            .enable_all()
            .worker_threads(2)
            // For as long as the thread lives.
            .on_thread_start(move || {
                std::mem::forget(tracing::dispatcher::set_default(&dispatch));
            })
            .build()
            .unwrap();
        let (stop, told) = oneshot::channel();
        let program = Self {
            threads,
            telemetry,
            stop,
        };
        (program, async { told.await.unwrap_or(()) })
    }

    pub(crate) async fn end(self, stopped: impl Future<Output = ()>) {
        self.stop.send(()).unwrap();
        stopped.await;
        self.telemetry.shutdown().await;
        self.threads.shutdown_background();
    }
}

pub(crate) struct Acuse {
    ingestion: (Program, acuse_ingestion::Running),
    message_state: (Program, acuse_message_state::Running),
    collector: Collector,
    webhook: String,
    _database: Database,
}

impl Acuse {
    /// Both services, with a workspace and an integration. Transactions wait for `linger` for what may come.
    pub(crate) async fn start(linger: Duration) -> Self {
        let (database, keys) = (Database::new().await, Keys::new());
        let collector = Collector::start().await;

        let (program, told) = Program::new("message-state", &collector);
        let place = database.address();
        let mut config = acuse_message_state::Config::new(keys.server_config(), place.clone());
        config.commit.linger = linger;
        let starting = acuse_message_state::start(config, Clock::system(), told);
        let running = program.threads.spawn(starting).await.unwrap().unwrap();
        let message_state = (program, running);
        let address = message_state.1.address();

        let (program, told) = Program::new("ingestion", &collector);
        let sealed_with = SecretsKeys::parse(SECRETS_KEY).unwrap();
        let (identity, peer) = (keys.identity("ingestion"), peer(address));
        let config =
            acuse_ingestion::Config::new(keys.server_config(), place, peer, identity, sealed_with);
        let starting = acuse_ingestion::start(config, Clock::system(), told);
        let running = program.threads.spawn(starting).await.unwrap().unwrap();
        let ingestion = (program, running);

        open(&keys, address).await;
        Self {
            webhook: integrate(&keys, ingestion.1.address()).await,
            ingestion,
            message_state,
            collector,
            _database: database,
        }
    }

    /// Posts an inbound message as Meta would, in a trace.
    pub(crate) async fn post(&self, wamid: &str, traceparent: &str) {
        let now = Clock::system().now().micros() / 1_000_000;
        let body = whatsapp_text(wamid, (CONTACT, LINE), TEXT, now);
        let signature = meta_signature(APP_SECRET, body.as_bytes());
        let headers = [
            ("content-type", "application/json"),
            ("x-hub-signature-256", &signature),
            ("traceparent", traceparent),
        ];
        let address: SocketAddr = self.ingestion.1.address();
        let answer = send(address, "POST", &self.webhook, &headers, body.as_bytes()).await;
        assert_eq!(answer.status, 200);
    }

    /// Ends both, and gives every span that they exported.
    pub(crate) async fn end(self) -> Vec<Seen> {
        let (program, running) = self.ingestion;
        program
            .end(async { running.stopped().await.unwrap() })
            .await;
        let (program, running) = self.message_state;
        program
            .end(async { running.stopped().await.unwrap() })
            .await;
        self.collector.spans()
    }
}

pub(crate) async fn open(keys: &Keys, message_state: SocketAddr) {
    let slug = WORKSPACE.to_owned();
    let workspace = Some(Workspace {
        slug,
        ..Workspace::default()
    });
    let channel = channel(message_state, Credentials::Bearer(keys.operator()));
    WorkspaceServiceClient::new(channel)
        .create_workspace(CreateWorkspaceRequest { workspace })
        .await
        .unwrap();
}

/// Makes an integration, and gives its webhook's path.
async fn integrate(keys: &Keys, ingestion: SocketAddr) -> String {
    let token = keys.anything(WORKSPACE);
    let mut client = IntegrationServiceClient::new(channel(ingestion, Credentials::Bearer(token)));
    let asked = with_meta(APP_SECRET, VERIFY_TOKEN);
    let made = client.create_integration(asked).await.unwrap().into_inner();
    made.integration.unwrap().webhook_path
}
