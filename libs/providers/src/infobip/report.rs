//! Reports on outbound messages.

use acuse_domain::event::StatusItem;
use acuse_domain::evidence::{FailureReport, StatusEvidence};
use acuse_domain::kinds::{Provider, Stage, StatusKind};
use acuse_domain::time::Timestamp;

use super::{IDS, channel};
use crate::aside::{aside, provider_error};
use crate::item::{self, message_id, sender, when};
use crate::json::{Moment, Node, moment};
use crate::limits::{DETAIL, SHORT, shown};
use crate::party::{self, is_somebody};
use crate::reading::{Delivery, Ends, Findings, Meaning, NotUnderstood, Reason};

/// What an error is called that is none.
const NO_ERROR: &str = "no_error";

/// The names of the groups of statuses, by their numbers from 0 on.
const GROUPS: [&str; 6] = [
    "accepted",
    "pending",
    "undeliverable",
    "delivered",
    "expired",
    "rejected",
];

/// Pending statuses of messages that Infobip has not passed on yet. Those of all others it has.
const WAITING: [&str; 3] = [
    "pending_accepted",
    "message_accepted",
    "pending_time_violation",
];

/// What a status means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Outcome {
    kind: StatusKind,
    /// Where it failed.
    stage: Option<Stage>,
    /// Whether it had been sent before, so that the time of that says so.
    was_sent: bool,
}

/// Reads a report of delivery.
pub(super) fn read(item: Node<'_>, path: &str, delivery: &Delivery<'_>, findings: &mut Findings) {
    let id = item.first(&IDS);
    let status = item.get("status");
    let name = status.get("name").word();
    let group = group(status);
    let outcome = outcome(group.as_deref(), name.as_deref());
    let word = name.or(group);
    let Some(outcome) = outcome else {
        let detail = match &word {
            Some(word) => format!("status {}", shown(word)),
            None => "no status".to_owned(),
        };
        let what = aside(Reason::UnknownStatus, detail, id, word.as_deref());
        return findings.not_understood(path, what);
    };
    let at = match outcome.kind {
        // When it is to be sent is not when it was accepted.
        StatusKind::Queued => Node::default(),
        StatusKind::Sent => item.first(&["sentAt", "doneAt"]),
        _ => item.get("doneAt"),
    };
    let error = error(item.get("error"));
    let failed = outcome.kind == StatusKind::Failed;
    let failure = failed.then(|| FailureReport {
        stage: outcome.stage,
        ..error.clone().unwrap_or_else(|| of_status(status))
    });
    match told(item, at, outcome.kind, word.as_deref(), delivery) {
        Ok(mut told) => {
            told.evidence.failure = failure;
            let before = told.evidence.at;
            findings.add_between(path, Meaning::Status(Box::new(told)), ends(item));
            if outcome.was_sent {
                sent(item, before, path, delivery, findings);
            }
            if let Some(error) = error.filter(|_| !failed) {
                findings.not_understood(path, provider_error(&error, id));
            }
            note_too_long(item, path, findings);
        }
        Err(what) => findings.not_understood(path, what),
    }
}

/// Reads a report that a message was seen, which may also say when it was delivered.
pub(super) fn seen(item: Node<'_>, path: &str, delivery: &Delivery<'_>, findings: &mut Findings) {
    let at = item.get("seenAt");
    let before = match told(item, at, StatusKind::Read, Some("seen"), delivery) {
        Ok(told) => {
            let before = told.evidence.at;
            findings.add_between(path, Meaning::Status(Box::new(told)), ends(item));
            before
        }
        Err(what) => return findings.not_understood(path, what),
    };
    if item.get("doneAt").exists() && item.get("status").exists() {
        read(item, path, delivery, findings);
    } else {
        sent(item, before, path, delivery, findings);
        note_too_long(item, path, findings);
    }
}

/// The evidence that `kind` happened to the message of an item.
///
/// # Errors
///
/// What to note of an item without an id, or with an implausible time.
pub(super) fn told(
    item: Node<'_>,
    at: Node<'_>,
    kind: StatusKind,
    word: Option<&str>,
    delivery: &Delivery<'_>,
) -> Result<StatusItem, NotUnderstood> {
    let id = item.first(&IDS);
    let note = |what: NotUnderstood| NotUnderstood {
        kind: word.map(shown),
        ..what.about(id)
    };
    let known = item::id(id).map_err(note)?;
    let (at, at_is_receipt) = when(at, delivery.received_at).map_err(note)?;
    let evidence = StatusEvidence {
        at_is_receipt,
        correlation_id: item.get("callbackData").short(),
        ..StatusEvidence::new(kind, at, Provider::Infobip)
    };
    let mut told = item::status(message_id(Provider::Infobip, known), evidence);
    let account = ends(item).from;
    let account = account.or_else(|| delivery.channel_account.map(str::to_owned));
    // A number alone may be an account on several channels.
    if let Some((channel, account)) = channel::of(item, delivery).zip(account) {
        let to = ends(item).to.unwrap_or_default();
        let recipient = party::contact(channel, &to);
        told.recipient = Some(recipient).filter(is_somebody);
        told.evidence.sender = Some(sender(channel, account));
    }
    Ok(told)
}

