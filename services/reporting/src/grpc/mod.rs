//! The wire: each call is converted, handed to its use case, and the answer converted back. Who may call is asked here.

mod basis;
mod funnel;
mod hsm_management;
mod lists;
mod metrics;
mod overview;
mod reporting;
mod rows;
mod saved;

use std::sync::Arc;

use acuse_proto::FILE_DESCRIPTOR_SET;
use acuse_proto::reporting::reporting_service_server::ReportingServiceServer;
use acuse_proto::reporting::saved_report_service_server::SavedReportServiceServer;
use acuse_rpc::config::Limits;
use acuse_rpc::server::{Builder, Readiness};
use acuse_rpc::tuned;

use crate::parts::Parts;

/// Adds the services to a server. That of saved reports is ready while `primary` is as well, where that is another database.
pub(crate) fn serve(
    builder: Builder,
    limits: Limits,
    parts: &Arc<Parts>,
    primary: Option<Readiness>,
) -> Builder {
    let reporting = reporting::Reporting(Arc::clone(parts));
    let saved = saved::Saved(Arc::clone(parts));
    let builder = builder
        .service(tuned!(limits, ReportingServiceServer::new(reporting)))
        .service(tuned!(limits, SavedReportServiceServer::new(saved)))
        .descriptors(FILE_DESCRIPTOR_SET);
    match primary {
        Some(primary) => builder.ready_when::<SavedReportServiceServer<saved::Saved>>(primary),
        None => builder,
    }
}

fn count(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
