//! Watermarks in a batch: which messages they cover, those that were there before and those that come after them.
//!
//! A message whose place among the watermarks of its thread changed is derived anew from all of them that may cover it; of
//! any other, new watermarks alone can change anything. Storage loads what [`Ledger::mark_query`] asks for, and
//! [`Ledger::settle_marks`] ends it. Nothing is asked for messages of a channel without watermarks.

use std::collections::{BTreeSet, HashMap};

use super::{Entry, Ledger, Receipt};
use crate::ids::{ContactId, MessageId, WorkspaceId};
use crate::outbound::{Outbound, ThreadKey};
use crate::watermark::{Coverable, Marks, Watermark};

/// The watermarks that a batch looks at.
#[derive(Debug, Default)]
pub(super) struct Watermarks {
    /// Those that came to be in their thread by this batch.
    new: BTreeSet<Watermark>,
    /// Those that were in it before.
    stored: BTreeSet<Watermark>,
    /// Messages that came to be in another thread because their contact turned out to be another.
    moved: BTreeSet<MessageId>,
}

/// What to load because of watermarks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MarkQuery {
    /// New watermarks: the messages that they cover are to be loaded, but those of which an earlier one says the same.
    pub watermarks: Vec<Watermark>,
    /// Messages to derive anew: the watermarks that cover them are to be loaded.
    pub messages: Vec<Coverable>,
}

impl Ledger {
    /// Takes in a watermark, also one that was taken in before. Its contact may still turn out to be another.
    pub fn mark(&mut self, watermark: Watermark) -> Receipt {
        self.watermarks.new.insert(watermark);
        Receipt {
            message: None,
            is_news: false,
            is_late: false,
            is_dropped: false,
            has_content: false,
        }
    }

    /// Takes in a stored watermark.
    pub fn load_watermark(&mut self, watermark: Watermark) {
        self.watermarks.stored.insert(watermark);
    }

    /// What to load, once everything is folded in and contacts are joined.
    pub fn mark_query(&self) -> MarkQuery {
        let entries = self.outbound.iter();
        MarkQuery {
            watermarks: self.watermarks.new.iter().copied().collect(),
            messages: entries
                .filter(|(id, entry)| self.is_to_derive(**id, entry))
                .filter_map(|(_, entry)| entry.now.coverable())
                .collect(),
        }
    }

    /// Derives what watermarks say of the messages loaded.
    pub fn settle_marks(&mut self) {
        let mut new: HashMap<ThreadKey, Vec<Watermark>> = HashMap::new();
        let mut all = new.clone();
        for watermark in &self.watermarks.new {
            new.entry(watermark.thread).or_default().push(*watermark);
            all.entry(watermark.thread).or_default().push(*watermark);
        }
        for watermark in &self.watermarks.stored {
            all.entry(watermark.thread).or_default().push(*watermark);
        }
        let derived: Vec<(MessageId, Marks)> = self
            .outbound
            .iter()
            .filter(|(id, _)| !self.united.contains_key(id))
            .filter_map(|(id, entry)| {
                let marks = match entry.now.coverable() {
                    None => Marks::default(),
                    Some(place) => {
                        let of_thread = |them: &HashMap<_, Vec<Watermark>>| {
                            let found = them.get(&place.thread);
                            place.marks(found.into_iter().flatten())
                        };
                        if self.is_to_derive(*id, entry) {
                            of_thread(&all)
                        } else {
                            entry.now.marks.merge(of_thread(&new))
                        }
                    }
                };
                (entry.now.marks != marks).then_some((*id, marks))
            })
            .collect();
        for (id, marks) in derived {
            if let Some(entry) = self.outbound.get_mut(&id) {
                entry.now.marks = marks;
            }
        }
    }

    /// Whether other watermarks may cover a message than did before this batch.
    fn is_to_derive(&self, id: MessageId, entry: &Entry<Outbound>) -> bool {
        let before = entry.before.as_ref().and_then(Outbound::coverable);
        let now = entry.now.coverable();
        !self.united.contains_key(&id)
            && now.is_some()
            && (before != now || self.watermarks.moved.contains(&id))
    }
}

impl Watermarks {
    /// Notes that a message's contact turned out to be another.
    pub(super) fn message_moved(&mut self, id: MessageId) {
        self.moved.insert(id);
    }

    /// Makes `gone` the same contact as `stays`.
    pub(super) fn join(&mut self, workspace: WorkspaceId, gone: ContactId, stays: ContactId) {
        let joined = |mut watermark: Watermark| {
            let thread = &mut watermark.thread;
            if thread.workspace == workspace && thread.contact == gone {
                thread.contact = stays;
            }
            watermark
        };
        self.new = std::mem::take(&mut self.new)
            .into_iter()
            .map(joined)
            .collect();
    }
}
