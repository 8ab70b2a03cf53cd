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
    /// An outbound message whose rows retention has dropped.
    Dropped(MessageId),
}

/// What an answer was found to be a reply to while the rows of that message were there: retention has dropped them since,
/// and nothing that is left says so again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled {
    /// The message.
    pub to: MessageId,
    /// How the answer came to be a reply to it.
    pub how: ReplyAttribution,
    /// Before when every dropped message belongs; `None` where that is not known.
    pub dropped_before: Option<Timestamp>,
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
/// those within `window` before the answer, in any order. What was `settled` stays, unless something that is known now goes
/// before it.
pub fn attribute<'a>(
    answer: &Answer,
    sends: impl IntoIterator<Item = &'a Send>,
    window: Duration,
    settled: Option<Settled>,
) -> Option<(MessageId, ReplyAttribution)> {
    let quoting = if answer.is_click {
        ReplyAttribution::Button
    } else {
        ReplyAttribution::Quote
    };
    match answer.quoted {
        Quoted::Send(send) => {
            (answer.at <= send.origin + QUOTE_WINDOW).then_some((send.id, quoting))
        }
        // Too old a quote was no reply, and is none now.
        Quoted::Dropped(id) => settled
            .filter(|settled| settled.to == id)
            .map(|_| (id, quoting)),
        Quoted::Unknown => None,
        Quoted::NoSend => {
            let latest = sends
                .into_iter()
                .filter(|send| {
                    !send.failed && send.origin < answer.at && answer.at <= send.origin + window
                })
                .max_by_key(|send| (send.origin, send.rank));
            let settled = settled.filter(|settled| {
                // What belongs to a month that is kept is later than whatever was dropped. Something of before that was
                // kept all the same was there to be compared with it.
                let is_later = |send: &Send| {
                    settled
                        .dropped_before
                        .is_none_or(|before| before <= send.origin)
                };
                settled.how == ReplyAttribution::Window && !latest.is_some_and(is_later)
            });
            let to = settled
                .map(|settled| settled.to)
                .or(latest.map(|send| send.id));
            Some((to?, ReplyAttribution::Window))
        }
    }
}

/// Whether a session was open at `at`, given when the contact wrote.
pub fn session_open(at: Timestamp, mut written: impl Iterator<Item = Timestamp>) -> bool {
    written.any(|start| start <= at && at < start + SESSION_LENGTH)
}

/// Whether a session may have been open at `at` because of what the contact wrote before `dropped_before`: of rows of then
/// some are dropped.
pub fn session_may_be_lost(at: Timestamp, dropped_before: Timestamp) -> bool {
    at - SESSION_LENGTH < dropped_before
}
