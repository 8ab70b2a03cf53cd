//! Evidence for the wire.

use acuse_domain::contact::ContactRef;
use acuse_domain::dispatch::DispatchFailureReason;
use acuse_domain::evidence::{Conversation, FailureReport, Pricing, StatusEvidence};
use acuse_domain::kinds::StatusKind;

use super::time::timestamp;
use crate::types;

/// A status without the ids of its message, and without what the message holds.
pub(crate) fn status(
    evidence: StatusEvidence,
    recipient: Option<ContactRef>,
) -> types::StatusEvidence {
    let failure = evidence.failure.map(|report| match evidence.kind {
        StatusKind::DispatchFailed => dispatch_failure(report),
        _ => provider_failure(report),
    });
    let (channel, channel_account_id) = evidence
        .sender
        .map(|sender| {
            (
                types::Channel::from(sender.channel).into(),
                sender.external_id,
            )
        })
        .unzip();
    types::StatusEvidence {
        sender_message_id: None,
        provider_message_id: None,
        kind: types::StatusKind::from(evidence.kind).into(),
        happened_at: Some(timestamp(evidence.at)),
        provider: Some(types::Provider::from(evidence.provider).into()),
        failure,
        pricing: evidence.pricing.map(Into::into),
        conversation: evidence.conversation.map(Into::into),
        recipient: recipient.map(Into::into),
        channel,
        channel_account_id,
        correlation_id: evidence.correlation_id,
        participant_id: evidence.participant,
        echo: None,
        channel_account_phone: None,
    }
}

/// A failure by a provider.
pub fn provider_failure(report: FailureReport) -> types::Failure {
    types::Failure {
        code: some_text(report.code),
        title: some_text(report.title),
        detail: some_text(report.detail),
        stage: report.stage.map(|stage| types::Stage::from(stage).into()),
        dispatch_reason: None,
    }
}

/// A failure to leave the platform, whose code is the reason's name.
pub fn dispatch_failure(report: FailureReport) -> types::Failure {
    match DispatchFailureReason::parse(&report.code) {
        Some(reason) => types::Failure {
            code: None,
            dispatch_reason: Some(types::DispatchFailureReason::from(reason).into()),
            ..provider_failure(report)
        },
        None => provider_failure(report),
    }
}

fn some_text(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

impl From<Pricing> for types::Pricing {
    fn from(pricing: Pricing) -> Self {
        Self {
            billable: pricing.billable,
            model: pricing.model,
            category: pricing.category,
            r#type: pricing.price_type,
        }
    }
}

impl From<Conversation> for types::Conversation {
    fn from(conversation: Conversation) -> Self {
        Self {
            id: conversation.id,
            origin_type: conversation.origin,
            expires_at: conversation.expires_at.map(timestamp),
        }
    }
}
