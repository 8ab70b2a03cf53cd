//! What a payload says, flat and for people.

use acuse_domain::time::Timestamp;
use acuse_proto::convert::timestamp;
use acuse_proto::ingestion::{WebhookExplanation, WebhookFindingKind};
use acuse_providers::{Explanation, ExplanationKind, Meaning, Reading, explain};

/// One explanation for each finding, in their order.
pub(super) fn all(reading: &Reading) -> Vec<WebhookExplanation> {
    let explanations = explain(&Ok(reading.clone()));
    let meanings = reading.findings.iter().map(|finding| &finding.meaning);
    meanings
        .zip(explanations)
        .map(|(meaning, told)| with_times(meaning, to_wire(told)))
        .collect()
}

/// Adds times, which the explanation has as text.
fn with_times(meaning: &Meaning, told: WebhookExplanation) -> WebhookExplanation {
    let (happened_at, up_to, expires_at): (Option<Timestamp>, _, _) = match meaning {
        Meaning::Status(status) => {
            let conversation = status.evidence.conversation.as_ref();
            let expires_at = conversation.and_then(|conversation| conversation.expires_at);
            (Some(status.evidence.at), None, expires_at)
        }
        Meaning::Watermark(watermark) => (Some(watermark.at), Some(watermark.up_to), None),
        Meaning::Inbound(inbound) => (Some(inbound.at), None, None),
        Meaning::NotUnderstood(_) => (None, None, None),
    };
    WebhookExplanation {
        happened_at: happened_at.map(timestamp),
        up_to: up_to.map(timestamp),
        conversation_expires_at: expires_at.map(timestamp),
        ..told
    }
}

fn kind(kind: ExplanationKind) -> WebhookFindingKind {
    match kind {
        ExplanationKind::Status => WebhookFindingKind::Status,
        ExplanationKind::Inbound => WebhookFindingKind::Inbound,
        ExplanationKind::Echo => WebhookFindingKind::Echo,
        ExplanationKind::Watermark => WebhookFindingKind::Watermark,
        // A payload of which nothing can be read is refused before.
        _ => WebhookFindingKind::NotUnderstood,
    }
}

fn to_wire(told: Explanation) -> WebhookExplanation {
    let word = |word: Option<&'static str>| word.unwrap_or_default().to_owned();
    WebhookExplanation {
        kind: kind(told.kind).into(),
        id: told.id.unwrap_or_default(),
        evidence: told.evidence.unwrap_or_default(),
        happened_at: None,
        from: told.from.unwrap_or_default(),
        to: told.to.unwrap_or_default(),
        contact_name: told.contact_name.unwrap_or_default(),
        business_scoped_user_id: told.business_scoped_user_id.unwrap_or_default(),
        group: told.group.unwrap_or_default(),
        participant: told.participant.unwrap_or_default(),
        up_to: None,
        inbound_kind: word(told.inbound_kind),
        content_type: word(told.content_type),
        text: told.text.unwrap_or_default(),
        media_id: told.media_id.unwrap_or_default(),
        media_type: told.media_type.unwrap_or_default(),
        button_id: told.button_id.unwrap_or_default(),
        button_title: told.button_title.unwrap_or_default(),
        quoted: told.quoted.unwrap_or_default(),
        deleted: told.deleted,
        error_code: told.error_code.unwrap_or_default(),
        error_title: told.error_title.unwrap_or_default(),
        error_detail: told.error_detail.unwrap_or_default(),
        billable: told.billable,
        pricing_model: told.pricing_model.unwrap_or_default(),
        pricing_category: told.pricing_category.unwrap_or_default(),
        pricing_type: told.pricing_type.unwrap_or_default(),
        conversation_id: told.conversation_id.unwrap_or_default(),
        conversation_origin: told.conversation_origin.unwrap_or_default(),
        conversation_expires_at: None,
        correlation_id: told.correlation_id.unwrap_or_default(),
        reason: word(told.reason),
        detail: told.detail.unwrap_or_default(),
        scope: told.scope.unwrap_or_default(),
        channel: word(told.channel),
        header: told.header.unwrap_or_default(),
        file_name: told.file_name.unwrap_or_default(),
        channel_account: told.channel_account.unwrap_or_default(),
    }
}
