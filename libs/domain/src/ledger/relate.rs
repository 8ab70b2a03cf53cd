//! Replies and sessions after a batch: what follows from the messages that changed.
//!
//! It goes in rounds, because what must be looked at next depends on what was found: storage loads what
//! [`Ledger::quote_query`] asks for, then what [`Ledger::reach`] asks for, then the keys of
//! [`Ledger::unresolved_quotes`] with their messages and what [`Ledger::reply_targets`] names; [`Ledger::attribute`] then
//! answers with the messages whose first reply may have changed, and with those loaded [`Ledger::settle`] ends it. A batch
//! of statuses that moves no message in time and fails none asks for nothing.

use std::collections::{BTreeSet, HashMap};

use super::dropped::keeps_session;
use super::reach::{QuoteQuery, Reach, Settings};
use super::{Entry, KeyTarget, Ledger, WorkspaceKey};
use crate::ids::{MessageId, WorkspaceId};
use crate::inbound::{Inbound, Reply};
use crate::kinds::Channel;
use crate::outbound::{Attribution, FirstReply, Outbound, ThreadKey};
use crate::thread::{self, Answer, Quoted, Send, Settled};
use crate::time::Timestamp;

impl Ledger {
    /// The inbound messages to load because of what they quote or answer.
    pub fn quote_query(&self) -> QuoteQuery {
        let mut query = QuoteQuery::default();
        for (workspace, digest) in &self.new_keys {
            // A quote is kept under the key of the outbound message that it may mean.
            let quoted = match self.keys.get(&(*workspace, *digest)) {
                Some(KeyTarget::Inbound(_)) => digest.mirrored(),
                _ => *digest,
            };
            query.keys.push((*workspace, quoted));
        }
        for changed in self.changed_outbound() {
            let Some(before) = changed.before else {
                continue;
            };
            if changed.now.map(in_thread) != Some(in_thread(before)) {
                query.moved.push((before.workspace, before.id));
                if before.first_reply.is_some() {
                    query.answered.push((before.workspace, before.id));
                }
            }
        }
        query
    }

    /// The parts of threads to load.
    pub fn reach(&self, settings: &Settings) -> Reach {
        let mut reach = Reach::default();
        for changed in self.changed_outbound() {
            let (before, now) = (changed.before.map(in_thread), changed.now.map(in_thread));
            if before != now {
                for view in [before, now].into_iter().flatten() {
                    reach.touch(view.thread, view.send.origin);
                }
            }
        }
        for (id, entry) in &self.inbound {
            // What came again and is as it was moves nothing.
            if entry.before.as_ref() == Some(&entry.now) && !self.reviewed.contains(id) {
                continue;
            }
            for message in [entry.before.as_ref(), Some(&entry.now)]
                .into_iter()
                .flatten()
            {
                reach.touch(Some(message.thread()), message.at);
            }
        }
        for (thread, at) in &self.moved {
            reach.touch(Some(*thread), *at);
        }
        reach.spread(settings);
        reach
    }

    /// Keys that loaded inbound messages quote and that are not loaded themselves, each in both directions.
    pub fn unresolved_quotes(&self) -> Vec<WorkspaceKey> {
        let quoted = self.inbound.values().filter_map(|entry| {
            let key = entry.now.quoted?;
            Some([
                (entry.now.workspace, key),
                (entry.now.workspace, key.mirrored()),
            ])
        });
        let missing: BTreeSet<WorkspaceKey> = quoted
            .flatten()
            .filter(|key| !self.keys.contains_key(key))
            .collect();
        missing.into_iter().collect()
    }

    /// Finds what each inbound message within reach answers. The messages returned may have another first reply now:
    /// they and all their replies are to be loaded before [`Ledger::settle`].
    pub fn attribute(
        &mut self,
        settings: &Settings,
        reach: &Reach,
    ) -> BTreeSet<(WorkspaceId, MessageId)> {
        let sends = if self.inbound.is_empty() {
            HashMap::new()
        } else {
            self.sends_by_thread()
        };
        let mut affected = BTreeSet::new();
        let mut found: Vec<(MessageId, Option<Reply>)> = Vec::new();
        for (id, entry) in &self.inbound {
            let message = &entry.now;
            if !reach.covers_answer(message, settings) {
                continue;
            }
            let reply = self.reply_of(entry, &sends, settings);
            let loaded = entry.before.as_ref().and_then(|before| before.reply);
            let targets = [loaded, message.reply, reply].into_iter().flatten();
            affected.extend(targets.map(|reply| (message.workspace, self.surviving(reply.to))));
            found.push((*id, reply));
        }
        for (id, reply) in found {
            if let Some(entry) = self.inbound.get_mut(&id) {
                entry.now.reply = reply;
            }
        }
        let united: Vec<(MessageId, MessageId)> = self.united().collect();
        for (gone, stays) in united {
            let answered = |id| {
                self.outbound
                    .get(&id)
                    .is_some_and(|entry| entry.now.first_reply.is_some())
            };
            if let (true, Some(message)) = (answered(gone) || answered(stays), self.outbound(stays))
            {
                affected.insert((message.workspace, stays));
            }
        }
        self.reattributed = affected.iter().map(|(_, id)| *id).collect();
        affected
    }

