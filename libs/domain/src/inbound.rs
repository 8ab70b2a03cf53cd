//! Inbound messages: what contacts wrote.

use serde::{Deserialize, Serialize};

use crate::contact::ContactRef;
use crate::identity::ProviderMessageId;
use crate::ids::{ContactId, Digest, MessageId, NameId, WorkspaceId};
use crate::kinds::{Channel, ContentType, InboundKind, Provider, ReplyAttribution};
use crate::names::{Mention, channel_account};
use crate::outbound::ThreadKey;
use crate::registration::{Content, NamedRef};
use crate::time::Timestamp;

/// One inbound message, or the news that the contact deleted it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundEvidence {
    /// The provider's id.
    pub id: ProviderMessageId,
    /// The channel.
    pub channel: Channel,
    /// To which identity of the business.
    pub channel_account: NamedRef,
    /// That identity's phone number, where its provider tells it beside an id.
    pub channel_account_phone: Option<String>,
    /// From whom.
    pub contact: ContactRef,
    /// When the provider received it.
    pub at: Timestamp,
    /// Whether `at` is Acuse's own time of receipt, because the provider gave none.
    pub at_is_receipt: bool,
    /// What it is.
    pub kind: InboundKind,
    /// What it holds.
    pub content_type: ContentType,
    /// What it says.
    pub content: Content,
    /// The message that it quotes.
    pub quoted: Option<ProviderMessageId>,
    /// The button or list row that was clicked.
    pub button: Option<ButtonClick>,
    /// Whether the contact deleted it.
    pub deleted: bool,
}

/// A click on a quick-reply button or a list row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ButtonClick {
    /// The id or payload that the business gave it.
    pub id: Option<String>,
    /// What it said.
    pub title: Option<String>,
}

impl InboundEvidence {
    /// What a repetition of this evidence is known by; of two that differ the lesser by (time, provider, digest)
    /// stands. Names are no part of it, nor is a time of receipt.
    pub fn digest(&self) -> Digest {
        let at = if self.at_is_receipt {
            Timestamp::default()
        } else {
            self.at
        };
        let quoted = self.quoted.as_ref().map(|id| id.outbound_key().0);
        let canonical = serde_json::json!([
            self.channel,
            self.channel_account.id,
            self.contact
                .digest(self.channel, &self.channel_account.id)
                .0,
            at.micros(),
            self.kind,
            self.content_type,
            self.content,
            quoted,
            self.button,
            self.deleted,
        ]);
        Digest::of(&[b"inbound", canonical.to_string().as_bytes()])
    }

    /// The external ids that it refers to.
    pub fn mentions(&self) -> Vec<Mention> {
        let account = &self.channel_account;
        let mention = channel_account(self.channel, &account.id, account.name.clone(), self.at);
        vec![mention.with_told_phone(self.channel_account_phone.as_deref())]
    }
}

/// An inbound message as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbound {
    /// Whose it is.
    pub workspace: WorkspaceId,
    /// Acuse's id.
    pub id: MessageId,
    /// Rank of its key: orders messages of one instant.
    pub rank: i64,
    /// Who reported the piece of evidence that stands.
    pub provider: Provider,
    /// That piece's digest.
    pub digest: Digest,
    /// When the provider received it.
    pub at: Timestamp,
    /// The channel.
    pub channel: Channel,
    /// To which identity of the business.
    pub channel_account: NameId,
    /// From whom.
    pub contact: ContactId,
    /// What it is.
    pub kind: InboundKind,
    /// What it holds.
    pub content_type: ContentType,
    /// Whether it is a click on a button or list row.
    pub is_click: bool,
    /// The key under which an outbound message that it quotes is known.
    pub quoted: Option<Digest>,
    /// Whether the contact deleted it.
    pub deleted: bool,
    /// The outbound message that it answers.
    pub reply: Option<Reply>,
}

/// What an inbound message answers, and what it takes from there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reply {
    /// The outbound message.
    pub to: MessageId,
    /// How it came to be a reply to it.
    pub how: ReplyAttribution,
    /// The sub-account of the message answered.
    pub account: Option<NameId>,
    /// Its campaign.
    pub campaign: Option<NameId>,
    /// Its agent.
    pub agent: Option<NameId>,
    /// Its team.
    pub team: Option<NameId>,
    /// Its department.
    pub department: Option<NameId>,
}

impl Inbound {
    /// Whether it counts as received and may be a reply.
    pub fn counts(&self) -> bool {
        self.kind == InboundKind::Regular && !self.deleted
    }

    /// Whether it opened a WhatsApp session: whatever the contact themselves did.
    pub fn opens_session(&self) -> bool {
        self.channel == Channel::WhatsApp && self.kind != InboundKind::System
    }

    /// The thread that it belongs to.
    pub fn thread(&self) -> ThreadKey {
        ThreadKey {
            workspace: self.workspace,
            channel_account: self.channel_account,
            contact: self.contact,
        }
    }

    /// Takes in another piece of evidence on the same message: the lesser stands, a deletion stays. Tells whether the
    /// other piece now stands.
    pub fn merge(&mut self, other: Self) -> bool {
        let deleted = self.deleted || other.deleted;
        let wins = (other.at, other.provider, other.digest) < (self.at, self.provider, self.digest);
        if wins {
            *self = Self {
                id: self.id,
                rank: self.rank,
                reply: self.reply,
                ..other
            };
        }
        self.deleted = deleted;
        wins
    }
}
