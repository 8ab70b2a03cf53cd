//! 360dialog, which passes on what WhatsApp says.
//!
//! For numbers that Meta hosts it is Meta's body as it is, for others the value alone, without envelope and number: the
//! integration has to say whose it is. Message ids are WhatsApp's. Partners are told of their clients' accounts, too, by
//! bodies that name an `event`.

use acuse_domain::kinds::Provider;

use crate::format::Webhook;
use crate::json::{self, Node};
use crate::limits::shown;
use crate::reading::{Delivery, Findings, Malformed, NotUnderstood, Reading, Reason};
use crate::secrets::{Secrets, Unverified};
use crate::{meta, meta_whatsapp, shared};

/// The format.
pub(crate) struct Dialog360;

/// The event that tells of messages: what was said before the business joined.
const HISTORY: &str = "history";

/// Members by which a body is what WhatsApp says.
const WHATSAPPS: [&str; 6] = [
    "entry", "changes", "value", "statuses", "messages", "contacts",
];

impl Webhook for Dialog360 {
    fn read(&self, delivery: &Delivery<'_>) -> Result<Reading, Malformed> {
        let body = json::parse(delivery.body)?;
        let body = Node::of(&body);
        meta::check_shape(body)?;
        let mut findings = Findings::default();
        match body.get("event").text() {
            Some(event) if !WHATSAPPS.iter().any(|key| body.get(key).exists()) => {
                findings.not_understood("", of_partner(&event));
            }
            _ => meta_whatsapp::read(body, delivery, Provider::Dialog360, &mut findings),
        }
        Ok(findings.finish())
    }

    fn verify(&self, secrets: &Secrets, delivery: &Delivery<'_>) -> Result<(), Unverified> {
        shared::verify(secrets, delivery)
    }
}

/// What a partner is told.
fn of_partner(event: &str) -> NotUnderstood {
    let reason = match event {
        HISTORY => Reason::NotSupportedYet,
        _ => Reason::NotAMessage,
    };
    let event = shown(event);
    NotUnderstood {
        kind: Some(event.clone()),
        ..NotUnderstood::new(reason, format!("event {event}"))
    }
}
