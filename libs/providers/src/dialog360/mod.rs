//! 360dialog, which passes on what WhatsApp says.
//!
//! For numbers that Meta hosts it is Meta's body as it is, for others the value alone, without envelope and number: the
//! integration has to say whose it is. Message ids are WhatsApp's. Partners are told of their clients' accounts, too, by
//! bodies that name an `event`, whose `data` may be what WhatsApp says under the field of that name.

use acuse_domain::kinds::Provider;

use crate::format::Webhook;
use crate::json::{self, Node};
use crate::limits::shown;
use crate::reading::{Delivery, Findings, Malformed, NotUnderstood, Reading, Reason};
use crate::secrets::{Secrets, Unverified};
use crate::{meta, meta_whatsapp, shared};

/// The format.
pub(crate) struct Dialog360;

/// Members by which a body is what WhatsApp says.
const WHATSAPPS: [&str; 6] = [
    "entry", "changes", "value", "statuses", "messages", "contacts",
];

impl Webhook for Dialog360 {
    fn read(&self, delivery: &Delivery<'_>) -> Result<Reading, Malformed> {
        let body = json::body(delivery.body)?;
        let body = Node::of(&body);
        meta::check_shape(body)?;
        let mut findings = Findings::default();
        let event = body.get("event").text();
        let event = event.filter(|_| !WHATSAPPS.iter().any(|key| body.get(key).exists()));
        match event {
            Some(event) => of_partner(body, &event, delivery, &mut findings),
            None => meta_whatsapp::read(body, delivery, Provider::Dialog360, &mut findings),
        }
        Ok(findings.finish())
    }

    fn verify(&self, secrets: &Secrets, delivery: &Delivery<'_>) -> Result<(), Unverified> {
        shared::verify(secrets, delivery)
    }
}

/// Reads what a partner is told.
fn of_partner(body: Node<'_>, event: &str, delivery: &Delivery<'_>, findings: &mut Findings) {
    let data = (body.get("data"), "data");
    let provider = Provider::Dialog360;
    if data.0.exists() && meta_whatsapp::read_field(event, data, delivery, provider, findings) {
        return;
    }
    let event = shown(event);
    let what = NotUnderstood {
        kind: Some(event.clone()),
        ..NotUnderstood::new(Reason::NotAMessage, format!("event {event}"))
    };
    findings.not_understood("", what);
}
