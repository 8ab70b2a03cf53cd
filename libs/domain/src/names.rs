//! Names: the external ids that rows refer to by number, and what people call them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::kinds::{Channel, Provider, TemplateCategory, vocabulary};
use crate::phone;
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
    /// Phone number of a channel account, as somebody states it; of one of which nobody does, as its provider tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Phone number of a channel account as its provider tells it with what happens there, E.164. Of several the least stands: each
    /// event tells one, and an id has one number as long as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_phone: Option<String>,
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

impl Mention {
    /// The same of a sending identity whose provider tells its number. What can be no phone number tells nothing.
    #[must_use]
    pub fn with_told_phone(mut self, number: Option<&str>) -> Self {
        let digits = number.and_then(phone::canonical);
        self.label.told_phone = digits.map(|digits| format!("+{digits}"));
        self
    }
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
    told_phone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    departments: Option<(Timestamp, BTreeSet<String>)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    has_left: Option<(Timestamp, bool)>,
}

impl DatedLabel {
    /// Takes in what was stated at `at`. Tells whether that changes anything, as [`Self::would_change`] does.
    pub fn absorb(&mut self, label: &Label, at: Timestamp) -> bool {
        let changes = self.would_change(label, at);
        newest(&mut self.name, &label.name, at);
        newest(&mut self.email, &label.email, at);
        newest(&mut self.language, &label.language, at);
        newest(&mut self.category, &label.category, at);
        newest(&mut self.channel, &label.channel, at);
        newest(&mut self.phone, &label.phone, at);
        if self.would_learn(&label.told_phone) {
            self.told_phone.clone_from(&label.told_phone);
        }
        newest(&mut self.departments, &label.departments, at);
        newest(&mut self.has_left, &label.has_left, at);
        changes
    }

    /// Whether taking in what was stated at `at` would change what is shown, or who is believed about it.
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
            || self.would_learn(&label.told_phone)
            || differs(&self.departments, &label.departments, at)
            || differs(&self.has_left, &label.has_left, at)
    }

    /// Whether a number that a provider tells is the least so far: whatever order they are told in, one of them stays.
    fn would_learn(&self, told: &Option<String>) -> bool {
        let known = self.told_phone.as_ref();
        told.as_ref()
            .is_some_and(|told| known.is_none_or(|known| told < known))
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
            phone: value(&self.phone).or_else(|| self.told_phone.clone()),
            told_phone: self.told_phone.clone(),
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(number: &str) -> Mention {
        let at = Timestamp::from_seconds(1_790_000_000);
        channel_account(Channel::WhatsApp, "1001", None, at).with_told_phone(Some(number))
    }

    #[test]
    fn only_a_phone_number_is_learned_and_in_one_writing() {
        for number in ["15550783881", "+1 555-078-3881", "001 (555) 078 3881"] {
            let phone = told(number).label.told_phone;
            assert_eq!(phone.as_deref(), Some("+15550783881"), "{number}");
        }
        for number in ["", "+1", "MASKED", "1555078****"] {
            assert_eq!(told(number).label.told_phone, None, "{number}");
        }
    }

    /// A number that somebody states, with when; or one that is told.
    fn statement() -> impl Strategy<Value = (Option<i64>, usize)> {
        (prop::option::of(0..4i64), 0..4usize)
    }

    proptest! {
        #[test]
        fn a_number_hangs_on_no_order(
            (statements, shuffled) in prop::collection::vec(statement(), 0..8).prop_flat_map(|all| {
                let twice = [all.clone(), all.clone()].concat();
                (Just(all), Just(twice).prop_shuffle())
            })
        ) {
            const NUMBERS: [&str; 4] = ["+51900000001", "+51900000002", "+5511987654321", "+15550783881"];
            let label = |statements: &[(Option<i64>, usize)]| {
                let mut label = DatedLabel::default();
                for (stated, number) in statements {
                    let (phone, told_phone) = match stated {
                        Some(_) => (Some(NUMBERS[*number].to_owned()), None),
                        None => (None, Some(NUMBERS[*number].to_owned())),
                    };
                    let said = Label { phone, told_phone, ..Label::default() };
                    let at = Timestamp::from_seconds(stated.unwrap_or(9));
                    // Nothing else is stored.
                    if label.would_change(&said, at) {
                        label.absorb(&said, at);
                    }
                }
                label.shown()
            };
            let (shown, again) = (label(&statements), label(&shuffled));
            let least = statements.iter().filter(|(stated, _)| stated.is_none());
            let least = least.map(|(_, number)| NUMBERS[*number]).min();
            prop_assert_eq!(shown.told_phone.as_deref(), least);
            prop_assert_eq!(&again.told_phone, &shown.told_phone);
            // What somebody states goes before it, whenever it is told.
            let stated = statements.iter().filter(|(stated, _)| stated.is_some());
            let stated: Vec<&str> = stated.map(|(_, number)| NUMBERS[*number]).collect();
            for phone in [shown.phone.as_deref(), again.phone.as_deref()] {
                if stated.is_empty() {
                    prop_assert_eq!(phone, least);
                } else {
                    prop_assert!(phone.is_some_and(|phone| stated.contains(&phone)));
                }
            }
        }
    }
}
