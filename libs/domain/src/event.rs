//! Events: the items that callers hand in, by external ids, before storage turns those into numbers.

use std::sync::Arc;

use crate::contact::ContactRef;
use crate::evidence::{Echoed, StatusEvidence};
use crate::identity::MessageNames;
use crate::ids::Digest;
use crate::inbound::InboundEvidence;
use crate::kinds::ContentType;
use crate::names::{Dimension, Label, Mention, channel_account, error_code_id};
use crate::registration::{Content, Registration};
use crate::time::Timestamp;
use crate::watermark::WatermarkEvidence;

/// One thing to take in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What it is.
    pub item: Item,
    /// When it reached the business's side.
    pub received_at: Timestamp,
}

/// What an event is; what it says is shared, not copied, by whoever holds the event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// An outbound message, described by its sender.
    Registration(Arc<Registration>),
    /// Something that happened to an outbound message.
    Status(Arc<StatusItem>),
    /// A message from a contact.
    Inbound(Arc<InboundEvidence>),
    /// Something that happened to all that was sent to a contact up to a time.
    Watermark(Arc<WatermarkEvidence>),
}

/// A status as it was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusItem {
    /// What its message is known by.
    pub names: MessageNames,
    /// What happened. Its sender has no number yet (0) and it has no recipient yet: both follow from external ids.
    pub evidence: StatusEvidence,
    /// The recipient, if told; the sender is then told too.
    pub recipient: Option<ContactRef>,
    /// The sender's phone number, where its provider tells that beside an id; the sender is then told too. It names a channel
    /// account and is no evidence.
    pub sender_phone: Option<String>,
    /// What the message holds, where its provider passes on what another platform sent.
    pub echo: Option<Box<Echo>>,
}

/// What a provider tells of a message that another platform sent in the business's name. A registration knows better.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Echo {
    /// What it holds.
    pub content_type: ContentType,
    /// What it says.
    pub content: Content,
}

impl Echo {
    /// What is counted of it, told by `evidence`.
    pub fn told_by(&self, evidence: &StatusEvidence) -> Echoed {
        let said = serde_json::json!([self.content_type, self.content]);
        Echoed {
            at: evidence.at,
            provider: evidence.provider,
            digest: Digest::of(&[b"echo", said.to_string().as_bytes()]),
            content_type: self.content_type,
        }
    }
}

impl Item {
    /// Every external id that it refers to, with what it calls them.
    pub fn mentions(&self) -> Vec<Mention> {
        match self {
            Self::Registration(registration) => {
                let mut mentions = registration.mentions();
                let evidence = registration.evidence();
                mentions.extend(evidence.iter().flat_map(words));
                mentions
            }
            Self::Status(status) => {
                let evidence = &status.evidence;
                let sender = evidence.sender.as_ref().map(|sender| {
                    channel_account(sender.channel, &sender.external_id, None, evidence.at)
                        .with_told_phone(status.sender_phone.as_deref())
                });
                sender.into_iter().chain(words(evidence)).collect()
            }
            Self::Inbound(inbound) => inbound.mentions(),
            Self::Watermark(watermark) => watermark.mentions(),
        }
    }
}

/// The provider's own words that reports tell apart: the code of a failure, and what a price is called.
fn words(evidence: &StatusEvidence) -> impl Iterator<Item = Mention> {
    let failure = evidence.as_failure();
    let code = failure
        .filter(|failure| !failure.report.code.is_empty())
        .map(|failure| error_code_id(failure.provider, &failure.report.code));
    let priced = evidence.pricing.as_ref();
    let category = priced.and_then(|pricing| pricing.category.clone());
    let price_type = priced.and_then(|pricing| pricing.price_type.clone());
    let at = evidence.at;
    [
        (Dimension::ErrorCode, code),
        (Dimension::PricingCategory, category),
        (Dimension::PricingType, price_type),
    ]
    .into_iter()
    .filter_map(move |(dimension, word)| {
        Some(Mention {
            dimension,
            external_id: word.filter(|word| !word.is_empty())?,
            label: Label::default(),
            at,
        })
    })
}
