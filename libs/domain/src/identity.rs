//! Identity: what a message is known by.
//!
//! An outbound message is known by its sender's own id, by a provider's id, or by both; either finds it. Inbound
//! messages have ids of their own: a provider may use one id for both directions.

use crate::ids::Digest;
use crate::kinds::Provider;

/// A provider's id of a message.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderMessageId {
    /// Whose id it is.
    pub provider: Provider,
    /// What makes it unique where the id alone does not (the recipient of an SMS batch, a chat); else empty.
    pub scope: String,
    /// The id.
    pub id: String,
}

impl ProviderMessageId {
    /// What an outbound message with this id is looked up by.
    pub fn outbound_key(&self) -> Digest {
        Digest::of(&[
            b"message",
            namespace(self.provider).as_str().as_bytes(),
            self.scope.as_bytes(),
            self.id.as_bytes(),
        ])
    }

    /// What an inbound message with this id is looked up by.
    pub fn inbound_key(&self) -> Digest {
        self.outbound_key().mirrored()
    }
}

/// The key of the sender's own id.
pub fn sender_key(sender_message_id: &str) -> Digest {
    Digest::of(&[b"sender", sender_message_id.as_bytes()])
}

/// Whose ids a provider's are: gateways that pass a provider's webhooks on use that provider's ids.
fn namespace(provider: Provider) -> Provider {
    match provider {
        Provider::Dialog360 => Provider::MetaWhatsApp,
        own => own,
    }
}

/// By what an item names its outbound message; at least one is there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MessageNames {
    /// The sender's own id.
    pub sender: Option<String>,
    /// The provider's id.
    pub provider: Option<ProviderMessageId>,
}

impl MessageNames {
    /// The keys under which the message is found.
    pub fn keys(&self) -> impl Iterator<Item = Digest> + '_ {
        let sender = self.sender.as_deref().map(sender_key);
        let provider = self.provider.as_ref().map(ProviderMessageId::outbound_key);
        sender.into_iter().chain(provider)
    }
}
