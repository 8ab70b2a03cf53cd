//! What the use cases share.

use std::sync::Arc;

use acuse_rpc::Clock;
use acuse_rpc::paging::PageTokens;
use acuse_store::Database;

use crate::commit::Committer;
use crate::heads::Heads;
use crate::known_workspaces::KnownWorkspaces;

/// The parts of the running service.
#[derive(Debug)]
pub(crate) struct Parts {
    /// For everything but the lanes and the background, which have connections of their own: however many read, what
    /// comes in is stored.
    pub(crate) database: Database,
    pub(crate) committer: Committer,
    pub(crate) workspaces: KnownWorkspaces,
    pub(crate) pages: PageTokens,
    pub(crate) heads: Arc<Heads>,
    pub(crate) clock: Clock,
}
