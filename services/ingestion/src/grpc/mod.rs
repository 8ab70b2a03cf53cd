//! The wire: each call is converted, handed to its use case, and the answer converted back. Who may call is asked here.

mod draft;
mod ingestion;
mod integration;
mod integrations;
mod secrets;
mod tested;

use std::sync::Arc;

use acuse_proto::FILE_DESCRIPTOR_SET;
use acuse_proto::ingestion::ingestion_service_server::IngestionServiceServer;
use acuse_proto::ingestion::integration_service_server::IntegrationServiceServer;
use acuse_rpc::config::Limits;
use acuse_rpc::server::{Builder, Readiness};
use acuse_rpc::tuned;

pub(crate) use secrets::secrets_from_bytes;

use crate::parts::Parts;

/// Adds the services to a server. That of ingestion is ready while `peer` is as well.
pub(crate) fn serve(
    builder: Builder,
    limits: Limits,
    parts: &Arc<Parts>,
    peer: Readiness,
) -> Builder {
    let ingestion = IngestionServiceServer::new(ingestion::Ingestion(Arc::clone(parts)));
    let integrations = integrations::Integrations(Arc::clone(parts));
    builder
        .service(tuned!(limits, ingestion))
        .ready_when::<IngestionServiceServer<ingestion::Ingestion>>(peer)
        .service(tuned!(limits, IntegrationServiceServer::new(integrations)))
        .descriptors(FILE_DESCRIPTOR_SET)
}
