//! Which payloads are meant.

use acuse_proto::{ingestion::NotUnderstoodFilter, types::Provider};
use jiff::Timestamp;
use uuid::Uuid;

use crate::values::provider;

/// Those that meet every condition that is given.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Which ones")]
pub(super) struct Filter {
    /// Those of this integration
    #[arg(long, value_name = "ID")]
    integration: Option<Uuid>,
    /// Those of this provider, as meta-whatsapp
    #[arg(long, value_name = "NAME", value_parser = provider)]
    provider: Option<Provider>,
    /// Those that are kept for this reason, as unknown_status
    #[arg(long, value_name = "REASON")]
    reason: Option<String>,
    /// Those that first came at this time or later, as 2026-11-01T00:00:00Z
    #[arg(long, value_name = "TIME")]
    from: Option<Timestamp>,
    /// Those that first came before this time
    #[arg(long, value_name = "TIME")]
    before: Option<Timestamp>,
}

impl Filter {
    /// As the service takes it; `None` without a condition.
    pub(super) fn on_the_wire(&self) -> Option<NotUnderstoodFilter> {
        let time = |at: Timestamp| prost_types::Timestamp {
            seconds: at.as_second(),
            nanos: at.subsec_nanosecond(),
        };
        let filter = NotUnderstoodFilter {
            integration_id: self.integration.map(|id| id.to_string()),
            provider: self.provider.map(i32::from),
            reason: self.reason.clone(),
            received_from: self.from.map(time),
            received_before: self.before.map(time),
        };
        (filter != NotUnderstoodFilter::default()).then_some(filter)
    }
}
