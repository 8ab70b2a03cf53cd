//! An installation on a database of its own: ingestion in front of message-state, over real sockets.

use std::future::Future;
use std::num::NonZeroUsize;
use std::time::Duration;

use acuse_ingestion::SecretsKeys;
use acuse_message_state::Clock;
use acuse_proto::ingestion::integration_service_client::IntegrationServiceClient;
use acuse_proto::message_state::maintenance_service_client::MaintenanceServiceClient;
use acuse_proto::message_state::workspace_service_client::WorkspaceServiceClient;
use acuse_proto::message_state::{
    CreateWorkspaceRequest, VerifyRollupsRequest, VerifyRollupsResponse, Workspace,
};
use acuse_rpc::Secret;
use acuse_rpc::client::{Call, Channel, Credentials};
use acuse_simulator::Business;
use acuse_simulator::drive::{Speed, Target, Webhook};
use acuse_testkit::Database;
use acuse_testkit::service::{Keys, channel, connect, eventually, peer};
use acuse_tests::integration::with_meta;
use tokio::sync::oneshot;

const SECRETS_KEY: &str = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const APP_SECRET: &str = "the secret of an app";
const VERIFY_TOKEN: &str = "a token to verify with";

pub(crate) struct Installation {
    keys: Keys,
    ingestion: acuse_ingestion::Running,
    message_state: acuse_message_state::Running,
    stop_ingestion: oneshot::Sender<()>,
    stop_message_state: oneshot::Sender<()>,
    database: Database,
}

/// Tells a service to stop, and what the service waits for.
fn shutdown() -> (
    oneshot::Sender<()>,
    impl Future<Output = ()> + Send + 'static,
) {
    let (stop, stopped) = oneshot::channel();
    (stop, async { stopped.await.unwrap_or(()) })
}

impl Installation {
    pub(crate) async fn start() -> Self {
        let database = Database::new().await;
        let keys = Keys::new();
        let place = || database.address();
        let (stop_message_state, stopped) = shutdown();
        let config = acuse_message_state::Config::new(keys.server_config(), place());
        let message_state = acuse_message_state::start(config, Clock::system(), stopped);
        let message_state = message_state.await.unwrap();
        let (stop_ingestion, stopped) = shutdown();
        let config = acuse_ingestion::Config::new(
            keys.server_config(),
            place(),
            peer(message_state.address()),
            keys.identity("ingestion"),
            SecretsKeys::parse(SECRETS_KEY).unwrap(),
        );
        let ingestion = acuse_ingestion::start(config, Clock::system(), stopped);
        Self {
            ingestion: ingestion.await.unwrap(),
            keys,
            message_state,
            stop_ingestion,
            stop_message_state,
            database,
        }
    }

    /// A channel of one of a business's systems to message-state.
    pub(crate) fn directory(&self, business: &Business) -> Channel {
        let token = self.keys.anything(business.slug());
        channel(self.message_state.address(), Credentials::Bearer(token))
    }

    fn operator(&self) -> Channel {
        let token = self.keys.operator();
        channel(self.message_state.address(), Credentials::Bearer(token))
    }

    /// A workspace for a business.
    pub(crate) async fn open(&self, business: &Business) {
        let request = CreateWorkspaceRequest {
            workspace: Some(Workspace {
                slug: business.slug().to_owned(),
                time_zone: Some(business.time_zone().to_owned()),
                ..Workspace::default()
            }),
        };
        let mut workspaces = WorkspaceServiceClient::new(self.operator());
        let call = Call::plain().request(request);
        workspaces.create_workspace(call).await.unwrap();
    }

    /// A workspace for a business, with an integration for its WhatsApp number, and the ways into it.
    pub(crate) async fn target(&self, business: &Business) -> Target {
        self.open(business).await;
        let request = with_meta(APP_SECRET, VERIFY_TOKEN);
        let address = self.ingestion.address();
        let token = self.keys.anything(business.slug());
        let channel = channel(address, Credentials::Bearer(token));
        let mut integrations = IntegrationServiceClient::new(channel.clone());
        let call = Call::plain().request(request);
        let created = integrations.create_integration(call).await.unwrap();
        let path = created.into_inner().integration.unwrap().webhook_path;
        let url = format!("http://{address}{path}");
        let secret = Secret::new(APP_SECRET);
        let webhook = Webhook::new(&url, &secret, business.line(), connections()).unwrap();
        webhook.verify(&Secret::new(VERIFY_TOKEN)).await.unwrap();
        Target::new(channel, webhook)
    }

    pub(crate) async fn verify(&self) -> Vec<VerifyRollupsResponse> {
        let call = Call::plain()
            .endless()
            .request(VerifyRollupsRequest::default());
        let mut client = MaintenanceServiceClient::new(self.operator());
        let mut answers = client.verify_rollups(call).await.unwrap().into_inner();
        let mut found = Vec::new();
        while let Some(answer) = answers.message().await.unwrap() {
            found.push(answer);
        }
        found
    }

    /// Waits until what message-state had no time for is taken in from the inbox.
    pub(crate) async fn drained(&self) {
        let session = connect(self.database.url()).await;
        let waiting = "SELECT count(*) FROM ingestion.inbox";
        eventually(Duration::from_secs(60), async || {
            let row = session.query_one(waiting, &[]).await.unwrap();
            (row.get::<_, i64>(0) == 0).then_some(())
        })
        .await;
    }

    /// What a query that gives one number says of a workspace, whose number is `$1`.
    pub(crate) async fn count(&self, business: &Business, query: &str) -> u64 {
        let session = connect(self.database.url()).await;
        let workspace = "SELECT workspace_id FROM message_state.workspaces WHERE slug = $1";
        let row = session.query_one(workspace, &[&business.slug()]).await;
        let workspace: i32 = row.unwrap().get(0);
        let row = session.query_one(query, &[&workspace]).await.unwrap();
        u64::try_from(row.get::<_, i64>(0)).unwrap()
    }

    pub(crate) async fn end(self) {
        self.stop_ingestion.send(()).unwrap();
        self.ingestion.stopped().await.unwrap();
        self.stop_message_state.send(()).unwrap();
        self.message_state.stopped().await.unwrap();
    }
}

/// How many webhooks are under way at once.
pub(crate) fn connections() -> NonZeroUsize {
    Speed::default().connections
}
