//! The wire: each call is converted, handed to its use case, and the answer converted back. Who may call is asked here.

mod details;
mod export;
mod notifications;
mod schedules;

use std::sync::Arc;

use acuse_proto::FILE_DESCRIPTOR_SET;
use acuse_proto::export::export_service_server::ExportServiceServer;
use acuse_proto::export::notification_service_server::NotificationServiceServer;
use acuse_proto::export::schedule_service_server::ScheduleServiceServer;
use acuse_rpc::config::Limits;
use acuse_rpc::server::Builder;
use acuse_rpc::tuned;

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
