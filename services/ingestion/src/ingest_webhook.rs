//! Takes in a webhook that a gateway received.

use std::sync::Arc;
use std::time::Duration;

use acuse_domain::error::{Error, ErrorKind, Result};
use acuse_domain::time::Timestamp;
use acuse_proto::types::ItemResult;
use acuse_providers::{Reading, Unverified, verify};
use acuse_rpc::context::CallContext;
use acuse_store::ingestion::{Parcel, integration_of};
use tokio::time::Instant;
use uuid::Uuid;

use crate::get_integration::not_found;
use crate::handed::Handed;
use crate::known_integrations::{Known, UNOPENED, caller_of};
use crate::parts::Parts;
use crate::take_in::{Manner, apply, keep, read_parcel};

/// How long message-state is waited for, where the caller does not say: nothing else takes what it does not.
const PATIENCE: Duration = Duration::from_secs(30);

/// What became of a webhook.
#[derive(Debug)]
pub(crate) struct Ingested {
    /// Whether the provider signed it.
    pub(crate) signature: std::result::Result<(), Unverified>,
    /// What it says.
    pub(crate) reading: Reading,
    /// What message-state answered of each finding; `None` for those that are kept.
    pub(crate) results: Vec<Option<ItemResult>>,
    /// When it was received; it stands in for times that the payload lacks.
    pub(crate) received_at: Timestamp,
}

/// Takes in what was handed over for an integration of a workspace, received at `received_at`.
///
/// # Errors
///
/// NOT_FOUND where the workspace has no such integration, INVALID_ARGUMENT for a payload that is nothing of its format,
/// FAILED_PRECONDITION for one that is not signed where it `must_be_signed`, RESOURCE_EXHAUSTED and UNAVAILABLE while
/// message-state is busy or away.
pub(crate) async fn ingest_webhook(
    parts: &Parts,
    slug: &str,
    id: Uuid,
    handed: Handed,
    received_at: Timestamp,
    must_be_signed: bool,
) -> Result<Ingested> {
    let known = known_in(parts, slug, id).await?;
    let handed = handed.in_format(known.format)?;
    let channel_account = known.channel_account.as_deref();
    let delivery = handed.delivery(received_at, channel_account);
    let signature = verify(known.format, &known.secrets, &delivery);
    if must_be_signed && let Err(why) = signature {
        return Err(Error::new(
            ErrorKind::FailedPrecondition,
            "SIGNATURE_INVALID",
            format!("the provider did not sign the payload: {why}"),
        ));
    }
    let content_type = handed.content_type();
    let query = handed.kept_query(known.format);
    let Handed { body, headers, .. } = handed;
    let parcel = Parcel {
        integration: known.reference,
        received_at,
        content_type,
        query,
        body,
    };
    let remaining = CallContext::current().and_then(|context| context.remaining());
    // Calls are shared by integration, so that all are made for one and the same caller.
    let caller = caller_of(&known.reference, &known.slug);
    let manner = Manner {
        format: known.format,
        headers: &headers,
        channel_account,
        channel: known.channel,
        caller: &caller,
        until: Instant::now() + remaining.unwrap_or(PATIENCE),
        may_share: true,
    };
    let reading = read_parcel(&manner, &parcel)
        .map_err(|why| Error::invalid_field("payload", why.to_string()))?;
    let applied = apply(parts, manner, &parcel, reading.clone()).await?;
    keep(parts, &parcel, &applied.left).await?;
    Ok(Ingested {
        signature,
        reading,
        results: applied.results,
        received_at,
    })
}

/// The integration of that id, if it is the workspace's.
async fn known_in(parts: &Parts, slug: &str, id: Uuid) -> Result<Arc<Known>> {
    let found = parts
        .known
        .find(&parts.database, &parts.secrets_keys, id)
        .await;
    let known = match found {
        Ok(known) => known.filter(|known| known.slug == slug),
        // Another workspace's trouble is not told: to the caller there is no such integration.
        Err(error) if error.reason == UNOPENED => {
            match integration_of(&parts.database, slug, id).await? {
                Some(_) => return Err(error),
                None => None,
            }
        }
        Err(error) => return Err(error),
    };
    known.ok_or_else(not_found)
}
