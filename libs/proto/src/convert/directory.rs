//! Entries of the directory: the names behind ids.

use std::collections::BTreeSet;

use acuse_domain::error::FieldViolation;
use acuse_domain::names::{Dimension, Label, Mention, channel_account_id, id_on_channel};
use acuse_domain::registration::{NamedRef, TemplateRef};
use acuse_domain::time::Timestamp;

use super::faults::{Faults, MAX_SHORT};
use super::reference::{agent, named, template};
use crate::message_state::directory_entry::Entry as Wire;
use crate::message_state::{self as wire, DirectoryKind};
use crate::types;

/// Departments that an agent belongs to at most, and bytes of their ids: a page of so many agents is still an answer that every
/// client takes.
const MOST_DEPARTMENTS: usize = 100;
const LONGEST_DEPARTMENTS: usize = 2_048;

/// An entry from the wire: an external id and what it is called, as of `now`.
///
/// # Errors
///
/// Every fault of the entry, by its path within the entry.
pub fn entry(wire: wire::DirectoryEntry, now: Timestamp) -> Result<Mention, Vec<FieldViolation>> {
    let mut faults = Faults::new(now);
    let is_agent = matches!(wire.entry, Some(Wire::Agent(_)));
    let entry = one_of(&mut faults, wire.entry);
    let member = wire.membership.map(|wire| {
        if !is_agent {
            faults.add("membership", "is of agents alone; leave it out");
        }
        faults.within("membership", |faults| departments(faults, wire))
    });
    let entry = entry.map(|mut mention| {
        if let Some((departments, has_left)) = member {
            mention.label.departments = departments;
            mention.label.has_left = Some(has_left);
        }
        mention
    });
    faults.finish(entry)
}

/// Departments that somebody belongs to, and whether they have left.
fn departments(
    faults: &mut Faults,
    wire: wire::AgentMembership,
) -> (Option<BTreeSet<String>>, bool) {
    let count = wire.department_ids.len();
    let length: usize = wire.department_ids.iter().map(String::len).sum();
    if count > MOST_DEPARTMENTS || length > LONGEST_DEPARTMENTS {
        let fault = format!(
            "has {count} ids of {length} bytes; at most {MOST_DEPARTMENTS} of {LONGEST_DEPARTMENTS} bytes are allowed"
        );
        faults.add("department_ids", fault);
        return (None, wire.has_left);
    }
    let ids = wire.department_ids.into_iter().enumerate();
    let ids = ids.map(|(index, id)| faults.id(&format!("department_ids[{index}]"), id));
    (ids.collect(), wire.has_left)
}

/// The dimension of a kind, for listing.
///
/// # Errors
///
/// Names the kinds there are, where the number is none of them.
pub fn dimension(kind: i32) -> Result<Dimension, Vec<FieldViolation>> {
    let found = match DirectoryKind::try_from(kind).unwrap_or_default() {
        DirectoryKind::Unspecified => None,
        DirectoryKind::Agent => Some(Dimension::Agent),
        DirectoryKind::Department => Some(Dimension::Department),
        DirectoryKind::Team => Some(Dimension::Team),
        DirectoryKind::Template => Some(Dimension::Template),
        DirectoryKind::Campaign => Some(Dimension::Campaign),
        DirectoryKind::Broadcast => Some(Dimension::Broadcast),
        DirectoryKind::Account => Some(Dimension::Account),
        DirectoryKind::ChannelAccount => Some(Dimension::ChannelAccount),
    };
    found.ok_or_else(|| {
        let kinds =
            "AGENT, DEPARTMENT, TEAM, TEMPLATE, CAMPAIGN, BROADCAST, ACCOUNT, CHANNEL_ACCOUNT";
        let fault = format!("must be given: DIRECTORY_KIND_ and one of {kinds}");
        vec![FieldViolation::new("kind", fault)]
    })
}

