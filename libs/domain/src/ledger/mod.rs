//! The ledger: the messages that a batch touches, in memory, while the batch is applied.
//!
//! Storage loads what the batch names, [`Ledger::register`], [`Ledger::record`] and [`Ledger::receive`] fold each item
//! in, `relate` finds the replies and sessions that follow, and storage writes what differs from what was loaded.
//! Nothing here does input or output; what has to be loaded next is asked for as plain values.

mod apply;
mod dropped;
mod mark;
mod reach;
mod relate;
mod subtypes;

use std::collections::{BTreeSet, HashMap, HashSet};

pub use apply::{NewInbound, NewRegistration, Receipt, Refusal};
pub use mark::MarkQuery;
pub use reach::{QuoteQuery, Reach, Settings, ThreadQuery};
pub use subtypes::Numbered;

use mark::Watermarks;
use subtypes::Contested;

use crate::ids::{ContactId, Digest, MessageId, WorkspaceId};
use crate::inbound::Inbound;
use crate::outbound::{Outbound, ThreadKey};
use crate::time::Timestamp;

/// A message as it was loaded and as it is now.
#[derive(Debug, Clone)]
pub struct Entry<T> {
    /// As loaded; `None` for a message that is new.
    pub before: Option<T>,
    /// As it is now.
    pub now: T,
}

/// Which message a key leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyTarget {
    /// An outbound message.
    Outbound(MessageId),
    /// An inbound message.
    Inbound(MessageId),
    /// A message whose rows retention has dropped: whatever comes for it now is late.
    Dropped(MessageId),
}

/// A key of one workspace.
pub type WorkspaceKey = (WorkspaceId, Digest);

/// The messages that a batch touches.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Boxed: an entry is so large that a table which grows would spend its time moving them.
    outbound: HashMap<MessageId, Box<Entry<Outbound>>>,
    inbound: HashMap<MessageId, Entry<Inbound>>,
    keys: HashMap<WorkspaceKey, KeyTarget>,
    new_keys: Vec<WorkspaceKey>,
    /// Messages that became part of another: id gone -> id that stays.
    united: HashMap<MessageId, MessageId>,
    /// Where messages came to be in a thread because their contact turned out to be another.
    moved: Vec<(ThreadKey, Timestamp)>,
    /// Inbound messages to look at again although they are as they were.
    reviewed: BTreeSet<MessageId>,
    /// Messages at which `relate` has to look although the batch did not name them.
    reattributed: BTreeSet<MessageId>,
    watermarks: Watermarks,
    contested: Contested,
}

impl Ledger {
    /// Takes in a stored outbound message; one that is there already stays as it is.
    pub fn load_outbound(&mut self, message: Outbound) {
        self.outbound.entry(message.id).or_insert_with(|| {
            Box::new(Entry {
                before: Some(message.clone()),
                now: message,
            })
        });
    }

    /// Takes in a stored inbound message; one that is there already stays as it is.
    pub fn load_inbound(&mut self, message: Inbound) {
        self.inbound.entry(message.id).or_insert_with(|| Entry {
            before: Some(message.clone()),
            now: message,
        });
    }

    /// Has [`Ledger::reach`] look at inbound messages again that are as they were loaded: something else that decides what
    /// they answer has changed.
    pub fn review(&mut self, messages: impl IntoIterator<Item = MessageId>) {
        self.reviewed.extend(messages);
    }

    /// Takes in a stored key; one that is there already stays as it is.
    pub fn load_key(&mut self, key: WorkspaceKey, target: KeyTarget) {
        self.keys.entry(key).or_insert(target);
    }

    /// Marks keys whose message is not among the loaded ones as dropped.
    pub fn settle_keys(&mut self) {
        for target in self.keys.values_mut() {
            match *target {
                KeyTarget::Outbound(id) if !self.outbound.contains_key(&id) => {
                    *target = KeyTarget::Dropped(id);
                }
                KeyTarget::Inbound(id) if !self.inbound.contains_key(&id) => {
                    *target = KeyTarget::Dropped(id);
                }
                _ => {}
            }
        }
    }

    /// Makes `gone` the same contact as `stays`, in every message loaded. All messages of `gone` have to be: what else is
    /// in the threads that they come to be in, [`Ledger::reach`] asks for.
    pub fn join_contacts(&mut self, workspace: WorkspaceId, gone: ContactId, stays: ContactId) {
        for entry in self.outbound.values_mut() {
            for message in entry.before.iter_mut().chain([&mut entry.now]) {
                if message.workspace == workspace && message.replace_contact(gone, stays) {
                    let thread = message.thread();
                    let moved = thread.map(|thread| (thread, message.origin()));
                    self.moved.extend(moved);
                    self.watermarks.message_moved(message.id);
                }
            }
        }
        for entry in self.inbound.values_mut() {
            for message in entry.before.iter_mut().chain([&mut entry.now]) {
                if message.workspace == workspace && message.contact == gone {
                    message.contact = stays;
                    self.moved.push((message.thread(), message.at));
                }
            }
        }
        self.watermarks.join(workspace, gone, stays);
    }

