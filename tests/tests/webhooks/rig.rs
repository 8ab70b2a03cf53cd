//! An installation of both services on one database, each of which may go and come back.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use acuse_ingestion::{Clock, SecretsKeys};
use acuse_proto::ingestion::ingestion_service_client::IngestionServiceClient;
use acuse_proto::ingestion::integration_service_client::IntegrationServiceClient;
use acuse_proto::ingestion::not_understood_service_client::NotUnderstoodServiceClient;
use acuse_proto::ingestion::{
    CreateIntegrationRequest, Integration, IntegrationChannelAccount, IntegrationSecrets,
    MetaSecrets, integration_secrets,
};
use acuse_proto::message_state::message_state_service_client::MessageStateServiceClient;
use acuse_proto::message_state::workspace_service_client::WorkspaceServiceClient;
use acuse_proto::message_state::{
    CreateWorkspaceRequest, GetMessageRequest, GetTimelineRequest, GetWorkspaceRequest, MessageKey,
    TimelineEntry, Workspace, message_key,
};
use acuse_proto::types::{Message, Provider, ProviderMessageId};
use acuse_rpc::Secret;
use acuse_rpc::client::{Channel, Credentials, is_serving};
use acuse_store::migrations;
use acuse_testkit::service::http::{Answer, meta_signature, send};
use acuse_testkit::service::{Keys, channel, connect, eventually, peer};
use acuse_testkit::{Database, Postgres};
use clap::Parser as _;
use tonic::Status;

use crate::service::{Service, signal};

pub(crate) const ACME: &str = "acme";
/// How URLs of webhooks begin for those who call them.
pub(crate) const PUBLIC_URL: &str = "https://hooks.example.com";
pub(crate) const APP_SECRET: &str = "an app's secret";
const SECRETS_KEY: &str = "a:vOVH6sdmpNWjRRIqCc7rdxs01lwHzfr3qqTQPMNBPhQ=";

async fn run(arguments: &[&str], place: &[&str], token: &Secret) -> ExitCode {
    let token = ["--token", token.expose()];
    let line = [&["acuse"], arguments, place, &token].concat();
    acuse::run(acuse::Cli::try_parse_from(line).unwrap()).await
}

/// Both services, and the database that they go before.
pub(crate) struct Acuse {
    message_state: Option<Service>,
    ingestion: Vec<Service>,
    pub(crate) keys: Keys,
    /// Where message-state listens, or will.
    address: SocketAddr,
    pub(crate) url: String,
    _database: Option<Database>,
}

impl Acuse {
    /// Both, with a workspace.
    pub(crate) async fn start() -> Self {
        Self::start_by(Clock::system()).await
    }

    /// The same with an ingestion that goes by another clock.
    pub(crate) async fn start_by(clock: Clock) -> Self {
        let database = Database::new().await;
        let mut acuse = Self::on(database.url(), clock).await;
        acuse._database = Some(database);
        acuse
    }

    /// Both, on a Postgres of their own, with a workspace.
    pub(crate) async fn on_own(postgres: &Postgres) -> Self {
        let url = postgres.url();
        migrations::run(&url.parse().unwrap()).await.unwrap();
        Self::on(&url, Clock::system()).await
    }

    async fn on(url: &str, clock: Clock) -> Self {
        let mut acuse = Self {
            message_state: None,
            ingestion: Vec::new(),
            keys: Keys::new(),
            address: "127.0.0.1:0".parse().unwrap(),
            url: url.to_owned(),
            _database: None,
        };
        acuse.start_message_state().await;
        acuse.start_ingestion_at(clock, |_| {}).await;
        acuse.open(ACME).await;
        acuse
    }

    /// Makes a workspace.
    pub(crate) async fn open(&self, slug: &str) {
        let workspace = Workspace {
            slug: slug.to_owned(),
            ..Workspace::default()
        };
        let token = self.keys.operator();
        WorkspaceServiceClient::new(self.to_message_state(token))
            .create_workspace(CreateWorkspaceRequest {
                workspace: Some(workspace),
            })
            .await
            .unwrap();
    }

    /// Starts message-state where it was before.
    pub(crate) async fn start_message_state(&mut self) {
        let mut server = self.keys.server_config();
        server.listen = self.address;
        let config = acuse_message_state::Config::new(server, self.url.parse().unwrap());
        let (stop, told) = signal();
        let running = acuse_message_state::start(config, Clock::system(), told).await;
        let running = running.unwrap();
        self.address = running.address();
        self.message_state = Some(Service {
            address: self.address,
            stop,
            stopped: Box::pin(async { running.stopped().await.unwrap() }),
        });
    }

    pub(crate) async fn stop_message_state(&mut self) {
        self.message_state.take().unwrap().stop().await;
    }

    /// Starts one more replica of ingestion.
    pub(crate) async fn start_ingestion(
        &mut self,
        change: impl FnOnce(&mut acuse_ingestion::Config),
    ) {
        self.start_ingestion_at(Clock::system(), change).await;
    }