/// Who sent the message of an item, and to whom it went.
pub(super) fn ends(item: Node<'_>) -> Ends {
    Ends {
        from: item.first(&["sender", "from"]).short(),
        to: item.first(&["to", "destination", "recipient"]).short(),
    }
}

/// Adds that the message was sent at the time that the report gives for it. What was delivered, seen, or came back from the
/// network did leave Infobip; without its time nothing is said that does not follow anyway.
fn sent(
    item: Node<'_>,
    before: Timestamp,
    path: &str,
    delivery: &Delivery<'_>,
    findings: &mut Findings,
) {
    let at = item.get("sentAt");
    let is_telling = match moment(at, delivery.received_at) {
        Moment::At(at) => at <= before,
        Moment::Receipt => false,
        Moment::Implausible(_) => true,
    };
    if !is_telling {
        return;
    }
    match told(item, at, StatusKind::Sent, Some("sentAt"), delivery) {
        Ok(told) => findings.add_between(path, Meaning::Status(Box::new(told)), ends(item)),
        Err(what) => findings.not_understood(path, what),
    }
}

/// The group of a status, in lower case.
fn group(status: Node<'_>) -> Option<String> {
    let by_number = || {
        let number: usize = status.get("groupId").text()?.parse().ok()?;
        GROUPS.get(number).map(|name| (*name).to_owned())
    };
    let named = status.first(&["groupName", "group"]).word();
    named.or_else(by_number).or_else(|| status.word())
}

/// What a status means, by its group. Where the group is missing the name begins with it.
fn outcome(group: Option<&str>, name: Option<&str>) -> Option<Outcome> {
    let group = group.or_else(|| name?.split('_').next())?;
    let outcome = |kind, stage, was_sent| Outcome {
        kind,
        stage,
        was_sent,
    };
    let is_waiting = name.is_some_and(|name| WAITING.contains(&name));
    Some(match group {
        "accepted" => outcome(StatusKind::Queued, None, false),
        "pending" if is_waiting => outcome(StatusKind::Queued, None, false),
        "pending" => outcome(StatusKind::Sent, None, false),
        // Some carriers confirm no more than that they took it; to Infobip that is delivered.
        "delivered" => outcome(StatusKind::Delivered, None, true),
        "seen" | "read" => outcome(StatusKind::Read, None, true),
        "undeliverable" | "expired" => outcome(StatusKind::Failed, Some(Stage::Delivery), true),
        // Before it could be sent.
        "rejected" | "failed" => outcome(StatusKind::Failed, Some(Stage::Send), false),
        _ => return None,
    })
}

/// An error by its name, or by its number where it has none; `None` for none.
fn error(error: Node<'_>) -> Option<FailureReport> {
    let name = error.get("name").short();
    let number = error.get("id").short();
    let is_none = match &name {
        Some(name) => name.eq_ignore_ascii_case(NO_ERROR),
        None => number.as_deref().is_none_or(|number| number == "0"),
    };
    if is_none {
        return None;
    }
    Some(FailureReport {
        code: name.or(number).unwrap_or_default(),
        title: error.get("description").cut(DETAIL).unwrap_or_default(),
        ..FailureReport::default()
    })
}

/// What stands for an error that is not told: the status, by its name, since its number may be that of an error.
fn of_status(status: Node<'_>) -> FailureReport {
    let code = status.first(&["name", "groupName", "group"]);
    FailureReport {
        code: code.short().or_else(|| group(status)).unwrap_or_default(),
        title: status.get("description").cut(DETAIL).unwrap_or_default(),
        ..FailureReport::default()
    }
}

/// Notes a sender's own text that is too long to be kept.
fn note_too_long(item: Node<'_>, path: &str, findings: &mut Findings) {
    let data = item.get("callbackData").text();
    if data.is_some_and(|text| text.len() > SHORT) {
        let detail = format!("callbackData of more than {SHORT} bytes");
        let what = aside(Reason::TooLong, detail, item.first(&IDS), None);
        findings.not_understood(path, what);
    }
}