    /// The outbound message with that id, or the one that it became part of.
    pub fn outbound(&self, id: MessageId) -> Option<&Outbound> {
        self.outbound
            .get(&self.surviving(id))
            .map(|entry| &entry.now)
    }

    /// The id under which a message lives on.
    pub fn surviving(&self, mut id: MessageId) -> MessageId {
        while let Some(stays) = self.united.get(&id) {
            id = *stays;
        }
        id
    }

    /// What a key leads to.
    pub fn key(&self, key: WorkspaceKey) -> Option<KeyTarget> {
        self.keys.get(&key).map(|target| match *target {
            KeyTarget::Outbound(id) => KeyTarget::Outbound(self.surviving(id)),
            other => other,
        })
    }

    /// The threads of which any inbound message is loaded, those among them that it was taken out of by evidence of
    /// somebody else having written it.
    pub fn threads_with_answers(&self) -> HashSet<ThreadKey> {
        self.inbound
            .values()
            .flat_map(|entry| entry.before.iter().chain([&entry.now]))
            .map(Inbound::thread)
            .collect()
    }

    /// The keys given to messages by this batch.
    pub fn new_keys(&self) -> &[WorkspaceKey] {
        &self.new_keys
    }

    /// Messages that became part of another: (id gone, id that stays).
    pub fn united(&self) -> impl Iterator<Item = (MessageId, MessageId)> + '_ {
        self.united
            .keys()
            .map(|gone| (*gone, self.surviving(*gone)))
    }

    /// Whether what a message that is gone says is what the message says that it became part of.
    pub fn content_moves(&self, gone: MessageId) -> bool {
        let lost = self.outbound.get(&gone);
        let lost = lost.and_then(|entry| entry.before.as_ref());
        let Some((lost, stays)) = lost.zip(self.outbound(gone)) else {
            return false;
        };
        let echoed = &lost.facts.stated.echo;
        match &stays.registered {
            Some(_) => lost.registered.is_some(),
            None => echoed.is_some() && *echoed == stays.facts.stated.echo,
        }
    }

    /// Outbound messages that are new or differ from what was loaded, in the order of their ids; a message that became
    /// part of another is among them as gone.
    pub fn changed_outbound(&self) -> Vec<Changed<'_, Outbound>> {
        let mut changed: Vec<_> = self
            .outbound
            .iter()
            .filter_map(|(id, entry)| {
                let now = (!self.united.contains_key(id)).then_some(&entry.now);
                (entry.before.as_ref() != now).then_some(Changed {
                    before: entry.before.as_ref(),
                    now,
                })
            })
            .collect();
        changed.sort_by_key(Changed::<Outbound>::id);
        changed
    }

    /// Every inbound message that is new or was loaded, changed or not, in no order.
    pub fn loaded_inbound(&self) -> impl Iterator<Item = Changed<'_, Inbound>> {
        self.inbound.values().map(|entry| Changed {
            before: entry.before.as_ref(),
            now: Some(&entry.now),
        })
    }

    /// Inbound messages that are new or differ from what was loaded, in the order of their ids.
    pub fn changed_inbound(&self) -> Vec<Changed<'_, Inbound>> {
        let mut changed: Vec<_> = self
            .inbound
            .values()
            .filter(|entry| entry.before.as_ref() != Some(&entry.now))
            .map(|entry| Changed {
                before: entry.before.as_ref(),
                now: Some(&entry.now),
            })
            .collect();
        changed.sort_by_key(Changed::<Inbound>::id);
        changed
    }
}

/// A message as it was loaded and as it is; at least one side is there.
#[derive(Debug, Clone, Copy)]
pub struct Changed<'a, T> {
    /// As loaded; `None` for a new one.
    pub before: Option<&'a T>,
    /// As it is now; `None` for one that became part of another.
    pub now: Option<&'a T>,
}

impl Changed<'_, Outbound> {
    fn id(&self) -> Option<MessageId> {
        self.before.or(self.now).map(|message| message.id)
    }
}

impl Changed<'_, Inbound> {
    fn id(&self) -> Option<MessageId> {
        self.before.or(self.now).map(|message| message.id)
    }
}
