//! What callers and providers say, all of which is private.

use std::time::Duration;

use acuse_domain::time::Timestamp;
use acuse_proto::export::schedule::Cadence;
use acuse_proto::export::schedule_service_client::ScheduleServiceClient;
use acuse_proto::export::{
    CreateExportRequest, CreateScheduleRequest, DailyCadence, DownloadExportRequest, ExportFormat,
    ExportReport, ExportRequest, ExportState, GetDownloadUrlRequest, GetExportRequest, Schedule,
    TimeOfDay,
};
use acuse_proto::ingestion::integration_service_client::IntegrationServiceClient;
use acuse_proto::ingestion::{
    CreateIntegrationRequest, IngestRequest, Integration, IntegrationSecrets,
    RecordInboundMessagesRequest, RecordStatusesRequest, RegisterMessagesRequest,
    RegisterMessagesResponse, SharedSecrets, ingest_request, integration_secrets,
};
use acuse_proto::message_state::directory_entry::Entry;
use acuse_proto::message_state::directory_service_client::DirectoryServiceClient;
use acuse_proto::message_state::{DirectoryEntry, UpsertEntriesRequest};
use acuse_proto::reporting::reporting_service_client::ReportingServiceClient;
use acuse_proto::reporting::{
    IdFilter, IdKind, ListOutboundMessagesRequest, Question, RowPreset, StreamRowsRequest,
};
use acuse_proto::types::{
    AgentRef, Channel, ContactRef, Content, ContentType, Failure, InboundKind, InboundMessage,
    MessageType, OutboundRegistration, Provider, ProviderMessageId, Source, StatusEvidence,
    StatusKind,
};
use acuse_testkit::service::eventually;
use acuse_testkit::service::http::{meta_signature, send};
use acuse_tests::integration::{whatsapp_text, with_meta};
use tonic::Status;

use super::Rig;

/// An integration that webhooks come from.
pub(super) struct Webhook {
    pub(super) path: String,
    pub(super) app_secret: String,
    pub(super) verify_token: String,
    /// Of another, whose provider signs nothing: its path and its secret.
    pub(super) unsigned: (String, String),
}

fn ago(seconds: i64) -> Option<prost_types::Timestamp> {
    let seconds = Timestamp::now().micros() / 1_000_000 - seconds;
    Some(prost_types::Timestamp { seconds, nanos: 0 })
}

impl Rig {
    pub(super) fn contact(&self) -> ContactRef {
        ContactRef {
            external_id: Some(self.markers.fresh("a contact's id")),
            name: Some(self.markers.fresh("a contact's name")),
            phone: Some(self.markers.phone()),
            ..ContactRef::default()
        }
    }

    pub(super) fn content(&self) -> Content {
        let text = || Some(self.markers.fresh("a text"));
        Content {
            header: text(),
            body: text(),
            footer: text(),
            buttons: text().into_iter().collect(),
            file_name: text(),
            ..Content::default()
        }
    }

    pub(super) fn registration(&self) -> OutboundRegistration {
        OutboundRegistration {
            sender_message_id: Some(self.markers.fresh("a sender's id")),
            provider_message_id: Some(self.wamid()),
            channel: Channel::Whatsapp.into(),
            channel_account_id: "1001".to_owned(),
            contact: Some(self.contact()),
            source: Source::User.into(),
            r#type: MessageType::Session.into(),
            agent: Some(AgentRef {
                id: "a1".to_owned(),
                name: Some(self.markers.fresh("an agent's name")),
                email: Some(format!("{}@example.com", self.markers.fresh("an address"))),
            }),
            content_type: ContentType::Text.into(),
            content: Some(self.content()),
            correlation_id: Some(self.markers.fresh("a correlation id")),
            ticket_id: Some(self.markers.fresh("a ticket's id")),
            queued_at: ago(3_600),
            ..OutboundRegistration::default()
        }
    }

    fn wamid(&self) -> ProviderMessageId {
        ProviderMessageId {
            provider: Provider::MetaWhatsapp.into(),
            scope: None,
            id: format!("wamid.{}", self.markers.fresh("a provider's id")),
        }
    }

    pub(super) async fn registers(
        &self,
        message: OutboundRegistration,
    ) -> Result<RegisterMessagesResponse, Status> {
        let request = RegisterMessagesRequest {
            messages: vec![message],
        };
        let answer = self.ingestion().register_messages(request).await?;
        Ok(answer.into_inner())
    }

