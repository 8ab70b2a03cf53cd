//! What a callback tells of.

use super::{event, inbound, status};
use crate::aside::{aside, misshapen};
use crate::json::Node;
use crate::limits::shown;
use crate::reading::{Delivery, Findings, Reason};

/// Parameters by which callbacks are known that are of other products, with what these are.
const FOREIGN: [(&str, &str); 6] = [
    ("CallSid", "a call"),
    ("FaxSid", "a fax"),
    ("VerificationSid", "a verification"),
    ("RoomSid", "a video room"),
    ("TaskSid", "a task"),
    ("PayloadType", "a notice of the debugger"),
];

/// Statuses of inbound messages.
const RECEIVED: [&str; 2] = ["received", "receiving"];

/// Parameters that statuses stand in.
const STATUS: [&str; 2] = ["MessageStatus", "SmsStatus"];

/// Reads one callback.
pub(super) fn read(form: Node<'_>, path: &str, delivery: &Delivery<'_>, findings: &mut Findings) {
    if !form.is_object() {
        return findings.not_understood(path, misshapen(form));
    }
    if event::is_one(form) {
        return event::read(form, path, delivery, findings);
    }
    let event_type = form.get("EventType").text();
    if is_conversations(form, event_type.as_deref()) {
        return conversations(form, event_type.as_deref(), path, findings);
    }
    let word = form.first(&STATUS).word();
    // On a channel that can report more, the type of the event is the status once again.
    let word = word.or_else(|| form.get("EventType").word());
    match word {
        Some(word) if RECEIVED.contains(&word.as_str()) => {
            inbound::read(form, path, delivery, findings);
        }
        Some(word) => status::of_form(form, &word, path, delivery, findings),
        None if form.first(&["Body", "NumMedia"]).exists() && form.get("From").exists() => {
            inbound::read(form, path, delivery, findings);
        }
        None => findings.not_understood(path, other(form)),
    }
}

/// Whether it comes from Conversations, whose events are called `onMessageAdded` and so on.
fn is_conversations(form: Node<'_>, event_type: Option<&str>) -> bool {
    let is_called_so = event_type.is_some_and(|it| {
        let next = it.strip_prefix("on").and_then(|rest| rest.chars().next());
        next.is_some_and(char::is_uppercase)
    });
    is_called_so || form.get("ConversationSid").exists()
}

/// Conversations name messages by ids of their own, beside those of the channel's messages, whose callbacks tell the same.
fn conversations(form: Node<'_>, event_type: Option<&str>, path: &str, findings: &mut Findings) {
    let event = event_type.unwrap_or_default();
    let is_of_message = form.get("MessageSid").exists();
    let reason = if is_of_message {
        Reason::NotSupportedYet
    } else {
        Reason::NotAMessage
    };
    let detail = format!("event {} of Conversations", shown(event));
    let what = aside(reason, detail, form.get("MessageSid"), event_type);
    findings.not_understood(path, what);
}

/// What is neither a message nor the status of one.
fn other(form: Node<'_>) -> crate::reading::NotUnderstood {
    let id = form.first(&["MessageSid", "SmsSid", "sms_sid"]);
    // Link shortening writes its parameters in another way.
    let click = form.get("event_type").text();
    if let Some(word) = click.filter(|_| form.get("sms_sid").exists()) {
        let detail = format!("event {} of link shortening", shown(&word));
        return aside(Reason::NotSupportedYet, detail, id, Some(&word));
    }
    let foreign = FOREIGN.iter().find(|(key, _)| form.get(key).exists());
    if let Some((key, what)) = foreign {
        return aside(Reason::NotAMessage, *what, id, Some(key));
    }
    if id.exists() {
        return aside(Reason::UnknownStatus, "no status", id, None);
    }
    let detail = match form.keys().next() {
        Some(first) => format!("neither a message nor a status, but {}", shown(first)),
        None => "neither a message nor a status".to_owned(),
    };
    aside(Reason::NothingKnown, detail, id, None)
}
