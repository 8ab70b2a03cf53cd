//! Who there is: a business of Latin America, worked out from a seed.

mod campaigns;
mod contacts;
mod countries;
mod names;
mod people;
mod senders;
mod templates;

use acuse_proto::message_state::{DirectoryEntry, directory_entry::Entry};
use jiff::tz::TimeZone;

pub(crate) use campaigns::Campaign;
pub(crate) use contacts::Contact;
pub(crate) use countries::Language;
pub(crate) use people::{Agent, Department, Duty, Staff};
pub(crate) use senders::{Sender, Senders, wamid};
pub(crate) use templates::{Purpose, Template, Templates};

use crate::{
    cloud_api::Line,
    dice::{Dice, key},
};
use countries::Country;

/// A business that sends messages. Two of the same seed and number are the same.
#[derive(Debug, Clone)]
pub struct Business {
    pub(crate) seed: u64,
    slug: String,
    name: String,
    home: Country,
    zone: TimeZone,
    pub(crate) staff: Staff,
    pub(crate) senders: Senders,
    pub(crate) templates: Templates,
}

impl Business {
    /// Business `number` (from 0) of those that a seed makes.
    pub fn new(seed: u64, number: u32) -> Self {
        let known = names::BUSINESSES;
        let (name, slug, home) = known[number as usize % known.len()];
        let seed = key(seed, &[u64::from(number)]);
        let mut dice = Dice::new(seed);
        // Beyond those that have names of their own there are branches of them.
        let branch = number as usize / known.len();
        let (name, slug) = if branch == 0 {
            (name.to_owned(), slug.to_owned())
        } else {
            let branch = branch + 1;
            (format!("{name} {branch}"), format!("{slug}-{branch}"))
        };
        let domain = format!("{slug}.example");
        Self {
            seed,
            home,
            // The zone data is part of this build, and a test asks for every zone.
            zone: TimeZone::get(home.zone()).unwrap_or(TimeZone::UTC),
            staff: Staff::new(&mut dice, home.language(), &domain),
            senders: Senders::new(&mut dice, home),
            templates: Templates::new(&mut dice, home.language()),
            slug,
            name,
        }
    }

    /// Its name in tokens and addresses.
    pub fn slug(&self) -> &str {
        &self.slug
    }

    /// Its name for people.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The IANA name of its time zone.
    pub fn time_zone(&self) -> &'static str {
        self.home.zone()
    }

    /// Its language, as workspaces name it.
    pub fn language_code(&self) -> &'static str {
        match self.home.language() {
            Language::Spanish => "es",
            Language::Portuguese => "pt",
        }
    }

    /// What its directory says that no message does: names and numbers of its channel accounts, and who works there.
    pub fn directory(&self) -> Vec<DirectoryEntry> {
        let entry = |entry| DirectoryEntry {
            entry: Some(entry),
            membership: None,
        };
        let senders = self
            .senders
            .all()
            .map(|sender| entry(Entry::ChannelAccount(sender.entry())));
        let departments = self.staff.departments.iter().flat_map(|department| {
            let agents = department.agents.iter();
            let agents = agents.map(|agent| entry(Entry::Agent(agent.named.clone())));
            agents.chain([entry(Entry::Department(department.named.clone()))])
        });
        senders.chain(departments).collect()
    }

    /// Its WhatsApp number at Meta; what is told of the other channel accounts comes through gateways.
    pub fn line(&self) -> Line {
        self.senders.line(self.seed)
    }

    pub(crate) fn zone(&self) -> &TimeZone {
        &self.zone
    }

    pub(crate) fn language(&self) -> Language {
        self.home.language()
    }

    pub(crate) fn contact(&self, number: u64) -> Contact {
        Contact::new(self.seed, self.home, number)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn businesses_are_told_apart_and_stay_the_same() {
        let slugs: HashSet<_> = (0..40)
            .map(|number| Business::new(1, number).slug)
            .collect();
        assert_eq!(slugs.len(), 40);
        for slug in slugs {
            assert!(
                slug.len() <= 63
                    && slug
                        .bytes()
                        .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
            );
        }
        assert_eq!(
            Business::new(5, 2).directory(),
            Business::new(5, 2).directory()
        );
        assert_ne!(
            Business::new(5, 2).directory(),
            Business::new(6, 2).directory()
        );
    }

    #[test]
    fn agents_have_addresses_of_their_own() {
        let business = Business::new(1, 1);
        let entries = business.directory();
        let emails: Vec<_> = entries
            .iter()
            .filter_map(|entry| match &entry.entry {
                Some(Entry::Agent(agent)) => agent.email.clone(),
                _ => None,
            })
            .collect();
        let apart: HashSet<_> = emails.iter().collect();
        assert_eq!(apart.len(), emails.len());
        assert!(
            emails
                .iter()
                .all(|email| email.is_ascii() && email.ends_with("@banco-cordillera.example"))
        );
    }
}
