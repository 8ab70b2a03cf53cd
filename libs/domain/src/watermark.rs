//! Watermarks: everything sent to a contact up to a time was delivered, or read.
//!
//! Messenger and Instagram report so. One watermark is evidence about many messages, those that become known later among
//! them, so that it is kept by itself. What the watermarks known say of a message is derived anew whenever either changes:
//! one that covers a message now may cover it no longer once it is known to have left later, or to have failed.

use std::borrow::Cow;

use crate::contact::ContactRef;
use crate::facts::{Facts, least};
use crate::ids::Digest;
use crate::kinds::{Channel, Provider, StatusKind};
use crate::names::{Mention, channel_account};
use crate::outbound::ThreadKey;
use crate::registration::NamedRef;
use crate::time::Timestamp;

/// One watermark as it was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatermarkEvidence {
    /// What happened to all that it covers: [`StatusKind::Delivered`] or [`StatusKind::Read`].
    pub kind: StatusKind,
    /// It covers what was sent by then, this instant included.
    pub up_to: Timestamp,
    /// When it happened; where the provider gives no usable time, `up_to`.
    pub at: Timestamp,
    /// Who says so.
    pub provider: Provider,
    /// The channel.
    pub channel: Channel,
    /// The business's end.
    pub channel_account: NamedRef,
    /// The other end.
    pub contact: ContactRef,
}

impl WatermarkEvidence {
    /// The external ids that it refers to.
    pub fn mentions(&self) -> Vec<Mention> {
        let account = &self.channel_account;
        vec![channel_account(
            self.channel,
            &account.id,
            account.name.clone(),
            self.at,
        )]
    }
}

/// Whether watermarks are told on a channel. Messages of others need no look at them.
pub const fn has_watermarks(channel: Channel) -> bool {
    matches!(channel, Channel::Messenger | Channel::Instagram)
}

/// A watermark as it is kept. One that says all of this again is the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Watermark {
    /// Whose messages it covers.
    pub thread: ThreadKey,
    /// It covers what was sent by then, this instant included.
    pub up_to: Timestamp,
    /// What happened to all that it covers.
    pub kind: StatusKind,
    /// When it happened.
    pub at: Timestamp,
    /// Who says so.
    pub provider: Provider,
}

impl Watermark {
    /// What a repetition is known by in the timeline of a message that it covers.
    pub fn digest(&self) -> Digest {
        let said = [self.up_to.micros(), self.at.micros()].map(i64::to_le_bytes);
        let codes = [self.kind.code(), self.provider.code()].map(i16::to_le_bytes);
        Digest::of(&[b"watermark", &said.concat(), &codes.concat()])
    }
}

/// Of which time watermarks cover one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coverable {
    /// The thread that the message belongs to.
    pub thread: ThreadKey,
    /// When it was sent, else when it left: watermarks of then and later cover it.
    pub left: Timestamp,
    /// Watermarks of later than this do not: the message is too old for them.
    pub until: Timestamp,
}

impl Coverable {
    /// Whether a watermark is evidence about the message.
    pub fn is_covered(&self, by: &Watermark) -> bool {
        by.thread == self.thread && self.left <= by.up_to && by.up_to <= self.until
    }

    /// What those of `watermarks` say that cover the message.
    pub fn marks<'a>(&self, watermarks: impl IntoIterator<Item = &'a Watermark>) -> Marks {
        let mut marks = Marks::default();
        for watermark in watermarks {
            if self.is_covered(watermark) {
                marks.note(watermark);
            }
        }
        marks
    }
}

/// What the watermarks that cover a message say together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Marks {
    /// The earliest time at which it was delivered.
    pub delivered: Option<Timestamp>,
    /// The earliest time at which it was read.
    pub read: Option<Timestamp>,
}

impl Marks {
    /// Takes in what a watermark says of a message that it covers.
    fn note(&mut self, watermark: &Watermark) {
        let mark = match watermark.kind {
            StatusKind::Read => &mut self.read,
            _ => &mut self.delivered,
        };
        *mark = least(*mark, Some(watermark.at));
    }

    /// What both say.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        Self {
            delivered: least(self.delivered, other.delivered),
            read: least(self.read, other.read),
        }
    }

    /// What counts of a message with `facts` of its own: they and these marks, both within the window. Marks never set the
    /// origin from which it runs.
    pub fn with<'a>(&self, facts: &'a Facts) -> Cow<'a, Facts> {
        let mut counted = facts.within_window();
        for (kind, mark) in [
            (StatusKind::Delivered, self.delivered),
            (StatusKind::Read, self.read),
        ] {
            if let Some(at) = mark.filter(|at| !facts.is_late(*at)) {
                counted.to_mut().times.note(kind, at);
            }
        }
        counted
    }
}
