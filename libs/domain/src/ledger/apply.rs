//! Folding one item into the ledger.

use super::{Entry, KeyTarget, Ledger, WorkspaceKey};
use crate::evidence::{Echoed, StatusEvidence};
use crate::facts::Facts;
use crate::ids::{Digest, MessageId, WorkspaceId};
use crate::inbound::Inbound;
use crate::outbound::{Outbound, Registered};
use crate::time::Timestamp;

/// A registration, with its ids turned to numbers.
#[derive(Debug, Clone)]
pub struct NewRegistration {
    /// The key of the sender's own id.
    pub sender_key: Option<Digest>,
    /// The key of the provider's id.
    pub provider_key: Option<Digest>,
    /// What is registered.
    pub registered: Registered,
    /// The evidence that it is; never empty.
    pub evidence: Vec<StatusEvidence>,
}

impl NewRegistration {
    /// The keys under which it names its message.
    pub fn keys(&self) -> Vec<Digest> {
        let sender = self.sender_key.into_iter();
        sender.chain(self.provider_key).collect()
    }
}

/// An inbound message, with its ids turned to numbers.
#[derive(Debug, Clone)]
pub struct NewInbound {
    /// The key of the provider's id.
    pub key: Digest,
    /// The message; its id, rank and reply are given here.
    pub message: Inbound,
}

/// What became of an item that was taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The message that it is about; it may have become part of another since (see [`Ledger::surviving`]). `None` for a
    /// watermark, which is about many.
    pub message: Option<MessageId>,
    /// Whether the item told something new by itself (a first registration, a new key); evidence beside that is new
    /// where the timeline does not hold it yet.
    pub is_news: bool,
    /// Whether it came too late to count.
    pub is_late: bool,
    /// Whether the message's rows are dropped already, so that it could not even be kept.
    pub is_dropped: bool,
    /// Whether the wide part of the message (its content) is to be written from this item.
    pub has_content: bool,
}

/// Why an item was refused; nothing of it was taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The message was registered before, with something else.
    ContradictsRegistration,
    /// Its ids belong to two messages that were registered with different things, or under two ids of the sender's own.
    IdsOfTwoMessages,
}

/// Whether an item can be taken in.
enum Admission {
    /// It can, by what its keys lead to.
    Taken(Located),
    /// Its message's rows are dropped.
    Dropped(Receipt),
}

/// Where the keys of an item lead.
struct Located {
    /// Distinct outbound messages, the oldest first.
    messages: Vec<MessageId>,
    /// Keys that lead nowhere yet.
    unknown: Vec<WorkspaceKey>,
    /// A message whose rows are dropped.
    dropped: Option<MessageId>,
}

impl Ledger {
    /// Takes in a registration.
    ///
    /// # Errors
    /// Refuses one that contradicts the registration that stands.
    pub fn register(
        &mut self,
        workspace: WorkspaceId,
        item: &NewRegistration,
    ) -> Result<Receipt, Refusal> {
        let located = match self.admit(workspace, &item.keys(), Some(item))? {
            Admission::Taken(located) => located,
            Admission::Dropped(receipt) => return Ok(receipt),
        };
        let mut said = Facts::default();
        for piece in &item.evidence {
            said.absorb(Facts::of(piece));
        }
        let origin = said.origin();
        let tells_ids = located.is_news();
        let id = self.take(workspace, located, origin.unwrap_or_default());
        let message = self.now(workspace, id);
        message.has_sender_id |= item.sender_key.is_some();
        let known = message.registered.clone();
        let is_first = known.is_none();
        if let Some(known) = known {
            self.contest(id, &known, &item.registered);
        } else {
            message.registered = Some(item.registered.clone());
            message.facts.stated.forget_identity();
        }
        self.fold(workspace, id, said);
        Ok(Receipt {
            message: Some(id),
            is_news: is_first || tells_ids,
            is_late: false,
            is_dropped: false,
            has_content: is_first,
        })
    }

