//! Who somebody is, by the address that a provider gives on a channel.

use acuse_domain::contact::{ContactRef, is_business_scoped};
use acuse_domain::dispatch::is_phone_channel;
use acuse_domain::kinds::Channel;
use acuse_domain::phone;

use crate::json::Node;
use crate::limits::SHORT;

/// The contact with that address; nobody for an empty address, one that is too long to be kept, and one whose digits are
/// masked: it would be somebody else's.
pub(crate) fn contact(channel: Channel, address: &str) -> ContactRef {
    let address = address.trim();
    let mut contact = ContactRef::default();
    if address.is_empty() || address.len() > SHORT || is_masked(address) {
        return contact;
    }
    let known_as = if is_phone_channel(channel) && is_number(address) {
        &mut contact.phone
    } else if channel == Channel::WhatsApp && is_business_scoped(address) {
        &mut contact.business_scoped_user_id
    } else if matches!(channel, Channel::Messenger | Channel::Instagram) {
        &mut contact.page_scoped_id
    } else {
        &mut contact.channel_user_id
    };
    *known_as = Some(address.to_owned());
    contact
}

/// A person by their address on a channel that knows people by their phone numbers. What is no number is an id.
pub(crate) fn by_phone(address: Node<'_>) -> Option<ContactRef> {
    let address = address.short()?;
    let mut person = ContactRef::default();
    if is_digits(&address) || phone::canonical(&address).is_some() {
        person.phone = Some(address);
    } else {
        person.channel_user_id = Some(address);
    }
    Some(person)
}

/// One contact of what two members of one item say of them. What the first says goes first.
pub(crate) fn joined(first: ContactRef, second: ContactRef) -> ContactRef {
    ContactRef {
        external_id: first.external_id.or(second.external_id),
        name: first.name.or(second.name),
        phone: first.phone.or(second.phone),
        channel_user_id: first.channel_user_id.or(second.channel_user_id),
        business_scoped_user_id: first
            .business_scoped_user_id
            .or(second.business_scoped_user_id),
        page_scoped_id: first.page_scoped_id.or(second.page_scoped_id),
    }
}

/// Whether anything says who it is.
pub(crate) fn is_somebody(contact: &ContactRef) -> bool {
    let addresses = [
        &contact.external_id,
        &contact.phone,
        &contact.channel_user_id,
        &contact.business_scoped_user_id,
        &contact.page_scoped_id,
    ];
    addresses.into_iter().any(Option::is_some)
}

/// Whether it is a number as networks write one: digits alone, after a plus at most.
pub(crate) fn is_digits(address: &str) -> bool {
    let digits = address.strip_prefix('+').unwrap_or(address);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether it is a phone number or a short code, as people write one.
fn is_number(address: &str) -> bool {
    let number = address.strip_prefix('+').unwrap_or(address);
    let separates = |c| matches!(c, ' ' | '-' | '.' | '(' | ')');
    number.contains(|c: char| c.is_ascii_digit())
        && number.chars().all(|c| c.is_ascii_digit() || separates(c))
}

/// Whether some of a number's digits are hidden.
fn is_masked(address: &str) -> bool {
    let is_mask = |c| matches!(c, 'X' | 'x' | '*');
    let number = address.strip_prefix('+').unwrap_or(address);
    number.contains(is_mask) && number.chars().all(|c| c.is_ascii_digit() || is_mask(c))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_address_is_what_its_channel_knows_people_by() {
        let phone = |it: &str| ContactRef {
            phone: Some(it.to_owned()),
            ..ContactRef::default()
        };
        for number in ["+51977452931", "51977452931", "2020", "+1 (415) 523-8886"] {
            assert_eq!(contact(Channel::Sms, number), phone(number));
            assert_eq!(contact(Channel::WhatsApp, number), phone(number));
        }
        let scoped = contact(Channel::WhatsApp, "PE.13491208655302741918");
        assert_eq!(
            scoped.business_scoped_user_id.as_deref(),
            Some("PE.13491208655302741918")
        );
        let page = contact(Channel::Messenger, "2345678901");
        assert_eq!(page.page_scoped_id.as_deref(), Some("2345678901"));
        let name = contact(Channel::Sms, "ACME");
        assert_eq!(name.channel_user_id.as_deref(), Some("ACME"));
        let mail = contact(Channel::Email, "ana@example.com");
        assert_eq!(mail.channel_user_id.as_deref(), Some("ana@example.com"));
    }

    #[test]
    fn what_is_masked_is_nobody() {
        let long = "9".repeat(300);
        for address in ["", "  ", "+519774520XX", "5197xx52931", "+51*****31", &long] {
            assert!(!is_somebody(&contact(Channel::Sms, address)), "{address}");
        }
    }

    #[test]
    fn not_every_dot_makes_a_business_scoped_id() {
        for id in ["PE.1349", "PE.ENT.1349"] {
            assert!(is_business_scoped(id), "{id}");
        }
        for id in ["foo_bar", "PE.", "PE.ENT.", "PER.1", "pe.1", "PE.a b"] {
            assert!(!is_business_scoped(id), "{id}");
        }
    }

    #[test]
    fn numbers_are_told_from_ids() {
        let of = |value: serde_json::Value| by_phone(Node::of(&value));
        for number in [
            "+51977452931",
            "51977452931",
            "0732001122",
            "2020",
            "+51 977 452 931",
        ] {
            let person = of(json!(number)).unwrap();
            assert_eq!(person.phone.as_deref(), Some(number));
            assert_eq!(person.channel_user_id, None);
        }
        assert_eq!(
            of(json!(51_977_452_931_i64)).unwrap().phone.as_deref(),
            Some("51977452931")
        );
        for id in ["MTN", "9KC0p+pi4zPGDO99ACDxoQ==", "+", "group:18058-1569"] {
            let person = of(json!(id)).unwrap();
            assert_eq!(person.channel_user_id.as_deref(), Some(id));
        }
        assert_eq!(of(json!("")), None);
        assert_eq!(of(json!({"number": 1})), None);
    }
}
