//! A running service on a database of its own, and ways to call it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use acuse_domain::scope::{Caller, Permission, Role};
use acuse_domain::time::Timestamp;
use acuse_message_state::{Clock, Config, Running, start};
use acuse_proto::message_state::directory_service_client::DirectoryServiceClient;
use acuse_proto::message_state::maintenance_service_client::MaintenanceServiceClient;
use acuse_proto::message_state::message_state_service_client::MessageStateServiceClient;
use acuse_proto::message_state::workspace_service_client::WorkspaceServiceClient;
use acuse_proto::message_state::{
    ApplyEventsRequest, CreateWorkspaceRequest, Event, GetMessageRequest, MessageKey, Workspace,
    message_key,
};
use acuse_proto::types::{ItemResult, Message};
use acuse_rpc::Secret;
use acuse_rpc::auth::Claims;
use acuse_rpc::client::{Channel, Credentials};
use acuse_testkit::Database;
use acuse_testkit::service::{Keys, channel, connect};
use tokio::sync::oneshot;
use tonic::Status;

use crate::samples::NOW;

/// The workspaces that every rig has.
pub(crate) const ACME: &str = "acme";
pub(crate) const OTHER: &str = "other";

/// A service that runs until it is dropped. The service goes before its database.
pub(crate) struct Rig {
    stop: Option<oneshot::Sender<()>>,
    pub(crate) running: Running,
    pub(crate) keys: Keys,
    now: Arc<AtomicI64>,
    pub(crate) database: Option<Database>,
}

impl Rig {
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// A rig on a database of its own, with two workspaces.
    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let database = Database::new().await;
        let mut rig = Self::at(database.url(), change).await;
        rig.database = Some(database);
        rig.create_workspaces().await;
        rig
    }

    /// A rig on the database at `url`.
    pub(crate) async fn at(url: &str, change: impl FnOnce(&mut Config)) -> Self {
        let keys = Keys::new();
        let mut config = Config::new(keys.server_config(), url.parse().unwrap());
        change(&mut config);
        let now = Arc::new(AtomicI64::new(NOW.micros()));
        let told = Arc::clone(&now);
        let clock = Clock::new(move || Timestamp::from_micros(told.load(Ordering::SeqCst)));
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async {
            let _ = stopped.await;
        };
        Self {
            stop: Some(stop),
            running: start(config, clock, shutdown).await.unwrap(),
            keys,
            now,
            database: None,
        }
    }

    pub(crate) async fn create_workspaces(&self) {
        for slug in [ACME, OTHER] {
            let workspace = Workspace {
                slug: slug.to_owned(),
                ..Workspace::default()
            };
            self.create(workspace).await.unwrap();
        }
    }

    pub(crate) async fn create(&self, workspace: Workspace) -> Result<Workspace, Status> {
        let request = CreateWorkspaceRequest {
            workspace: Some(workspace),
        };
        let mut client = self.workspaces(self.keys.operator());
        let answer = client.create_workspace(request).await?;
        Ok(answer.into_inner().workspace.unwrap())
    }

    /// Moves the service's clock.
    pub(crate) fn set_now(&self, now: Timestamp) {
        self.now.store(now.micros(), Ordering::SeqCst);
    }

    /// Stops the service, and returns when it has; gives its database.
    pub(crate) async fn stop(mut self) -> Option<Database> {
        let _ = self.stop.take().unwrap().send(());
        self.running.stopped().await.unwrap();
        self.database
    }

    /// A session of the superuser, beside the service.
    pub(crate) async fn session(&self) -> tokio_postgres::Client {
        connect(self.database.as_ref().unwrap().url()).await
    }

    /// A system of the workspace that may do everything.
    pub(crate) fn anything(&self, workspace: &str) -> Secret {
        self.keys.anything(workspace)
    }

    /// Ingestion, as it calls for several workspaces.
    pub(crate) fn service(&self) -> Secret {
        let itself = Caller {
            subject: "ingestion".to_owned(),
            role: Role::Operator,
            permissions: [Permission::Ingest].into(),
            scope: None,
        };
        let identity = self.keys.identity("ingestion");
        identity.token(&itself).unwrap()
    }

    pub(crate) fn supervisor(&self, workspace: &str, departments: &[&str]) -> Secret {
        let departments = departments.iter().map(|id| (*id).to_owned()).collect();
        self.keys.mint(Claims {
            departments: Some(departments),
            ..Claims::of("sup", Role::Supervisor, Some(workspace)).allowing([Permission::Report])
        })
    }

    pub(crate) fn channel(&self, credentials: Credentials) -> Channel {
        channel(self.running.address(), credentials)
    }

    pub(crate) fn messages(&self, token: Secret) -> MessageStateServiceClient<Channel> {
        MessageStateServiceClient::new(self.channel(Credentials::Bearer(token)))
    }

    pub(crate) fn workspaces(&self, token: Secret) -> WorkspaceServiceClient<Channel> {
        WorkspaceServiceClient::new(self.channel(Credentials::Bearer(token)))
    }

    pub(crate) fn directory(&self, token: Secret) -> DirectoryServiceClient<Channel> {
        DirectoryServiceClient::new(self.channel(Credentials::Bearer(token)))
    }

    pub(crate) fn maintenance(&self, token: Secret) -> MaintenanceServiceClient<Channel> {
        MaintenanceServiceClient::new(self.channel(Credentials::Bearer(token)))
    }

    /// Hands events in, to the workspace acme.
    pub(crate) async fn apply(&self, events: Vec<Event>) -> Result<Vec<ItemResult>, Status> {
        self.apply_to(ACME, events).await
    }

    pub(crate) async fn apply_to(
        &self,
        workspace: &str,
        events: Vec<Event>,
    ) -> Result<Vec<ItemResult>, Status> {
        let mut client = self.messages(self.anything(workspace));
        let answer = client.apply_events(ApplyEventsRequest { events }).await?;
        Ok(answer.into_inner().results)
    }

    /// A message of acme by its sender's id.
    pub(crate) async fn message(&self, sender_id: &str) -> Result<Message, Status> {
        get(self.messages(self.anything(ACME)), by_sender(sender_id)).await
    }
}

pub(crate) async fn get(
    mut client: MessageStateServiceClient<Channel>,
    key: MessageKey,
) -> Result<Message, Status> {
    let request = GetMessageRequest { key: Some(key) };
    let answer = client.get_message(request).await?;
    Ok(answer.into_inner().message.unwrap())
}

pub(crate) fn by_sender(id: &str) -> MessageKey {
    MessageKey {
        key: Some(message_key::Key::SenderMessageId(id.to_owned())),
    }
}

pub(crate) fn by_id(id: &str) -> MessageKey {
    MessageKey {
        key: Some(message_key::Key::MessageId(id.to_owned())),
    }
}
