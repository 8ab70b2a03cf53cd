//! An installation that was told of messages.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use acuse_domain::scope::{Permission, Role};
use acuse_domain::time::Timestamp;
use acuse_proto::export::export_service_client::ExportServiceClient;
use acuse_proto::export::{
    CreateExportRequest, DownloadExportRequest, Export, ExportFormat, ExportReport, ExportRequest,
    ExportState, GetExportRequest,
};
use acuse_proto::message_state::directory_entry::Entry;
use acuse_proto::message_state::directory_service_client::DirectoryServiceClient;
use acuse_proto::message_state::message_state_service_client::MessageStateServiceClient;
use acuse_proto::message_state::workspace_service_client::WorkspaceServiceClient;
use acuse_proto::message_state::{
    AgentMembership, ApplyEventsRequest, CreateWorkspaceRequest, DirectoryEntry, Event,
    GetReportedStagesRequest, UpsertEntriesRequest, Workspace,
};
use acuse_proto::reporting::reporting_service_client::ReportingServiceClient;
use acuse_proto::reporting::{
    HsmManagementRow, RowPreset, StreamRowsRequest, stream_rows_response::Part,
};
use acuse_proto::types::AgentRef;
use acuse_rpc::auth::Claims;
use acuse_rpc::client::{Channel, Credentials};
use acuse_rpc::{Clock, Secret};
use acuse_testkit::Database;
use acuse_testkit::service::{Keys, channel, eventually, peer};
use acuse_tests::history::reported::request;
use acuse_tests::reference::Reported;

use crate::told::events;

/// 2 October 2022, noon in Lima.
pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_664_730_000);

/// Messages that were told of, every other one of the department "ventas".
pub(crate) const MESSAGES: usize = 2_500;

const WORKSPACE: &str = "acme";

/// Message-state, reporting and export, which end with the test, on a database and in a folder of their own.
pub(crate) struct Rig {
    keys: Keys,
    now: Arc<AtomicI64>,
    message_state: SocketAddr,
    pub(crate) reporting: SocketAddr,
    pub(crate) export: SocketAddr,
    pub(crate) folder: PathBuf,
    _database: Database,
}

impl Drop for Rig {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Rig {
    /// Starts the services and tells them of all messages.
    pub(crate) async fn told() -> Self {
        let workspace = Workspace {
            time_zone: Some("America/Lima".to_owned()),
            ..Workspace::default()
        };
        let events = (0..MESSAGES).flat_map(events).collect();
        Self::told_of(NOW, workspace, events).await
    }

    /// Starts the services at a time and tells them of events in a workspace with these settings.
    pub(crate) async fn told_of(now: Timestamp, workspace: Workspace, events: Vec<Event>) -> Self {
        let rig = Self::start(now).await;
        let to_state = |token| channel(rig.message_state, Credentials::Bearer(token));
        let workspace = Workspace {
            slug: WORKSPACE.to_owned(),
            ..workspace
        };
        let request = CreateWorkspaceRequest {
            workspace: Some(workspace),
        };
        let mut workspaces = WorkspaceServiceClient::new(to_state(rig.keys.operator()));
        workspaces.create_workspace(request).await.unwrap();
        let mut state = MessageStateServiceClient::new(to_state(rig.keys.anything(WORKSPACE)));
        for events in events.chunks(5_000) {
            let events = events.to_vec();
            let answer = state.apply_events(ApplyEventsRequest { events }).await;
            let results = answer.unwrap().into_inner().results;
            assert!(results.iter().all(|result| result.error.is_none()));
        }
        rig
    }

    async fn start(now: Timestamp) -> Self {
        let database = Database::new().await;
        let place = || database.address();
        let (keys, now) = (Keys::new(), Arc::new(AtomicI64::new(now.micros())));
        let told = Arc::clone(&now);
        let clock = Clock::new(move || Timestamp::from_micros(told.load(Ordering::SeqCst)));
        let forever = std::future::pending::<()>;
        let config = acuse_message_state::Config::new(keys.server_config(), place());
        let told = acuse_message_state::start(config, clock.clone(), forever());
        let message_state = told.await.unwrap().address();
        let config = acuse_reporting::Config::new(keys.server_config(), place());
        let reporting = acuse_reporting::start(config, clock.clone(), forever());
        let reporting = reporting.await.unwrap().address();
        let id = uuid::Uuid::now_v7().simple().to_string();
        let folder = std::env::temp_dir().join(format!("acuse-test-{id}"));
        let redis = acuse_export::RedisConfig {
            prefix: format!("acuse:test:{id}"),
            ..acuse_export::RedisConfig::new(Secret::new(std::env::var("REDIS_URL").unwrap()))
        };
        let called = (peer(reporting), keys.identity("export"));
        let files = folder.join("files");
        let mut config =
            acuse_export::Config::new(keys.server_config(), place(), redis, called, files);
        config.work.poll = Duration::from_millis(100);
        let export = acuse_export::start(config, clock, forever());
        let export = export.await.unwrap().address();
        Self {
            keys,
            now,
            message_state,
            reporting,
            export,
            folder,
            _database: database,
        }
    }

