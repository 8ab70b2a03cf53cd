//! Creates an integration.

use acuse_domain::error::{Error, ErrorKind, Result};
use acuse_domain::ids::Digest;
use acuse_domain::kinds::Provider;
use acuse_domain::scope::Caller;
use acuse_domain::time::Timestamp;
use acuse_proto::message_state::DirectoryEntry;
use acuse_store::ingestion::{
    ChannelAccount, Creation, Integration, NewIntegration, Requested, SealedRequest,
    create_integration as create, requested_integration,
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
    /// The caller's own id of the request, with the digest of what was sent: it is that which counts, not what is made of it.
    pub(crate) request: Option<(Uuid, Digest)>,
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
/// ALREADY_EXISTS where another request had its id, NOT_FOUND for an unknown workspace, RESOURCE_EXHAUSTED where it has as many
/// as it may, UNAVAILABLE while the database or message-state is away.
pub(crate) async fn create_integration(
    parts: &Parts,
    caller: &Caller,
    slug: &str,
    draft: Draft,
) -> Result<Integration> {
    if let Some((request, asked)) = draft.request
        && let Some(before) = requested_integration(&parts.database, slug, request).await?
    {
        return same(parts, before, asked);
    }
    // Before it is created: where it fails the request can be made again, and nothing was created yet.
    parts.message_state.name(caller, draft.names).await?;
    let now = parts.clock.now();
    let id = new_id(now);
    let owner = Owner {
        workspace: slug,
        integration: id,
    };
    let sealed = |(id, asked)| {
        let digest = parts.secrets_keys.seal_request(&owner, asked)?;
        Ok::<_, Error>(SealedRequest { id, digest })
    };
    let new = NewIntegration {
        id,
        slug: slug.to_owned(),
        provider: draft.provider,
        display_name: draft.display_name,
        channel_accounts: draft.channel_accounts,
        secrets: parts.secrets_keys.seal(&owner, &draft.secrets.bytes)?,
        secrets_set: draft.secrets.set,
        request: draft.request.map(sealed).transpose()?,
    };
    match create(&parts.database, new, MOST, now).await? {
        Creation::Created(integration) => {
            parts.known.forget(integration.id);
            Ok(integration)
        }
        Creation::Repeated(before) => match draft.request {
            Some((_, asked)) => same(parts, before, asked),
            None => Err(Error::internal("a request without an id was repeated")),
        },
        Creation::TooMany => Err(Error::new(
            ErrorKind::ResourceExhausted { retry_after: None },
            "TOO_MANY_INTEGRATIONS",
            format!("the workspace has {MOST} integrations; delete one first"),
        )),
        Creation::NoWorkspace => Err(Error::not_found("workspace")),
    }
}

/// What an earlier request with the same id has created.
///
/// # Errors
///
/// ALREADY_EXISTS where it asked for something else.
fn same(parts: &Parts, before: Requested, asked: Digest) -> Result<Integration> {
    let integration = before.integration;
    let owner = Owner {
        workspace: &integration.slug,
        integration: integration.id,
    };
    // What an earlier version created says nothing of what was asked for, and is taken for the same.
    let keys = &parts.secrets_keys;
    let is_same = (before.digest).is_none_or(|digest| keys.is_request(&owner, &digest, asked));
    match is_same {
        true => Ok(integration),
        false => Err(Error::request_id_reused()),
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
