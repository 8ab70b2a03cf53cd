//! Event Streams: CloudEvents in JSON, one or a list of them.

use acuse_domain::kinds::ContentType;

use super::inbound::{Addresses, head, nobody};
use super::status::{self, Told};
use crate::aside::{aside, misshapen};
use crate::item::when;
use crate::json::{Node, below};
use crate::limits::{TEXT, shown};
use crate::party::is_somebody;
use crate::reading::{Delivery, Findings, Meaning, Reason};
use crate::said::Said;
use crate::written;

/// What the types of events on outbound messages begin with; the status follows.
const OUTBOUND: &str = "com.twilio.messaging.message.";

/// The type of the event on an inbound message.
const INBOUND: &str = "com.twilio.messaging.inbound-message.received";

/// What the types of all events on messages begin with.
const MESSAGING: &str = "com.twilio.messaging.";

/// Whether a JSON object is an event.
pub(super) fn is_one(body: Node<'_>) -> bool {
    body.get("specversion").exists()
        || body
            .get("type")
            .word()
            .is_some_and(|it| it.starts_with("com.twilio."))
}

/// Reads one event.
pub(super) fn read(event: Node<'_>, path: &str, delivery: &Delivery<'_>, findings: &mut Findings) {
    let word = event.get("type").word().unwrap_or_default();
    let data = event.get("data");
    let is_message = word.starts_with(OUTBOUND) || word == INBOUND;
    if is_message && !data.is_object() {
        return findings.not_understood(&below(path, "data"), misshapen(data));
    }
    // The event's own time is that of its data.
    let at = match data.get("timestamp") {
        at if at.exists() => at,
        _ => event.get("time"),
    };
    if word == INBOUND {
        return inbound(data, at, path, delivery, findings);
    }
    if let Some(named) = word.strip_prefix(OUTBOUND) {
        let stated = data.get("messageStatus").word();
        let told = Told {
            id: data.get("messageSid"),
            word: stated.as_deref().unwrap_or(named),
            at,
            from: data.get("from"),
            to: data.get("to"),
            prefix: Node::default(),
            user: data.get("externalUserId"),
            code: data.get("errorCode"),
            texts: [data.get("errorMessage"), data.get("channelStatusMessage")],
        };
        return status::read(&told, path, delivery, findings);
    }
    let reason = if word.starts_with(MESSAGING) {
        Reason::NotSupportedYet
    } else {
        Reason::NotAMessage
    };
    let detail = format!("event {}", shown(&word));
    let id = data.first(&["messageSid", "MessageSid"]);
    findings.not_understood(path, aside(reason, detail, id, Some(&word)));
}

fn inbound(
    data: Node<'_>,
    at: Node<'_>,
    path: &str,
    delivery: &Delivery<'_>,
    findings: &mut Findings,
) {
    let id = data.get("messageSid");
    let addresses = Addresses {
        from: data.get("from"),
        to: data.get("to"),
        prefix: Node::default(),
    };
    let head = when(at, delivery.received_at)
        .map_err(|what| what.about(id))
        .and_then(|at| head(id, &addresses, at, delivery));
    let head = match head {
        Ok(head) if is_somebody(&head.contact) => head,
        Ok(_) => return findings.not_understood(path, nobody(id)),
        Err(what) => return findings.not_understood(path, what),
    };
    let body = data.get("body").cut(TEXT);
    let media = data.get("numMedia").text();
    let has_media = media.is_some_and(|count| count != "0");
    // An event counts media, and passes none of them on.
    let content_type = match (has_media, &body) {
        (true, None) => ContentType::Unsupported,
        _ => ContentType::Text,
    };
    let inbound = written::evidence(head, Said::text(content_type, body), None);
    findings.add(path, Meaning::Inbound(Box::new(inbound)));
}
