//! The wire: each call is converted, handed to its use case, and the answer converted back. Who may call is asked here.

mod draft;
mod explained;
mod ingestion;
mod integration;
mod integrations;
mod kept;
mod not_understood;
mod secrets;
mod tested;

use std::sync::Arc;

use acuse_domain::error::{Error, ErrorKind};
use acuse_domain::scope::Permission;
use acuse_proto::FILE_DESCRIPTOR_SET;
use acuse_proto::ingestion::ingestion_service_server::IngestionServiceServer;
use acuse_proto::ingestion::integration_service_server::IntegrationServiceServer;
use acuse_proto::ingestion::not_understood_service_server::NotUnderstoodServiceServer;
use acuse_rpc::auth::Access;
use acuse_rpc::config::Limits;
use acuse_rpc::server::{Builder, Readiness};
use acuse_rpc::status::from_error;
use acuse_rpc::tuned;
use tonic::Status;

pub(crate) use ingestion::MAX_ITEMS;
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
    let not_understood = not_understood::KeptPayloads(Arc::clone(parts));
    builder
        .service(tuned!(limits, ingestion))
        .ready_when::<IngestionServiceServer<ingestion::Ingestion>>(peer)
        .service(tuned!(limits, IntegrationServiceServer::new(integrations)))
        .service(tuned!(
            limits,
            NotUnderstoodServiceServer::new(not_understood)
        ))
        .descriptors(FILE_DESCRIPTOR_SET)
}

/// The slug of the workspace whose integrations a caller looks after, and what they did not understand. Both are about the whole
/// of it, so that to whoever sees a part of it they are no affair.
fn workspace_of(access: &Access) -> Result<String, Status> {
    let scope = access.require(Permission::Admin)?;
    if scope.is_whole() {
        return Ok(scope.workspace);
    }
    Err(from_error(Error::new(
        ErrorKind::PermissionDenied,
        "WHOLE_WORKSPACE_REQUIRED",
        "this needs a token that is not limited to a part of its workspace",
    )))
}
