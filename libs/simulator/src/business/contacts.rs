//! Contacts: worked out from their number whenever one is needed, so that a business may have millions.

use acuse_proto::types::{Channel, ContactRef};

use super::{
    countries::{Country, Mobile},
    names,
};
use crate::dice::{Dice, key};

/// Subscriber numbers of seven digits.
const SUBSCRIBERS: u64 = 10_000_000;
/// Has no factor in common with [`SUBSCRIBERS`], so that no two contacts get one number.
const STEP: u64 = 7_654_321;

/// A person who is written to.
#[derive(Debug, Clone)]
pub(crate) struct Contact {
    seed: u64,
    number: u64,
    name: String,
    mobile: Mobile,
}

impl Contact {
    /// Contact `number` of the business with that seed: most of them live where it does.
    pub(super) fn new(seed: u64, home: Country, number: u64) -> Self {
        let mut dice = Dice::of(seed, &[number]);
        let country = if dice.chance(0.85) {
            home
        } else {
            *dice.pick(&Country::ALL)
        };
        let subscriber = (number % SUBSCRIBERS * STEP + seed % SUBSCRIBERS) % SUBSCRIBERS;
        let mobile = country.mobile(subscriber, &mut dice);
        let (first, last) = names::person(&mut dice);
        Self {
            seed,
            number,
            name: format!("{first} {last}"),
            mobile,
        }
    }

    /// The first name, for templates.
    pub(crate) fn first_name(&self) -> &str {
        self.name.split(' ').next().unwrap_or_default()
    }

    /// The phone number as networks write it: digits.
    pub(crate) fn network(&self) -> &str {
        &self.mobile.network
    }

    /// The id that a channel gives to this person.
    pub(crate) fn user_id(&self, channel: Channel) -> String {
        let id = key(self.seed, &[self.number, channel as u64]) % 10_000_000_000_000;
        format!("2{id:013}")
    }

    /// How the business names the contact when it writes to them.
    pub(crate) fn as_addressed(&self, channel: Channel) -> ContactRef {
        let mut named = self.as_reported(channel);
        named.external_id = Some(format!("C-{:07}", self.number));
        named.name = Some(self.name.clone());
        if named.phone.is_some() {
            named.phone = Some(self.mobile.noted.clone());
            named.channel_user_id = None;
        }
        named
    }

    /// The same where the list holds a number that cannot exist.
    pub(crate) fn as_mistyped(&self, channel: Channel) -> ContactRef {
        let noted = &self.mobile.noted;
        let cut = noted.len().saturating_sub(5);
        ContactRef {
            phone: Some(noted[..cut].to_owned()),
            ..self.as_addressed(channel)
        }
    }

    /// How the provider names the contact in a status.
    pub(crate) fn as_reported(&self, channel: Channel) -> ContactRef {
        let mut named = ContactRef::default();
        match channel {
            Channel::Whatsapp => {
                named.phone = Some(format!("+{}", self.mobile.network));
                named.channel_user_id = Some(self.mobile.network.clone());
            }
            Channel::Sms | Channel::Rcs => named.phone = Some(format!("+{}", self.mobile.network)),
            Channel::Messenger | Channel::Instagram => {
                named.page_scoped_id = Some(self.user_id(channel));
            }
            _ => named.channel_user_id = Some(self.user_id(channel)),
        }
        named
    }

    /// How the provider names the contact in a message of theirs: with the name that they gave themselves, where the
    /// channel has one.
    pub(crate) fn as_author(&self, channel: Channel) -> ContactRef {
        let named = channel != Channel::Sms;
        ContactRef {
            name: named.then(|| self.first_name().to_owned()),
            ..self.as_reported(channel)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use acuse_domain::phone::{is_possible, matching_key};

    use super::*;

    #[test]
    fn no_two_contacts_share_a_number() {
        let keys: HashSet<_> = (0..20_000)
            .map(|number| matching_key(Contact::new(9, Country::Brazil, number).network()))
            .collect();
        assert_eq!(keys.len(), 20_000);
    }

    #[test]
    fn a_mistyped_number_cannot_exist() {
        for number in 0..200 {
            let contact = Contact::new(1, Country::Mexico, number);
            let mistyped = contact.as_mistyped(Channel::Whatsapp);
            assert!(!is_possible(&mistyped.phone.unwrap()));
        }
    }
}