    /// Takes in a status under the keys of its message, with what its message holds where it is an echo.
    ///
    /// # Errors
    /// Refuses one whose keys belong to two messages that cannot be one.
    pub fn record(
        &mut self,
        workspace: WorkspaceId,
        keys: &[Digest],
        evidence: &StatusEvidence,
        echo: Option<&Echoed>,
    ) -> Result<Receipt, Refusal> {
        let located = match self.admit(workspace, keys, None)? {
            Admission::Taken(located) => located,
            Admission::Dropped(receipt) => return Ok(receipt),
        };
        let is_news = located.is_news();
        let id = self.take(workspace, located, evidence.at);
        let known = self.now(workspace, id).facts.stated.echo.clone();
        let mut said = Facts::of(evidence);
        said.stated.echo = echo.cloned();
        self.fold(workspace, id, said);
        let facts = &self.now(workspace, id).facts;
        let has_content = facts.stated.echo != known;
        Ok(Receipt {
            message: Some(id),
            is_news: is_news || has_content,
            is_late: facts.is_late(evidence.at),
            is_dropped: false,
            has_content,
        })
    }

    /// Takes in an inbound message, or more evidence on one.
    pub fn receive(&mut self, item: &NewInbound) -> Receipt {
        let workspace = item.message.workspace;
        let key = (workspace, item.key);
        match self.keys.get(&key) {
            Some(KeyTarget::Inbound(id)) if self.inbound.contains_key(id) => {
                let id = *id;
                let stands = self
                    .inbound
                    .get_mut(&id)
                    .is_some_and(|entry| entry.now.merge(item.message.clone()));
                Receipt {
                    message: Some(id),
                    is_news: false,
                    is_late: false,
                    is_dropped: false,
                    has_content: stands,
                }
            }
            Some(KeyTarget::Inbound(id) | KeyTarget::Outbound(id) | KeyTarget::Dropped(id)) => {
                Receipt::late(*id)
            }
            None => {
                let id = MessageId::new(item.message.at);
                let now = Inbound {
                    id,
                    rank: item.key.rank(),
                    reply: None,
                    ..item.message.clone()
                };
                self.inbound.insert(id, Entry { before: None, now });
                self.keys.insert(key, KeyTarget::Inbound(id));
                self.new_keys.push(key);
                Receipt {
                    message: Some(id),
                    is_news: true,
                    is_late: false,
                    is_dropped: false,
                    has_content: true,
                }
            }
        }
    }

    /// Whether a registration (of `keys`), or a status under `keys`, would be taken in now: neither refused nor about a
    /// message whose rows are dropped. Of what would not be, nothing may be kept.
    pub fn admits(
        &self,
        workspace: WorkspaceId,
        keys: &[Digest],
        registration: Option<&NewRegistration>,
    ) -> bool {
        let admission = self.admit(workspace, keys, registration);
        matches!(admission, Ok(Admission::Taken(_)))
    }

    /// Whether an inbound message of `key` would be taken in now.
    pub fn admits_inbound(&self, workspace: WorkspaceId, key: Digest) -> bool {
        match self.keys.get(&(workspace, key)) {
            Some(KeyTarget::Inbound(id)) => self.inbound.contains_key(id),
            Some(KeyTarget::Outbound(_) | KeyTarget::Dropped(_)) => false,
            None => true,
        }
    }

    fn admit(
        &self,
        workspace: WorkspaceId,
        keys: &[Digest],
        registration: Option<&NewRegistration>,
    ) -> Result<Admission, Refusal> {
        let located = self.locate(workspace, keys);
        if let Some(receipt) = located.as_dropped() {
            return Ok(Admission::Dropped(receipt));
        }
        if let Some(item) = registration {
            self.check_registration(workspace, item, &located)?;
        }
        if self.can_be_one(&located.messages) {
            Ok(Admission::Taken(located))
        } else {
            Err(Refusal::IdsOfTwoMessages)
        }
    }

    fn check_registration(
        &self,
        workspace: WorkspaceId,
        item: &NewRegistration,
        located: &Located,
    ) -> Result<(), Refusal> {
        let new_sender_id = item
            .sender_key
            .is_some_and(|key| located.unknown.contains(&(workspace, key)));
        for id in &located.messages {
            let Some(now) = self.outbound.get(id).map(|entry| &entry.now) else {
                continue;
            };
            let Some(registered) = &now.registered else {
                continue;
            };
            // A second own id for a registered message is another message of the sender's.
            let other_sender_id = new_sender_id && now.has_sender_id;
            if registered.digest != item.registered.digest || other_sender_id {
                return Err(Refusal::ContradictsRegistration);
            }
        }
        Ok(())
    }

