//! What an integration is, to those who ask for it.

use std::fmt;

use acuse_domain::ids::WorkspaceId;
use acuse_domain::kinds::{Channel, Provider};
use acuse_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::IntegrationRef;

/// A provider's account that reports to a workspace by webhooks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Integration {
    /// Its id, a UUIDv7.
    pub id: Uuid,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// The name by which callers know the workspace.
    pub slug: String,
    /// Whose webhooks it takes; never changes.
    pub provider: Provider,
    /// The name for people.
    pub display_name: String,
    /// The sending identities that it is known to report on.
    pub channel_accounts: Vec<ChannelAccount>,
    /// The secrets that its webhooks are checked with.
    pub secrets: Sealed,
    /// Which secrets are set, by name.
    pub secrets_set: Vec<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Secrets as they are stored: encrypted, with the key named but not held.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Id of the key that sealed them.
    pub key: String,
    /// What the key opens.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Sealed {
    /// Leaves the bytes out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealed")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// A sending identity that an integration reports on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelAccount {
    /// Its id at the provider.
    pub id: String,
    /// Where it sends.
    pub channel: Channel,
    /// The name to show; `None` where nothing is said about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its phone number; `None` where it has none, or none is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

/// An integration to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewIntegration {
    /// Its id, a new UUIDv7: chosen by the caller, because secrets are sealed for one integration alone.
    pub id: Uuid,
    /// The slug of its workspace.
    pub slug: String,
    /// Whose webhooks it takes.
    pub provider: Provider,
    /// The name for people.
    pub display_name: String,
    /// The sending identities that it is known to report on.
    pub channel_accounts: Vec<ChannelAccount>,
    /// Its secrets.
    pub secrets: Sealed,
    /// Which secrets are set, by name.
    pub secrets_set: Vec<String>,
    /// What tells a repetition of the request; `None`: it is never one.
    pub request: Option<SealedRequest>,
}

/// A caller's own id of a request, so that it can be sent again, with what is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedRequest {
    /// The id.
    pub id: Uuid,
    /// Digest of what is asked for. Secrets are part of that, and one that is short could be guessed from a bare digest.
    pub digest: Sealed,
}

/// What an earlier request with the same id has created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requested {
    /// The integration, as it is now.
    pub integration: Integration,
    /// Digest of what was asked for, sealed for the integration; `None` where an earlier version created it.
    pub digest: Option<Sealed>,
}

/// What became of a creation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Creation {
    /// It exists now.
    Created(Integration),
    /// A request with the same id created one before; nothing was stored. Who holds the keys can tell whether it asked for
    /// the same.
    Repeated(Requested),
    /// The workspace has as many as it may have.
    TooMany,
    /// There is no such workspace.
    NoWorkspace,
}

/// What to change of an integration; `None` leaves a field as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// Another name for people.
    pub display_name: Option<String>,
    /// Other channel accounts, in place of all that there were.
    pub channel_accounts: Option<Vec<ChannelAccount>>,
    /// Other secrets with the names of those that are set, in place of all that there were.
    pub secrets: Option<(Sealed, Vec<String>)>,
}

impl Integration {
    /// What its webhooks are kept under.
    pub fn reference(&self) -> IntegrationRef {
        IntegrationRef {
            workspace: self.workspace,
            id: self.id,
            provider: self.provider,
        }
    }
}
