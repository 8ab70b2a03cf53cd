//! Inbound messages, and which outbound message each of them answers.

use std::collections::BTreeMap;

use acuse_proto::types::{Channel, InboundKind, ReplyAttribution};

use super::attribution::Attribution;
use super::channel::line;
use super::evidence::Evidence;
use super::identity::Key;
use super::message::Message;
use super::{DAY, Settings};

/// An inbound message.
#[derive(Debug, Clone)]
pub struct Inbound {
    /// The provider's id.
    pub key: Key,
    /// When the provider received it.
    pub at: i64,
    /// Channel.
    pub channel: Channel,
    /// Channel account, with the number of its channel on the wire.
    pub channel_account: String,
    /// From whom, by a number that is good for comparing.
    pub contact: usize,
    /// Whether it counts as received.
    pub counted: bool,
    /// The least key of the message that it answers, and how that was found out.
    pub answers: Option<(Key, ReplyAttribution)>,
    pub(super) opens_session: bool,
    pub(super) content_type: i32,
    quoted: Option<Key>,
    is_click: bool,
    /// Of the message that it answers.
    pub(super) of: Attribution,
}

impl Inbound {
    /// What it is part of, by the names of the columns that say so.
    #[must_use]
    pub fn attribution_fields(&self) -> BTreeMap<&'static str, String> {
        let mut fields = self.of.shared_fields();
        fields.insert("channel_account_id", self.channel_account.clone());
        fields.insert("content_type", self.content_type.to_string());
        fields
    }
}

/// An inbound message as the outbound one sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// When it came.
    pub at: i64,
    /// The inbound message.
    pub inbound: Key,
    /// How it was matched.
    pub how: ReplyAttribution,
}

/// Every inbound message that the evidence tells of. Of what is told of one the earliest stands, and that it was deleted.
pub(super) fn all(evidence: &Evidence<'_>) -> Vec<Inbound> {
    let mut all: BTreeMap<Key, Inbound> = BTreeMap::new();
    let mut told = evidence.inbound.clone();
    told.sort_by_key(|(at, _)| *at);
    for (at, item) in &told {
        let Some(key) = item.provider_message_id.as_ref().map(Key::from) else {
            continue;
        };
        let contact = item
            .contact
            .as_ref()
            .and_then(|who| evidence.contact(who, item.channel(), &item.channel_account_id));
        let inbound = all.entry(key.clone()).or_insert_with(|| Inbound {
            key,
            at: *at,
            channel: item.channel(),
            channel_account: line(item.channel(), &item.channel_account_id),
            contact: contact.unwrap_or_default(),
            counted: item.kind() == InboundKind::Regular,
            answers: None,
            opens_session: item.kind() != InboundKind::System,
            content_type: item.content_type,
            quoted: item.quoted_message_id.as_ref().map(Key::from),
            is_click: item.button.is_some(),
            of: Attribution::default(),
        });
        inbound.counted &= !item.deleted;
    }
    all.into_values().collect()
}

/// Matches every inbound message with what it answers. Returns those for which it cannot be told.
pub(super) fn attribute(
    messages: &mut [Message],
    inbound: &mut [Inbound],
    settings: &Settings,
) -> Vec<Key> {
    let known_inbound: Vec<Key> = inbound.iter().map(|inbound| inbound.key.clone()).collect();
    let mut undecided = Vec::new();
    for inbound in inbound.iter_mut().filter(|inbound| inbound.counted) {
        let found = match &inbound.quoted {
            Some(quoted) if !known_inbound.contains(quoted) => of_quote(messages, inbound, quoted),
            _ => {
                let latest = of_window(messages, inbound, settings.attribution_window);
                if latest.len() > 1 {
                    undecided.push(inbound.key.clone());
                }
                latest
                    .first()
                    .map(|index| (*index, ReplyAttribution::Window))
            }
        };
        let Some((index, how)) = found else { continue };
        let message = &mut messages[index];
        inbound.answers = message.keys.first().map(|key| (key.clone(), how));
        inbound.of = message.of.clone();
        message.answers.push(Answer {
            at: inbound.at,
            inbound: inbound.key.clone(),
            how,
        });
        message.answers.sort_by_key(|answer| answer.at);
    }
    undecided
}

/// The message that it quotes, if that is known and at most 30 days older.
fn of_quote(
    messages: &[Message],
    inbound: &Inbound,
    quoted: &Key,
) -> Option<(usize, ReplyAttribution)> {
    let index = messages
        .iter()
        .position(|message| message.keys.contains(quoted))?;
    let how = if inbound.is_click {
        ReplyAttribution::Button
    } else {
        ReplyAttribution::Quote
    };
    (inbound.at - messages[index].origin <= 30 * DAY).then_some((index, how))
}

/// The latest message to its contact on its account before it, within the window, that did not fail: several where they
/// are of the very same origin.
fn of_window(messages: &[Message], inbound: &Inbound, window: i64) -> Vec<usize> {
    let candidates: Vec<usize> = messages
        .iter()
        .enumerate()
        .filter(|(_, message)| {
            message.contact == Some(inbound.contact)
                && message.channel_account.as_ref() == Some(&inbound.channel_account)
                && !message.has_failed()
                && message.origin < inbound.at
                && inbound.at - message.origin <= window
        })
        .map(|(index, _)| index)
        .collect();
    let latest = candidates.iter().map(|index| messages[*index].origin).max();
    candidates
        .into_iter()
        .filter(|index| Some(messages[*index].origin) == latest)
        .collect()
}
