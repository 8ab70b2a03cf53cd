//! A thread: the messages between one contact and one channel account, and how they relate.
//!
//! Which outbound message an inbound one answers, and whether a session was open, follow from the set of messages
//! known, not from the order in which they became known. The functions here look at a whole thread or at the part of
//! it within reach of what changed; the answer is the same.

use std::time::Duration;

use crate::ids::MessageId;
use crate::kinds::ReplyAttribution;
use crate::time::{Timestamp, days, hours};

/// A quoted message is answered only by what came at most this long after it.
pub const QUOTE_WINDOW: Duration = days(30);

/// A WhatsApp session stays open this long after each inbound message.
pub const SESSION_LENGTH: Duration = hours(24);

/// How long after an outbound message an inbound one still answers it, unless the workspace says otherwise.
pub const DEFAULT_ATTRIBUTION_WINDOW: Duration = hours(24);

/// An outbound message as a thread sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Send {
    /// Its id.
    pub id: MessageId,
    /// When it belongs to.
    pub origin: Timestamp,
    /// Orders messages of one origin; a function of what the message is known by, never of when it became known.
    pub rank: i64,
    /// Whether it failed.
    pub failed: bool,
}

/// What an inbound message quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quoted {
    /// Nothing, or another inbound message.
    NoSend,
    /// Something nobody has told us of.
    Unknown,
    /// This outbound message.
    Send(Send),
}

/// An inbound message as a thread sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// When the provider received it.
    pub at: Timestamp,
    /// What it quotes.
    pub quoted: Quoted,
    /// Whether it is a click on a button or list row.
    pub is_click: bool,
}

/// The outbound message that `answer` is a reply to, and why; `sends` are the thread's outbound messages, at least
/// those within `window` before the answer, in any order.
pub fn attribute<'a>(
    answer: &Answer,
    sends: impl IntoIterator<Item = &'a Send>,
    window: Duration,
) -> Option<(MessageId, ReplyAttribution)> {
    match answer.quoted {
        Quoted::Send(send) => {
            let how = if answer.is_click {
                ReplyAttribution::Button
            } else {
                ReplyAttribution::Quote
            };
            (answer.at <= send.origin + QUOTE_WINDOW).then_some((send.id, how))
        }
        Quoted::Unknown => None,
        Quoted::NoSend => sends
            .into_iter()
            .filter(|send| {
                !send.failed && send.origin < answer.at && answer.at <= send.origin + window
            })
            .max_by_key(|send| (send.origin, send.rank))
            .map(|send| (send.id, ReplyAttribution::Window)),
    }
}

/// Whether a session was open at `at`, given when the contact wrote.
pub fn session_open(at: Timestamp, mut written: impl Iterator<Item = Timestamp>) -> bool {
    written.any(|start| start <= at && at < start + SESSION_LENGTH)
}
