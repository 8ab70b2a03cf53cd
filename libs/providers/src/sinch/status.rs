//! What happened to messages that an app sent.

use acuse_domain::evidence::{Conversation, FailureReport, StatusEvidence};
use acuse_domain::kinds::{Provider, StatusKind};

use super::conversation::Context;
use super::people::Ends;
use crate::item::{self, message_id, sender};
use crate::json::Node;
use crate::limits::{DETAIL, SHORT, cut, shown};
use crate::parts::{own_text, when};
use crate::reading::{Findings, Meaning, NotUnderstood, Reason};

/// Sub-codes that say nothing.
const NO_SUB_CODE: [&str; 2] = ["unspecified_sub_code", "unspecified"];

/// Reads a `message_delivery_report`.
pub(super) fn report(report: Node<'_>, path: &str, context: &Context<'_>, findings: &mut Findings) {
    let about = |what: NotUnderstood| NotUnderstood {
        id: report.get("message_id").short(),
        kind: report.get("status").text().map(|word| shown(&word)),
        ..what
    };
    match kind(report) {
        Ok(kind) => {
            let taken = status(report, report, kind, path, context, findings);
            if let Err(what) = taken {
                findings.not_understood(path, about(what));
            } else if kind != StatusKind::Failed
                && let Some(reason) = reason(report.get("reason"))
            {
                let what = NotUnderstood::new(Reason::ProviderError, note(&reason));
                findings.not_understood(path, about(what));
            }
        }
        Err(what) => findings.not_understood(path, about(what)),
    }
}

/// Reads a `message_submit_notification`: Sinch handed the message to a channel, which has not taken it yet.
pub(super) fn submitted(
    notification: Node<'_>,
    path: &str,
    context: &Context<'_>,
    findings: &mut Findings,
) {
    // Some put all of it a level deeper.
    let inner = notification.get("submitted_message");
    let about = if notification.get("message_id").exists() {
        notification
    } else if inner.get("message_id").exists() {
        inner
    } else {
        notification
    };
    let kind = StatusKind::Dispatched;
    if let Err(what) = status(about, notification, kind, path, context, findings) {
        let what = NotUnderstood {
            id: about.get("message_id").short(),
            kind: Some("message_submit_notification".to_owned()),
            ..what
        };
        findings.not_understood(path, what);
    }
}

/// What happened, or what to note instead.
fn kind(report: Node<'_>) -> Result<StatusKind, NotUnderstood> {
    let unknown = |detail| Err(NotUnderstood::new(Reason::UnknownStatus, detail));
    let Some(word) = report.get("status").word() else {
        return unknown("no status".to_owned());
    };
    match word.as_str() {
        "queued" => Ok(StatusKind::Queued),
        // The channel has taken it.
        "queued_on_channel" => Ok(StatusKind::Sent),
        "delivered" => Ok(StatusKind::Delivered),
        "read" => Ok(StatusKind::Read),
        "failed" => Ok(StatusKind::Failed),
        // One channel gave up, and Sinch goes on with the next: that is no failure of the message.
        "switching_channel" => {
            let why = reason(report.get("reason")).map(|reason| note(&reason));
            let why = why.map(|why| format!(": {why}")).unwrap_or_default();
            let detail = format!("a channel failed, and another is tried{why}");
            Err(NotUnderstood::new(Reason::ProviderError, detail))
        }
        other => unknown(format!("status {}", shown(other))),
    }
}

/// Adds the status of the message that `about` names; `outer` has what it may leave out.
fn status(
    about: Node<'_>,
    outer: Node<'_>,
    kind: StatusKind,
    path: &str,
    context: &Context<'_>,
    findings: &mut Findings,
) -> Result<(), NotUnderstood> {
    let body = context.body;
    let id = item::id(about.get("message_id"))?;
    let times = [body.get("event_time"), body.get("accepted_time")];
    let (at, at_is_receipt) = when(&times, context.delivery.received_at)?;
    let ends = Ends::of(body, about, context.delivery);
    let sender = ends
        .channel
        .zip(ends.channel_account)
        .map(|(channel, account)| sender(channel, account));
    // Without the channel account nobody could say whose ids the recipient's are.
    let recipient = sender.as_ref().and(ends.contact);
    let failure = (kind == StatusKind::Failed).then(|| reason(about.get("reason")));
    let conversation = about.get("conversation_id").short();
    let own = [
        body.get("correlation_id"),
        about.get("metadata"),
        outer.get("metadata"),
        body.get("message_metadata"),
    ];
    let evidence = StatusEvidence {
        at_is_receipt,
        failure: failure.flatten(),
        conversation: conversation.map(|id| Conversation {
            id: Some(id),
            ..Conversation::default()
        }),
        sender,
        ..StatusEvidence::new(kind, at, Provider::SinchConversation)
    };
    let mut item = item::status(message_id(Provider::SinchConversation, &*id), evidence);
    item.recipient = recipient;
    item.evidence.correlation_id = own_text(&own, &id, path, findings);
    findings.add(path, Meaning::Status(Box::new(item)));
    Ok(())
}

/// Why something failed. The code is Sinch's, common to all channels; the channel's own goes with the details.
pub(super) fn reason(reason: Node<'_>) -> Option<FailureReport> {
    let sub_code = reason.get("sub_code").cut(SHORT);
    let sub_code = sub_code.filter(|it| !NO_SUB_CODE.contains(&it.to_lowercase().as_str()));
    let channel_code = reason.get("channel_code").cut(SHORT);
    let channel_code = channel_code.map(|code| format!("channel code {code}"));
    let details: Vec<String> = sub_code.into_iter().chain(channel_code).collect();
    let description = reason.get("description").cut(DETAIL);
    let report = FailureReport {
        code: reason.get("code").cut(SHORT).unwrap_or_default(),
        title: description
            .or_else(|| reason.cut(DETAIL))
            .unwrap_or_default(),
        detail: cut(details.join(", "), DETAIL).unwrap_or_default(),
        stage: None,
    };
    Some(report).filter(|report| *report != FailureReport::default())
}

/// A reason that is no failure of a message, for people.
pub(super) fn note(reason: &FailureReport) -> String {
    let parts = [&reason.code, &reason.title, &reason.detail];
    let parts = parts.into_iter().filter(|part| !part.is_empty());
    parts.map(|part| shown(part)).collect::<Vec<_>>().join(", ")
}
