//! Reads a payload as an integration's webhook would, without storing anything.

use acuse_domain::error::{Error, Result};
use acuse_domain::time::Timestamp;
use acuse_providers::{Delivery, Reading, Unverified, read, verify};
use uuid::Uuid;

use crate::get_integration::get_integration;
use crate::handed::Handed;
use crate::known_integrations::Known;
use crate::parts::Parts;
use crate::take_in::reading_query;

/// What a payload means.
#[derive(Debug)]
pub(crate) struct Tested {
    /// Whether the provider signed it.
    pub(crate) signature: std::result::Result<(), Unverified>,
    /// What it says.
    pub(crate) reading: Reading,
    /// When it was read; it stands in for times that the payload lacks.
    pub(crate) received_at: Timestamp,
}

/// Reads what was handed over.
///
/// # Errors
///
/// NOT_FOUND where the workspace has no such integration, INVALID_ARGUMENT for a payload that is nothing of its format.
pub(crate) async fn test_integration(
    parts: &Parts,
    slug: &str,
    id: Uuid,
    handed: Handed,
) -> Result<Tested> {
    let found = get_integration(parts, slug, id).await?;
    let known = Known::open(&parts.secrets_keys, &found)?;
    let handed = handed.in_format(known.format)?;
    let received_at = parts.clock.now();
    let delivery = handed.delivery(received_at, known.channel_account.as_deref());
    let signature = verify(known.format, &known.secrets, &delivery);
    let kept = handed.kept_query(known.format);
    let query = reading_query(known.format, kept.as_deref(), known.channel);
    let delivery = Delivery {
        url: None,
        query: &query,
        ..delivery
    };
    let reading = read(known.format, &delivery)
        .map_err(|why| Error::invalid_field("payload", why.to_string()))?;
    Ok(Tested {
        signature,
        reading,
        received_at,
    })
}
