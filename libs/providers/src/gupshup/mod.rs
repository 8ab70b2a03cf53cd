//! Gupshup, in its four ways.
//!
//! * Version 3 is Meta's envelope, with Gupshup's own id beside WhatsApp's in statuses (`gs_id`).
//! * Version 2 wraps each event of its own, by a `type`, around a `payload`.
//! * Enterprise tells what became of messages in lists, by form or JSON, where the list may be text; or one at a time in a
//!   URL's query.
//! * Enterprise also passes on what contacts write, flat.
//!
//! Whoever sends learns Gupshup's id alone, so that outbound messages are known by it. Where it is left out, which Gupshup
//! does a week after sending, WhatsApp's id stands in, and what is told finds the message only if that id is known.

mod enterprise;
mod inbound;
mod unfolded;
mod v2;

use acuse_domain::kinds::Provider;

use crate::aside::misshapen;
use crate::format::Webhook;
use crate::json::Node;
use crate::limits::shown;
use crate::reading::{Delivery, Findings, Malformed, NotUnderstood, Reading, Reason};
use crate::secrets::{Secrets, Unverified};
use crate::{form, meta, meta_whatsapp, shared};

/// The format.
pub(crate) struct Gupshup;

/// Members by which a body is WhatsApp's own.
const WHATSAPPS: [&str; 4] = ["entry", "changes", "value", "statuses"];

impl Webhook for Gupshup {
    fn read(&self, delivery: &Delivery<'_>) -> Result<Reading, Malformed> {
        let body = unfolded::body(form::or_json(delivery.body)?);
        meta::check_shape(Node::of(&body))?;
        Ok(Reading::of_each(&body, |body, path, findings| {
            one(body, path, delivery, findings);
        }))
    }

    fn verify(&self, secrets: &Secrets, delivery: &Delivery<'_>) -> Result<(), Unverified> {
        shared::verify(secrets, delivery)
    }

    fn reads_queries(&self) -> bool {
        true
    }
}

fn one(body: Node<'_>, path: &str, delivery: &Delivery<'_>, findings: &mut Findings) {
    let holds = |key: &str| body.get(key).exists();
    if !body.is_object() {
        if body.exists() {
            findings.not_understood(path, misshapen(body));
        }
    } else if WHATSAPPS.iter().any(|key| holds(key)) {
        meta_whatsapp::read_at(body, path, delivery, Provider::Gupshup, findings);
    } else if body.get("response").exists() {
        for (path, report) in body.list(path, "response") {
            if findings.is_full() {
                return;
            }
            if report.is_object() {
                enterprise::report(report, &path, delivery, findings);
            } else {
                findings.not_understood(&path, misshapen(report));
            }
        }
    } else if enterprise::is_report(body) {
        enterprise::report(body, path, delivery, findings);
    } else if body.get("payload").exists() {
        v2::read(body, path, delivery, findings);
    } else if enterprise::is_message(body) {
        enterprise::message(body, path, delivery, findings);
    } else if let Some(key) = body.keys().next() {
        let detail = format!("nothing known, but {}", shown(key));
        findings.not_understood(path, NotUnderstood::new(Reason::NothingKnown, detail));
    }
}
