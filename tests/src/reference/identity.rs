//! What belongs together: the keys of one message, the addresses of one contact.

use std::collections::BTreeMap;

use acuse_proto::types::{Channel, ContactRef, ProviderMessageId};

use super::channel::{line, one_spelling};

/// By what a message is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// The sender's own id.
    Sender(String),
    /// A provider's id: the provider's number on the wire, the scope (empty for none) and the id.
    Provider(i32, String, String),
}

impl From<&ProviderMessageId> for Key {
    fn from(id: &ProviderMessageId) -> Self {
        let scope = id.scope.clone().unwrap_or_default();
        Self::Provider(id.provider, scope, id.id.clone())
    }
}

/// The keys that an item gives for its message.
pub(super) fn keys(sender: Option<&String>, provider: Option<&ProviderMessageId>) -> Vec<Key> {
    let sender = sender.map(|id| Key::Sender(id.clone()));
    sender.into_iter().chain(provider.map(Key::from)).collect()
}

/// Under what a contact is known. Ids of a channel are unique on it, those of a page on that page.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Address {
    External(String),
    Phone(String),
    ChannelUser(i32, String),
    BusinessScoped(String),
    PageScoped(String, String),
}

/// The addresses that an item gives for its contact.
pub(super) fn addresses(contact: &ContactRef, channel: Channel, account: &str) -> Vec<Address> {
    let mut found = Vec::new();
    if let Some(id) = &contact.external_id {
        found.push(Address::External(id.clone()));
    }
    if let Some(phone) = &contact.phone {
        found.push(Address::Phone(one_spelling(phone)));
    }
    if let Some(id) = &contact.channel_user_id {
        found.push(Address::ChannelUser(channel.into(), id.clone()));
        // On WhatsApp people's ids are their numbers, or business-scoped ids.
        if channel == Channel::Whatsapp {
            if is_number(id) {
                found.push(Address::Phone(one_spelling(id)));
            } else if is_business_scoped(id) {
                found.push(Address::BusinessScoped(id.clone()));
            }
        }
    }
    if let Some(id) = &contact.business_scoped_user_id {
        found.push(Address::BusinessScoped(id.clone()));
    }
    if let Some(id) = &contact.page_scoped_id {
        found.push(Address::PageScoped(line(channel, account), id.clone()));
    }
    found
}

/// Whether it is what a phone number looks like where it is written in digits.
fn is_number(id: &str) -> bool {
    let digits = id.trim_start_matches('+');
    (7..=15).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.chars().all(|c| c.is_ascii_digit())
}

/// Whether it is a country, a dot and letters or digits.
fn is_business_scoped(id: &str) -> bool {
    let mut parts = id.splitn(2, '.');
    let (country, rest) = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    country.len() == 2
        && country.chars().all(|c| c.is_ascii_uppercase())
        && !rest.is_empty()
        && rest.chars().all(|c| c.is_ascii_alphanumeric())
}

/// Things that are one because somebody named them together. A group's number is good for comparing only.
#[derive(Debug)]
pub(super) struct Groups<T> {
    of: BTreeMap<T, usize>,
    count: usize,
}

impl<T: Ord + Clone> Groups<T> {
    /// Groups from what was named together, each list in one go.
    pub(super) fn of(named_together: impl IntoIterator<Item = Vec<T>>) -> Self {
        let mut groups = Self {
            of: BTreeMap::new(),
            count: 0,
        };
        for together in named_together {
            groups.unite(&together);
        }
        groups
    }

    fn unite(&mut self, together: &[T]) {
        let new = self.count;
        self.count += 1;
        let known: Vec<usize> = together
            .iter()
            .filter_map(|thing| self.of.get(thing).copied())
            .collect();
        for group in self.of.values_mut().filter(|group| known.contains(group)) {
            *group = new;
        }
        for thing in together {
            self.of.insert(thing.clone(), new);
        }
    }

    /// The group of a thing; `None` for one that nobody named.
    pub(super) fn group(&self, thing: &T) -> Option<usize> {
        self.of.get(thing).copied()
    }

    /// What is in a group; nothing where there is none.
    pub(super) fn of_group(&self, number: Option<usize>) -> Vec<T> {
        let things = self.of.iter().filter(|(_, group)| Some(**group) == number);
        things.map(|(thing, _)| thing.clone()).collect()
    }

    /// Every group, by its number.
    pub(super) fn all(&self) -> BTreeMap<usize, Vec<T>> {
        let mut all: BTreeMap<usize, Vec<T>> = BTreeMap::new();
        for (thing, group) in &self.of {
            all.entry(*group).or_default().push(thing.clone());
        }
        all
    }
}
