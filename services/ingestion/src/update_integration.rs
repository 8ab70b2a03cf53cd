//! Changes an integration.

use acuse_domain::error::Result;
use acuse_domain::scope::Caller;
use acuse_proto::message_state::DirectoryEntry;
use acuse_store::ingestion::{Change, ChannelAccount, Integration, update_integration as update};

use crate::create_integration::SecretsToSeal;
use crate::get_integration::not_found;
use crate::parts::Parts;
use crate::seal::Owner;

/// What to change, checked; `None` leaves a field as it is.
#[derive(Default)]
pub(crate) struct Revision {
    pub(crate) display_name: Option<String>,
    pub(crate) channel_accounts: Option<Vec<ChannelAccount>>,
    /// The channel accounts' names, for the directory.
    pub(crate) names: Vec<DirectoryEntry>,
    pub(crate) secrets: Option<SecretsToSeal>,
}

/// Changes `integration`, for `caller`; gives it as it is now.
///
/// # Errors
///
/// NOT_FOUND where it is gone meanwhile, UNAVAILABLE while the database or message-state is away.
pub(crate) async fn update_integration(
    parts: &Parts,
    caller: &Caller,
    integration: &Integration,
    revision: Revision,
) -> Result<Integration> {
    parts.message_state.name(caller, revision.names).await?;
    let owner = Owner {
        workspace: &integration.slug,
        integration: integration.id,
    };
    let sealed = revision
        .secrets
        .map(|secrets| {
            let sealed = parts.secrets_keys.seal(&owner, &secrets.bytes)?;
            Ok::<_, acuse_domain::error::Error>((sealed, secrets.set))
        })
        .transpose()?;
    let change = Change {
        display_name: revision.display_name,
        channel_accounts: revision.channel_accounts,
        secrets: sealed,
    };
    let (slug, id) = (&integration.slug, integration.id);
    let changed = update(&parts.database, slug, id, change, parts.clock.now()).await?;
    parts.known.forget(id);
    changed.ok_or_else(not_found)
}
