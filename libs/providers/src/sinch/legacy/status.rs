//! Delivery reports.

use acuse_domain::evidence::{Conversation, FailureReport, StatusEvidence};
use acuse_domain::kinds::{Channel, Provider, Stage, StatusKind};

use crate::item::{self, message_id, sender};
use crate::json::{Node, later_instant};
use crate::limits::{DETAIL, SHORT, shown};
use crate::parts::{filled, when};
use crate::party::by_phone;
use crate::reading::{Delivery, Findings, Meaning, NotUnderstood, Reason};

/// Reads one report.
pub(super) fn read(report: Node<'_>, path: &str, delivery: &Delivery<'_>, findings: &mut Findings) {
    let about = |what| NotUnderstood {
        id: report.get("message_id").short(),
        kind: report.get("state").text().map(|word| shown(&word)),
        ..what
    };
    let kind = match status(report, delivery) {
        Ok((kind, meaning)) => {
            findings.add(path, meaning);
            Some(kind)
        }
        Err(what) => {
            findings.not_understood(path, about(what));
            None
        }
    };
    // A failure has its first error; every other one is kept as a note.
    let taken = usize::from(kind == Some(StatusKind::Failed));
    for error in report.get("errors").elements().skip(taken) {
        let code = error.get("code").text().unwrap_or_default();
        let title = error.get("title").text().unwrap_or_default();
        let detail = format!("code {}: {}", shown(&code), shown(&title));
        findings.not_understood(
            path,
            about(NotUnderstood::new(Reason::ProviderError, detail)),
        );
    }
}

fn status(
    report: Node<'_>,
    delivery: &Delivery<'_>,
) -> Result<(StatusKind, Meaning), NotUnderstood> {
    let (kind, stage) = kind(report)?;
    let id = item::id(report.get("message_id"))?;
    let (at, at_is_receipt) = when(&[report.get("timestamp")], delivery.received_at)?;
    let account = filled(report, &["from", "bot_id"]).short();
    let account = account.or_else(|| delivery.channel_account.map(str::to_owned));
    let sender = account.map(|account| sender(Channel::WhatsApp, account));
    let recipient = sender
        .as_ref()
        .and_then(|_| by_phone(report.get("recipient")));
    let evidence = StatusEvidence {
        at_is_receipt,
        failure: (kind == StatusKind::Failed).then(|| failure(report, stage)),
        conversation: conversation(report.get("conversation")),
        sender,
        ..StatusEvidence::new(kind, at, Provider::SinchConversation)
    };
    let mut item = item::status(message_id(Provider::SinchConversation, id), evidence);
    item.recipient = recipient;
    Ok((kind, Meaning::Status(Box::new(item))))
}

/// What happened, by the state; whether the report's status is a success says no more.
fn kind(report: Node<'_>) -> Result<(StatusKind, Option<Stage>), NotUnderstood> {
    let unknown = |detail| Err(NotUnderstood::new(Reason::UnknownStatus, detail));
    let Some(state) = report.get("state").word() else {
        return match report.get("status").word().as_deref() {
            Some("failure") => Ok((StatusKind::Failed, None)),
            _ => unknown("no state".to_owned()),
        };
    };
    Ok(match state.as_str() {
        "queued" => (StatusKind::Queued, None),
        "dispatched" => (StatusKind::Dispatched, None),
        "sent" => (StatusKind::Sent, None),
        "delivered" => (StatusKind::Delivered, None),
        "read" => (StatusKind::Read, None),
        "deleted" => (StatusKind::Deleted, None),
        "failed" => (StatusKind::Failed, None),
        // Sinch itself refused them.
        "no_opt_in" | "no_capability" => (StatusKind::Failed, Some(Stage::Send)),
        "warning" => return unknown("a warning, which changes nothing".to_owned()),
        other => return unknown(format!("state {}", shown(other))),
    })
}

/// Why it failed; where there is no error with a code, the state is the code.
fn failure(report: Node<'_>, stage: Option<Stage>) -> FailureReport {
    let error = report.get("errors").elements().next().unwrap_or_default();
    let code = error.get("code").cut(SHORT);
    let title = filled(error, &["title", "message"]).cut(DETAIL);
    let details = report.get("details").cut(DETAIL);
    let details = details.or_else(|| error.get("details").cut(DETAIL));
    let (title, detail) = match title {
        Some(title) => (Some(title), details),
        None => (details, None),
    };
    FailureReport {
        code: code
            .or_else(|| report.get("state").cut(SHORT))
            .unwrap_or_default(),
        title: title.unwrap_or_default(),
        detail: detail.unwrap_or_default(),
        stage,
    }
}

fn conversation(conversation: Node<'_>) -> Option<Conversation> {
    let conversation = Conversation {
        id: filled(conversation, &["conversation_id", "id"]).short(),
        origin: conversation.get("pricing_category").short(),
        expires_at: later_instant(conversation.get("expiration_timestamp")),
    };
    Some(conversation).filter(|it| *it != Conversation::default())
}
