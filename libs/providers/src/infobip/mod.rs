//! Infobip: reports of delivery and of reading, and messages from contacts, of all its channels.
//!
//! A body holds `results`, each of which is a report or a message. What it is follows from its members: Infobip calls the same
//! thing otherwise on each channel. Reports do mostly not say their channel; the webhook's URL may say it for them, as
//! `channel=whatsapp`, and who reads may add it likewise where one account is meant. Without it a report tells what happened to a message, and not from whom and to whom it went.

mod channel;
mod inbound;
mod report;
mod said;
mod tracking;

use crate::aside::{aside, misshapen};
use crate::format::Webhook;
use crate::json::{self, Node, below};
use crate::limits::shown;
use crate::reading::{Delivery, Findings, Malformed, NotUnderstood, Reading, Reason};
use crate::secrets::{Secrets, Unverified};
use crate::shared;

/// The format.
pub(crate) struct Infobip;

impl Webhook for Infobip {
    fn read(&self, delivery: &Delivery<'_>) -> Result<Reading, Malformed> {
        let body = json::body(delivery.body)?;
        let mut findings = Findings::default();
        read(Node::of(&body), delivery, &mut findings);
        Ok(findings.finish())
    }

    fn verify(&self, secrets: &Secrets, delivery: &Delivery<'_>) -> Result<(), Unverified> {
        shared::verify(secrets, delivery)
    }

    fn parameters(&self) -> &'static [&'static str] {
        &[channel::PARAMETER]
    }
}

/// Members of an item by which one is known that comes by itself, or in a list without a name.
const TELLING: [&str; 4] = ["messageId", "status", "receivedAt", "notificationType"];

/// Members by which a message from a contact is known.
const WRITTEN: [&str; 5] = ["receivedAt", "message", "text", "cleanText", "content"];

/// Members that an id stands in.
const IDS: [&str; 2] = ["messageId", "message_id"];

fn read(body: Node<'_>, delivery: &Delivery<'_>, findings: &mut Findings) {
    if body.value().is_some_and(serde_json::Value::is_array) {
        for (path, item) in body.bodies() {
            if findings.is_full() {
                return;
            }
            one(item, &path, delivery, findings);
        }
    } else if body.get("results").exists() {
        for (path, item) in body.list("", "results") {
            if findings.is_full() {
                return;
            }
            one(item, &path, delivery, findings);
        }
    } else if body.first(&TELLING).exists() {
        one(body, "", delivery, findings);
    } else if body.exists() && !body.is_object() {
        findings.not_understood("", misshapen(body));
    } else if let Some(key) = body.keys().next() {
        // An empty list of results is nothing, and so is null.
        let detail = format!("no results, but {}", shown(key));
        if key != "results" {
            findings.not_understood("", NotUnderstood::new(Reason::NothingKnown, detail));
        }
    }
}

fn one(item: Node<'_>, path: &str, delivery: &Delivery<'_>, findings: &mut Findings) {
    if !item.is_object() {
        return findings.not_understood(path, misshapen(item));
    }
    let id = item.first(&IDS);
    let event = item.get("event");
    let event = event.get("type").word().or_else(|| event.word());
    if item.get("notificationType").exists() {
        tracking::read(item, path, delivery, findings);
    } else if item.get("deletedAt").exists() {
        let what = aside(Reason::NotSupportedYet, "a deletion", id, Some("deletedAt"));
        findings.not_understood(path, what);
    } else if item.get("seenAt").exists() {
        report::seen(item, path, delivery, findings);
    } else if item.get("status").exists() || item.get("doneAt").exists() {
        report::read(item, path, delivery, findings);
    } else if let Some(event) = event.filter(|event| event != "mo") {
        // Somebody types, say.
        let detail = format!("event {}", shown(&event));
        let what = aside(Reason::NotAMessage, detail, id, Some(&event));
        findings.not_understood(&below(path, "event"), what);
    } else if item.first(&WRITTEN).exists() {
        inbound::read(item, path, delivery, findings);
    } else {
        let detail = "neither a report nor a message";
        findings.not_understood(path, aside(Reason::NothingKnown, detail, id, None));
    }
}
