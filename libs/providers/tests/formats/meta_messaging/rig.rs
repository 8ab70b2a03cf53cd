//! Payloads, and what is read in them.

use acuse_domain::inbound::InboundEvidence;
use acuse_providers::{Delivery, Finding, Format, read};
use serde_json::{Value, json};

use crate::found::{self, with};
pub(crate) use crate::found::{RECEIVED_AT, only_unknown};

/// A minute before, in milliseconds, when everything happened.
pub(crate) const HAPPENED: i64 = 1_777_895_940_000;

/// [`HAPPENED`] as people are shown it.
pub(crate) const HAPPENED_AT: &str = "2026-05-04T11:59:00Z";

/// The page or account.
pub(crate) const PAGE: &str = "1751036168465324";

/// The person.
pub(crate) const PERSON: &str = "982337261802700";

/// What a body says.
pub(crate) fn findings(format: Format, body: &Value) -> Vec<Finding> {
    let body = body.to_string();
    let delivery = Delivery::of(body.as_bytes(), RECEIVED_AT);
    read(format, &delivery).unwrap().findings
}

/// A body of Messenger's with these events.
pub(crate) fn body(events: Value) -> Value {
    json!({"object": "page", "entry": [{"id": PAGE, "time": HAPPENED, "messaging": events}]})
}

/// An event from the person with these members over its own; null takes one away.
pub(crate) fn event(members: Value) -> Value {
    let event = json!({"sender": {"id": PERSON}, "recipient": {"id": PAGE}, "timestamp": HAPPENED});
    with(event, members)
}

/// An event from the page.
pub(crate) fn of_page(members: Value) -> Value {
    let event = event(json!({"sender": {"id": PAGE}, "recipient": {"id": PERSON}}));
    with(event, members)
}

/// What people are shown of a body, which is about one of the two.
pub(crate) fn told(format: Format, body: &Value) -> Vec<Value> {
    let body = body.to_string();
    found::told(format, body.as_bytes(), &["messenger", "instagram"])
}

/// The same of one event of Messenger's.
pub(crate) fn told_of(event: Value) -> Vec<Value> {
    told(Format::MetaMessenger, &body(json!([event])))
}

/// What is told of something by or to the person, with these members.
pub(crate) fn telling(kind: &str, members: Value) -> Value {
    let (from, to) = match kind {
        "inbound" => (PERSON, PAGE),
        _ => (PAGE, PERSON),
    };
    let telling = json!({"kind": kind, "happened_at": HAPPENED_AT, "from": from, "to": to});
    with(telling, members)
}

/// The message that is the only finding.
pub(crate) fn only_message(event: Value) -> InboundEvidence {
    found::only_message(findings(Format::MetaMessenger, &body(json!([event]))))
}