    fn locate(&self, workspace: WorkspaceId, keys: &[Digest]) -> Located {
        let mut located = Located {
            messages: Vec::with_capacity(keys.len()),
            unknown: Vec::new(),
            dropped: None,
        };
        for digest in keys {
            let key = (workspace, *digest);
            match self.key(key) {
                Some(KeyTarget::Outbound(id)) => located.messages.push(id),
                Some(KeyTarget::Dropped(id) | KeyTarget::Inbound(id)) => located.dropped = Some(id),
                None => located.unknown.push(key),
            }
        }
        located.messages.sort_unstable();
        located.messages.dedup();
        located
    }

    /// The one message that an item is about: the one its keys lead to, the one that several become, or a new one that
    /// belongs to `origin`. Every key of the item leads to it from now on.
    fn take(&mut self, workspace: WorkspaceId, located: Located, origin: Timestamp) -> MessageId {
        let mut messages = located.messages.into_iter();
        let id = messages.next().unwrap_or_else(|| MessageId::new(origin));
        for other in messages {
            self.unite(other, id);
        }
        for key in located.unknown {
            self.keys.insert(key, KeyTarget::Outbound(id));
            self.new_keys.push(key);
            let message = self.now(workspace, id);
            message.rank = message.rank.min(key.1.rank());
        }
        id
    }

    /// Whether messages may turn out to be one: whatever was registered of them is equal, and the sender calls them by one
    /// id at most. A sender that registered a message under its own id, and again under the provider's, may say later
    /// that they are one; what it gave two ids of its own is two messages.
    fn can_be_one(&self, messages: &[MessageId]) -> bool {
        let known = |id: &MessageId| self.outbound.get(id).map(|entry| &entry.now);
        let sender_ids = messages.iter().filter_map(known);
        let mut registered = messages
            .iter()
            .filter_map(known)
            .filter_map(|message| message.registered.as_ref());
        let first = registered.next();
        registered.all(|other| first.is_some_and(|first| first.digest == other.digest))
            && sender_ids.filter(|message| message.has_sender_id).count() <= 1
    }

    /// Makes `gone` a part of `stays`: all that is known of either is known of both.
    fn unite(&mut self, gone: MessageId, stays: MessageId) {
        let Some(lost) = self.outbound.get(&gone).map(|entry| entry.now.clone()) else {
            return;
        };
        self.united.insert(gone, stays);
        let message = self.now(lost.workspace, stays);
        message.facts.absorb(lost.facts);
        message.rank = message.rank.min(lost.rank);
        message.has_sender_id |= lost.has_sender_id;
        let known = message.registered.clone();
        if known.is_none() {
            message.registered.clone_from(&lost.registered);
        }
        if message.registered.is_some() {
            message.facts.stated.forget_identity();
        }
        if let Some((known, lost)) = known.zip(lost.registered) {
            self.contest(stays, &known, &lost);
        }
    }

    fn fold(&mut self, workspace: WorkspaceId, id: MessageId, mut said: Facts) {
        let message = self.now(workspace, id);
        if message.registered.is_some() {
            said.stated.forget_identity();
        }
        message.facts.absorb(said);
    }

    fn now(&mut self, workspace: WorkspaceId, id: MessageId) -> &mut Outbound {
        let entry = self.outbound.entry(id).or_insert_with(|| {
            Box::new(Entry {
                before: None,
                now: Outbound::new(workspace, id),
            })
        });
        &mut entry.now
    }
}

impl Receipt {
    fn late(message: MessageId) -> Self {
        Self {
            message: Some(message),
            is_news: false,
            is_late: true,
            is_dropped: true,
            has_content: false,
        }
    }
}

impl Located {
    /// Whether the item tells of a key that was not known, or that messages are one.
    fn is_news(&self) -> bool {
        !self.unknown.is_empty() || self.messages.len() > 1
    }

    fn as_dropped(&self) -> Option<Receipt> {
        if self.messages.is_empty() {
            self.dropped.map(Receipt::late)
        } else {
            None
        }
    }
}
