//! An installation whose services are processes.

pub(crate) mod asked;
pub(crate) mod exporting;
pub(crate) mod load;
pub(crate) mod memory;
pub(crate) mod process;
pub(crate) mod proxy;
pub(crate) mod redis;
pub(crate) mod suite;
pub(crate) mod whole;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use acuse_proto::ingestion::integration_service_client::IntegrationServiceClient;
use acuse_proto::message_state::maintenance_service_client::MaintenanceServiceClient;
use acuse_proto::message_state::workspace_service_client::WorkspaceServiceClient;
use acuse_proto::message_state::{
    CreateWorkspaceRequest, EraseContactRequest, EraseContactResponse, RebuildRollupsRequest,
    RebuildRollupsResponse, VerifyRollupsRequest, Workspace,
};
use acuse_rpc::Secret;
use acuse_rpc::client::{Call, Channel, Credentials};
use acuse_store::migrations;
use acuse_testkit::service::{AUDIENCE, ISSUER, Keys, channel, connect, eventually};
use acuse_testkit::{Database, Postgres};
use acuse_tests::history::seeds;
use acuse_tests::integration::with_meta;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tonic::Status;

use process::Process;

/// The workspace of loads.
pub(crate) const ACME: &str = "acme";

/// What the app of its integration signs with.
pub(crate) const APP_SECRET: &str = "an app's secret";

const SECRETS_KEY: &str = "a:vOVH6sdmpNWjRRIqCc7rdxs01lwHzfr3qqTQPMNBPhQ=";

/// Signs page tokens: of 32 bytes, as a service asks for.
const PAGE_TOKEN_SECRET: &str = "0123456789abcdef0123456789abcdef";

/// The chance in a test, by a seed that is printed: `ACUSE_TEST_SEED` replays it.
pub(crate) fn dice() -> StdRng {
    StdRng::seed_from_u64(seeds(1)[0])
}

/// A database, keys, and a folder of their own for services.
pub(crate) struct Installation {
    pub(crate) keys: Keys,
    pub(crate) folder: PathBuf,
    /// Where services find the database.
    pub(crate) database_url: String,
    /// What every service that is started from now on is told beside the usual.
    pub(crate) settings: Vec<(&'static str, String)>,
    /// Where the test finds it.
    direct_url: String,
    _database: Option<Database>,
}

impl Drop for Installation {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Installation {
    pub(crate) async fn new() -> Self {
        let database = Database::new().await;
        let url = database.url().to_owned();
        Self::at(url, Some(database))
    }

    /// On a Postgres of its own.
    pub(crate) async fn on(postgres: &Postgres) -> Self {
        migrations::run(&postgres.url().parse().unwrap())
            .await
            .unwrap();
        Self::at(postgres.url(), None)
    }

