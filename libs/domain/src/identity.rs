//! Identity: what a message is known by.
//!
//! An outbound message is known by its sender's own id, by a provider's id, or by both; either finds it. Inbound
//! messages have ids of their own: a provider may use one id for both directions.

use std::borrow::Cow;

use crate::ids::Digest;
use crate::kinds::Provider;
use crate::phone;

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
            self.compared_scope().as_bytes(),
            self.id.as_bytes(),
        ])
    }

    /// The scope in the form by which it is compared. A recipient's number is the same however it is written, and what a
    /// sender registers and what the provider calls back with often differ by a plus.
    fn compared_scope(&self) -> Cow<'_, str> {
        let digits = match self.provider {
            Provider::SinchSms => phone::canonical(&self.scope),
            _ => None,
        };
        digits.map_or(Cow::Borrowed(self.scope.as_str()), Cow::Owned)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn key(provider: Provider, scope: &str) -> Digest {
        let id = ProviderMessageId {
            provider,
            scope: scope.to_owned(),
            id: "01GDX1".to_owned(),
        };
        id.outbound_key()
    }

    #[test]
    fn a_recipients_number_is_a_scope_however_it_is_written() {
        let digits = key(Provider::SinchSms, "51977452931");
        for written in ["+51977452931", "0051977452931", "+51 977 452-931"] {
            assert_eq!(key(Provider::SinchSms, written), digits, "{written}");
        }
        assert_ne!(key(Provider::SinchSms, "51977452932"), digits);
        assert_ne!(key(Provider::SinchSms, "MTN"), key(Provider::SinchSms, ""));
        // Other scopes are no numbers.
        assert_ne!(
            key(Provider::Telegram, "+51977452931"),
            key(Provider::Telegram, "51977452931")
        );
    }
}