    /// The same by another clock.
    pub(crate) async fn start_ingestion_at(
        &mut self,
        clock: Clock,
        change: impl FnOnce(&mut acuse_ingestion::Config),
    ) {
        let mut config = acuse_ingestion::Config::new(
            self.keys.server_config(),
            self.url.parse().unwrap(),
            peer(self.address),
            self.keys.identity("ingestion"),
            SecretsKeys::parse(SECRETS_KEY).unwrap(),
        );
        config.public_url = Some(PUBLIC_URL.parse().unwrap());
        change(&mut config);
        let (stop, told) = signal();
        let running = acuse_ingestion::start(config, clock, told).await;
        let running = running.unwrap();
        self.ingestion.push(Service {
            address: running.address(),
            stop,
            stopped: Box::pin(async { running.stopped().await.unwrap() }),
        });
    }

    /// Stops the first replica of ingestion; those after it move up.
    pub(crate) async fn stop_ingestion(&mut self) {
        self.ingestion.remove(0).stop().await;
    }

    /// Where the first replica of ingestion listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.ingestion[0].address
    }

    pub(crate) async fn session(&self) -> tokio_postgres::Client {
        connect(&self.url).await
    }

    /// A number that a query gives.
    pub(crate) async fn count(&self, query: &str) -> i64 {
        let row = self.session().await.query_one(query, &[]).await.unwrap();
        row.get(0)
    }

    /// How many rows a table has, which is named with its schema.
    pub(crate) async fn rows(&self, table: &str) -> i64 {
        self.count(&format!("SELECT count(*) FROM {table}")).await
    }

    /// How many outbound messages there are, statuses of them, and inbound messages.
    pub(crate) async fn stored(&self) -> (i64, i64, i64) {
        (
            self.rows("message_state.messages").await,
            // From 100 on they are inbound messages that reply.
            self.rows("message_state.timeline WHERE kind < 100").await,
            self.rows("message_state.inbound_messages").await,
        )
    }

    /// Returns when ingestion's health says this of its RPCs; of the whole it always says that it serves.
    pub(crate) async fn tells_of_rpcs(&self, serving: bool) {
        let channel = channel(self.address(), Credentials::None);
        eventually(Duration::from_secs(10), || async {
            let service = "acuse.ingestion.v1.IngestionService";
            let told = is_serving(&channel, service).await.is_ok();
            (told == serving).then_some(())
        })
        .await;
        assert!(is_serving(&channel, "").await.is_ok());
    }

    /// Returns when nothing waits in the inbox.
    pub(crate) async fn drained(&self) {
        eventually(Duration::from_secs(60), || async {
            (self.rows("ingestion.inbox").await == 0).then_some(())
        })
        .await;
    }

    /// Waits until the rollups hold everything.
    pub(crate) async fn folded(&self) {
        let session = self.session().await;
        let behind = "SELECT FROM message_state.workspace_heads LEFT JOIN message_state.fold_positions USING (workspace_id) \
                      WHERE coalesce(folded_sequence, 0) < last_sequence";
        eventually(Duration::from_secs(60), || async {
            let rows = session.query(behind, &[]).await.unwrap();
            rows.is_empty().then_some(())
        })
        .await;
    }

    fn to_message_state(&self, token: Secret) -> Channel {
        let address = self.message_state.as_ref().unwrap().address;
        channel(address, Credentials::Bearer(token))
    }

    fn to_ingestion(&self, token: Secret) -> Channel {
        channel(self.address(), Credentials::Bearer(token))
    }

    pub(crate) fn messages_of(&self, workspace: &str) -> MessageStateServiceClient<Channel> {
        MessageStateServiceClient::new(self.to_message_state(self.keys.anything(workspace)))
    }

    pub(crate) fn directory(
        &self,
    ) -> acuse_proto::message_state::directory_service_client::DirectoryServiceClient<Channel> {
        let channel = self.to_message_state(self.keys.anything(ACME));
        acuse_proto::message_state::directory_service_client::DirectoryServiceClient::new(channel)
    }

    pub(crate) fn evidence(&self) -> IngestionServiceClient<Channel> {
        self.evidence_of(ACME)
    }

    /// Evidence of another workspace, by a caller of its own.
    pub(crate) fn evidence_of(&self, workspace: &str) -> IngestionServiceClient<Channel> {
        IngestionServiceClient::new(self.to_ingestion(self.keys.anything(workspace)))
    }

    /// Runs `acuse` against ingestion, as somebody who may do everything in the workspace; gives how it ends.
    pub(crate) async fn command(&self, arguments: &[&str]) -> ExitCode {
        let address = self.address().to_string();
        let token = self.keys.anything(ACME);
        run(arguments, &["--ingestion", &address], &token).await
    }

    /// Runs `acuse workspace` against message-state, as an operator.
    pub(crate) async fn workspace_command(&self, arguments: &[&str]) -> ExitCode {
        let address = self.message_state.as_ref().unwrap().address.to_string();
        let arguments = [&["workspace"], arguments].concat();
        let token = self.keys.operator();
        run(&arguments, &["--message-state", &address], &token).await
    }

    /// A workspace as it is.
    pub(crate) async fn workspace(&self, slug: &str) -> Workspace {
        let request = GetWorkspaceRequest {
            slug: slug.to_owned(),
        };
        let channel = self.to_message_state(self.keys.operator());
        let mut client = WorkspaceServiceClient::new(channel);
        let answer = client.get_workspace(request).await.unwrap();
        answer.into_inner().workspace.unwrap()
    }

    pub(crate) fn not_understood(&self) -> NotUnderstoodServiceClient<Channel> {
        NotUnderstoodServiceClient::new(self.to_ingestion(self.keys.anything(ACME)))
    }

    pub(crate) fn integrations(&self) -> IntegrationServiceClient<Channel> {
        self.integrations_of(ACME)
    }

    fn integrations_of(&self, workspace: &str) -> IntegrationServiceClient<Channel> {
        IntegrationServiceClient::new(self.to_ingestion(self.keys.anything(workspace)))
    }

    /// An integration with Meta.
    pub(crate) async fn integration(&self) -> Integration {
        self.integration_of(&[]).await
    }

    /// An integration with Meta that reports on these numbers.
    pub(crate) async fn integration_of(&self, numbers: &[&str]) -> Integration {
        self.integration_in(ACME, numbers).await
    }

    /// The same in another workspace.
    pub(crate) async fn integration_in(&self, workspace: &str, numbers: &[&str]) -> Integration {
        let account = |id: &&str| IntegrationChannelAccount {
            id: (*id).to_owned(),
            channel: acuse_proto::types::Channel::Whatsapp.into(),
            ..IntegrationChannelAccount::default()
        };
        let meta = MetaSecrets {
            app_secrets: vec![APP_SECRET.to_owned()],
            verify_token: "a verify token".to_owned(),
        };
        let secrets = IntegrationSecrets {
            secrets: Some(integration_secrets::Secrets::Meta(meta)),
        };
        let integration = Integration {
            provider: Provider::MetaWhatsapp.into(),
            display_name: "WhatsApp".to_owned(),
            channel_accounts: numbers.iter().map(account).collect(),
            ..Integration::default()
        };
        self.create_in(workspace, integration, secrets).await
    }

    /// An integration as given, in a workspace.
    pub(crate) async fn create_in(
        &self,
        workspace: &str,
        integration: Integration,
        secrets: IntegrationSecrets,
    ) -> Integration {
        let request = CreateIntegrationRequest {
            integration: Some(integration),
            secrets: Some(secrets),
            request_id: None,
        };
        let mut client = self.integrations_of(workspace);
        let answer = client.create_integration(request).await;
        answer.unwrap().into_inner().integration.unwrap()
    }

    /// A message by Meta's id.
    pub(crate) async fn message(&self, wamid: &str) -> Result<Message, Status> {
        self.message_in(ACME, wamid).await
    }

    /// The same in another workspace.
    pub(crate) async fn message_in(&self, workspace: &str, wamid: &str) -> Result<Message, Status> {
        let request = GetMessageRequest {
            key: Some(key(wamid)),
        };
        let answer = self.messages_of(workspace).get_message(request).await?;
        Ok(answer.into_inner().message.unwrap())
    }

    /// What was heard of a message.
    pub(crate) async fn timeline(&self, wamid: &str) -> Result<Vec<TimelineEntry>, Status> {
        self.timeline_in(ACME, wamid).await
    }

    /// The same in another workspace.
    pub(crate) async fn timeline_in(
        &self,
        workspace: &str,
        wamid: &str,
    ) -> Result<Vec<TimelineEntry>, Status> {
        let request = GetTimelineRequest {
            key: Some(key(wamid)),
            page_size: 1_000,
            ..GetTimelineRequest::default()
        };
        let mut client = self.messages_of(workspace);
        let answer = client.get_timeline(request).await?.into_inner();
        assert!(answer.next_page_token.is_empty());
        Ok(answer.entries)
    }
}

fn key(wamid: &str) -> MessageKey {
    let id = ProviderMessageId {
        provider: Provider::MetaWhatsapp.into(),
        id: wamid.to_owned(),
        scope: None,
    };
    MessageKey {
        key: Some(message_key::Key::ProviderMessageId(id)),
    }
}

/// Posts a body as Meta would.
pub(crate) async fn post(address: SocketAddr, path: &str, body: &[u8]) -> Answer {
    let signature = meta_signature(APP_SECRET, body);
    let headers = [
        ("content-type", "application/json"),
        ("x-hub-signature-256", &*signature),
    ];
    send(address, "POST", path, &headers, body).await
}
