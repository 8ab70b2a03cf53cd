//! By what contacts are shown.

use std::collections::{BTreeMap, BTreeSet};

use acuse_proto::types::{Channel, ContactRef};

use super::table::{Said, one_of};
use crate::reference::channel::{line, one_spelling};
use crate::reference::evidence::Evidence;
use crate::reference::identity::{Address, addresses};

/// Every way in which somebody was named, by who that is.
pub(super) struct People(BTreeMap<usize, Vec<Naming>>);

/// How somebody was named, and where.
#[derive(Clone)]
pub(super) struct Naming {
    pub(super) who: ContactRef,
    pub(super) channel: Channel,
    pub(super) account: String,
}

impl Naming {
    pub(super) fn new(who: Option<&ContactRef>, channel: Channel, account: &str) -> Option<Self> {
        Some(Self {
            who: who?.clone(),
            channel,
            account: account.to_owned(),
        })
    }

    /// The number in it, as given.
    fn number(&self) -> Option<String> {
        self.who.phone.clone().or_else(|| {
            let is_number = |address: &Address| matches!(address, Address::Phone(_));
            let addresses = addresses(&self.who, self.channel, &self.account);
            let has_number = addresses.iter().any(is_number);
            self.who.channel_user_id.clone().filter(|_| has_number)
        })
    }

    /// The id in it that holds for all numbers of the business.
    fn business_scoped(&self) -> Option<String> {
        let addresses = addresses(&self.who, self.channel, &self.account);
        addresses.into_iter().find_map(|address| match address {
            Address::BusinessScoped(id) => Some(id),
            _ => None,
        })
    }
}

impl People {
    pub(super) fn of(evidence: &Evidence<'_>) -> Self {
        let registered = evidence.registrations.iter().filter_map(|(_, it)| {
            Naming::new(it.contact.as_ref(), it.channel(), &it.channel_account_id)
        });
        let told = evidence.pieces.iter().filter_map(|(_, piece)| {
            let (channel, account) = piece.sender.as_ref()?;
            Naming::new(piece.recipient.as_ref(), *channel, account)
        });
        let wrote = evidence.inbound.iter().filter_map(|(_, it)| {
            Naming::new(it.contact.as_ref(), it.channel(), &it.channel_account_id)
        });
        let marked = evidence.watermarks.iter().filter_map(|it| {
            Naming::new(it.contact.as_ref(), it.channel(), &it.channel_account_id)
        });
        let mut people: BTreeMap<usize, Vec<Naming>> = BTreeMap::new();
        for it in registered.chain(told).chain(wrote).chain(marked) {
            if let Some(number) = evidence.contact(&it.who, it.channel, &it.account) {
                people.entry(number).or_default().push(it);
            }
        }
        Self(people)
    }

    /// By what a contact may be shown with a message on a channel and, there, a sending identity, that named them so: the
    /// number that it named, where it named one, else any; and an id of the business's own where one is known, else one
    /// that they have there.
    pub(super) fn named(
        &self,
        contact: Option<usize>,
        on: Option<(Channel, &str)>,
        by: &[Naming],
    ) -> [(&'static str, Said); 2] {
        let named = contact.and_then(|number| self.0.get(&number));
        let named = named.map(Vec::as_slice).unwrap_or_default();
        let all = |of: &dyn Fn(&Naming) -> Option<String>| -> BTreeSet<String> {
            named.iter().filter_map(of).collect()
        };
        let own = all(&|it| it.who.external_id.clone());
        let user = all(&|it| {
            let is_there = on.is_some_and(|(channel, _)| channel == it.channel);
            it.who.channel_user_id.clone().filter(|_| is_there)
        });
        let on_page = all(&|it| {
            let is_there = on.is_some_and(|(_, page)| page == line(it.channel, &it.account));
            it.who.page_scoped_id.clone().filter(|_| is_there)
        });
        let scoped = all(&Naming::business_scoped);
        let given: Option<BTreeSet<String>> = by.iter().map(Naming::number).collect();
        let phones = given.filter(|given| !given.is_empty());
        let phones = phones.unwrap_or_else(|| {
            // Written as all of their spellings are compared, or as they were given.
            let known = named.iter().filter_map(Naming::number);
            let known = known.flat_map(|number| {
                let digits = number.trim_start_matches('+');
                [format!("+{}", one_spelling(digits)), number.clone()]
            });
            known.collect()
        });
        let first = |of: &[&BTreeSet<String>]| {
            let some = of.iter().find(|texts| !texts.is_empty());
            one_of(
                some.into_iter()
                    .flat_map(|texts| texts.iter().cloned().map(Some)),
            )
        };
        [
            (
                "contact_id",
                first(&[&own, &user, &on_page, &scoped, &phones]),
            ),
            ("phone", first(&[&phones, &user, &on_page, &scoped])),
        ]
    }
}
