//! What a body means, for people: one flat object for each finding.

use acuse_domain::contact::ContactRef;
use acuse_domain::event::StatusItem;
use acuse_domain::identity::ProviderMessageId;
use acuse_domain::inbound::InboundEvidence;
use acuse_domain::registration::Content;
use acuse_domain::time::Timestamp;
use acuse_domain::watermark::WatermarkEvidence;
use serde::Serialize;

use crate::reading::{Finding, Malformed, Meaning, NotUnderstood, Reading, Reason};

/// What kind of thing a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ExplanationKind {
    /// Something happened to an outbound message.
    Status,
    /// A message from a contact, or the news that they deleted it.
    Inbound,
    /// An outbound message that another platform sent.
    Echo,
    /// Something happened to all that was sent to a contact up to a time.
    Watermark,
    /// Something from which no evidence follows, or a body with nothing in it.
    NotUnderstood,
    /// The body is none of the provider's: its sender is told so, and nothing is kept.
    Rejected,
}

/// One finding, flat. It holds text of messages and phone numbers: for those who handed in the body, not for logs. What
/// is absent is left out where it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// What it is.
    pub kind: ExplanationKind,
    /// Where in the body; empty for the whole of it.
    pub path: String,
    /// The provider's id of the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What makes that id unique where it alone does not: the recipient of a Sinch SMS batch, a Telegram chat.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The channel, e.g. `whatsapp`; absent where a status names no sender.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<&'static str>,
    /// What happened: the name of the status, e.g. `delivered`; of what is not understood the provider's own word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// When it happened, RFC 3339 in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub happened_at: Option<String>,
    /// Whether that is the time of receipt, because the provider gave no usable one.
    #[serde(skip_serializing_if = "is_false")]
    pub time_is_receipt: bool,
    /// External id of the channel account, where `from` or `to` is a number of its.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_account: Option<String>,
    /// Who sent the message: the contact's address of an inbound one, or the member's in a group; of an outbound one the channel
    /// account's number, where the payload tells it, else its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Whom it is to: of an inbound message the channel account's number, or the one of several that was written to, where the
    /// payload tells it, else the account's id; the contact's address of an outbound one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// What the contact is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_name: Option<String>,
    /// The contact's id that holds for all numbers of one business.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub business_scoped_user_id: Option<String>,
    /// Of an inbound message: the group that it was written in, which is its contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// In a group: the member to whom it happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub participant: Option<String>,
    /// Of a watermark: it covers what was sent by then; RFC 3339 in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub up_to: Option<String>,
    /// What an inbound message is: `regular`, `reaction`, `system` or `call`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inbound_kind: Option<&'static str>,
    /// What an inbound message, or an echo, holds, e.g. `image`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<&'static str>,
    /// What it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Its header, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// The provider's id of its medium.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_id: Option<String>,
    /// The medium's MIME type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// The medium's file name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    /// The id of the button or list row that the contact chose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub button_id: Option<String>,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub button_title: Option<String>,
    /// The message that it quotes, or reacts to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quoted: Option<String>,
    /// Whether the contact deleted it.
    #[serde(skip_serializing_if = "is_false")]
    pub deleted: bool,
    /// The provider's code of a failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_title: Option<String>,
    /// Its long text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_detail: Option<String>,
    /// Whether the message is charged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billable: Option<bool>,
    /// How it is charged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pricing_model: Option<String>,
    /// Which price applies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pricing_category: Option<String>,
    /// Kind of the charge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pricing_type: Option<String>,
    /// The provider's id of the conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<String>,
    /// What began it, in the provider's word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation_origin: Option<String>,
    /// When it ends, RFC 3339 in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation_expires_at: Option<String>,
    /// The sender's own text, given back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
    /// Why no evidence follows; `nothing_to_take_in` for a body with nothing in it, `malformed` for one that is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// What that is about, without text of messages and phone numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// What [`crate::read`] gave, one explanation for each finding, in their order. A body with nothing in it and one that is
/// none are explained too, so that there is always at least one.
pub fn explain(read: &Result<Reading, Malformed>) -> Vec<Explanation> {
    match read {
        Err(malformed) => vec![Explanation {
            reason: Some(Reason::Malformed.as_str()),
            detail: Some(malformed.to_string()),
            ..Explanation::new(ExplanationKind::Rejected, "")
        }],
        Ok(reading) if reading.findings.is_empty() => vec![Explanation {
            reason: Some("nothing_to_take_in"),
            detail: Some("there is nothing in it to take in".to_owned()),
            ..Explanation::new(ExplanationKind::NotUnderstood, "")
        }],
        Ok(reading) => reading.findings.iter().map(of_finding).collect(),
    }
}

fn of_finding(finding: &Finding) -> Explanation {
    match &finding.meaning {
        Meaning::Status(status) => of_status(finding, status),
        Meaning::Watermark(watermark) => of_watermark(&finding.path, watermark),
        Meaning::Inbound(inbound) => of_inbound(finding, inbound),
        Meaning::NotUnderstood(what) => of_unknown(&finding.path, what),
    }
}

