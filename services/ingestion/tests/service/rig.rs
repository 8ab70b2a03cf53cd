//! A running service on a database of its own, and ways to call it.

use std::net::SocketAddr;
use std::time::Duration;

use acuse_domain::time::Timestamp;
use acuse_ingestion::{Clock, Config, Running, SecretsKeys, start};
use acuse_proto::ingestion::ingestion_service_client::IngestionServiceClient;
use acuse_proto::ingestion::integration_service_client::IntegrationServiceClient;
use acuse_proto::ingestion::not_understood_service_client::NotUnderstoodServiceClient;
use acuse_proto::ingestion::{
    CreateIntegrationRequest, Integration, IntegrationSecrets, MetaSecrets, integration_secrets,
};
use acuse_proto::types::Provider;
use acuse_rpc::Secret;
use acuse_rpc::client::{Channel, Credentials};
use acuse_store::workspaces::{self, NewWorkspace, Settings};
use acuse_store::{Database as Store, PoolConfig};
use acuse_testkit::Database;
use acuse_testkit::service::http::{Answer, meta_signature, send};
use acuse_testkit::service::{Keys, channel, connect, peer};
use tokio::sync::oneshot;
use tonic::Status;

/// The workspaces that every rig has.
pub(crate) const ACME: &str = "acme";
pub(crate) const OTHER: &str = "other";

/// What integrations of rigs are checked with.
pub(crate) const APP_SECRET: &str = "hunter2-app-secret";
pub(crate) const VERIFY_TOKEN: &str = "hunter2-verify-token";

/// Base64 of 32 bytes each.
pub(crate) const KEY_A: &str = "a:vOVH6sdmpNWjRRIqCc7rdxs01lwHzfr3qqTQPMNBPhQ=";
pub(crate) const KEY_B: &str = "b:XG6kQe0aYx8n0qvS9iVf6p1m3uT5w7y9A1C3E5G7I9I=";

/// Where nobody listens.
pub(crate) fn nowhere() -> SocketAddr {
    "127.0.0.1:1".parse().unwrap()
}

/// A service that runs until it is dropped. The service goes before its database.
pub(crate) struct Rig {
    stop: Option<oneshot::Sender<()>>,
    pub(crate) running: Running,
    pub(crate) keys: Keys,
    pub(crate) database: Database,
}

impl Rig {
    /// A rig that leaves in the inbox what comes there.
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let database = Database::new().await;
        let store = Store::new(&PoolConfig::new(database.address(), 1)).unwrap();
        for slug in [ACME, OTHER] {
            let new = NewWorkspace {
                slug: slug.to_owned(),
                settings: Settings::usual(slug),
            };
            let made = workspaces::create(&store, new, Timestamp::now()).await;
            made.unwrap().unwrap();
        }
        Self::on(database, Keys::new(), change).await
    }

    /// A rig on a database that is there already.
    pub(crate) async fn on(
        database: Database,
        keys: Keys,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let mut config = Config::new(
            keys.server_config(),
            database.address(),
            peer(nowhere()),
            keys.identity("ingestion"),
            SecretsKeys::parse(KEY_A).unwrap(),
        );
        config.drain.enabled = false;
        // Whatever is sent in a stream has nowhere to go.
        config.batch_patience = Duration::from_millis(300);
        change(&mut config);
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async {
            let _ = stopped.await;
        };
        let running = start(config, Clock::system(), shutdown).await.unwrap();
        Self {
            stop: Some(stop),
            running,
            keys,
            database,
        }
    }

    /// Stops the service, and returns when it has; gives what another one needs to go on.
    pub(crate) async fn stop(mut self) -> (Database, Keys) {
        let _ = self.stop.take().unwrap().send(());
        self.running.stopped().await.unwrap();
        (self.database, self.keys)
    }

    pub(crate) async fn session(&self) -> tokio_postgres::Client {
        connect(self.database.url()).await
    }

    /// How many rows a table of the schema ingestion has.
    pub(crate) async fn rows(&self, table: &str) -> i64 {
        let count = format!("SELECT count(*) FROM ingestion.{table}");
        self.session()
            .await
            .query_one(&count, &[])
            .await
            .unwrap()
            .get(0)
    }

    pub(crate) fn channel(&self, credentials: Credentials) -> Channel {
        channel(self.running.address(), credentials)
    }

    pub(crate) fn ingestion(&self, token: Secret) -> IngestionServiceClient<Channel> {
        IngestionServiceClient::new(self.channel(Credentials::Bearer(token)))
    }

    pub(crate) fn integrations(&self, token: Secret) -> IntegrationServiceClient<Channel> {
        IntegrationServiceClient::new(self.channel(Credentials::Bearer(token)))
    }

    pub(crate) fn not_understood(&self, token: Secret) -> NotUnderstoodServiceClient<Channel> {
        NotUnderstoodServiceClient::new(self.channel(Credentials::Bearer(token)))
    }

    /// The client of somebody in acme who may do everything.
    pub(crate) fn admin(&self) -> IntegrationServiceClient<Channel> {
        self.integrations(self.keys.anything(ACME))
    }

    pub(crate) async fn create(
        &self,
        request: CreateIntegrationRequest,
    ) -> Result<Integration, Status> {
        let answer = self.admin().create_integration(request).await?;
        Ok(answer.into_inner().integration.unwrap())
    }

    /// An integration of acme.
    pub(crate) async fn integration(&self) -> Integration {
        self.create(creation("WhatsApp")).await.unwrap()
    }

    pub(crate) async fn get(&self, target: &str) -> Answer {
        send(self.running.address(), "GET", target, &[], b"").await
    }

    pub(crate) async fn post(&self, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        send(self.running.address(), "POST", path, headers, body).await
    }

    /// Posts a body as Meta would.
    pub(crate) async fn signed(&self, path: &str, body: &[u8]) -> Answer {
        let signature = meta_signature(APP_SECRET, body);
        let headers = [
            ("x-hub-signature-256", &*signature),
            ("content-type", "application/json"),
        ];
        self.post(path, &headers, body).await
    }
}

/// A sound request for an integration.
pub(crate) fn creation(name: &str) -> CreateIntegrationRequest {
    CreateIntegrationRequest {
        integration: Some(Integration {
            provider: Provider::MetaWhatsapp.into(),
            display_name: name.to_owned(),
            ..Integration::default()
        }),
        secrets: Some(secrets(&[APP_SECRET], VERIFY_TOKEN)),
        request_id: None,
    }
}

pub(crate) fn secrets(app_secrets: &[&str], verify_token: &str) -> IntegrationSecrets {
    let meta = MetaSecrets {
        app_secrets: app_secrets.iter().map(|&one| one.to_owned()).collect(),
        verify_token: verify_token.to_owned(),
    };
    IntegrationSecrets {
        secrets: Some(integration_secrets::Secrets::Meta(meta)),
    }
}

/// A webhook's body with one status.
pub(crate) fn status_body(message: &str) -> Vec<u8> {
    let at = Timestamp::now().micros() / 1_000_000 - 60;
    format!(
        r#"{{"object":"whatsapp_business_account","entry":[{{"id":"1","changes":[{{"field":"messages","value":
        {{"messaging_product":"whatsapp","metadata":{{"display_phone_number":"56221234567","phone_number_id":"1001"}},
        "statuses":[{{"id":"{message}","status":"delivered","timestamp":"{at}","recipient_id":"56912345678"}}]}}}}]}}]}}"#
    )
    .into_bytes()
}
