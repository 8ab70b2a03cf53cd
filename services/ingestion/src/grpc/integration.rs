//! Integrations for the wire.

use acuse_domain::error::{Error, Result};
use acuse_proto::convert::timestamp;
use acuse_proto::ingestion::{Integration as Wire, IntegrationChannelAccount};
use acuse_proto::types;
use acuse_providers::Format;
use acuse_store::ingestion::{ChannelAccount, Integration};
use uuid::Uuid;

use crate::webhook;

/// An integration, without its secrets.
pub(super) fn to_wire(found: Integration) -> Wire {
    let format = Format::of(found.provider);
    Wire {
        id: found.id.to_string(),
        provider: types::Provider::from(found.provider).into(),
        display_name: found.display_name,
        channel_accounts: found.channel_accounts.into_iter().map(account).collect(),
        webhook_path: format.map_or_else(String::new, |format| webhook::path(format, found.id)),
        secrets_set: found.secrets_set,
        create_time: Some(timestamp(found.created_at)),
        update_time: Some(timestamp(found.updated_at)),
    }
}

fn account(found: ChannelAccount) -> IntegrationChannelAccount {
    IntegrationChannelAccount {
        id: found.id,
        channel: types::Channel::from(found.channel).into(),
        name: found.name,
        phone: found.phone,
    }
}

/// An integration's id from a request.
///
/// # Errors
///
/// INVALID_ARGUMENT for what is no UUID, by the name of its field.
pub(super) fn id(field: &str, text: &str) -> Result<Uuid> {
    Uuid::try_parse(text).map_err(|_| {
        Error::invalid_field(
            field,
            "must be given: the integration's id, which is a UUID",
        )
    })
}
