//! An outbound message: everything known about it, and what follows.

use std::borrow::Cow;

use crate::capabilities::Capabilities;
use crate::facts::{Facts, STATUS_WINDOW};
use crate::ids::{ContactId, Digest, MessageId, NameId, WorkspaceId};
use crate::kinds::{
    Channel, ContentType, ConversationType, MessageState, MessageType, ReplyAttribution, Source,
    StatusKind, TemplateCategory,
};
use crate::report::IdKind;
use crate::standing::Standing;
use crate::thread::Send;
use crate::time::Timestamp;
use crate::watermark::{Coverable, Marks, has_watermarks};

/// An outbound message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outbound {
    /// Whose it is.
    pub workspace: WorkspaceId,
    /// Acuse's id.
    pub id: MessageId,
    /// The least rank of the keys that it is known by: orders messages of one origin.
    pub rank: i64,
    /// Whether one of the keys is the sender's own id.
    pub has_sender_id: bool,
    /// What the sender registered, narrowed to numbers; `None` while nobody has.
    pub registered: Option<Registered>,
    /// What the evidence says.
    pub facts: Facts,
    /// The first reply to it.
    pub first_reply: Option<FirstReply>,
    /// What watermarks that cover it say.
    pub marks: Marks,
    /// Whether a session was open at its origin, as far as inbound messages tell; `None` off WhatsApp.
    pub session_derived: Option<bool>,
    /// What its channel account can report, where that is not what its channel does; see [`Self::set_capabilities`].
    pub reports: Option<Capabilities>,
}

/// A registration, narrowed to what is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// What another registration of this message is compared with.
    pub digest: Digest,
    /// Who, where and as what.
    pub attribution: Attribution,
    /// To whom.
    pub contact: ContactId,
    /// Whether it opened a ticket.
    pub opened_ticket: bool,
    /// Whether a session was open, as the sender states it.
    pub session_open: Option<bool>,
}

/// Who sent a message, where and as what: the dimensions of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attribution {
    /// The channel; unknown where a status names none and nobody registered the message.
    pub channel: Option<Channel>,
    /// The sending identity.
    pub channel_account: Option<NameId>,
    /// The sub-account.
    pub account: Option<NameId>,
    /// What made it.
    pub source: Source,
    /// Session, message tag or template; unknown of echoes.
    pub kind: Option<MessageType>,
    /// The template.
    pub template: Option<NameId>,
    /// The template's name or the tag.
    pub subtype: Option<NameId>,
    /// What the template is for.
    pub template_category: Option<TemplateCategory>,
    /// The campaign.
    pub campaign: Option<NameId>,
    /// The broadcast.
    pub broadcast: Option<NameId>,
    /// Who sent it.
    pub agent: Option<NameId>,
    /// Their team.
    pub team: Option<NameId>,
    /// The department.
    pub department: Option<NameId>,
    /// What it holds; as told of an echo, if it is.
    pub content_type: Option<ContentType>,
}

/// The earliest reply to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirstReply {
    /// When the provider received it.
    pub at: Timestamp,
    /// The inbound message.
    pub id: MessageId,
    /// How it came to be a reply.
    pub how: ReplyAttribution,
}

impl Outbound {
    /// A message of which nothing is known yet but that it is.
    pub fn new(workspace: WorkspaceId, id: MessageId) -> Self {
        Self {
            workspace,
            id,
            rank: i64::MAX,
            has_sender_id: false,
            registered: None,
            facts: Facts::default(),
            first_reply: None,
            marks: Marks::default(),
            session_derived: None,
            reports: None,
        }
    }

    /// Who, where and as what: as registered, else as far as statuses tell.
    pub fn attribution(&self) -> Attribution {
        if let Some(registered) = &self.registered {
            return registered.attribution;
        }
        let stated = &self.facts.stated;
        let sender = stated.sender.as_ref().map(|said| &said.value);
        Attribution {
            channel: sender.map(|sender| sender.channel),
            channel_account: sender.map(|sender| sender.name),
            account: None,
            source: Source::Echo,
            kind: None,
            template: None,
            subtype: None,
            template_category: None,
            campaign: None,
            broadcast: None,
            agent: None,
            team: None,
            department: None,
            content_type: stated.echo.as_ref().map(|echo| echo.content_type),
        }
    }

    /// The contact: as registered, else as far as statuses tell.
    pub fn contact(&self) -> Option<ContactId> {
        match &self.registered {
            Some(registered) => Some(registered.contact),
            None => self
                .facts
                .stated
                .recipient
                .as_ref()
                .map(|said| said.value.contact),
        }
    }

    /// The phone number or id that it went to, as statuses tell. Of a registered message the registration knows better, and is
    /// kept elsewhere.
    pub fn told_destination(&self) -> Option<&str> {
        let said = self.facts.stated.recipient.as_ref()?;
        said.value.destination.as_deref()
    }

