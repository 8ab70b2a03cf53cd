//! Version 2: an event by its type, and a payload.

use acuse_domain::contact::ContactRef;
use acuse_domain::event::StatusItem;
use acuse_domain::evidence::{Conversation, FailureReport, StatusEvidence};
use acuse_domain::kinds::{Channel, Provider, StatusKind};

use super::inbound;
use crate::charge;
use crate::item;
use crate::json::{Node, later_instant};
use crate::limits::{DETAIL, SHORT, shown};
use crate::meta_whatsapp::people::stated;
use crate::party::is_somebody;
use crate::reading::{Delivery, Findings, Meaning, NotUnderstood, Reason};

/// Events that are about no message.
const NO_MESSAGES: [&str; 6] = [
    "account-event",
    "onboarding-event",
    "system-event",
    "template-event",
    "user-event",
    "flow-event",
];

/// What message events tell besides what happened to a message.
const NO_STATUSES: [&str; 3] = ["mismatch", "referral", "set-callback"];

/// Reads an event.
pub(super) fn read(body: Node<'_>, path: &str, delivery: &Delivery<'_>, findings: &mut Findings) {
    let payload = body.get("payload");
    let event = body.get("type").word().unwrap_or_default();
    let about = |reason, detail: String| NotUnderstood {
        id: id(payload).short(),
        kind: payload
            .get("type")
            .text()
            .or_else(|| body.get("type").text())
            .map(|kind| shown(&kind)),
        ..NotUnderstood::new(reason, detail)
    };
    let event_name = shown(&event);
    match event.as_str() {
        "message-event" | "message-report" => match status(body, payload, delivery) {
            Ok(status) => findings.add(path, Meaning::Status(Box::new(status))),
            Err(what) => {
                let what = NotUnderstood {
                    detail: what.detail,
                    ..about(what.reason, String::new())
                };
                findings.not_understood(path, what);
            }
        },
        "message" => inbound::v2(body, path, delivery, findings),
        "billing-event" => {
            let detail = format!("{event_name} is not taken in so far");
            let what = NotUnderstood {
                id: id(payload.get("references")).short(),
                kind: Some(event_name),
                ..NotUnderstood::new(Reason::NotSupportedYet, detail)
            };
            findings.not_understood(path, what);
        }
        known if NO_MESSAGES.contains(&known) => {
            findings.not_understood(path, about(Reason::NotAMessage, event_name));
        }
        _ => {
            let detail = format!("event of type {event_name}");
            findings.not_understood(path, about(Reason::UnknownField, detail));
        }
    }
}

/// Gupshup's id of an outbound message, else the one that there is: of what failed at once, and of what was queued, that is
/// Gupshup's too.
fn id(holder: Node<'_>) -> Node<'_> {
    holder.first(&["gsId", "gs_id", "id"])
}

fn status(
    body: Node<'_>,
    payload: Node<'_>,
    delivery: &Delivery<'_>,
) -> Result<StatusItem, NotUnderstood> {
    let kind = kind(payload.get("type"))?;
    let id = item::id(id(payload))?;
    let more = payload.get("payload");
    // When it happened, else when Gupshup told of it.
    let times = [
        more.first(&["ts", "timestamp"]),
        payload.first(&["ts", "timestamp"]),
        body.get("timestamp"),
    ];
    let time = times.into_iter().find(|time| time.text().is_some());
    let (at, at_is_receipt) = item::when(time.unwrap_or_default(), delivery.received_at)?;
    let account = account(body, delivery);
    let recipient = account.as_ref().and_then(|_| recipient(payload));
    let either = |key| match payload.get(key) {
        given if given.exists() => given,
        _ => more.get(key),
    };
    let evidence = StatusEvidence {
        at_is_receipt,
        failure: (kind == StatusKind::Failed)
            .then(|| failure(more).or_else(|| failure(payload)))
            .flatten(),
        pricing: charge::pricing(either("pricing"), &["policy", "model", "pricing_model"]),
        conversation: conversation(either("conversation")),
        sender: account.map(|account| item::sender(Channel::WhatsApp, account)),
        correlation_id: payload.get("externalId").short(),
        ..StatusEvidence::new(kind, at, Provider::Gupshup)
    };
    Ok(StatusItem {
        recipient,
        ..item::status(item::message_id(Provider::Gupshup, id), evidence)
    })
}

fn kind(word: Node<'_>) -> Result<StatusKind, NotUnderstood> {
    let unknown = |detail: String| NotUnderstood::new(Reason::UnknownStatus, detail);
    let word = word.word().ok_or_else(|| unknown("no status".to_owned()))?;
    match word.as_str() {
        // It has been handed to WhatsApp.
        "enqueued" => Ok(StatusKind::Dispatched),
        "sent" => Ok(StatusKind::Sent),
        "delivered" => Ok(StatusKind::Delivered),
        "read" => Ok(StatusKind::Read),
        "played" => Ok(StatusKind::Played),
        "failed" => Ok(StatusKind::Failed),
        "deleted" => Ok(StatusKind::Deleted),
        known if NO_STATUSES.contains(&known) => {
            let detail = format!("message event {known}");
            Err(NotUnderstood::new(Reason::NotAMessage, detail))
        }
        other => Err(unknown(format!("status {}", shown(other)))),
    }
}

/// The number that it is about, else the one that the delivery stands for, else the app, which has one number.
pub(super) fn account(body: Node<'_>, delivery: &Delivery<'_>) -> Option<String> {
    let stands_for = || delivery.channel_account.map(str::to_owned);
    let named = body.get("phone").short();
    named
        .or_else(stands_for)
        .or_else(|| body.get("app").short())
}

fn recipient(payload: Node<'_>) -> Option<ContactRef> {
    let person = stated(
        payload.get("destination"),
        payload.get("userId"),
        payload.get("parentUserId"),
    );
    Some(person).filter(is_somebody)
}

fn failure(holder: Node<'_>) -> Option<FailureReport> {
    let report = FailureReport {
        code: holder.get("code").cut(SHORT).unwrap_or_default(),
        title: holder
            .first(&["reason", "title", "message"])
            .cut(DETAIL)
            .unwrap_or_default(),
        detail: holder.get("details").cut(DETAIL).unwrap_or_default(),
        stage: None,
    };
    Some(report).filter(|report| *report != FailureReport::default())
}

fn conversation(conversation: Node<'_>) -> Option<Conversation> {
    let conversation = Conversation {
        id: conversation.get("id").short(),
        // Written with a capital at times.
        origin: conversation
            .get("type")
            .word()
            .filter(|word| word.len() <= SHORT),
        expires_at: later_instant(conversation.first(&["expiresAt", "expiration_timestamp"])),
    };
    Some(conversation).filter(|conversation| *conversation != Conversation::default())
}
