//! Saved reports.

use std::time::Duration;

use acuse_domain::error::Result;
use acuse_proto::reporting::get_saved_report_request::Which;
use acuse_proto::reporting::saved_report_service_client::SavedReportServiceClient;
use acuse_proto::reporting::{GetSavedReportRequest, SavedReport};
use acuse_rpc::client::Call;
use acuse_rpc::sized_client;
use acuse_rpc::status::to_error;
use acuse_store::export::Asker;
use tokio::time::timeout;

use super::{Reporting, caller, silent};

/// How long it may take to find one: somebody waits for it.
const PATIENCE: Duration = Duration::from_secs(10);

impl Reporting {
    /// The saved report that `asker` calls so.
    ///
    /// # Errors
    ///
    /// NOT_FOUND where there is none for them, what else reporting answers, UNAVAILABLE where it does not.
    pub(crate) async fn saved_report(&self, asker: &Asker, which: Which) -> Result<SavedReport> {
        let client = SavedReportServiceClient::new(self.channel.clone());
        let mut client = sized_client!(self.limits, client);
        let message = GetSavedReportRequest { which: Some(which) };
        let asking = Call::of(&caller(asker)).idempotent().within(PATIENCE);
        let answer = client.get_saved_report(asking.request(message));
        let answer = timeout(PATIENCE, answer).await.map_err(silent)?;
        let found = answer.map_err(to_error)?.into_inner();
        Ok(found.saved_report.unwrap_or_default())
    }
}
