//! What contacts wrote, as all formats have it.

use acuse_domain::contact::ContactRef;
use acuse_domain::identity::ProviderMessageId;
use acuse_domain::inbound::InboundEvidence;
use acuse_domain::kinds::{Channel, Provider};
use acuse_domain::registration::NamedRef;
use acuse_domain::time::Timestamp;
use serde_json::Value;

use crate::item::{self, message_id};
use crate::json::{self, Node};
use crate::reading::{NotUnderstood, Reason};
use crate::said::Said;

/// What an id begins with that was made here, for a message that came without one.
const DERIVED: &str = "derived:";

/// What a message says of itself apart from its content.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    pub(crate) id: ProviderMessageId,
    pub(crate) channel: Channel,
    pub(crate) channel_account: String,
    pub(crate) contact: ContactRef,
    /// When it was received, and whether that is only known from when its webhook was.
    pub(crate) at: (Timestamp, bool),
}

/// The evidence that a message was received, which quotes the message `quoted`, an id of the same provider, unless it is about
/// another.
pub(crate) fn evidence(head: Head, said: Said, quoted: Option<String>) -> InboundEvidence {
    let (at, at_is_receipt) = head.at;
    let provider = head.id.provider;
    InboundEvidence {
        id: head.id,
        channel: head.channel,
        channel_account: NamedRef {
            id: head.channel_account,
            ..NamedRef::default()
        },
        channel_account_phone: None,
        contact: head.contact,
        at,
        at_is_receipt,
        kind: said.kind,
        content_type: said.content_type,
        content: said.content,
        quoted: said.about.or(quoted).map(|id| message_id(provider, id)),
        button: said.button,
        deleted: false,
    }
}

/// The id of an inbound message; for one without the digest of all that it says, so that its repetitions are found.
///
/// # Errors
///
/// What to note of an id that is longer than what is kept.
pub(crate) fn inbound_id(
    id: Node<'_>,
    message: Node<'_>,
    provider: Provider,
    channel_account: &str,
) -> Result<String, NotUnderstood> {
    match item::id(id) {
        Err(what) if what.reason == Reason::MissingId && message.exists() => {
            Ok(derived(message, provider, channel_account))
        }
        id => id,
    }
}

/// The digest of all that a message says, for an id.
pub(crate) fn derived(message: Node<'_>, provider: Provider, channel_account: &str) -> String {
    let value = message.value().unwrap_or(&Value::Null);
    let digest = json::digest(&[provider.as_str(), channel_account], value);
    format!("{DERIVED}{digest:?}")
}
