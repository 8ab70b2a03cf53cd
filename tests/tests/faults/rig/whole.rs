//! All four services, each a process.

use std::net::SocketAddr;

use super::Installation;
use super::process::Process;

/// One of each, which end before their installation does.
pub(crate) struct Whole {
    pub(crate) message_state: Process,
    pub(crate) ingestion: Process,
    pub(crate) reporting: Process,
    pub(crate) export: Process,
    pub(crate) acuse: Installation,
}

impl Whole {
    /// Starts them, with the workspace of loads. Exports use the Redis at this address.
    pub(crate) async fn of(acuse: Installation, redis_url: &str) -> Self {
        let message_state = acuse.message_state().await;
        acuse.open_workspace(message_state.address).await;
        let reporting = acuse.reporting().await;
        Self {
            ingestion: acuse.ingestion(&[message_state.address]).await,
            export: acuse.export(&[reporting.address], redis_url).await,
            reporting,
            message_state,
            acuse,
        }
    }

    /// All of them.
    pub(crate) fn processes(&self) -> [&Process; 4] {
        [
            &self.message_state,
            &self.ingestion,
            &self.reporting,
            &self.export,
        ]
    }

    /// Who serves a package.
    pub(crate) fn serves(&self, package: &str) -> SocketAddr {
        let process = match package {
            "acuse.ingestion.v1" => &self.ingestion,
            "acuse.message_state.v1" => &self.message_state,
            "acuse.reporting.v1" => &self.reporting,
            "acuse.export.v1" => &self.export,
            other => unreachable!("{other}"),
        };
        process.address
    }
}