    fn at(url: String, database: Option<Database>) -> Self {
        let name = format!("acuse-test-{}", uuid::Uuid::now_v7().simple());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir(&folder).unwrap();
        let keys = Keys::new();
        std::fs::write(folder.join("jwks.json"), keys.set()).unwrap();
        std::fs::write(folder.join("service.pem"), keys.service_key().expose()).unwrap();
        Self {
            keys,
            folder,
            database_url: url.clone(),
            settings: Vec::new(),
            direct_url: url,
            _database: database,
        }
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    fn process<const N: usize>(
        &self,
        service: &'static str,
        now: Option<i64>,
        own: [(&'static str, String); N],
    ) -> Process {
        let mut variables = vec![
            ("ACUSE_DATABASE_URL", self.database_url.clone()),
            ("ACUSE_JWKS", self.path("jwks.json")),
            ("ACUSE_ISSUER", ISSUER.to_owned()),
            ("ACUSE_AUDIENCE", AUDIENCE.to_owned()),
            ("ACUSE_PAGE_TOKEN_SECRET", PAGE_TOKEN_SECRET.to_owned()),
            ("ACUSE_DRAIN_SECONDS", "10".to_owned()),
            (
                "ACUSE_LOG",
                "info,acuse_rpc::server::trace=debug".to_owned(),
            ),
        ];
        variables.extend(own);
        variables.extend(self.settings.iter().cloned());
        Process::new(service, variables, now, &self.folder)
    }

    /// A message-state whose clock shows the time.
    pub(crate) async fn message_state(&self) -> Process {
        self.message_state_at(None).await
    }

    /// A message-state whose clock shows `now` at its start.
    pub(crate) async fn message_state_at(&self, now: Option<i64>) -> Process {
        let mut process = self.process("message-state", now, []);
        process.start().await;
        process
    }

    /// An ingestion that calls message-state at these addresses.
    pub(crate) async fn ingestion(&self, message_state: &[SocketAddr]) -> Process {
        let own = [
            ("ACUSE_MESSAGE_STATE_ADDRESSES", list(message_state)),
            ("ACUSE_SERVICE_KEY", self.path("service.pem")),
            ("ACUSE_SECRETS_KEYS", SECRETS_KEY.to_owned()),
        ];
        let mut process = self.process("ingestion", None, own);
        process.start().await;
        process
    }

    pub(crate) async fn reporting(&self) -> Process {
        let mut process = self.process("reporting", None, []);
        process.start().await;
        process
    }

    /// An export that reads from reporting at these addresses. What it claims is free again soon after it was killed.
    pub(crate) async fn export(&self, reporting: &[SocketAddr], redis_url: &str) -> Process {
        let own = [
            ("ACUSE_REPORTING_ADDRESSES", list(reporting)),
            ("ACUSE_SERVICE_KEY", self.path("service.pem")),
            ("ACUSE_REDIS_URL", redis_url.to_owned()),
            ("ACUSE_EXPORT_FOLDER", self.path("exports")),
            ("ACUSE_EXPORT_LEASE_SECONDS", "3".to_owned()),
        ];
        let mut process = self.process("export", None, own);
        process.start().await;
        process
    }

    /// Makes the workspace of loads, through message-state.
    pub(crate) async fn open_workspace(&self, message_state: SocketAddr) {
        let workspace = Workspace {
            slug: ACME.to_owned(),
            ..Workspace::default()
        };
        self.create_workspace(message_state, workspace).await;
    }

    pub(crate) async fn create_workspace(&self, message_state: SocketAddr, workspace: Workspace) {
        let request = CreateWorkspaceRequest {
            workspace: Some(workspace),
        };
        let mut client = WorkspaceServiceClient::new(self.operator(message_state));
        client.create_workspace(request).await.unwrap();
    }

    /// Makes an integration with Meta for that workspace; gives the path of its webhooks.
    pub(crate) async fn open_integration(&self, ingestion: SocketAddr) -> String {
        self.open_integration_of(ACME, ingestion).await
    }

    /// The same for a workspace of that slug.
    pub(crate) async fn open_integration_of(&self, slug: &str, ingestion: SocketAddr) -> String {
        let token = Credentials::Bearer(self.keys.anything(slug));
        let channel = channel(ingestion, token);
        let request = with_meta(APP_SECRET, "a verify token");
        let mut client = IntegrationServiceClient::new(channel);
        let created = client.create_integration(request).await.unwrap();
        created.into_inner().integration.unwrap().webhook_path
    }

    /// A token for everything in the workspace of loads.
    pub(crate) fn token(&self) -> Secret {
        self.keys.anything(ACME)
    }

    fn operator(&self, message_state: SocketAddr) -> Channel {
        channel(message_state, Credentials::Bearer(self.keys.operator()))
    }

    /// Has message-state recount every rollup, at any moment. Before anything is folded there is nothing to recount: then
    /// again.
    pub(crate) async fn verify(&self, message_state: SocketAddr) {
        eventually(Duration::from_secs(30), || async {
            (self.recounted(message_state).await > 0).then_some(())
        })
        .await;
    }

    /// Has it recount once; gives how many rows were compared.
    async fn recounted(&self, message_state: SocketAddr) -> i64 {
        let mut client = MaintenanceServiceClient::new(self.operator(message_state));
        let call = Call::plain().within(Duration::from_secs(30));
        let answer = client.verify_rollups(call.request(VerifyRollupsRequest::default()));
        let mut answers = answer.await.unwrap().into_inner();
        let mut compared = 0;
        while let Some(found) = answers.message().await.unwrap() {
            assert_eq!(found.difference_count, 0, "{:?}", found.differences);
            compared += found.rollup_rows_compared;
        }
        compared
    }

    /// Has message-state make the rollups anew, or goes on with that, to its end.
    pub(crate) async fn rebuild(&self, message_state: SocketAddr) -> Result<(), Status> {
        let mut client = MaintenanceServiceClient::new(self.operator(message_state));
        let workspace = ACME.to_owned();
        let request = RebuildRollupsRequest { workspace };
        let mut answers = client.rebuild_rollups(request).await?.into_inner();
        let mut last = None;
        while let Some(answer) = answers.message().await? {
            last = Some(answer);
        }
        assert_eq!(last, Some(RebuildRollupsResponse::default()), "it is done");
        Ok(())
    }

    /// Has message-state erase a contact, or goes on with that.
    pub(crate) async fn erase(
        &self,
        message_state: SocketAddr,
        contact: &str,
    ) -> Result<EraseContactResponse, Status> {
        let mut client = MaintenanceServiceClient::new(self.operator(message_state));
        let request = EraseContactRequest {
            workspace: ACME.to_owned(),
            contact: contact.to_owned(),
            all_matching: false,
        };
        Ok(client.erase_contact(request).await?.into_inner())
    }

    pub(crate) async fn session(&self) -> tokio_postgres::Client {
        connect(&self.direct_url).await
    }

    /// A number that a query gives.
    pub(crate) async fn count(&self, query: &str) -> i64 {
        let row = self.session().await.query_one(query, &[]).await.unwrap();
        row.get(0)
    }

    /// Payloads that wait in the inbox.
    pub(crate) async fn waiting(&self) -> i64 {
        self.count("SELECT count(*) FROM ingestion.inbox").await
    }

    /// Returns when nothing waits there.
    pub(crate) async fn drained(&self) {
        eventually(Duration::from_secs(60), || async {
            (self.waiting().await == 0).then_some(())
        })
        .await;
    }
}

/// Addresses as a service is told them.
fn list(addresses: &[SocketAddr]) -> String {
    let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    addresses.join(",")
}
