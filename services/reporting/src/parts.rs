//! What the use cases share.

use acuse_rpc::Clock;
use acuse_rpc::paging::PageTokens;
use acuse_store::Database;
use acuse_store::read::Copies;

use crate::config::Sources;

/// The parts of the running service.
#[derive(Debug)]
pub(crate) struct Parts {
    /// What reports are read from: the primary, or a replica of it.
    pub(crate) database: Database,
    /// Where saved reports are kept.
    pub(crate) primary: Database,
    /// Messages held in memory, for what no rollup tells.
    pub(crate) copies: Copies,
    pub(crate) pages: PageTokens,
    pub(crate) clock: Clock,
    pub(crate) sources: Sources,
}
