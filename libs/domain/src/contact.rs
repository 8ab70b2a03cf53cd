//! Contacts: the person at the other end, known by several addresses.
//!
//! Two addresses are the same person only when one payload or one registration states both. Which contact a message
//! belongs to is therefore a connected component of addresses, and does not depend on the order they were seen in.

use crate::ids::Digest;
use crate::kinds::{Channel, vocabulary};
use crate::names::channel_account_id;
use crate::phone;

vocabulary! {
    /// What kind of address.
    AddressKind {
        /// The business's own id of the contact.
        External = 1, "external";
        /// A phone number.
        Phone = 2, "phone";
        /// An id of the channel's own (a chat, a handle, an email address).
        ChannelUser = 3, "channel_user";
        /// An id that holds for all numbers of one business.
        BusinessScoped = 4, "business_scoped";
        /// An id that holds for one page or account.
        PageScoped = 5, "page_scoped";
    }
}

/// How a registration or payload names a contact; at least one address is there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ContactRef {
    /// The business's own id.
    pub external_id: Option<String>,
    /// What the contact is called.
    pub name: Option<String>,
    /// Phone number as given.
    pub phone: Option<String>,
    /// Id on the channel.
    pub channel_user_id: Option<String>,
    /// Id that holds for all numbers of one business.
    pub business_scoped_user_id: Option<String>,
    /// Id that holds for one page or account.
    pub page_scoped_id: Option<String>,
}

/// One address of a contact.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// What kind.
    pub kind: AddressKind,
    /// Where it is unique: the channel, the page, or nothing for the whole workspace.
    pub scope: String,
    /// The address, in the form by which it is compared.
    pub value: String,
}

impl Address {
    /// What the address is looked up by.
    pub fn digest(&self) -> Digest {
        Digest::of(&[
            b"address",
            &self.kind.code().to_le_bytes(),
            self.scope.as_bytes(),
            self.value.as_bytes(),
        ])
    }
}

impl ContactRef {
    /// The addresses stated, on that channel and channel account. A phone number is compared in the form that all its
    /// variants share; what is no number at all is compared as it stands.
    pub fn addresses(&self, channel: Channel, channel_account: &str) -> Vec<Address> {
        let address = |kind, scope: &str, value: &Option<String>| {
            let value = value.as_deref().filter(|value| !value.is_empty())?;
            Some(Address {
                kind,
                scope: scope.to_owned(),
                value: value.to_owned(),
            })
        };
        let phone = self.phone.as_deref().map(|raw| {
            phone::canonical(raw)
                .map_or_else(|| raw.to_owned(), |digits| phone::matching_key(&digits))
        });
        [
            address(AddressKind::Phone, "", &phone),
            address(
                AddressKind::BusinessScoped,
                "",
                &self.business_scoped_user_id,
            ),
            address(
                AddressKind::PageScoped,
                &channel_account_id(channel, channel_account),
                &self.page_scoped_id,
            ),
            address(
                AddressKind::ChannelUser,
                channel.as_str(),
                &self.channel_user_id,
            ),
            address(AddressKind::External, "", &self.external_id),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// What orders recipients that contradict each other: the digest of all their addresses.
    pub fn digest(&self, channel: Channel, channel_account: &str) -> Digest {
        let digests: Vec<Digest> = self
            .addresses(channel, channel_account)
            .iter()
            .map(Address::digest)
            .collect();
        let parts: Vec<&[u8]> = digests.iter().map(|digest| digest.0.as_slice()).collect();
        Digest::of(&parts)
    }
}