    /// Settles first replies and sessions, and what can be reported of each message.
    pub fn settle(&mut self, settings: &Settings, reach: &Reach) {
        let first = self.first_replies();
        let written = self.written();
        for (id, entry) in &mut self.outbound {
            let Entry { before, now } = entry.as_mut();
            if self.reattributed.contains(id) {
                now.first_reply = first.get(id).map(|(_, _, reply)| *reply);
            }
            if reach.covers_send(now) {
                let dropped_before = settings.dropped_before(now.workspace);
                now.session_derived = match session(now, &written) {
                    Some(false) if keeps_session(before.as_ref(), now, dropped_before) => {
                        Some(true)
                    }
                    derived => derived,
                };
            }
            settings.report(now);
        }
    }

    /// The earliest reply to each message.
    fn first_replies(&self) -> HashMap<MessageId, (Timestamp, i64, FirstReply)> {
        let mut first = self.dropped_first_replies();
        for Inbound {
            id,
            at,
            rank,
            reply,
            ..
        } in self.inbound.values().map(|entry| &entry.now)
        {
            if let Some(reply) = reply {
                let candidate = FirstReply {
                    at: *at,
                    id: *id,
                    how: reply.how,
                };
                let to = self.surviving(reply.to);
                let earliest = first.entry(to).or_insert((*at, *rank, candidate));
                if (*at, *rank) < (earliest.0, earliest.1) {
                    *earliest = (*at, *rank, candidate);
                }
            }
        }
        first
    }

    /// When contacts wrote what opened sessions.
    pub(super) fn written(&self) -> HashMap<ThreadKey, Vec<Timestamp>> {
        let mut written: HashMap<ThreadKey, Vec<Timestamp>> = HashMap::new();
        for message in self.inbound.values().map(|entry| &entry.now) {
            if message.opens_session() {
                written
                    .entry(message.thread())
                    .or_default()
                    .push(message.at);
            }
        }
        written
    }

    fn sends_by_thread(&self) -> HashMap<ThreadKey, Vec<Send>> {
        let mut sends: HashMap<ThreadKey, Vec<Send>> = HashMap::new();
        for (id, entry) in &self.outbound {
            if self.united.contains_key(id) {
                continue;
            }
            if let Some(thread) = entry.now.thread() {
                sends.entry(thread).or_default().push(entry.now.as_send());
            }
        }
        sends
    }

    fn reply_of(
        &self,
        entry: &Entry<Inbound>,
        sends: &HashMap<ThreadKey, Vec<Send>>,
        settings: &Settings,
    ) -> Option<Reply> {
        let message = &entry.now;
        if !message.counts() {
            return None;
        }
        let answer = Answer {
            at: message.at,
            quoted: self.quoted(message),
            is_click: message.is_click,
        };
        let thread = sends.get(&message.thread());
        let window = settings.window(message.workspace, message.at);
        let kept = self.dropped_reply(entry);
        let settled = kept.map(|reply| Settled {
            to: reply.to,
            how: reply.how,
            dropped_before: settings.dropped_before(message.workspace),
        });
        let sends = thread.into_iter().flatten();
        let (to, how) = thread::attribute(&answer, sends, window, settled)?;
        if let Some(kept) = kept.filter(|reply| reply.to == to) {
            return Some(Reply { how, ..kept });
        }
        let from = self.outbound(to)?.attribution();
        Some(Reply {
            to,
            how,
            account: from.account,
            campaign: from.campaign,
            agent: from.agent,
            team: from.team,
            department: from.department,
        })
    }

    fn quoted(&self, message: &Inbound) -> Quoted {
        let Some(key) = message.quoted else {
            return Quoted::NoSend;
        };
        let target = |key| self.key((message.workspace, key));
        match (target(key), target(key.mirrored())) {
            (Some(KeyTarget::Outbound(id)), _) => self
                .outbound(id)
                .map_or(Quoted::Unknown, |quoted| Quoted::Send(quoted.as_send())),
            (Some(KeyTarget::Dropped(id)), _) => Quoted::Dropped(id),
            // Of an inbound message nothing is asked but that it is one.
            (_, Some(KeyTarget::Inbound(_) | KeyTarget::Dropped(_))) => Quoted::NoSend,
            _ => Quoted::Unknown,
        }
    }
}

/// All of an outbound message that other messages' relations depend on.
#[derive(Debug, PartialEq, Eq)]
struct InThread {
    thread: Option<ThreadKey>,
    send: Send,
    attribution: Attribution,
}

fn in_thread(message: &Outbound) -> InThread {
    InThread {
        thread: message.thread(),
        send: message.as_send(),
        attribution: message.attribution(),
    }
}

pub(super) fn session(
    message: &Outbound,
    written: &HashMap<ThreadKey, Vec<Timestamp>>,
) -> Option<bool> {
    if message.attribution().channel != Some(Channel::WhatsApp) {
        return None;
    }
    let starts = message.thread().and_then(|thread| written.get(&thread));
    Some(thread::session_open(
        message.origin(),
        starts.into_iter().flatten().copied(),
    ))
}