    /// Says what channel accounts can report, and waits until all messages are so.
    pub(crate) async fn say(&self, said: &Reported) {
        let to = channel(
            self.message_state,
            Credentials::Bearer(self.keys.operator()),
        );
        let mut workspaces = WorkspaceServiceClient::new(to);
        for (account, stages) in said {
            let request = request(WORKSPACE, account, Some(stages));
            workspaces.set_reported_stages(request).await.unwrap();
        }
        eventually(Duration::from_secs(30), || async {
            let request = GetReportedStagesRequest {
                workspace: WORKSPACE.to_owned(),
            };
            let answer = workspaces.clone().get_reported_stages(request).await;
            let restaging = answer.unwrap().into_inner().restaging;
            restaging.is_none().then_some(())
        })
        .await;
    }

    /// Moves the services' clock.
    pub(crate) fn set_now(&self, now: Timestamp) {
        self.now.store(now.micros(), Ordering::SeqCst);
    }

    /// Says to which departments an agent belongs.
    pub(crate) async fn belongs(&self, agent: &str, departments: &[&str]) {
        let token = self.keys.anything(WORKSPACE);
        let to = channel(self.message_state, Credentials::Bearer(token));
        let entry = DirectoryEntry {
            membership: Some(AgentMembership {
                department_ids: departments.iter().map(|id| (*id).to_owned()).collect(),
                has_left: false,
            }),
            entry: Some(Entry::Agent(AgentRef {
                id: agent.to_owned(),
                ..AgentRef::default()
            })),
        };
        let request = UpsertEntriesRequest {
            entries: vec![entry],
        };
        let answer = DirectoryServiceClient::new(to)
            .upsert_entries(request)
            .await;
        let results = answer.unwrap().into_inner().results;
        assert!(results.iter().all(|result| result.error.is_none()));
    }

    /// A token of an analyst, who sees everything.
    pub(crate) fn analyst(&self) -> Secret {
        self.token(Claims::of("ana", Role::Analyst, Some(WORKSPACE)))
    }

    /// A token of the supervisor of one department.
    pub(crate) fn supervisor(&self, department: &str) -> Secret {
        self.token(Claims {
            departments: Some([department.to_owned()].into()),
            ..Claims::of("sofia", Role::Supervisor, Some(WORKSPACE))
        })
    }

    fn token(&self, claims: Claims) -> Secret {
        self.keys
            .mint(claims.allowing([Permission::Export, Permission::Report]))
    }

    /// The rows that reporting streams.
    pub(crate) async fn rows(&self, token: &Secret) -> Vec<HsmManagementRow> {
        let channel = channel(self.reporting, Credentials::Bearer(token.clone()));
        let request = StreamRowsRequest {
            preset: RowPreset::HsmManagement.into(),
            ..StreamRowsRequest::default()
        };
        let mut client = ReportingServiceClient::new(channel);
        let answer = client.stream_rows(request).await.unwrap();
        let (mut stream, mut rows) = (answer.into_inner(), Vec::new());
        while let Some(answer) = stream.message().await.unwrap() {
            if let Some(Part::HsmManagement(batch)) = answer.part {
                rows.extend(batch.decoded::<HsmManagementRow>().unwrap());
            }
        }
        rows
    }

    /// An export with nothing said but what it is, and its file.
    pub(crate) async fn exported(&self, token: &Secret) -> (Export, Vec<u8>) {
        let request = ExportRequest {
            report: ExportReport::HsmManagement.into(),
            format: ExportFormat::Csv.into(),
            ..ExportRequest::default()
        };
        self.exported_as(token, request).await
    }

    /// An export as asked for, and its file.
    pub(crate) async fn exported_as(
        &self,
        token: &Secret,
        request: ExportRequest,
    ) -> (Export, Vec<u8>) {
        let channel = channel(self.export, Credentials::Bearer(token.clone()));
        let client = ExportServiceClient::new(channel);
        let request = CreateExportRequest {
            export: Some(request),
            request_id: None,
        };
        let created = client.clone().create_export(request).await.unwrap();
        let id = created.into_inner().export.unwrap().id;
        fetched(&client, &id).await
    }

    /// An export that somebody asked for, once it is made, and its file.
    pub(crate) async fn fetched(&self, token: &Secret, id: &str) -> (Export, Vec<u8>) {
        let channel = channel(self.export, Credentials::Bearer(token.clone()));
        fetched(&ExportServiceClient::new(channel), id).await
    }
}

async fn fetched(client: &ExportServiceClient<Channel>, id: &str) -> (Export, Vec<u8>) {
    let done = made(client, id).await;
    let request = DownloadExportRequest {
        id: done.id.clone(),
        offset: 0,
    };
    let answer = client.clone().download_export(request).await.unwrap();
    let (mut stream, mut file) = (answer.into_inner(), Vec::new());
    while let Some(piece) = stream.message().await.unwrap() {
        file.extend(piece.chunk);
    }
    (done, file)
}

async fn made(client: &ExportServiceClient<Channel>, id: &str) -> Export {
    eventually(Duration::from_secs(60), || async {
        let request = GetExportRequest { id: id.to_owned() };
        let found = client.clone().get_export(request).await.unwrap();
        let found = found.into_inner().export.unwrap();
        assert_ne!(found.state(), ExportState::Failed, "{:?}", found.failure);
        (found.state() == ExportState::Succeeded).then_some(found)
    })
    .await
}
