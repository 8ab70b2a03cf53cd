//! Message-state, reporting and export, with messages to export, and a proxy before reporting that holds an export in its midst.

use std::time::Duration;

use acuse_domain::scope::{Permission, Role};
use acuse_proto::export::export_service_client::ExportServiceClient;
use acuse_proto::export::{
    CreateExportRequest, DownloadExportRequest, Export, ExportFormat, ExportReport, ExportRequest,
    ExportState, GetExportRequest, ListExportsRequest,
};
use acuse_proto::message_state::message_state_service_client::MessageStateServiceClient;
use acuse_proto::message_state::{ApplyEventsRequest, Event, event};
use acuse_proto::reporting::Question;
use acuse_proto::types::{Content, OutboundRegistration};
use acuse_rpc::client::{Channel, Credentials};
use acuse_testkit::service::{channel, eventually};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use super::load::Told;
use super::process::Process;
use super::proxy::{Mode, Proxy};
use super::redis::Redis;
use super::{ACME, Installation};

/// Longer than an export takes, a lease that has to end first included.
const PATIENCE: Duration = Duration::from_secs(45);

/// Rows of an export: several batches.
pub(crate) const ROWS: usize = 12_000;

/// Bytes of noise in each message, in hexadecimal digits. No compression makes less of them: rows that are all alike would be
/// sent as next to nothing.
const NOISE: usize = 200;

/// Three quarters of what all rows take at least, which is more than the first batch does in full length: no export gets beyond
/// that, and every one gets to its first rows.
const SOME: Mode = Mode::Rationed(ROWS * NOISE / 4 * 3);

fn count(of: usize) -> i64 {
    i64::try_from(of).unwrap()
}

pub(crate) struct Exporting {
    pub(crate) export: Process,
    pub(crate) reporting: Process,
    pub(crate) redis: Redis,
    told: Told,
    proxy: Proxy,
    _state: Process,
    acuse: Installation,
}

impl Exporting {
    pub(crate) async fn start() -> Self {
        let acuse = Installation::new().await;
        let state = acuse.message_state().await;
        acuse.open_workspace(state.address).await;
        let told = Told::of(ROWS);
        let credentials = Credentials::Bearer(acuse.token());
        let mut client = MessageStateServiceClient::new(channel(state.address, credentials));
        let mut noise = StdRng::seed_from_u64(0);
        let events = (0..ROWS).map(|number| {
            let body = (0..NOISE).map(|_| format!("{:02x}", noise.random::<u8>()));
            let registration = OutboundRegistration {
                content: Some(Content {
                    body: Some(body.collect()),
                    ..Content::default()
                }),
                ..told.registration(number)
            };
            Event {
                event: Some(event::Event::Registration(registration)),
                ..Event::default()
            }
        });
        let events: Vec<Event> = events.collect();
        for events in events.chunks(3_000) {
            let events = events.to_vec();
            let answer = client.apply_events(ApplyEventsRequest { events }).await;
            let results = answer.unwrap().into_inner().results;
            assert!(results.iter().all(|result| result.error.is_none()));
        }
        let reporting = acuse.reporting().await;
        let proxy = Proxy::to(reporting.address).await;
        let redis = Redis::start().await;
        let export = acuse.export(&[proxy.address], &redis.url()).await;
        Self {
            export,
            reporting,
            redis,
            told,
            proxy,
            _state: state,
            acuse,
        }
    }

    fn client(&self) -> ExportServiceClient<Channel> {
        let may = [Permission::Export, Permission::Report];
        let token = self.acuse.keys.allowed(Role::Analyst, ACME, &may);
        ExportServiceClient::new(channel(self.export.address, Credentials::Bearer(token)))
    }

    /// Asks for an export of everything, and returns when it is in its midst, where it stays until it may hurry; gives its id.
    pub(crate) async fn begin(&self) -> String {
        self.proxy.set(SOME);
        let request = CreateExportRequest {
            export: Some(ExportRequest {
                report: ExportReport::HsmManagement.into(),
                format: ExportFormat::Csv.into(),
                question: Some(Question {
                    period: Some(self.told.period()),
                    ..Question::default()
                }),
                ..ExportRequest::default()
            }),
            request_id: None,
        };
        let created = self.client().create_export(request).await.unwrap();
        let id = created.into_inner().export.unwrap().id;
        eventually(PATIENCE, || async {
            let found = self.get(&id).await?;
            let done = found.progress.map_or(0, |progress| progress.rows_done);
            assert!(done < count(ROWS) && found.end_time.is_none(), "{found:?}");
            (done > 0).then_some(())
        })
        .await;
        id
    }

    /// Lets exports go on, as fast as they can.
    pub(crate) fn hurry(&self) {
        self.proxy.set(Mode::Open);
    }

    /// An export as it stands, if anybody answers.
    pub(crate) async fn get(&self, id: &str) -> Option<Export> {
        let request = GetExportRequest { id: id.to_owned() };
        let answer = self.client().get_export(request).await.ok()?;
        answer.into_inner().export
    }

    /// Waits until an export has succeeded, as the only one, and holds its file against what was told; gives how often it
    /// was taken up.
    pub(crate) async fn succeeds_once(&self, id: &str) -> i32 {
        let done = eventually(PATIENCE, || async {
            let found = self.get(id).await?;
            assert_ne!(found.state(), ExportState::Failed, "{:?}", found.failure);
            (found.state() == ExportState::Succeeded).then_some(found)
        })
        .await;
        let request = DownloadExportRequest {
            id: id.to_owned(),
            offset: 0,
        };
        let answer = self.client().download_export(request).await.unwrap();
        let (mut stream, mut file) = (answer.into_inner(), Vec::new());
        while let Some(piece) = stream.message().await.unwrap() {
            file.extend(piece.chunk);
        }
        let told = done.file.unwrap();
        assert_eq!(told.rows, count(ROWS));
        assert_eq!(told.size_bytes, count(file.len()));
        let mut reader = csv::Reader::from_reader(file.as_slice());
        let ids = reader
            .records()
            .map(|record| record.unwrap()[4].parse().unwrap());
        let mut ids: Vec<usize> = ids.collect();
        ids.sort_unstable();
        assert!(
            ids.into_iter().eq(0..ROWS),
            "a row is missing, or twice there"
        );

        let answer = self
            .client()
            .list_exports(ListExportsRequest::default())
            .await;
        assert_eq!(answer.unwrap().into_inner().exports.len(), 1);
        done.attempts
    }
}
