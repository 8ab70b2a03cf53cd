//! A running service on a database of its own, and ways to call it.

use acuse_domain::event::Event;
use acuse_domain::names::{self, Label, Mention};
use acuse_domain::scope::{Permission, Role};
use acuse_proto::reporting::reporting_service_client::ReportingServiceClient;
use acuse_proto::reporting::saved_report_service_client::SavedReportServiceClient;
use acuse_proto::reporting::{
    GetBreakdownRequest, GetBreakdownResponse, GetConsolidatedRequest, GetConsolidatedResponse,
    GetRankingRequest, GetRankingResponse, ListDimensionValuesRequest, ListDimensionValuesResponse,
    StreamRowsRequest, StreamRowsResponse,
};
use acuse_reporting::{Clock, Config, Serving, start};
use acuse_rpc::Secret;
use acuse_rpc::auth::Claims;
use acuse_rpc::client::{Channel, Credentials};
use acuse_store::apply::{Applier, Submission};
use acuse_store::fold::Folder;
use acuse_store::workspaces::{self, NewWorkspace, Settings, Workspace};
use acuse_store::{Database, PoolConfig};
use acuse_testkit::service::{Keys, channel, connect};
use tokio::sync::oneshot;
use tonic::Status;

use crate::samples::NOW;

/// The workspaces that every rig has.
pub(crate) const ACME: &str = "acme";
pub(crate) const OTHER: &str = "other";

/// A service that runs until it is dropped, with what message-state would do to its database.
pub(crate) struct Rig {
    stop: Option<oneshot::Sender<()>>,
    serving: Option<Serving>,
    config: Config,
    pub(crate) keys: Keys,
    pub(crate) store: Database,
    pub(crate) acme: Workspace,
    pub(crate) other: Workspace,
    // Dropped last, when nobody uses it any more.
    database: acuse_testkit::Database,
}

