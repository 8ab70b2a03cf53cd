//! What rests on rows that retention has dropped: it is as it was found while they were there.
//!
//! A reply, a first reply and an open session are each decided by other messages. Once those are gone nothing tells them
//! again, so that what is stored stands, until something that is known now goes before it.

use std::collections::{BTreeSet, HashMap};

use super::relate::session;
use super::{Entry, Ledger, Reach, Settings};
use crate::ids::{MessageId, WorkspaceId};
use crate::inbound::{Inbound, Reply};
use crate::kinds::ReplyAttribution;
use crate::outbound::{FirstReply, Outbound};
use crate::thread::session_may_be_lost;
use crate::time::Timestamp;

impl Ledger {
    /// The messages to load because an inbound message within reach is stored as a reply to them: those that are not there
    /// are dropped.
    pub fn reply_targets(
        &self,
        settings: &Settings,
        reach: &Reach,
    ) -> BTreeSet<(WorkspaceId, MessageId)> {
        self.inbound
            .values()
            .filter(|entry| reach.covers_answer(&entry.now, settings))
            .filter_map(|entry| {
                let reply = self.dropped_reply(entry)?;
                Some((entry.now.workspace, reply.to))
            })
            .collect()
    }

    /// The workspaces of which it has to be known, by [`Settings::set_dropped_before`], how much of their rows is dropped;
    /// asked once all that was asked for is loaded.
    pub fn may_rest_on_dropped(&self, settings: &Settings, reach: &Reach) -> BTreeSet<WorkspaceId> {
        let replies = self.reply_targets(settings, reach).into_iter();
        let mut workspaces: BTreeSet<WorkspaceId> =
            replies.map(|(workspace, _)| workspace).collect();
        let had_session = |entry: &&Entry<Outbound>| {
            let before = entry.before.as_ref();
            before.is_some_and(|before| before.session_derived == Some(true))
                && reach.covers_send(&entry.now)
        };
        let entries = self.outbound.values().map(Box::as_ref);
        let mut had_session = entries.filter(had_session).peekable();
        if had_session.peek().is_some() {
            let written = self.written();
            let lose = had_session.filter(|entry| session(&entry.now, &written) == Some(false));
            workspaces.extend(lose.map(|entry| entry.now.workspace));
        }
        workspaces
    }

    /// What an inbound message is stored as a reply to, where that message is not loaded.
    pub(super) fn dropped_reply(&self, entry: &Entry<Inbound>) -> Option<Reply> {
        let before = entry.before.as_ref()?;
        let reply = before.reply?;
        // What was the latest in one thread is nothing to another.
        let stands = reply.how != ReplyAttribution::Window || before.thread() == entry.now.thread();
        (stands && self.outbound(reply.to).is_none()).then_some(reply)
    }

    /// First replies as they are stored of which the inbound message is not loaded although every reply is. Whatever rank
    /// it had, of two at one instant it was the first.
    pub(super) fn dropped_first_replies(&self) -> HashMap<MessageId, (Timestamp, i64, FirstReply)> {
        let mut first: HashMap<MessageId, (Timestamp, i64, FirstReply)> = HashMap::new();
        for (id, entry) in &self.outbound {
            let to = self.surviving(*id);
            let stored = entry.before.as_ref().and_then(|before| before.first_reply);
            let Some(stored) = stored.filter(|stored| {
                self.reattributed.contains(&to) && !self.inbound.contains_key(&stored.id)
            }) else {
                continue;
            };
            let earliest = first.entry(to).or_insert((stored.at, i64::MIN, stored));
            if (stored.at, stored.id) < (earliest.0, earliest.2.id) {
                *earliest = (stored.at, i64::MIN, stored);
            }
        }
        first
    }
}

/// Whether a session that is stored as open stays so although nothing that is left opened it.
pub(super) fn keeps_session(
    before: Option<&Outbound>,
    now: &Outbound,
    dropped_before: Option<Timestamp>,
) -> bool {
    let was_open = before.is_some_and(|before| {
        before.session_derived == Some(true) && before.thread() == now.thread()
    });
    was_open && dropped_before.is_some_and(|before| session_may_be_lost(now.origin(), before))
}
