//! Evidence: what somebody said happened to an outbound message.
//!
//! Providers report late, twice and out of order, so nothing is a transition. A message's state is a function of the
//! set of evidence (see [`crate::facts`]), and a piece of evidence is the same piece however often it comes.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::ids::{ContactId, Digest, NameId};
use crate::kinds::{Channel, ContentType, ConversationType, Provider, Stage, StatusKind};
use crate::time::Timestamp;

/// One status of one outbound message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusEvidence {
    /// What happened.
    pub kind: StatusKind,
    /// When it happened; where the provider gives no time, when it was received.
    pub at: Timestamp,
    /// Whether `at` is the time of receipt, because the provider gave none.
    #[serde(default, skip_serializing_if = "is_false")]
    pub at_is_receipt: bool,
    /// Who says so.
    pub provider: Provider,
    /// In a group: the member whose device this is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub participant: Option<String>,
    /// Why it failed; only with `Failed` and `DispatchFailed`, and even there it may be missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<FailureReport>,
    /// The number of the failure's code in the directory; follows from the code, and is not part of what was said.
    #[serde(skip)]
    pub error_code: Option<NameId>,
    /// What the provider charges for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pricing: Option<Pricing>,
    /// The provider's conversation that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<Conversation>,
    /// The sending identity, as the provider names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<SenderIdentity>,
    /// The recipient, as the provider names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<Recipient>,
    /// The sender's own text, carried through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
}

impl StatusEvidence {
    /// Evidence that says no more than what happened when.
    pub fn new(kind: StatusKind, at: Timestamp, provider: Provider) -> Self {
        Self {
            kind,
            at,
            at_is_receipt: false,
            provider,
            participant: None,
            failure: None,
            error_code: None,
            pricing: None,
            conversation: None,
            sender: None,
            recipient: None,
            correlation_id: None,
        }
    }

    /// What a repetition of this evidence is known by. A time of receipt is left out: it differs each time.
    pub fn digest(&self) -> Digest {
        let mut said = Cow::Borrowed(self);
        if said.at_is_receipt {
            said.to_mut().at = Timestamp::default();
        }
        // Serialising a plain struct into memory cannot fail; an empty text would still be a valid, if weak, digest.
        let bytes = serde_json::to_vec(&said).unwrap_or_default();
        Digest::of(&[b"status", &bytes])
    }

    /// The failure that this evidence tells of, if it is one.
    pub fn as_failure(&self) -> Option<Failure> {
        if !matches!(self.kind, StatusKind::Failed | StatusKind::DispatchFailed) {
            return None;
        }
        let report = self.failure.clone().unwrap_or_default();
        Some(Failure {
            at: self.at,
            provider: self.provider,
            report,
            error_code: self.error_code,
        })
    }

    /// `value` with the rank of this evidence among others that state the same attribute.
    pub fn ranked<T>(&self, value: T) -> Ranked<T> {
        Ranked {
            at: self.at,
            kind: self.kind,
            provider: self.provider,
            value,
        }
    }
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// Why a message failed, in the provider's words. Branch on codes, never on titles.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct FailureReport {
    /// The provider's code, as text: codes are unique within a provider only.
    pub code: String,
    /// The provider's short text.
    pub title: String,
    /// The provider's long text.
    pub detail: String,
    /// The stage at which it failed, where the provider says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
}

/// A failure with its time. Of two failures the lesser stands; the order of the members is the order of comparison.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Failure {
    /// When it failed.
    pub at: Timestamp,
    /// Who gave up.
    pub provider: Provider,
    /// Why.
    pub report: FailureReport,
    /// The number of the code in the directory, where there is a code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_code: Option<NameId>,
}

/// What the provider charges. Texts are the provider's own: new ones appear without notice.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Pricing {
    /// Whether it is charged, where the provider says so.
    pub billable: Option<bool>,
    /// The category charged, e.g. `marketing`.
    pub category: Option<String>,
    /// The type of price, e.g. `regular`.
    pub price_type: Option<String>,
    /// The pricing model, e.g. `PMP`.
    pub model: Option<String>,
    /// The numbers of category and type in the directory; they follow from the texts, and are not part of what was said.
    #[serde(skip)]
    pub names: PricingNames,
}

/// By what numbers the directory knows the words of a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct PricingNames {
    /// The category's, where there is one.
    pub category: Option<NameId>,
    /// The type's, where there is one.
    pub price_type: Option<NameId>,
}

/// The provider's conversation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Conversation {
    /// The provider's id.
    pub id: Option<String>,
    /// The provider's word for who opened it.
    pub origin: Option<String>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

impl Conversation {
    /// Who opened it, where the origin is a known one.
    pub fn kind(&self) -> Option<ConversationType> {
        self.origin
            .as_deref()
            .and_then(ConversationType::from_origin)
    }
}

/// A sending identity as a status names it, with the number that stands for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SenderIdentity {
    /// The channel.
    pub channel: Channel,
    /// External id of the channel account.
    pub external_id: String,
    /// Its number in the directory; follows from `external_id`, and is not part of what was said.
    #[serde(skip)]
    pub name: NameId,
}

/// A recipient as a status names them, with the contact that they are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Recipient {
    /// Digest of the addresses given; orders recipients that differ.
    pub addresses: Digest,
    /// The phone number or id that it went to, as given; `None` where only the business's own id is. The digest is the same for
    /// every writing of a number, and so is the piece of evidence: of several writings the least is shown.
    #[serde(skip)]
    pub destination: Option<String>,
    /// The contact; follows from the addresses, and is not part of what was said.
    #[serde(skip)]
    pub contact: ContactId,
}

/// What a provider tells of a message that another platform sent, as far as it is counted. Of two the lesser stands; the
/// order of the members is the order of comparison.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Echoed {
    /// When it was sent.
    pub at: Timestamp,
    /// Who says so.
    pub provider: Provider,
    /// Digest of all that is told of it, its text included.
    pub digest: Digest,
    /// What it holds.
    pub content_type: ContentType,
}

/// A value with the rank of the evidence that stated it: the least by (time, kind, provider, value) stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Ranked<T> {
    /// When what the evidence tells of happened.
    pub at: Timestamp,
    /// What it tells of.
    pub kind: StatusKind,
    /// Who says so.
    pub provider: Provider,
    /// The value stated.
    pub value: T,
}