/// An entry for the wire; `None` for a word of a provider's or a subtype, of which the directory shows nothing.
pub fn entry_to_wire(
    dimension: Dimension,
    external_id: String,
    label: Label,
) -> Option<wire::DirectoryEntry> {
    let named = |label: Label| types::NamedRef {
        id: external_id.clone(),
        name: label.name,
    };
    let membership = label
        .departments
        .clone()
        .map(|departments| wire::AgentMembership {
            department_ids: departments.into_iter().collect(),
            has_left: label.has_left.unwrap_or_default(),
        });
    let entry = match dimension {
        Dimension::ErrorCode
        | Dimension::PricingCategory
        | Dimension::PricingType
        | Dimension::Subtype => return None,
        Dimension::Agent => Wire::Agent(types::AgentRef {
            id: external_id,
            name: label.name,
            email: label.email,
        }),
        Dimension::Department => Wire::Department(named(label)),
        Dimension::Team => Wire::Team(named(label)),
        Dimension::Campaign => Wire::Campaign(named(label)),
        Dimension::Broadcast => Wire::Broadcast(named(label)),
        Dimension::Account => Wire::Account(named(label)),
        Dimension::Template => Wire::Template(TemplateRef::known_as(external_id, label).into()),
        Dimension::ChannelAccount => Wire::ChannelAccount(wire::ChannelAccount {
            channel: label
                .channel
                .map(types::Channel::from)
                .unwrap_or_default()
                .into(),
            id: id_on_channel(&external_id).to_owned(),
            name: label.name,
            phone: label.phone,
        }),
    };
    Some(wire::DirectoryEntry {
        entry: Some(entry),
        membership,
    })
}

fn one_of(faults: &mut Faults, wire: Option<Wire>) -> Option<Mention> {
    let Some(wire) = wire else {
        faults.add(
            "entry",
            "give one of agent, department, team, template, campaign, broadcast, account or channel_account",
        );
        return None;
    };
    let at = faults.now;
    let mut plain = |dimension: Dimension, wire| {
        let named = faults.within(dimension.as_str(), |faults| named(faults, wire))?;
        Some(mention(dimension, named, at))
    };
    match wire {
        Wire::Department(wire) => plain(Dimension::Department, wire),
        Wire::Team(wire) => plain(Dimension::Team, wire),
        Wire::Campaign(wire) => plain(Dimension::Campaign, wire),
        Wire::Broadcast(wire) => plain(Dimension::Broadcast, wire),
        Wire::Account(wire) => plain(Dimension::Account, wire),
        Wire::Agent(wire) => {
            let agent = faults.within("agent", |faults| agent(faults, wire))?;
            Some(mention(Dimension::Agent, agent, at))
        }
        Wire::Template(wire) => {
            let template = faults.within("template", |faults| template(faults, wire))?;
            Some(template_mention(template, at))
        }
        Wire::ChannelAccount(wire) => {
            faults.within("channel_account", |faults| channel_account(faults, wire))
        }
    }
}

fn mention(dimension: Dimension, named: NamedRef, at: Timestamp) -> Mention {
    let label = Label {
        name: named.name,
        email: named.email,
        ..Label::default()
    };
    labelled(dimension, named.id, label, at)
}

fn template_mention(template: TemplateRef, at: Timestamp) -> Mention {
    let external_id = template.external_id();
    let label = Label {
        name: template.name,
        language: template.language,
        category: template.category,
        ..Label::default()
    };
    labelled(Dimension::Template, external_id, label, at)
}

fn labelled(dimension: Dimension, external_id: String, label: Label, at: Timestamp) -> Mention {
    Mention {
        dimension,
        external_id,
        label,
        at,
    }
}

fn channel_account(faults: &mut Faults, wire: wire::ChannelAccount) -> Option<Mention> {
    let channel = faults.kind("channel", wire.channel);
    let id = faults.id("id", wire.id);
    let label = Label {
        name: faults.text("name", wire.name, MAX_SHORT),
        phone: faults.optional_id("phone", wire.phone),
        channel,
        ..Label::default()
    };
    let external_id = channel_account_id(channel?, &id?);
    Some(labelled(
        Dimension::ChannelAccount,
        external_id,
        label,
        faults.now,
    ))
}
