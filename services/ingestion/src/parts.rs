//! What the use cases share.

use std::sync::Arc;
use std::time::Duration;

use acuse_rpc::Clock;
use acuse_rpc::paging::PageTokens;
use acuse_store::Database;
use tokio::sync::Notify;

use crate::gather::Gatherer;
use crate::ingest::Room;
use crate::known_integrations::KnownIntegrations;
use crate::message_state::MessageState;
use crate::seal::SecretsKeys;
use crate::webhook::{Buffer, Outside, Stranger};

/// The parts of the running service.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) database: Database,
    pub(crate) message_state: MessageState,
    /// The way to message-state for webhooks that may share a call.
    pub(crate) gatherer: Gatherer,
    pub(crate) secrets_keys: Arc<SecretsKeys>,
    pub(crate) known: KnownIntegrations,
    pub(crate) pages: PageTokens,
    pub(crate) buffer: Buffer,
    pub(crate) stranger: Stranger,
    /// How the URLs of webhooks are known.
    pub(crate) outside: Outside,
    /// Room for batches of streams.
    pub(crate) room: Room,
    /// How long a batch of a stream may take.
    pub(crate) batch_patience: Duration,
    pub(crate) clock: Clock,
    /// Wakes the drainer when something was put into the inbox.
    pub(crate) inbox_filled: Notify,
}
