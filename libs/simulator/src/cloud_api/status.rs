//! An entry of `statuses`.

use acuse_proto::types::{Conversation, Failure, Pricing, StatusEvidence, StatusKind};
use serde_json::{Map, Value, json};

use super::seconds;

const ERROR_CODES: &str =
    "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/";

/// Meta's word for what happened; `None` for what only the sender can tell.
pub(super) fn word(kind: StatusKind) -> Option<&'static str> {
    match kind {
        StatusKind::Sent => Some("sent"),
        StatusKind::Delivered => Some("delivered"),
        StatusKind::Read => Some("read"),
        StatusKind::Played => Some("played"),
        StatusKind::Failed => Some("failed"),
        StatusKind::Deleted => Some("deleted"),
        StatusKind::Unspecified
        | StatusKind::Queued
        | StatusKind::Dispatched
        | StatusKind::DispatchFailed => None,
    }
}

/// The entry for a status.
pub(super) fn status(evidence: &StatusEvidence) -> Value {
    let recipient = evidence.recipient.as_ref();
    let mut told = json!({
        "id": evidence.provider_message_id.as_ref().map(|id| &id.id),
        "status": word(evidence.kind()),
        "timestamp": seconds(evidence.happened_at.as_ref()),
        "recipient_id": recipient.and_then(|contact| contact.channel_user_id.as_ref()),
    });
    if let Some(data) = &evidence.correlation_id {
        told["biz_opaque_callback_data"] = json!(data);
    }
    if let Some(conversation) = &evidence.conversation {
        told["conversation"] = self::conversation(conversation);
    }
    if let Some(pricing) = &evidence.pricing {
        told["pricing"] = self::pricing(pricing);
    }
    if let Some(failure) = &evidence.failure {
        told["errors"] = json!([error(failure)]);
    }
    told
}

fn conversation(conversation: &Conversation) -> Value {
    told([
        ("id", conversation.id.clone().map(Value::from)),
        (
            "expiration_timestamp",
            seconds(conversation.expires_at.as_ref()).map(Value::from),
        ),
        (
            "origin",
            conversation
                .origin_type
                .as_ref()
                .map(|origin| json!({"type": origin})),
        ),
    ])
}

fn pricing(pricing: &Pricing) -> Value {
    told([
        ("billable", pricing.billable.map(Value::from)),
        ("pricing_model", pricing.model.clone().map(Value::from)),
        ("category", pricing.category.clone().map(Value::from)),
        ("type", pricing.r#type.clone().map(Value::from)),
    ])
}

fn error(failure: &Failure) -> Value {
    let code = failure.code.as_ref().map(|code| {
        let number = code.parse::<u64>().map(Value::from);
        number.unwrap_or_else(|_| Value::from(code.as_str()))
    });
    told([
        ("code", code),
        ("title", failure.title.clone().map(Value::from)),
        // Meta says it twice.
        ("message", failure.title.clone().map(Value::from)),
        (
            "error_data",
            failure
                .detail
                .as_ref()
                .map(|detail| json!({"details": detail})),
        ),
        ("href", Some(Value::from(ERROR_CODES))),
    ])
}

/// An object of what there is to tell.
fn told<const N: usize>(fields: [(&str, Option<Value>); N]) -> Value {
    let present = fields
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(present.collect::<Map<_, _>>())
}
