//! What the use cases and the workers share.

use std::time::Duration;

use acuse_rpc::Clock;
use acuse_store::Database;
use tokio::sync::Notify;

use crate::bells::Bells;
use crate::downloads::{Links, Places};
use crate::live::Live;
use crate::objects::Objects;
use crate::reporting::Reporting;
use crate::work::WorkConfig;
use acuse_rpc::paging::PageTokens;

/// The parts of the running service.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) database: Database,
    pub(crate) live: Live,
    pub(crate) objects: Objects,
    pub(crate) reporting: Reporting,
    pub(crate) pages: PageTokens,
    /// Addresses of files, and who downloads by them.
    pub(crate) links: Links,
    pub(crate) places: Places,
    pub(crate) clock: Clock,
    /// How long files are kept.
    pub(crate) keep: Duration,
    pub(crate) work: WorkConfig,
    /// Wakes a worker that has nothing to do.
    pub(crate) queued: Notify,
    /// Wakes whoever runs schedules: one of them is due at another time than it was.
    pub(crate) scheduled: Notify,
    /// Wakes those who watch what they are told.
    pub(crate) bells: Bells,
}
