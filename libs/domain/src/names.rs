//! Names: the external ids that rows refer to by number, and what people call them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::kinds::{Channel, Provider, TemplateCategory, vocabulary};
use crate::time::Timestamp;

vocabulary! {
    /// What kind of thing an external id names. Ids are unique within a workspace and dimension.
    Dimension {
        /// A sending identity: a phone number, a page, a short code.
        ChannelAccount = 1, "channel_account";
        /// A part of the workspace that sends on its own name and budget.
        Account = 2, "account";
        /// A person in the business.
        Agent = 3, "agent";
        /// A group of agents that messages are sent from.
        Department = 4, "department";
        /// A group of agents.
        Team = 5, "team";
        /// An approved template: its id where known, else name and language.
        Template = 6, "template";
        /// A template's name or a message tag.
        Subtype = 7, "subtype";
        /// A campaign.
        Campaign = 8, "campaign";
        /// A broadcast.
        Broadcast = 9, "broadcast";
        /// A provider's error code.
        ErrorCode = 10, "error_code";
        /// A provider's word for the price that applies.
        PricingCategory = 11, "pricing_category";
        /// A provider's word for the kind of the charge.
        PricingType = 12, "pricing_type";
    }
}

/// What is shown for an external id. A member that is `None` says nothing and leaves what was known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Label {
    /// Name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Email address of an agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Language of a template, as the provider writes it (`es_MX`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Category of a template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<TemplateCategory>,
    /// Channel of a channel account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// Phone number of a channel account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Departments that an agent belongs to, by their external ids.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub departments: Option<BTreeSet<String>>,
    /// Whether an agent has left the business.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub has_left: Option<bool>,
}

impl Label {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// An external id where it is used: what must have a number before the row that refers to it is written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mention {
    /// What kind of thing.
    pub dimension: Dimension,
    /// Its external id; never empty.
    pub external_id: String,
    /// What it is called, as of `at`.
    pub label: Label,
    /// When it was called that: the newest label is shown.
    pub at: Timestamp,
}

/// The external id under which a provider's error code is named.
pub fn error_code_id(provider: Provider, code: &str) -> String {
    format!("{}:{code}", provider.as_str())
}

/// The external id under which a sending identity is named. What a channel calls one is unique on that channel alone: one
/// phone number may send over several.
pub fn channel_account_id(channel: Channel, id: &str) -> String {
    format!("{}:{id}", channel.as_str())
}

/// The channel of a sending identity of that external id, and what it is called there; `None` where it is none.
pub fn on_channel(channel_account: &str) -> Option<(Channel, &str)> {
    let (channel, id) = channel_account.split_once(':')?;
    Some((Channel::parse(channel)?, id))
}

/// What the channel calls a sending identity of that external id.
pub fn id_on_channel(channel_account: &str) -> &str {
    on_channel(channel_account).map_or(channel_account, |(_, id)| id)
}

/// The mention of a sending identity by messages on its channel.
pub fn channel_account(channel: Channel, id: &str, name: Option<String>, at: Timestamp) -> Mention {
    Mention {
        dimension: Dimension::ChannelAccount,
        external_id: channel_account_id(channel, id),
        label: Label {
            name,
            channel: Some(channel),
            ..Label::default()
        },
        at,
    }
}

/// A label as it is kept: each member with the time since which it is called that. A statement that shows the same is
/// not stored, so a late statement from between two equal ones may show until the next.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DatedLabel {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<(Timestamp, String)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email: Option<(Timestamp, String)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    language: Option<(Timestamp, String)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    category: Option<(Timestamp, TemplateCategory)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    channel: Option<(Timestamp, Channel)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    phone: Option<(Timestamp, String)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    departments: Option<(Timestamp, BTreeSet<String>)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    has_left: Option<(Timestamp, bool)>,
}

impl DatedLabel {
    /// Takes in what was stated at `at`. Tells whether what is shown changed.
    pub fn absorb(&mut self, label: &Label, at: Timestamp) -> bool {
        let shown = self.shown();
        newest(&mut self.name, &label.name, at);
        newest(&mut self.email, &label.email, at);
        newest(&mut self.language, &label.language, at);
        newest(&mut self.category, &label.category, at);
        newest(&mut self.channel, &label.channel, at);
        newest(&mut self.phone, &label.phone, at);
        newest(&mut self.departments, &label.departments, at);
        newest(&mut self.has_left, &label.has_left, at);
        self.shown() != shown
    }

    /// Whether taking in what was stated at `at` would change what is shown.
    pub fn would_change(&self, label: &Label, at: Timestamp) -> bool {
        fn differs<T: Ord>(
            kept: &Option<(Timestamp, T)>,
            stated: &Option<T>,
            at: Timestamp,
        ) -> bool {
            match (kept, stated) {
                (_, None) => false,
                (None, Some(_)) => true,
                (Some((since, kept)), Some(stated)) => {
                    kept != stated && (*since, kept) < (at, stated)
                }
            }
        }
        differs(&self.name, &label.name, at)
            || differs(&self.email, &label.email, at)
            || differs(&self.language, &label.language, at)
            || differs(&self.category, &label.category, at)
            || differs(&self.channel, &label.channel, at)
            || differs(&self.phone, &label.phone, at)
            || differs(&self.departments, &label.departments, at)
            || differs(&self.has_left, &label.has_left, at)
    }

    /// What is shown.
    pub fn shown(&self) -> Label {
        fn value<T: Clone>(dated: &Option<(Timestamp, T)>) -> Option<T> {
            dated.as_ref().map(|(_, value)| value.clone())
        }
        Label {
            name: value(&self.name),
            email: value(&self.email),
            language: value(&self.language),
            category: value(&self.category),
            channel: value(&self.channel),
            phone: value(&self.phone),
            departments: value(&self.departments),
            has_left: value(&self.has_left),
        }
    }
}

fn newest<T: Clone + Ord>(kept: &mut Option<(Timestamp, T)>, stated: &Option<T>, at: Timestamp) {
    if let Some(value) = stated {
        let stated = (at, value.clone());
        if kept.as_ref().is_none_or(|kept| *kept < stated) {
            *kept = Some(stated);
        }
    }
}
