//! Statuses of the Messages API, and what the words of both APIs mean.

use acuse_domain::evidence::{FailureReport, StatusEvidence};
use acuse_domain::kinds::{Provider, Stage, StatusKind};
use acuse_domain::time::Timestamp;

use super::{ends, failure};
use crate::aside::{aside, provider_error};
use crate::charge;
use crate::item::{self, message_id, sender, when};
use crate::json::Node;
use crate::limits::{SHORT, shown};
use crate::party::is_somebody;
use crate::reading::{Delivery, Ends, Findings, Meaning, NotUnderstood, Reason};

/// What the end of a conversation is called.
const ENDS: [&str; 3] = ["expiration_timestamp", "expires_at", "expires"];

/// Reads one status.
pub(super) fn read(item: Node<'_>, path: &str, delivery: &Delivery<'_>, findings: &mut Findings) {
    let id = item.get("message_uuid");
    let word = item.get("status").word().unwrap_or_default();
    let Some((kind, stage)) = kind(&word) else {
        let detail = format!("status {}", shown(&word));
        let what = aside(Reason::UnknownStatus, detail, id, Some(&word));
        return findings.not_understood(path, what);
    };
    let (known, (at, at_is_receipt)) = match head(id, item.get("timestamp"), delivery) {
        Ok(head) => head,
        Err(what) => {
            let kind = Some(shown(&word));
            return findings.not_understood(path, NotUnderstood { kind, ..what });
        }
    };
    let channel = ends::channel(item);
    let account = ends::address(item.get("from"));
    let account = account.or_else(|| delivery.channel_account.map(str::to_owned));
    let sender = channel
        .zip(account)
        .map(|(channel, id)| sender(channel, id));
    let whatsapp = item.get("whatsapp");
    let recipient = sender.as_ref().map(|sender| {
        let described = whatsapp.get("recipient");
        ends::contact(
            sender.channel,
            item.get("to"),
            described,
            item.get("profile"),
        )
    });
    let error = failure::report(item.get("error"));
    let failed = kind == StatusKind::Failed;
    let reference = item.get("client_ref");
    let evidence = StatusEvidence {
        at_is_receipt,
        failure: failed.then(|| FailureReport {
            stage,
            ..error.clone().unwrap_or_else(|| FailureReport {
                title: word.clone(),
                ..FailureReport::default()
            })
        }),
        pricing: charge::pricing(whatsapp.get("pricing"), &["pricing_model"]),
        conversation: charge::conversation(whatsapp.get("conversation"), &ENDS),
        sender,
        correlation_id: reference.short(),
        ..StatusEvidence::new(kind, at, Provider::Vonage)
    };
    let mut status = item::status(message_id(Provider::Vonage, known), evidence);
    status.recipient = recipient.filter(is_somebody);
    let ends = Ends {
        from: ends::address(item.get("from")),
        to: ends::address(item.get("to")),
    };
    findings.add_between(path, Meaning::Status(Box::new(status)), ends);
    note_too_long(reference, id, path, findings);
    if let Some(error) = error.filter(|_| !failed) {
        findings.not_understood(path, provider_error(&error, id));
    }
}

/// The id and the time of an item.
///
/// # Errors
///
/// What to note of one that has no id, or an implausible time.
pub(super) fn head(
    id: Node<'_>,
    at: Node<'_>,
    delivery: &Delivery<'_>,
) -> Result<(String, (Timestamp, bool)), NotUnderstood> {
    let known = item::id(id).map_err(|what| what.about(id))?;
    let at = when(at, delivery.received_at).map_err(|what| what.about(id))?;
    Ok((known, at))
}

/// What happened, and at which stage it failed where the word says so.
///
/// `submitted` means that the message was passed on to the provider of the channel. What a carrier accepted or buffers was
/// sent as well. A message that a carrier reports as failed or expired was with it; what was rejected, or could not be
/// delivered for another cause, may not have left Vonage.
pub(super) fn kind(word: &str) -> Option<(StatusKind, Option<Stage>)> {
    let kind = match word {
        "submitted" | "accepted" | "buffered" => StatusKind::Sent,
        "delivered" => StatusKind::Delivered,
        "read" => StatusKind::Read,
        "failed" | "expired" => return Some((StatusKind::Failed, Some(Stage::Delivery))),
        "rejected" | "undeliverable" => StatusKind::Failed,
        "deleted" => StatusKind::Deleted,
        _ => return None,
    };
    Some((kind, None))
}

/// Notes a sender's own text that is too long to be kept.
pub(super) fn note_too_long(
    reference: Node<'_>,
    id: Node<'_>,
    path: &str,
    findings: &mut Findings,
) {
    if reference.text().is_some_and(|text| text.len() > SHORT) {
        let detail = format!("client reference of more than {SHORT} bytes");
        findings.not_understood(path, aside(Reason::TooLong, detail, id, None));
    }
}
