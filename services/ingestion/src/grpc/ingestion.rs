//! `IngestionService`.

use std::sync::Arc;

use acuse_domain::error::Error;
use acuse_domain::scope::Permission;
use acuse_domain::time::Timestamp;
use acuse_proto::convert::any_time;
use acuse_proto::ingestion::ingestion_service_server::IngestionService;
use acuse_proto::ingestion::{
    IngestRequest, IngestResponse, IngestWebhookRequest, IngestWebhookResponse,
    RecordInboundMessagesRequest, RecordInboundMessagesResponse, RecordStatusesRequest,
    RecordStatusesResponse, RegisterMessagesRequest, RegisterMessagesResponse,
};
use acuse_proto::message_state::event::Event;
use acuse_proto::types::ItemResult;
use acuse_rpc::auth::{Access, caller};
use acuse_rpc::paging::check_count;
use acuse_rpc::server::Drain;
use acuse_rpc::status::{ResultExt as _, from_error};
use futures::stream::BoxStream;
use futures::{FutureExt as _, StreamExt as _};
use tonic::{Request, Response, Status, Streaming};

use super::{integration, tested};
use crate::forward_events::forward_events;
use crate::ingest::{ingest, service_stops};
use crate::ingest_webhook::ingest_webhook;
use crate::parts::Parts;

/// Items of one call, or of one batch of a stream, at most.
pub(crate) const MAX_ITEMS: usize = 5_000;

/// How far ahead a time of receipt may be: clocks differ.
const AHEAD: std::time::Duration = std::time::Duration::from_secs(300);

/// Handlers of evidence.
pub(super) struct Ingestion(pub(super) Arc<Parts>);

impl Ingestion {
    /// Hands on the items of the field `field`, once it is clear that the caller may send them.
    async fn forward<T>(
        &self,
        access: Access,
        field: &str,
        items: Vec<T>,
        wrap: fn(T) -> Event,
    ) -> Result<Vec<ItemResult>, Status> {
        access.require(Permission::Ingest)?;
        check_count(field, items.len(), MAX_ITEMS).or_status()?;
        let events = items.into_iter().map(wrap).collect();
        forward_events(&self.0, access.caller(), events, None)
            .await
            .or_status()
    }
}

#[tonic::async_trait]
impl IngestionService for Ingestion {
    async fn register_messages(
        &self,
        request: Request<RegisterMessagesRequest>,
    ) -> Result<Response<RegisterMessagesResponse>, Status> {
        let access = caller(&request)?;
        let items = request.into_inner().messages;
        let results = self
            .forward(access, "messages", items, Event::Registration)
            .await?;
        Ok(Response::new(RegisterMessagesResponse { results }))
    }

    async fn record_statuses(
        &self,
        request: Request<RecordStatusesRequest>,
    ) -> Result<Response<RecordStatusesResponse>, Status> {
        let access = caller(&request)?;
        let items = request.into_inner().statuses;
        let results = self
            .forward(access, "statuses", items, Event::Status)
            .await?;
        Ok(Response::new(RecordStatusesResponse { results }))
    }

    async fn record_inbound_messages(
        &self,
        request: Request<RecordInboundMessagesRequest>,
    ) -> Result<Response<RecordInboundMessagesResponse>, Status> {
        let access = caller(&request)?;
        let items = request.into_inner().messages;
        let results = self
            .forward(access, "messages", items, Event::Inbound)
            .await?;
        Ok(Response::new(RecordInboundMessagesResponse { results }))
    }

    type IngestStream = BoxStream<'static, Result<IngestResponse, Status>>;

    async fn ingest(
        &self,
        request: Request<Streaming<IngestRequest>>,
    ) -> Result<Response<Self::IngestStream>, Status> {
        let access = caller(&request)?;
        access.require(Permission::Ingest)?;
        let drain = request.extensions().get::<Drain>().cloned();
        let for_whom = access.caller().clone();
        let stopping = async move {
            let drained = async {
                match drain {
                    Some(drain) => drain.started().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = drained => service_stops(),
                expired = access.expired() => expired,
            }
        };
        let answers = ingest(
            Arc::clone(&self.0),
            for_whom,
            request.into_inner(),
            stopping.boxed(),
            from_error,
        );
        Ok(Response::new(answers.boxed()))
    }

    async fn ingest_webhook(
        &self,
        request: Request<IngestWebhookRequest>,
    ) -> Result<Response<IngestWebhookResponse>, Status> {
        let access = caller(&request)?;
        let scope = access.require(Permission::Ingest)?;
        let request = request.into_inner();
        let id = integration::id("integration_id", &request.integration_id).or_status()?;
        let handed = tested::checked(request.payload, request.headers, request.url).or_status()?;
        let now = self.0.clock.now();
        let received_at = received_at(request.received_at, now).or_status()?;
        let (slug, signed) = (&scope.workspace, request.verify_signature);
        let ingested = ingest_webhook(&self.0, slug, id, handed, received_at, signed)
            .await
            .or_status()?;
        Ok(Response::new(tested::ingested(ingested)))
    }
}

/// When a gateway received a webhook: now, where it does not say.
fn received_at(wire: Option<prost_types::Timestamp>, now: Timestamp) -> Result<Timestamp, Error> {
    let Some(wire) = wire else {
        return Ok(now);
    };
    let wrong = |fault: String| Error::invalid_field("received_at", fault);
    match any_time(wire).map_err(wrong)? {
        at if at > now + AHEAD => Err(wrong(format!(
            "is {at}; must be at most 5 minutes ahead of {now}"
        ))),
        at => Ok(at),
    }
}
