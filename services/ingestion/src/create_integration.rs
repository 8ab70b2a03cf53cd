//! Creates an integration.

use acuse_domain::error::{Error, ErrorKind, Result};
use acuse_domain::kinds::Provider;
use acuse_domain::scope::Caller;
use acuse_domain::time::Timestamp;
use acuse_proto::message_state::DirectoryEntry;
use acuse_store::ingestion::{
    ChannelAccount, Creation, Integration, NewIntegration, create_integration as create,
};
use uuid::{NoContext, Uuid};

use crate::parts::Parts;
use crate::seal::Owner;

/// Integrations of one workspace at most.
const MOST: usize = 1_000;

/// An integration to create, checked.
pub(crate) struct Draft {
    pub(crate) provider: Provider,
    pub(crate) display_name: String,
    pub(crate) channel_accounts: Vec<ChannelAccount>,
    /// The channel accounts' names, for the directory.
    pub(crate) names: Vec<DirectoryEntry>,
    pub(crate) secrets: SecretsToSeal,
    pub(crate) request_id: Option<Uuid>,
}

/// Secrets as they are to be stored, in the clear still.
pub(crate) struct SecretsToSeal {
    pub(crate) bytes: Vec<u8>,
    /// Which are set, by name.
    pub(crate) set: Vec<String>,
}

/// Creates an integration in `slug`, for `caller`; the same request again gives what it created.
///
/// # Errors
///
/// NOT_FOUND for an unknown workspace, RESOURCE_EXHAUSTED where it has as many as it may, UNAVAILABLE while the database or
/// message-state is away.
pub(crate) async fn create_integration(
    parts: &Parts,
    caller: &Caller,
    slug: &str,
    draft: Draft,
) -> Result<Integration> {
    // First: where it fails the request can be made again, and nothing was created yet.
    parts.message_state.name(caller, draft.names).await?;
    let now = parts.clock.now();
    let id = new_id(now);
    let owner = Owner {
        workspace: slug,
        integration: id,
    };
    let new = NewIntegration {
        id,
        slug: slug.to_owned(),
        provider: draft.provider,
        display_name: draft.display_name,
        channel_accounts: draft.channel_accounts,
        secrets: parts.secrets_keys.seal(&owner, &draft.secrets.bytes)?,
        secrets_set: draft.secrets.set,
        request_id: draft.request_id,
    };
    match create(&parts.database, new, MOST, now).await? {
        Creation::Created(integration) | Creation::Repeated(integration) => {
            parts.known.forget(integration.id);
            Ok(integration)
        }
        Creation::TooMany => Err(Error::new(
            ErrorKind::ResourceExhausted { retry_after: None },
            "TOO_MANY_INTEGRATIONS",
            format!("the workspace has {MOST} integrations; delete one first"),
        )),
        Creation::NoWorkspace => Err(Error::not_found("workspace")),
    }
}

/// A new id: a UUIDv7, so that ids are in the order of their creation.
fn new_id(now: Timestamp) -> Uuid {
    let micros = now.micros().max(0).unsigned_abs();
    let nanos = u32::try_from(micros % 1_000_000).unwrap_or(0) * 1_000;
    Uuid::new_v7(uuid::Timestamp::from_unix(
        NoContext,
        micros / 1_000_000,
        nanos,
    ))
}
