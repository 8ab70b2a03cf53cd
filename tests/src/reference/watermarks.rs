//! Watermarks, and what they say of each message.

use std::collections::BTreeMap;

use acuse_proto::types::{self, Channel, StatusKind};

use super::DAY;
use super::channel::line;
use super::evidence::{Evidence, micros};

/// Everything sent to a contact up to a time was delivered, or read.
#[derive(Debug, Clone)]
pub(super) struct Watermark {
    pub(super) kind: StatusKind,
    pub(super) up_to: i64,
    pub(super) at: i64,
    pub(super) channel: Channel,
    pub(super) channel_account: String,
    pub(super) contact: Option<usize>,
}

/// What watermarks are held against of a message.
pub(super) struct Place<'a> {
    pub(super) channel: Option<Channel>,
    pub(super) channel_account: Option<&'a String>,
    pub(super) contact: Option<usize>,
    pub(super) origin: i64,
    /// When it was sent, else when it left.
    pub(super) left: Option<i64>,
    /// Whether its own evidence says that it failed.
    pub(super) failed: bool,
}

/// A watermark as an event tells it.
pub(super) fn told(evidence: &Evidence<'_>, item: &types::Watermark) -> Watermark {
    let up_to = item.up_to.as_ref().map(micros).unwrap_or_default();
    let channel = item.channel();
    let who = item.contact.as_ref();
    Watermark {
        kind: item.kind(),
        up_to,
        at: item.happened_at.as_ref().map_or(up_to, micros),
        channel,
        channel_account: line(channel, &item.channel_account_id),
        contact: who.and_then(|who| evidence.contact(who, channel, &item.channel_account_id)),
    }
}

/// The earliest time of each kind that the watermarks which cover a message say.
pub(super) fn marks(all: &[Watermark], message: &Place<'_>) -> BTreeMap<StatusKind, i64> {
    let mut marks = BTreeMap::new();
    for watermark in all {
        let is_of_thread = message.channel == Some(watermark.channel)
            && message.channel_account == Some(&watermark.channel_account)
            && message.contact.is_some()
            && message.contact == watermark.contact;
        let is_old = watermark.up_to - message.origin > 30 * DAY;
        let is_sent = message.left.is_some_and(|left| left <= watermark.up_to);
        if is_of_thread && is_sent && !is_old && !message.failed {
            let at = marks.entry(watermark.kind).or_insert(watermark.at);
            *at = watermark.at.min(*at);
        }
    }
    marks
}