    /// Makes its contact `stays` where it was `gone`, because both turned out to be one. Tells whether it was.
    pub(crate) fn replace_contact(&mut self, gone: ContactId, stays: ContactId) -> bool {
        let registered = self.registered.as_mut().map(|said| &mut said.contact);
        let recipient = self.facts.stated.recipient.as_mut();
        let stated = recipient.map(|said| &mut said.value.contact);
        let mut replaced = false;
        for contact in [registered, stated].into_iter().flatten() {
            if *contact == gone {
                *contact = stays;
                replaced = true;
            }
        }
        replaced
    }

    /// The time that it belongs to. (Every stored message has evidence; without any it would belong to its id's.)
    pub fn origin(&self) -> Timestamp {
        self.facts.origin().unwrap_or_else(|| self.id.time())
    }

    /// Whether it counts: an unregistered message known only by what happened at its end is unattached, and shown
    /// apart.
    pub fn is_attached(&self) -> bool {
        self.registered.is_some() || self.facts.tell_its_beginning()
    }

    /// What can be reported of it: what its channel account can, else its channel.
    pub fn capabilities(&self) -> Capabilities {
        self.reports.unwrap_or_else(|| self.usual_capabilities())
    }

    /// Sets what its channel account can report; `None` where that is what its channel does. It is kept with the message,
    /// so that its row, its counts and every copy of either say the same.
    pub fn set_capabilities(&mut self, account: Option<Capabilities>) {
        self.reports = account.filter(|account| *account != self.usual_capabilities());
    }

    fn usual_capabilities(&self) -> Capabilities {
        Capabilities::usual(self.attribution().channel)
    }

    /// What counts of all that is known of it: its own evidence within the window, and what watermarks say within it.
    pub fn counted(&self) -> Cow<'_, Facts> {
        self.marks.with(&self.facts)
    }

    /// Where it stands.
    pub fn standing(&self) -> Standing {
        self.standing_by(&self.counted())
    }

    /// The same by what [`Self::counted`] gave.
    pub fn standing_by(&self, counted: &Facts) -> Standing {
        Standing::of(counted, self.capabilities())
    }

    /// Whether it failed. Watermarks say nothing of what did, so that its own evidence decides.
    fn has_failed(&self) -> bool {
        let state = Standing::of(&self.facts.within_window(), self.capabilities()).state;
        matches!(state, MessageState::Failed | MessageState::DispatchFailed)
    }

    /// Which watermarks cover it; `None` where none can: on a channel that has none, or because it failed, or as long as
    /// nobody says when it left.
    pub fn coverable(&self) -> Option<Coverable> {
        let told = self.attribution().channel.is_some_and(has_watermarks);
        let thread = self.thread().filter(|_| told)?;
        let times = self.facts.within_window().times;
        let left = times.get(StatusKind::Sent);
        let left = left.or(times.get(StatusKind::Dispatched))?;
        let until = self.origin() + STATUS_WINDOW;
        (!self.has_failed()).then_some(Coverable {
            thread,
            left,
            until,
        })
    }

    /// Whether a session was open when it was sent: as the sender states, else as derived.
    pub fn session_open(&self) -> Option<bool> {
        self.registered
            .as_ref()
            .and_then(|registered| registered.session_open)
            .or(self.session_derived)
    }

    /// Who opened its conversation, where the provider says so within the window.
    pub fn conversation_type(&self) -> Option<ConversationType> {
        let counted = self.facts.within_window();
        counted.stated.conversation.as_ref()?.value.kind()
    }

    /// The id of a kind that statuses tell of it, as far as it counts. What was registered goes before it.
    pub fn told_id(&self, kind: IdKind) -> Option<&str> {
        let stated = &self.facts.stated;
        match kind {
            IdKind::ConversationId => {
                let said = stated.conversation.as_ref()?;
                let counts = !self.facts.is_late(said.at);
                said.value.id.as_deref().filter(|_| counts)
            }
            // No status by itself: whenever it was said, it stays.
            IdKind::CorrelationId => Some(stated.correlation_id.as_ref()?.value.as_str()),
            _ => None,
        }
    }

    /// The thread that it belongs to, where both ends are known.
    pub fn thread(&self) -> Option<ThreadKey> {
        Some(ThreadKey {
            workspace: self.workspace,
            channel_account: self.attribution().channel_account?,
            contact: self.contact()?,
        })
    }

    /// The message as its thread sees it.
    pub fn as_send(&self) -> Send {
        Send {
            id: self.id,
            origin: self.origin(),
            rank: self.rank,
            failed: self.has_failed(),
        }
    }
}

/// One contact on one channel account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ThreadKey {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The business's end.
    pub channel_account: NameId,
    /// The other end.
    pub contact: ContactId,
}