impl Rig {
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}, |_| {}).await
    }

    /// A rig whose workspace acme has settings of its own.
    pub(crate) async fn set(settings: impl FnOnce(&mut Settings)) -> Self {
        Self::with(settings, |_| {}).await
    }

    pub(crate) async fn with(
        settings: impl FnOnce(&mut Settings),
        configure: impl FnOnce(&mut Config),
    ) -> Self {
        let database = acuse_testkit::Database::new().await;
        let store = Database::new(&PoolConfig::new(database.address(), 2)).unwrap();
        let mut of_acme = Settings::usual("Acme");
        settings(&mut of_acme);
        let keys = Keys::new();
        let mut config = Config::new(keys.server_config(), database.address());
        config.database_connections = 4;
        configure(&mut config);
        let (stop, serving) = serve(&config).await;
        Self {
            stop: Some(stop),
            serving: Some(serving),
            config,
            keys,
            acme: create(&store, ACME, of_acme).await,
            other: create(&store, OTHER, Settings::usual("Other")).await,
            store,
            database,
        }
    }

    /// Hands events in, to the workspace acme.
    pub(crate) async fn apply(&self, events: impl IntoIterator<Item = Event>) {
        self.apply_in(&self.acme, events).await;
    }

    /// Hands events in, to the workspace other.
    pub(crate) async fn apply_to_other(&self, events: impl IntoIterator<Item = Event>) {
        self.apply_in(&self.other, events).await;
    }

    async fn apply_in(&self, workspace: &Workspace, events: impl IntoIterator<Item = Event>) {
        let workspace = workspace.id;
        let events = events.into_iter();
        let batch: Vec<Submission> = events
            .map(|event| Submission { workspace, event })
            .collect();
        let applier = Applier::new(self.store.clone());
        let outcomes = applier.apply(&batch, NOW).await.unwrap();
        for outcome in outcomes {
            let applied = matches!(outcome, acuse_store::apply::Outcome::Applied(_));
            assert!(applied, "{outcome:?}");
        }
    }

    /// Tells the directory of acme what ids are called.
    pub(crate) async fn name(&self, dimension: names::Dimension, called: &[(&str, Option<&str>)]) {
        let mention = |(id, name): &(&str, Option<&str>)| Mention {
            dimension,
            external_id: (*id).to_owned(),
            label: Label {
                name: name.map(str::to_owned),
                ..Label::default()
            },
            at: NOW,
        };
        let mentions: Vec<Mention> = called.iter().map(mention).collect();
        let stored = acuse_store::directory::upsert(&self.store, self.acme.id, &mentions);
        assert_eq!(stored.await.unwrap().len(), called.len());
    }

    /// Adds what changed to the rollups.
    pub(crate) async fn fold(&self) {
        Folder::new(self.store.clone()).fold_all().await.unwrap();
    }

    /// A session of the superuser, beside the service.
    pub(crate) async fn session(&self) -> tokio_postgres::Client {
        connect(self.database.url()).await
    }

    pub(crate) fn administrator(&self) -> Secret {
        self.keys.anything(ACME)
    }

    pub(crate) fn supervisor(&self, departments: &[&str]) -> Secret {
        let departments = departments.iter().map(|id| (*id).to_owned()).collect();
        self.limited(Claims {
            departments: Some(departments),
            ..Claims::of("sup", Role::Supervisor, Some(ACME))
        })
    }

    pub(crate) fn limited(&self, claims: Claims) -> Secret {
        self.keys.mint(claims.allowing([Permission::Report]))
    }

    pub(crate) fn channel(&self, credentials: Credentials) -> Channel {
        channel(self.serving.as_ref().unwrap().address(), credentials)
    }

    pub(crate) fn client(&self, token: Secret) -> ReportingServiceClient<Channel> {
        ReportingServiceClient::new(self.channel(Credentials::Bearer(token)))
    }

    pub(crate) fn saved(&self, token: &Secret) -> SavedReportServiceClient<Channel> {
        SavedReportServiceClient::new(self.channel(Credentials::Bearer(token.clone())))
    }

    pub(crate) async fn consolidated(
        &self,
        request: GetConsolidatedRequest,
    ) -> Result<GetConsolidatedResponse, Status> {
        let mut client = self.client(self.administrator());
        Ok(client.get_consolidated(request).await?.into_inner())
    }

    pub(crate) async fn breakdown(
        &self,
        request: GetBreakdownRequest,
    ) -> Result<GetBreakdownResponse, Status> {
        let mut client = self.client(self.administrator());
        Ok(client.get_breakdown(request).await?.into_inner())
    }

    pub(crate) async fn ranking(
        &self,
        request: GetRankingRequest,
    ) -> Result<GetRankingResponse, Status> {
        let mut client = self.client(self.administrator());
        Ok(client.get_ranking(request).await?.into_inner())
    }

    pub(crate) async fn values(
        &self,
        token: &Secret,
        request: ListDimensionValuesRequest,
    ) -> Result<ListDimensionValuesResponse, Status> {
        let mut client = self.client(token.clone());
        Ok(client.list_dimension_values(request).await?.into_inner())
    }

    pub(crate) async fn rows(
        &self,
        token: Secret,
        request: StreamRowsRequest,
    ) -> Result<Vec<StreamRowsResponse>, Status> {
        let mut stream = self.client(token).stream_rows(request).await?.into_inner();
        let mut parts = Vec::new();
        while let Some(part) = stream.message().await? {
            parts.push(part);
        }
        Ok(parts)
    }

    /// Stops the service, and returns when it has.
    pub(crate) async fn stop(&mut self) {
        let _ = self.stop.take().unwrap().send(());
        self.serving.take().unwrap().stopped().await.unwrap();
    }

    /// Stops the service, and starts it again on the same database.
    pub(crate) async fn restart(&mut self) {
        self.stop().await;
        let (stop, serving) = serve(&self.config).await;
        (self.stop, self.serving) = (Some(stop), Some(serving));
    }
}

async fn serve(config: &Config) -> (oneshot::Sender<()>, Serving) {
    let (stop, stopped) = oneshot::channel::<()>();
    let shutdown = async {
        let _ = stopped.await;
    };
    let serving = start(config.clone(), Clock::fixed(NOW), shutdown).await;
    (stop, serving.unwrap())
}

async fn create(store: &Database, slug: &str, settings: Settings) -> Workspace {
    let slug = slug.to_owned();
    let created = workspaces::create(store, NewWorkspace { slug, settings }, NOW).await;
    created.unwrap().unwrap()
}
