//! The wire: each call is converted, handed to its use case, and the answer converted back. Who may call is asked here.

mod details;
mod export;
mod notifications;
mod schedules;
mod wanted;

use std::sync::Arc;

use acuse_domain::error::Error;
use acuse_proto::FILE_DESCRIPTOR_SET;
use acuse_proto::export::export_service_server::ExportServiceServer;
use acuse_proto::export::notification_service_server::NotificationServiceServer;
use acuse_proto::export::schedule_service_server::ScheduleServiceServer;
use acuse_rpc::config::Limits;
use acuse_rpc::context::CallContext;
use acuse_rpc::server::Builder;
use acuse_rpc::status::from_error;
use acuse_rpc::tuned;
use tonic::Status;

use crate::parts::Parts;

/// Adds the service to a server.
pub(crate) fn serve(builder: Builder, limits: Limits, parts: &Arc<Parts>) -> Builder {
    let exports = export::Exports(Arc::clone(parts));
    let schedules = schedules::Schedules(Arc::clone(parts));
    let notifications = notifications::Notifications(Arc::clone(parts));
    builder
        .service(tuned!(limits, ExportServiceServer::new(exports)))
        .service(tuned!(limits, ScheduleServiceServer::new(schedules)))
        .service(tuned!(
            limits,
            NotificationServiceServer::new(notifications)
        ))
        .descriptors(FILE_DESCRIPTOR_SET)
}

/// The status for an error that comes after the handler has returned, under the id of its call.
async fn in_call(context: Option<CallContext>, error: Error) -> Status {
    match context {
        Some(context) => context.scope(async { from_error(error) }).await,
        None => from_error(error),
    }
}
