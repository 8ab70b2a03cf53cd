//! Who a message is from or to.
//!
//! WhatsApp's id of a person (`wa_id`, `from`, `recipient_id`) is their phone number in digits, and is taken for that:
//! numbers are compared whatever their writing, so that it is the same contact as a registration's `+51 977 452 931`.
//! People who hide their number have a business-scoped id instead, or beside it.

use std::collections::HashMap;

use acuse_domain::contact::{Address, ContactRef, is_business_scoped};
use acuse_domain::kinds::Channel;

use crate::json::Node;
use crate::limits::SHORT;
use crate::party::is_digits;

/// The most people of one value who are looked at; Meta describes one for each of up to 1,000 items.
const MAX_DESCRIBED: usize = 5_000;

/// The people whom a value describes in `contacts`.
pub(super) struct People {
    described: Vec<ContactRef>,
    /// Which of them has an address; the first, if several do.
    owners: HashMap<Address, usize>,
    /// Whether the value has one item and describes one person, who can be nobody else.
    is_sole: bool,
}

impl People {
    /// The people of a value.
    pub(super) fn of(value: Node<'_>) -> Self {
        let described: Vec<ContactRef> = value
            .get("contacts")
            .elements()
            .take(MAX_DESCRIBED)
            .map(|contact| ContactRef {
                name: contact.get("profile").get("name").cut(SHORT),
                ..stated(
                    contact.get("wa_id"),
                    contact.get("user_id"),
                    contact.get("parent_user_id"),
                )
            })
            .collect();
        let items: usize = ["messages", "statuses", "message_echoes", "calls"]
            .iter()
            .map(|key| value.get(key).elements().count())
            .sum();
        let mut owners = HashMap::new();
        for (index, person) in described.iter().enumerate() {
            for address in addresses(person) {
                owners.entry(address).or_insert(index);
            }
        }
        Self {
            is_sole: described.len() == 1 && items == 1,
            described,
            owners,
        }
    }

    /// A person as an item names them, with what the value says of them besides. What the item itself says goes first, and
    /// two people with addresses are joined only where they share one.
    pub(super) fn complete(&self, stated: ContactRef) -> ContactRef {
        let own = addresses(&stated);
        // Where the value's only item or only person has no address, nothing says that they are two.
        let is_the_one = self.is_sole && (own.is_empty() || self.owners.is_empty());
        let known = own.iter().find_map(|address| self.owners.get(address));
        let index = known.copied().or(is_the_one.then_some(0));
        let Some(same) = index.and_then(|index| self.described.get(index)).cloned() else {
            return stated;
        };
        ContactRef {
            external_id: None,
            name: stated.name.or(same.name),
            phone: stated.phone.or(same.phone),
            channel_user_id: stated.channel_user_id.or(same.channel_user_id),
            business_scoped_user_id: stated
                .business_scoped_user_id
                .or(same.business_scoped_user_id),
            page_scoped_id: None,
        }
    }
}

/// A person by their id on WhatsApp and their business-scoped id. The parent's id, which holds for several businesses,
/// stands in where it is the only one.
pub(crate) fn stated(wa_id: Node<'_>, user_id: Node<'_>, parent: Node<'_>) -> ContactRef {
    let mut person = ContactRef {
        business_scoped_user_id: user_id.short().or_else(|| parent.short()),
        ..ContactRef::default()
    };
    match wa_id.short() {
        None => {}
        Some(id) if is_digits(&id) => person.phone = Some(id),
        // With a hidden number, its place may hold the business-scoped id.
        Some(id) if is_business_scoped(&id) => {
            person.business_scoped_user_id.get_or_insert(id);
        }
        Some(id) => person.channel_user_id = Some(id),
    }
    person
}

fn addresses(contact: &ContactRef) -> Vec<Address> {
    contact.addresses(Channel::WhatsApp, "")
}
