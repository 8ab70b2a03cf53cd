//! Statuses of outbound messages.

use acuse_domain::contact::ContactRef;
use acuse_domain::event::StatusItem;
use acuse_domain::evidence::StatusEvidence;
use acuse_domain::kinds::{Provider, StatusKind};
use acuse_domain::time::Timestamp;

use super::errors;
use super::people::stated;
use super::value::Context;
use crate::charge;
use crate::item;
use crate::json::Node;
use crate::limits::{SHORT, shown};
use crate::party::is_somebody;
use crate::reading::{Findings, Meaning, NotUnderstood, Reason};

/// What a warning is called, which says that nothing happened.
const WARNING: &str = "warning";

/// Reads one status. What it says besides, and cannot be evidence, is noted beside it.
pub(super) fn read(status: Node<'_>, path: &str, context: &Context<'_>, findings: &mut Findings) {
    let id = context.outbound_id(status);
    let mut unknown = |what: NotUnderstood| {
        let word = status.get("status").text();
        let what = NotUnderstood {
            id: id.short(),
            kind: word.map(|word| shown(&word)),
            ..what
        };
        findings.not_understood(path, what);
    };
    let subject = status.get("type").word();
    if let Some(subject) = subject.filter(|subject| subject != "message") {
        let detail = format!("status of a {}", shown(&subject));
        return unknown(NotUnderstood::new(Reason::NotAMessage, detail));
    }
    let kind = match kind(status.get("status"), context.provider()) {
        Ok(kind) => kind,
        Err(detail) => {
            unknown(NotUnderstood::new(Reason::UnknownStatus, detail));
            return errors::note_all(status, path, id.short().as_deref(), findings);
        }
    };
    let read = item::id(id).and_then(|id| {
        let when = item::when(status.get("timestamp"), context.received_at())?;
        Ok((id, when))
    });
    let (id, when) = match read {
        Ok(read) => read,
        Err(what) => return unknown(what),
    };
    let item = item(status, context, &id, kind, when);
    let said = item.evidence.correlation_id.is_some();
    findings.add(path, Meaning::Status(Box::new(item)));
    if !said && status.get("biz_opaque_callback_data").text().is_some() {
        let detail = format!("biz_opaque_callback_data of more than {SHORT} bytes");
        let what = NotUnderstood {
            id: Some(id.clone()),
            ..NotUnderstood::new(Reason::TooLong, detail)
        };
        findings.not_understood(path, what);
    }
    // A failure has its first error; whatever comes beyond, or beside another status, is kept as a note.
    let taken = usize::from(kind == StatusKind::Failed);
    for report in errors::all(status).skip(taken) {
        findings.not_understood(path, errors::note(&report, Some(&id)));
    }
}

/// What happened, or what the status says instead.
fn kind(word: Node<'_>, provider: Provider) -> Result<StatusKind, String> {
    let Some(word) = word.word() else {
        return Err("no status".to_owned());
    };
    match word.as_str() {
        // Gupshup's own: it has handed the message to WhatsApp.
        "enqueued" if provider == Provider::Gupshup => Ok(StatusKind::Dispatched),
        "sent" => Ok(StatusKind::Sent),
        "delivered" => Ok(StatusKind::Delivered),
        "read" => Ok(StatusKind::Read),
        "played" => Ok(StatusKind::Played),
        "failed" => Ok(StatusKind::Failed),
        "deleted" => Ok(StatusKind::Deleted),
        WARNING => Err("a warning, which changes nothing".to_owned()),
        other => Err(format!("status {}", shown(other))),
    }
}

fn item(
    status: Node<'_>,
    context: &Context<'_>,
    id: &str,
    kind: StatusKind,
    (at, at_is_receipt): (Timestamp, bool),
) -> StatusItem {
    let sender = context.sender();
    // Gupshup may have a failure's code and reason beside the status.
    let failure = (kind == StatusKind::Failed)
        .then(|| {
            errors::all(status)
                .next()
                .or_else(|| errors::report(status))
        })
        .flatten();
    // Without the channel account nobody could say whose ids the recipient's are.
    let recipient = sender.as_ref().and_then(|_| recipient(status, context));
    let evidence = StatusEvidence {
        at_is_receipt,
        participant: participant(status),
        failure,
        pricing: charge::pricing(status.get("pricing"), &["pricing_model"]),
        conversation: charge::conversation(status.get("conversation"), &["expiration_timestamp"]),
        sender,
        correlation_id: correlation_id(status.get("biz_opaque_callback_data")),
        ..StatusEvidence::new(kind, at, context.provider())
    };
    StatusItem {
        recipient,
        sender_phone: context.sender_phone(),
        ..item::status(context.message_id(id.to_owned()), evidence)
    }
}

/// To whom the message went. A group is known by its id; what the value describes are its members, who are somebody else.
fn recipient(status: Node<'_>, context: &Context<'_>) -> Option<ContactRef> {
    let id = match status.get("recipient_id") {
        given if given.exists() => given,
        // Hosted by the business itself, WhatsApp had it here.
        _ => status.get("message").get("recipient_id"),
    };
    if status.get("recipient_type").word().as_deref() == Some("group") {
        let group = ContactRef {
            channel_user_id: Some(id.short()?),
            ..ContactRef::default()
        };
        return Some(group);
    }
    let person = stated(
        id,
        status.get("recipient_user_id"),
        status.first(&["parent_recipient_user_id", "recipient_parent_user_id"]),
    );
    Some(context.people.complete(person)).filter(is_somebody)
}

/// In a group: whose device it is about. Meta's own pages call it by two names.
fn participant(status: Node<'_>) -> Option<String> {
    let keys = [
        "recipient_participant_id",
        "participant_recipient_id",
        "recipient_participant_user_id",
        "participant_recipient_user_id",
    ];
    status.first(&keys).short()
}

/// The sender's own text. What was handed over as JSON may come back as such.
fn correlation_id(data: Node<'_>) -> Option<String> {
    match data.value()? {
        structured @ (serde_json::Value::Object(_) | serde_json::Value::Array(_)) => {
            Some(structured.to_string()).filter(|text| text.len() <= SHORT)
        }
        _ => data.short(),
    }
}
