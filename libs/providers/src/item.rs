//! What items of all providers have: an id, a time, two ends.

use acuse_domain::event::StatusItem;
use acuse_domain::evidence::{SenderIdentity, StatusEvidence};
use acuse_domain::identity::{MessageNames, ProviderMessageId};
use acuse_domain::ids::NameId;
use acuse_domain::kinds::{Channel, Provider};
use acuse_domain::time::Timestamp;

use crate::json::{Moment, Node, moment};
use crate::limits::SHORT;
use crate::reading::{NotUnderstood, Reason};

/// When an item happened, and whether that is its time of receipt because the provider gave no usable one.
///
/// # Errors
///
/// What to note of an implausible time.
pub(crate) fn when(
    node: Node<'_>,
    received_at: Timestamp,
) -> Result<(Timestamp, bool), NotUnderstood> {
    match moment(node, received_at) {
        Moment::At(at) => Ok((at, false)),
        Moment::Receipt => Ok((received_at, true)),
        Moment::Implausible(at) => {
            let detail = format!("its time is {at}");
            Err(NotUnderstood::new(Reason::ImplausibleTime, detail))
        }
    }
}

/// The id of an item.
///
/// # Errors
///
/// What to note of an id that is missing, longer than what is kept, or a number that is not exact, as which the ids of
/// several messages would be one.
pub(crate) fn id(node: Node<'_>) -> Result<String, NotUnderstood> {
    if node.is_inexact() {
        let detail = "its id is a number of more than 20 digits, or a fraction";
        return Err(NotUnderstood::new(Reason::TooLong, detail));
    }
    let Some(id) = node.text() else {
        return Err(NotUnderstood::new(Reason::MissingId, "it has no id"));
    };
    if id.len() > SHORT {
        let detail = format!("id of {} bytes; at most {SHORT} are kept", id.len());
        return Err(NotUnderstood::new(Reason::TooLong, detail));
    }
    Ok(id)
}

/// A message's id, of a provider whose ids need nothing to be unique.
pub(crate) fn message_id(provider: Provider, id: impl Into<String>) -> ProviderMessageId {
    ProviderMessageId {
        provider,
        scope: String::new(),
        id: id.into(),
    }
}

/// The sending identity of a status.
pub(crate) fn sender(channel: Channel, external_id: impl Into<String>) -> SenderIdentity {
    SenderIdentity {
        channel,
        external_id: external_id.into(),
        name: NameId::default(),
    }
}

/// A status of the message `id` that says no more than `evidence` does.
pub(crate) fn status(id: ProviderMessageId, evidence: StatusEvidence) -> StatusItem {
    StatusItem {
        names: MessageNames {
            sender: None,
            provider: Some(id),
        },
        evidence,
        recipient: None,
        sender_phone: None,
        echo: None,
    }
}
