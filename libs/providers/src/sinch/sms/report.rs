//! Reports: on one recipient of a batch, or on all of them.

use acuse_domain::contact::ContactRef;
use acuse_domain::evidence::{FailureReport, StatusEvidence};
use acuse_domain::kinds::{Channel, Provider, Stage, StatusKind};
use acuse_domain::time::Timestamp;

use super::message_id;
use crate::item::{self, sender};
use crate::json::Node;
use crate::limits::{SHORT, shown};
use crate::parts::{filled, own_text, when};
use crate::party::by_phone;
use crate::reading::{Delivery, Findings, Meaning, NotUnderstood, Reason};

/// What one entry says of one recipient.
struct Word<'a> {
    /// The report with the batch's id.
    report: Node<'a>,
    /// What has status and code: the report itself, or an entry of it.
    entry: Node<'a>,
    /// The recipient's number.
    recipient: Node<'a>,
}

/// Reads a report.
pub(in super::super) fn read(
    report: Node<'_>,
    path: &str,
    delivery: &Delivery<'_>,
    findings: &mut Findings,
) {
    if !report.get("statuses").exists() {
        let word = Word {
            report,
            entry: report,
            recipient: filled(report, &["recipient", "to"]),
        };
        return one(&word, path, delivery, findings);
    }
    for (path, entry) in report.list(path, "statuses") {
        let mut named = false;
        for (path, recipient) in entry.list(&path, "recipients") {
            if findings.is_full() {
                return;
            }
            named = true;
            let word = Word {
                report,
                entry,
                recipient,
            };
            one(&word, &path, delivery, findings);
        }
        if !named {
            findings.not_understood(&path, counted(report, entry));
        }
    }
}

/// So many of a batch, nobody knows which.
fn counted(report: Node<'_>, entry: Node<'_>) -> NotUnderstood {
    let count = entry.get("count").text().map(|count| shown(&count));
    let word = entry.get("status").text().map(|word| shown(&word));
    let detail = format!(
        "{} of a batch: {}",
        count.as_deref().unwrap_or("some"),
        word.as_deref().unwrap_or("no status")
    );
    NotUnderstood {
        id: report.get("batch_id").short(),
        kind: word,
        ..NotUnderstood::new(Reason::NotAMessage, detail)
    }
}

fn one(word: &Word<'_>, path: &str, delivery: &Delivery<'_>, findings: &mut Findings) {
    match status(word, path, delivery, findings) {
        Ok(meaning) => findings.add(path, meaning),
        Err(what) => {
            let kind = word.entry.get("status").text();
            let what = NotUnderstood {
                id: word.report.get("batch_id").short(),
                kind: kind.map(|kind| shown(&kind)),
                ..what
            };
            findings.not_understood(path, what);
        }
    }
}

fn status(
    word: &Word<'_>,
    path: &str,
    delivery: &Delivery<'_>,
    findings: &mut Findings,
) -> Result<Meaning, NotUnderstood> {
    let (kind, stage) = kind(word.entry)?;
    let batch = item::id(word.report.get("batch_id"))?;
    let Some(recipient) = word.recipient.short() else {
        let detail = "no recipient, without which a batch's id names no message";
        return Err(NotUnderstood::new(Reason::MissingId, detail));
    };
    let (at, at_is_receipt) = happened(word, delivery)?;
    let originator = word.report.get("applied_originator").short();
    let account = originator.or_else(|| delivery.channel_account.map(str::to_owned));
    let sender = account.map(|account| sender(Channel::Sms, account));
    let contact: Option<ContactRef> = sender.as_ref().and_then(|_| by_phone(word.recipient));
    let evidence = StatusEvidence {
        at_is_receipt,
        failure: (kind == StatusKind::Failed).then(|| failure(word.entry, stage)),
        sender,
        ..StatusEvidence::new(kind, at, Provider::SinchSms)
    };
    let id = message_id(batch.clone(), recipient);
    let mut item = item::status(id, evidence);
    item.recipient = contact;
    let own = [word.report.get("client_reference")];
    item.evidence.correlation_id = own_text(&own, &batch, path, findings);
    Ok(Meaning::Status(Box::new(item)))
}

/// When it happened: when Sinch reported it, by the one clock that all its reports have. The carrier's own time is often cut
/// to the minute, so that a delivery would come before the sending.
fn happened(word: &Word<'_>, delivery: &Delivery<'_>) -> Result<(Timestamp, bool), NotUnderstood> {
    let holders = [word.entry, word.report];
    let times = ["at", "operator_status_at"].map(|key| holders.map(|holder| holder.get(key)));
    when(times.as_flattened(), delivery.received_at)
}

/// What happened, and of a failure at which stage, by the documented statuses.
fn kind(entry: Node<'_>) -> Result<(StatusKind, Option<Stage>), NotUnderstood> {
    let unknown = |detail| Err(NotUnderstood::new(Reason::UnknownStatus, detail));
    let Some(word) = entry.get("status").word() else {
        return unknown("no status".to_owned());
    };
    Ok(match word.as_str() {
        "queued" => (StatusKind::Queued, None),
        // The carrier has it. Where it is unknown what became of it there, that is all that is known.
        "dispatched" | "unknown" => (StatusKind::Sent, None),
        "delivered" => (StatusKind::Delivered, None),
        // These never reached the carrier, or were not taken there.
        "aborted" | "rejected" | "expired" | "cancelled" | "canceled" => {
            (StatusKind::Failed, Some(Stage::Send))
        }
        // The carrier gave up, or threw it away.
        "failed" | "deleted" => (StatusKind::Failed, Some(Stage::Delivery)),
        other => return unknown(format!("status {}", shown(other))),
    })
}

fn failure(entry: Node<'_>, stage: Option<Stage>) -> FailureReport {
    FailureReport {
        code: entry.get("code").cut(SHORT).unwrap_or_default(),
        title: entry.get("status").cut(SHORT).unwrap_or_default(),
        detail: String::new(),
        stage,
    }
}
