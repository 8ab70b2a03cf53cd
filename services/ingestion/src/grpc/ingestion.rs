//! `IngestionService`.

use std::sync::Arc;

use acuse_domain::scope::Permission;
use acuse_proto::ingestion::ingestion_service_server::IngestionService;
use acuse_proto::ingestion::{
    RecordInboundMessagesRequest, RecordInboundMessagesResponse, RecordStatusesRequest,
    RecordStatusesResponse, RegisterMessagesRequest, RegisterMessagesResponse,
};
use acuse_proto::message_state::event::Event;
use acuse_proto::types::ItemResult;
use acuse_rpc::auth::{Access, caller};
use acuse_rpc::paging::check_count;
use acuse_rpc::status::ResultExt as _;
use tonic::{Request, Response, Status};

use crate::forward_events::forward_events;
use crate::parts::Parts;

/// Items of one call at most.
const MAX_ITEMS: usize = 5_000;

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
        forward_events(&self.0, access.caller(), events)
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
}
