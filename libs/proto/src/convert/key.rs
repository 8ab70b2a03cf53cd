//! By what a caller looks a message up.

use acuse_domain::error::FieldViolation;
use acuse_domain::identity::{MessageNames, ProviderMessageId};
use acuse_domain::ids::MessageId;
use acuse_domain::time::Timestamp;
use uuid::Uuid;

use super::faults::Faults;
use super::reference::provider_message_id;
use crate::message_state;
use crate::message_state::message_key::Key as Wire;

/// By what a message is looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// Acuse's id.
    Id(MessageId),
    /// The sender's or a provider's id; exactly one is there.
    Names(MessageNames),
}

/// The key of a request, in its field `key`.
///
/// # Errors
///
/// Every fault of the key, by its path within the request.
pub fn message_key(wire: Option<message_state::MessageKey>) -> Result<Key, Vec<FieldViolation>> {
    // No time is checked in a key.
    let mut faults = Faults::new(Timestamp::default());
    let key = faults.required("key", wire, key);
    faults.finish(key)
}

/// The keys of a request, in its field `keys`, in their order.
///
/// # Errors
///
/// Every fault of every key, by its path within the request.
pub fn message_keys(wire: Vec<message_state::MessageKey>) -> Result<Vec<Key>, Vec<FieldViolation>> {
    let mut faults = Faults::new(Timestamp::default());
    let keys: Vec<Option<Key>> = wire
        .into_iter()
        .enumerate()
        .map(|(index, wire)| faults.within(&format!("keys[{index}]"), |faults| key(faults, wire)))
        .collect();
    let keys = keys.into_iter().collect();
    faults.finish(keys)
}

fn key(faults: &mut Faults, wire: message_state::MessageKey) -> Option<Key> {
    match wire.key {
        None => {
            let keys = "message_id, sender_message_id or provider_message_id";
            faults.add("key", format!("give one of {keys}"));
            None
        }
        Some(Wire::MessageId(text)) => id(faults, &text).map(Key::Id),
        Some(Wire::SenderMessageId(sender)) => {
            let sender = faults.id("sender_message_id", sender)?;
            Some(Key::Names(MessageNames {
                sender: Some(sender),
                provider: None,
            }))
        }
        Some(Wire::ProviderMessageId(wire)) => provider(faults, wire).map(|id| {
            Key::Names(MessageNames {
                sender: None,
                provider: Some(id),
            })
        }),
    }
}

fn id(faults: &mut Faults, text: &str) -> Option<MessageId> {
    let id = Uuid::try_parse(text).ok().map(MessageId);
    if id.is_none() {
        faults.add(
            "message_id",
            "must be a UUID, as in 01890a5d-ac96-774b-bcce-b302099a8057",
        );
    }
    id
}

fn provider(
    faults: &mut Faults,
    wire: crate::types::ProviderMessageId,
) -> Option<ProviderMessageId> {
    faults.within("provider_message_id", |faults| {
        provider_message_id(faults, wire)
    })
}
