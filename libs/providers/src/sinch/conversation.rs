//! The Conversation API's envelope: what happened, beside the app that it happened in.

use super::{aside, inbound, status};
use crate::aside::misshapen;
use crate::json::{Node, below};
use crate::limits::shown;
use crate::reading::{Delivery, Findings, NotUnderstood, Reason};

/// Members of the envelope itself.
const ENVELOPE: [&str; 7] = [
    "app_id",
    "project_id",
    "accepted_time",
    "event_time",
    "message_metadata",
    "correlation_id",
    "trigger",
];

/// What an event is read with.
pub(super) struct Context<'a> {
    /// The envelope.
    pub(super) body: Node<'a>,
    /// The delivery.
    pub(super) delivery: &'a Delivery<'a>,
}

/// Whether it is such an envelope.
pub(super) fn is_envelope(body: Node<'_>) -> bool {
    let telling = ["app_id", "project_id", "trigger"];
    telling.iter().any(|key| body.get(key).exists())
}

/// Reads a body. It has one event; whatever there is besides is read too. A member that nobody knows is an event where it is
/// an object within an envelope.
pub(super) fn read(body: Node<'_>, path: &str, delivery: &Delivery<'_>, findings: &mut Findings) {
    let context = Context { body, delivery };
    let is_envelope = is_envelope(body);
    let before = findings.len();
    for key in body.keys().filter(|key| !ENVELOPE.contains(key)) {
        let event = body.get(key);
        let is_known = reader(key).is_some() || aside::knows(key);
        if !event.exists() || !(is_known || (is_envelope && event.is_object())) {
            continue;
        }
        if findings.is_full() {
            return;
        }
        self::event(key, event, &below(path, key), &context, findings);
    }
    if findings.len() == before && body.keys().next().is_some() {
        let trigger = body.get("trigger").text();
        let others = body.keys().find(|key| !ENVELOPE.contains(key));
        let detail = match (trigger, others) {
            (Some(trigger), _) => format!("no event, but trigger {}", shown(&trigger)),
            (None, Some(key)) => format!("no event, but {}", shown(key)),
            (None, None) => "an envelope without an event".to_owned(),
        };
        findings.not_understood(path, NotUnderstood::new(Reason::NothingKnown, detail));
    }
}

/// Reads an event, whose path is given.
type Reader = fn(Node<'_>, &str, &Context<'_>, &mut Findings);

/// How events are read from which evidence follows.
fn reader(key: &str) -> Option<Reader> {
    match key {
        "message_delivery_report" => Some(status::report),
        "message_submit_notification" => Some(status::submitted),
        // A redacted message is the message, without what was taken out of it.
        "message" | "message_redaction" => Some(inbound::message),
        "event" => Some(inbound::event),
        _ => None,
    }
}

fn event(key: &str, event: Node<'_>, path: &str, context: &Context<'_>, findings: &mut Findings) {
    let Some(read) = reader(key) else {
        return aside::read(key, event, path, findings);
    };
    if event.is_object() {
        read(event, path, context, findings);
    } else {
        let what = NotUnderstood {
            kind: Some(shown(key)),
            ..misshapen(event)
        };
        findings.not_understood(path, what);
    }
}
