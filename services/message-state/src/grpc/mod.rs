//! The wire: each call is converted, handed to its use case, and the answer converted back. Who may call is asked here.

mod batch;
mod changes;
mod details;
mod directory;
mod items;
mod maintenance;
mod message_state;
mod setting;
mod settings;
mod workspaces;

use std::sync::Arc;

use acuse_domain::error::Error;
use acuse_proto::FILE_DESCRIPTOR_SET;
use acuse_proto::message_state::directory_service_server::DirectoryServiceServer;
use acuse_proto::message_state::maintenance_service_server::MaintenanceServiceServer;
use acuse_proto::message_state::message_state_service_server::MessageStateServiceServer;
use acuse_proto::message_state::workspace_service_server::WorkspaceServiceServer;
use acuse_rpc::config::Limits;
use acuse_rpc::context::CallContext;
use acuse_rpc::server::Builder;
use acuse_rpc::status::from_error;
use acuse_rpc::tuned;
use tonic::Status;

use crate::parts::Parts;

/// Adds the services to a server.
pub(crate) fn serve(builder: Builder, limits: Limits, parts: &Arc<Parts>) -> Builder {
    let messages = message_state::Messages(Arc::clone(parts));
    let workspaces = workspaces::Workspaces(Arc::clone(parts));
    let directory = directory::Directory(Arc::clone(parts));
    let maintenance = maintenance::Maintenance(Arc::clone(parts));
    builder
        .service(tuned!(limits, MessageStateServiceServer::new(messages)))
        .service(tuned!(limits, WorkspaceServiceServer::new(workspaces)))
        .service(tuned!(limits, DirectoryServiceServer::new(directory)))
        .service(tuned!(limits, MaintenanceServiceServer::new(maintenance)))
        .descriptors(FILE_DESCRIPTOR_SET)
}

/// The status for an error that comes after the handler has returned, under the id of its call.
async fn in_call(context: Option<CallContext>, error: Error) -> Status {
    match context {
        Some(context) => context.scope(async { from_error(error) }).await,
        None => from_error(error),
    }
}
