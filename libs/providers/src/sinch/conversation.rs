//! The Conversation API's envelope: what happened, beside the app that it happened in.

use super::{aside, inbound, misshapen, status};
use crate::json::{Node, below};
use crate::limits::shown;
use crate::reading::{Delivery, Findings, NotUnderstood, Reason};

/// Members of the envelope itself.
const ENVELOPE: [&str; 11] = [
    "app_id",
    "project_id",
    "accepted_time",
    "event_time",
    "message_metadata",
    "correlation_id",
    "trigger",
    "processing_mode",
    "region",
    "type",
    "version",
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
    let telling = ["app_id", "project_id", "trigger", "message_delivery_report"];
    telling.iter().any(|key| body.get(key).exists())
}

/// Reads a body. It has one event; whatever there is besides is read too.
pub(super) fn read(body: Node<'_>, path: &str, delivery: &Delivery<'_>, findings: &mut Findings) {
    let context = Context { body, delivery };
    let before = findings.len();
    for key in body.keys().filter(|key| !ENVELOPE.contains(key)) {
        let event = body.get(key);
        if !event.exists() {
            continue;
        }
        if findings.is_full() {
            return;
        }
        self::event(key, event, &below(path, key), &context, findings);
    }
    if findings.len() == before && body.keys().next().is_some() {
        let detail = match body.get("trigger").text() {
            Some(trigger) => format!("no event, but trigger {}", shown(&trigger)),
            None => "an envelope without an event".to_owned(),
        };
        findings.not_understood(path, NotUnderstood::new(Reason::NothingKnown, detail));
    }
}

fn event(key: &str, event: Node<'_>, path: &str, context: &Context<'_>, findings: &mut Findings) {
    let read = match key {
        "message_delivery_report" => status::report,
        "message_submit_notification" => status::submitted,
        // A redacted message is the message, without what was taken out of it.
        "message" | "message_redaction" => inbound::message,
        "event" => inbound::event,
        _ => return aside::read(key, event, path, findings),
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
