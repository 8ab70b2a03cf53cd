//! Contacts: the person at the other end, known by several addresses.
//!
//! Two addresses are the same person only when one payload or one registration states both. Which contact a message
//! belongs to is therefore a connected component of addresses, and does not depend on the order they were seen in.

use std::collections::BTreeSet;

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
    /// A phone number, or what stands in the place of one.
    fn phone(raw: &str) -> Self {
        Self {
            kind: AddressKind::Phone,
            scope: String::new(),
            value: phone::compared(raw),
        }
    }

    /// An id that holds for all numbers of one business.
    fn business_scoped(id: &str) -> Self {
        Self {
            kind: AddressKind::BusinessScoped,
            scope: String::new(),
            value: id.to_owned(),
        }
    }

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
    ///
    /// WhatsApp's own id of a person is their number in digits, or where that is hidden a business-scoped id, and so it is one
    /// more of these: who is registered by that id alone is whom the webhooks name otherwise, and who changed their number is
    /// known by both, the old one as their phone and the new one as their id.
    pub fn addresses(&self, channel: Channel, channel_account: &str) -> Vec<Address> {
        let mut addresses = self.as_stated(channel, channel_account);
        let id = self.channel_user_id.as_deref();
        let address = id.filter(|_| channel == Channel::WhatsApp).and_then(|id| {
            if is_whatsapp_number(id) {
                Some(Address::phone(id))
            } else {
                is_business_scoped(id).then(|| Address::business_scoped(id))
            }
        });
        if let Some(address) = address.filter(|address| !addresses.contains(address)) {
            addresses.push(address);
        }
        addresses
    }

    /// An address for each field.
    fn as_stated(&self, channel: Channel, channel_account: &str) -> Vec<Address> {
        let address = |kind, scope: &str, value: &Option<String>| {
            let value = value.as_deref().filter(|value| !value.is_empty())?;
            Some(Address {
                kind,
                scope: scope.to_owned(),
                value: value.to_owned(),
            })
        };
        let phone = self.phone.as_deref().filter(|phone| !phone.is_empty());
        [
            phone.map(Address::phone),
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

    /// Where a message to them goes, or one from them comes from, as given: the phone number, else an id that they have on the
    /// channel. `None` where the business's own id alone is stated.
    pub fn destination(&self) -> Option<&str> {
        let ids = [
            &self.phone,
            &self.channel_user_id,
            &self.business_scoped_user_id,
            &self.page_scoped_id,
        ];
        let mut given = ids.into_iter().flatten();
        given.find(|id| !id.is_empty()).map(String::as_str)
    }

    /// What orders recipients that contradict each other: the digest of all that is stated.
    pub fn digest(&self, channel: Channel, channel_account: &str) -> Digest {
        let digests: Vec<Digest> = self
            .as_stated(channel, channel_account)
            .iter()
            .map(Address::digest)
            .collect();
        let parts: Vec<&[u8]> = digests.iter().map(|digest| digest.0.as_slice()).collect();
        Digest::of(&parts)
    }
}

/// The addresses that a member of a group may have, of whom an id alone is told: one on the channel, or one that holds for all
/// numbers of one business, and where people are known by their numbers a phone number written in any way. Where it is not
/// known which channel it is, on any.
pub fn member_addresses(id: &str, channel: Option<Channel>) -> BTreeSet<Address> {
    let is_number = channel.is_none_or(|channel| {
        use Channel::{Rcs, Sms, Viber, WhatsApp};
        matches!(channel, WhatsApp | Sms | Rcs | Viber)
    });
    let id = || Some(id.to_owned());
    let member = ContactRef {
        phone: id().filter(|_| is_number),
        channel_user_id: id(),
        business_scoped_user_id: id(),
        ..ContactRef::default()
    };
    let channels = Channel::ALL.iter();
    let channels = channels.filter(|one| channel.is_none_or(|channel| channel == **one));
    channels
        .flat_map(|channel| member.addresses(*channel, ""))
        .collect()
}

/// Whether an id on WhatsApp is a phone number: nothing but digits, and as many as numbers have in an assigned country. A
/// group's id has more, and so have most ids that are no numbers; one that a business made up has no place here.
fn is_whatsapp_number(id: &str) -> bool {
    let digits = id.strip_prefix('+').unwrap_or(id);
    digits.bytes().all(|byte| byte.is_ascii_digit()) && phone::is_possible(digits)
}

/// Whether an id looks like one that holds for all numbers of one business: a country, a dot, and letters and digits; `ENT.`
/// before them in a parent's.
pub fn is_business_scoped(id: &str) -> bool {
    let Some((country, rest)) = id.split_once('.') else {
        return false;
    };
    let rest = rest.strip_prefix("ENT.").unwrap_or(rest);
    country.len() == 2
        && country.bytes().all(|byte| byte.is_ascii_uppercase())
        && !rest.is_empty()
        && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known_by(phone: Option<&str>, channel_user_id: Option<&str>) -> ContactRef {
        ContactRef {
            phone: phone.map(str::to_owned),
            channel_user_id: channel_user_id.map(str::to_owned),
            ..ContactRef::default()
        }
    }

    fn phones(contact: &ContactRef, channel: Channel) -> Vec<String> {
        let addresses = contact.addresses(channel, "1").into_iter();
        let phones = addresses.filter(|address| address.kind == AddressKind::Phone);
        phones.map(|address| address.value).collect()
    }

    #[test]
    fn an_id_on_whatsapp_that_is_a_number_is_a_phone_number() {
        let number = ["51977452931".to_owned()];
        for id in ["51977452931", "+51977452931"] {
            let contact = known_by(None, Some(id));
            assert_eq!(phones(&contact, Channel::WhatsApp), number, "{id}");
            let kinds = contact.addresses(Channel::WhatsApp, "1");
            assert_eq!(kinds[0].kind, AddressKind::ChannelUser, "{id}");
        }
        // The same number in another writing, as networks have Mexico's, is no second one.
        let twice = known_by(Some("+525512345678"), Some("5215512345678"));
        assert_eq!(phones(&twice, Channel::WhatsApp), ["525512345678"]);
        let changed = known_by(Some("+51977452931"), Some("51900000001"));
        assert_eq!(
            phones(&changed, Channel::WhatsApp),
            ["51977452931", "51900000001"]
        );
    }

    #[test]
    fn an_id_on_whatsapp_that_is_business_scoped_is_compared_as_one() {
        let scoped = ContactRef {
            business_scoped_user_id: Some("PE.12ab".to_owned()),
            ..ContactRef::default()
        };
        let by_id = known_by(None, Some("PE.12ab"));
        let [expected] = &scoped.addresses(Channel::WhatsApp, "1")[..] else {
            panic!("one address");
        };
        assert!(by_id.addresses(Channel::WhatsApp, "1").contains(expected));
        assert!(!by_id.addresses(Channel::Rcs, "1").contains(expected));
    }

    #[test]
    fn a_member_is_whoever_has_the_id() {
        let known = known_by(Some("+51 977 452 931"), Some("PE.12ab"));
        let is_known_as = |id: &str| {
            let addresses = known.addresses(Channel::WhatsApp, "1");
            let member = member_addresses(id, Some(Channel::WhatsApp));
            addresses.iter().any(|address| member.contains(address))
        };
        for id in ["51977452931", "0051 977 452 931", "PE.12ab"] {
            assert!(is_known_as(id), "{id}");
        }
        for id in ["51977452932", "PE.12ac", "pe.12ab", ""] {
            assert!(!is_known_as(id), "{id}");
        }
        // A number on one channel is somebody else's id on another.
        let chat = known_by(None, Some("51977452931")).addresses(Channel::Telegram, "1");
        let is_chat = |channel| {
            let member = member_addresses("51977452931", channel);
            chat.iter().any(|address| member.contains(address))
        };
        assert!(is_chat(Some(Channel::Telegram)) && is_chat(None));
        assert!(!is_chat(Some(Channel::WhatsApp)));
        let numbers = member_addresses("51977452931", Some(Channel::Telegram));
        assert!(
            numbers
                .iter()
                .all(|address| address.kind != AddressKind::Phone)
        );
        // A number of the business's own is no address on a channel.
        let own = ContactRef {
            external_id: Some("7".to_owned()),
            ..ContactRef::default()
        };
        let own = own.addresses(Channel::WhatsApp, "1");
        assert!(
            own.iter()
                .all(|address| !member_addresses("7", None).contains(address))
        );
    }

    #[test]
    fn other_ids_are_no_phone_numbers() {
        for id in [
            "user",
            "PE.12ab",
            "120363025246125486",
            "51977452931-1433333333",
            "51 977 452 931",
            "12345",
            "10000017",
            "188145235144812",
            "",
        ] {
            let contact = known_by(None, Some(id));
            assert!(phones(&contact, Channel::WhatsApp).is_empty(), "{id}");
        }
        // A chat on Telegram has digits too.
        let chat = known_by(None, Some("51977452931"));
        assert!(phones(&chat, Channel::Telegram).is_empty());
    }
}
