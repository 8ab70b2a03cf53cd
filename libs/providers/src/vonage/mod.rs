//! Vonage's Messages API, in its versions 1 and 0.1, and its older SMS API, which was Nexmo's.
//!
//! A webhook says one thing. Those of the Messages API are JSON; those of the SMS API are a form, JSON, or the query of a GET
//! request, as the account is set.

mod ends;
mod failure;
mod inbound;
mod said;
mod signature;
mod sms;
mod status;
mod token;

use crate::aside::{aside, misshapen};
use crate::form;
use crate::format::Webhook;
use crate::json::Node;
use crate::limits::shown;
use crate::reading::{Delivery, Findings, Malformed, Reading, Reason};
use crate::secrets::{Secrets, Unverified};

/// The format.
pub(crate) struct Vonage;

impl Webhook for Vonage {
    fn read(&self, delivery: &Delivery<'_>) -> Result<Reading, Malformed> {
        let body = form::or_json(delivery.body)?;
        Ok(Reading::of_each(&body, |body, path, findings| {
            one(body, path, delivery, findings);
        }))
    }

    fn verify(&self, secrets: &Secrets, delivery: &Delivery<'_>) -> Result<(), Unverified> {
        signature::verify(secrets, delivery)
    }

    fn reads_queries(&self) -> bool {
        true
    }
}

/// Members by which webhooks are known that are of other products, with what these are.
const FOREIGN: [(&str, &str); 5] = [
    ("conversation_uuid", "a call"),
    ("call_uuid", "a call"),
    ("event_id", "a verification"),
    ("request_id", "a verification"),
    ("dispatch_uuid", "a workflow"),
];

fn one(item: Node<'_>, path: &str, delivery: &Delivery<'_>, findings: &mut Findings) {
    if !item.is_object() {
        return findings.not_understood(path, misshapen(item));
    }
    let id = item.get("message_uuid");
    let foreign = FOREIGN.iter().find(|(key, _)| item.get(key).exists());
    if let Some((key, what)) = foreign.filter(|_| !id.exists()) {
        return findings.not_understood(path, aside(Reason::NotAMessage, *what, id, Some(key)));
    }
    let is_message = id.exists() || item.first(&["message_type", "channel"]).exists();
    if !is_message && item.first(&sms::MARKS).exists() {
        sms::read(item, path, delivery, findings);
    } else if !is_message {
        // An empty object is nothing at all.
        if let Some(first) = item.keys().next() {
            let detail = format!("neither a message nor a status, but {}", shown(first));
            findings.not_understood(path, aside(Reason::NothingKnown, detail, id, None));
        }
    } else if item.get("status").text().is_some() {
        status::read(item, path, delivery, findings);
    } else {
        inbound::read(item, path, delivery, findings);
    }
}