    /// Posts what a contact wrote; gives the status of the answer.
    pub(super) async fn posts(&self, webhook: &Webhook) -> u16 {
        let now = Timestamp::now().micros() / 1_000_000;
        let wamid = self.wamid().id;
        let (from, text) = (self.markers.phone(), self.markers.fresh("a text"));
        let body = whatsapp_text(&wamid, (&from[1..], "51221234567"), &text, now);
        self.posts_signed(webhook, body.as_bytes()).await
    }

    /// Posts a body as Meta would; gives the status of the answer.
    pub(super) async fn posts_signed(&self, webhook: &Webhook, body: &[u8]) -> u16 {
        let signature = meta_signature(&webhook.app_secret, body);
        self.markers.is_private("a signature", &signature[7..]);
        let headers = [
            ("content-type", "application/json"),
            ("x-hub-signature-256", &*signature),
        ];
        self.visits("POST", &webhook.path, &headers, body).await
    }

    /// Sends ingestion a request over HTTP; gives the status of the answer.
    pub(super) async fn visits(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> u16 {
        let address = self.whole.ingestion.address;
        send(address, method, target, headers, body).await.status
    }

    /// Has everything said as it should be.
    pub(super) async fn everything_is_said(&self) -> Webhook {
        let webhook = self.integrates().await;
        let registration = self.registration();
        let phone = registration.contact.clone().unwrap().phone.unwrap();
        let results = self.registers(registration.clone()).await.unwrap().results;
        assert!(results[0].error.is_none(), "{results:?}");
        self.tells_of(&registration).await;
        assert_eq!(self.posts(&webhook).await, 200);
        let (path, secret) = &webhook.unsigned;
        let target = format!("{path}?secret={secret}");
        let body = format!(
            "{{\"results\":[{{\"a\":\"{}\"}}]}}",
            self.markers.fresh("a text")
        );
        let json = [("content-type", "application/json")];
        assert_eq!(
            self.visits("POST", &target, &json, body.as_bytes()).await,
            200
        );
        let verify = format!(
            "{}?hub.mode=subscribe&hub.challenge={}&hub.verify_token={}",
            webhook.path,
            self.markers.fresh("a challenge"),
            webhook.verify_token
        );
        assert_eq!(self.visits("GET", &verify, &[], b"").await, 200);
        self.names_people().await;
        self.asks_about(&phone).await;
        self.asks_for_a_file().await;
        webhook
    }

    async fn integrates(&self) -> Webhook {
        let mut client = IntegrationServiceClient::new(self.to(self.whole.ingestion.address));
        let (app_secret, verify_token) = (
            self.markers.fresh("an app's secret"),
            self.markers.fresh("a token of verification"),
        );
        let request = with_meta(&app_secret, &verify_token);
        let made = client.create_integration(request).await.unwrap();
        let path = made.into_inner().integration.unwrap().webhook_path;
        let secret = self.markers.fresh("a shared secret");
        let shared = SharedSecrets {
            secrets: vec![secret.clone()],
        };
        let request = CreateIntegrationRequest {
            integration: Some(Integration {
                provider: Provider::Infobip.into(),
                display_name: self.markers.fresh("a name"),
                ..Integration::default()
            }),
            secrets: Some(IntegrationSecrets {
                secrets: Some(integration_secrets::Secrets::Shared(shared)),
            }),
            request_id: None,
        };
        let made = client.create_integration(request).await.unwrap();
        let unsigned = made.into_inner().integration.unwrap().webhook_path;
        Webhook {
            path,
            app_secret,
            verify_token,
            unsigned: (unsigned, secret),
        }
    }

    /// What became of a message, by a call and by a stream.
    async fn tells_of(&self, of: &OutboundRegistration) {
        let status = StatusEvidence {
            provider_message_id: of.provider_message_id.clone(),
            kind: StatusKind::Failed.into(),
            happened_at: ago(3_000),
            provider: Some(Provider::MetaWhatsapp.into()),
            recipient: of.contact.clone(),
            failure: Some(Failure {
                code: Some("131026".to_owned()),
                title: Some(self.markers.fresh("a failure's title")),
                detail: Some(self.markers.fresh("a failure's detail")),
                ..Failure::default()
            }),
            ..StatusEvidence::default()
        };
        let request = RecordStatusesRequest {
            statuses: vec![status],
        };
        self.ingestion().record_statuses(request).await.unwrap();
        let inbound = InboundMessage {
            provider_message_id: Some(self.wamid()),
            channel: Channel::Whatsapp.into(),
            channel_account_id: "1001".to_owned(),
            contact: of.contact.clone(),
            received_at: ago(60),
            kind: InboundKind::Regular.into(),
            content_type: ContentType::Text.into(),
            content: Some(self.content()),
            ..InboundMessage::default()
        };
        let batch = IngestRequest {
            sequence: 1,
            items: Some(ingest_request::Items::InboundMessages(
                RecordInboundMessagesRequest {
                    messages: vec![inbound],
                },
            )),
            all_results: true,
        };
        let batches = futures::stream::iter([batch]);
        let answer = self.ingestion().ingest(batches).await.unwrap();
        let mut answers = answer.into_inner();
        while answers.message().await.unwrap().is_some() {}
    }

    async fn names_people(&self) {
        let agent = AgentRef {
            id: self.markers.fresh("an agent's id"),
            name: Some(self.markers.fresh("an agent's name")),
            email: Some(format!("{}@example.com", self.markers.fresh("an address"))),
        };
        let request = UpsertEntriesRequest {
            entries: vec![DirectoryEntry {
                entry: Some(Entry::Agent(agent)),
                membership: None,
            }],
        };
        let to = self.to(self.whole.message_state.address);
        let answer = DirectoryServiceClient::new(to)
            .upsert_entries(request)
            .await;
        let results = answer.unwrap().into_inner().results;
        assert!(results[0].error.is_none(), "{results:?}");
    }

    async fn asks_about(&self, phone: &str) {
        let mut client = ReportingServiceClient::new(self.to(self.whole.reporting.address));
        let question = Question {
            id_filters: vec![IdFilter {
                kind: IdKind::Phone.into(),
                any_of: vec![phone.to_owned()],
            }],
            ..Question::default()
        };
        let request = ListOutboundMessagesRequest {
            question: Some(question),
            ..ListOutboundMessagesRequest::default()
        };
        let listed = client.list_outbound_messages(request).await.unwrap();
        assert_eq!(listed.into_inner().messages.len(), 1);
        let request = StreamRowsRequest {
            preset: RowPreset::DetailedSent.into(),
            ..StreamRowsRequest::default()
        };
        let mut rows = client.stream_rows(request).await.unwrap().into_inner();
        while rows.message().await.unwrap().is_some() {}
    }

    /// Has a file made and fetches it both ways; and plans another.
    pub(super) async fn asks_for_a_file(&self) {
        let export = ExportRequest {
            report: ExportReport::DetailedSent.into(),
            format: ExportFormat::Csv.into(),
            name: Some(self.markers.fresh("a file's name")),
            ..ExportRequest::default()
        };
        let request = CreateExportRequest {
            export: Some(export.clone()),
            request_id: None,
        };
        let made = self.export().create_export(request).await.unwrap();
        let id = made.into_inner().export.unwrap().id;
        eventually(Duration::from_secs(60), || async {
            let request = GetExportRequest { id: id.clone() };
            let found = self.export().get_export(request).await.unwrap();
            let found = found.into_inner().export.unwrap();
            assert_ne!(found.state(), ExportState::Failed, "{:?}", found.failure);
            (found.state() == ExportState::Succeeded).then_some(())
        })
        .await;
        let request = DownloadExportRequest {
            id: id.clone(),
            offset: 0,
        };
        let answer = self.export().download_export(request).await.unwrap();
        let mut file = answer.into_inner();
        while file.message().await.unwrap().is_some() {}
        let request = GetDownloadUrlRequest {
            id,
            valid_seconds: None,
        };
        let told = self.export().get_download_url(request).await.unwrap();
        let url = told.into_inner().url;
        let address = self.whole.export.address;
        let path = url.strip_prefix(&format!("http://{address}")).unwrap();
        // What it says and its signature, which open the file.
        let opens = path.rsplit('/').next().unwrap();
        self.markers.is_private("an address of a file", opens);
        assert!(opens.len() > 40, "{opens}");
        let forged = path.to_owned() + "A";
        for (target, expected) in [(path, 200), (&*forged, 404)] {
            let answer = send(address, "GET", target, &[], b"").await;
            assert_eq!(answer.status, expected);
        }
        let schedule = Schedule {
            name: self.markers.fresh("a schedule's name"),
            export: Some(export),
            cadence: Some(Cadence::Daily(DailyCadence {})),
            time_of_day: Some(TimeOfDay { hour: 8, minute: 0 }),
            ..Schedule::default()
        };
        let request = CreateScheduleRequest {
            schedule: Some(schedule),
            request_id: None,
        };
        ScheduleServiceClient::new(self.to(address))
            .create_schedule(request)
            .await
            .unwrap();
    }
}