fn of_status(finding: &Finding, status: &StatusItem) -> Explanation {
    let ends = finding.ends.clone();
    let evidence = &status.evidence;
    let recipient = status.recipient.as_ref();
    let pricing = evidence.pricing.clone().unwrap_or_default();
    let conversation = evidence.conversation.clone().unwrap_or_default();
    let failure = evidence.failure.clone().unwrap_or_default();
    let own = status.names.provider.as_ref();
    let id = own.map(|id| id.id.clone());
    let sender = evidence.sender.as_ref();
    let account = sender.map(|sender| sender.external_id.clone());
    let (kind, content_type, content) = match status.echo.as_deref() {
        Some(echo) => (
            ExplanationKind::Echo,
            Some(echo.content_type.as_str()),
            echo.content.clone(),
        ),
        None => (ExplanationKind::Status, None, Content::default()),
    };
    Explanation {
        id: id.or_else(|| status.names.sender.clone()),
        scope: own.and_then(scope),
        channel: sender.map(|sender| sender.channel.as_str()),
        evidence: Some(evidence.kind.as_str().to_owned()),
        happened_at: Some(rfc3339(evidence.at)),
        time_is_receipt: evidence.at_is_receipt,
        channel_account: account.clone().filter(|_| status.sender_phone.is_some()),
        from: status.sender_phone.clone().or(account).or(ends.from),
        to: recipient.and_then(address).or(ends.to),
        contact_name: recipient.and_then(|it| it.name.clone()),
        business_scoped_user_id: recipient.and_then(|it| it.business_scoped_user_id.clone()),
        participant: evidence.participant.clone(),
        error_code: some_text(failure.code),
        error_title: some_text(failure.title),
        error_detail: some_text(failure.detail),
        billable: pricing.billable,
        pricing_model: pricing.model,
        pricing_category: pricing.category,
        pricing_type: pricing.price_type,
        conversation_id: conversation.id,
        conversation_origin: conversation.origin,
        conversation_expires_at: conversation.expires_at.map(rfc3339),
        correlation_id: evidence.correlation_id.clone(),
        content_type,
        text: content.body,
        header: content.header,
        media_id: content.media_id,
        media_type: content.media_type,
        file_name: content.file_name,
        ..Explanation::new(kind, &finding.path)
    }
}

fn of_watermark(path: &str, watermark: &WatermarkEvidence) -> Explanation {
    Explanation {
        channel: Some(watermark.channel.as_str()),
        evidence: Some(watermark.kind.as_str().to_owned()),
        happened_at: Some(rfc3339(watermark.at)),
        up_to: Some(rfc3339(watermark.up_to)),
        from: Some(watermark.channel_account.id.clone()),
        to: address(&watermark.contact),
        ..Explanation::new(ExplanationKind::Watermark, path)
    }
}

fn of_inbound(finding: &Finding, inbound: &InboundEvidence) -> Explanation {
    let contact = address(&inbound.contact);
    let (from, group) = match finding.participant.clone() {
        Some(member) => (Some(member), contact),
        None => (contact, None),
    };
    let to = finding.ends.to.clone();
    let to = to.or_else(|| inbound.channel_account_phone.clone());
    let account = inbound.channel_account.id.clone();
    let content = inbound.content.clone();
    let (button_id, button_title) = match inbound.button.clone() {
        Some(button) => (button.id, button.title),
        None => (None, None),
    };
    Explanation {
        id: Some(inbound.id.id.clone()),
        scope: scope(&inbound.id),
        channel: Some(inbound.channel.as_str()),
        happened_at: Some(rfc3339(inbound.at)),
        time_is_receipt: inbound.at_is_receipt,
        channel_account: to.as_ref().map(|_| account.clone()),
        from,
        group,
        to: to.or(Some(account)),
        contact_name: inbound.contact.name.clone(),
        business_scoped_user_id: inbound.contact.business_scoped_user_id.clone(),
        inbound_kind: Some(inbound.kind.as_str()),
        content_type: Some(inbound.content_type.as_str()),
        text: content.body,
        header: content.header,
        media_id: content.media_id,
        media_type: content.media_type,
        file_name: content.file_name,
        button_id,
        button_title,
        quoted: inbound.quoted.as_ref().map(|id| id.id.clone()),
        deleted: inbound.deleted,
        ..Explanation::new(ExplanationKind::Inbound, &finding.path)
    }
}

fn of_unknown(path: &str, what: &NotUnderstood) -> Explanation {
    Explanation {
        id: what.id.clone(),
        evidence: what.kind.clone(),
        reason: Some(what.reason.as_str()),
        detail: Some(what.detail.clone()),
        ..Explanation::new(ExplanationKind::NotUnderstood, path)
    }
}

/// The one address that people know a contact by best.
fn address(contact: &ContactRef) -> Option<String> {
    let destination = contact.destination();
    let best = destination.or(contact.external_id.as_deref());
    best.map(str::to_owned)
}

fn scope(id: &ProviderMessageId) -> Option<String> {
    some_text(id.scope.clone())
}

fn rfc3339(at: Timestamp) -> String {
    at.to_string()
}

fn some_text(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

fn is_false(flag: &bool) -> bool {
    !flag
}

impl Explanation {
    fn new(kind: ExplanationKind, path: &str) -> Self {
        Self {
            kind,
            path: path.to_owned(),
            id: None,
            scope: None,
            channel: None,
            evidence: None,
            happened_at: None,
            time_is_receipt: false,
            channel_account: None,
            from: None,
            to: None,
            contact_name: None,
            business_scoped_user_id: None,
            group: None,
            participant: None,
            up_to: None,
            inbound_kind: None,
            content_type: None,
            text: None,
            header: None,
            media_id: None,
            media_type: None,
            file_name: None,
            button_id: None,
            button_title: None,
            quoted: None,
            deleted: false,
            error_code: None,
            error_title: None,
            error_detail: None,
            billable: None,
            pricing_model: None,
            pricing_category: None,
            pricing_type: None,
            conversation_id: None,
            conversation_origin: None,
            conversation_expires_at: None,
            correlation_id: None,
            reason: None,
            detail: None,
        }
    }
}
