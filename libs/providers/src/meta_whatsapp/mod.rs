//! Meta's WhatsApp Cloud API, and what gateways pass on of it.
//!
//! A body holds entries (one a business account), an entry changes, and a change a field with its value. The field
//! `messages` carries statuses and messages, both at once too; others what was sent from elsewhere in the business's name,
//! what another app answers, and calls; all other fields tell of other things.

mod calls;
mod content;
mod echoes;
mod envelope;
pub(crate) mod errors;
mod fields;
mod inbound;
mod notice;
pub(crate) mod people;
mod status;
mod value;

use acuse_domain::kinds::Provider;

use crate::format::Webhook;
use crate::json::{self, Node};
use crate::meta;
use crate::reading::{Delivery, Findings, Malformed, Reading};
use crate::secrets::{Secrets, Unverified};

/// The format.
pub(crate) struct MetaWhatsApp;

/// Where a value comes from.
#[derive(Clone, Copy)]
struct Source<'a> {
    /// What arrived.
    delivery: &'a Delivery<'a>,
    /// Who passed it on.
    provider: Provider,
}

impl Webhook for MetaWhatsApp {
    fn read(&self, delivery: &Delivery<'_>) -> Result<Reading, Malformed> {
        let body = json::body(delivery.body)?;
        let body = Node::of(&body);
        meta::check_shape(body)?;
        let mut findings = Findings::default();
        read(body, delivery, Provider::MetaWhatsApp, &mut findings);
        Ok(findings.finish())
    }

    fn verify(&self, secrets: &Secrets, delivery: &Delivery<'_>) -> Result<(), Unverified> {
        meta::verify(secrets, delivery)
    }

    fn handshake(
        &self,
        secrets: &Secrets,
        query: &[(String, String)],
    ) -> Result<String, Unverified> {
        meta::handshake(secrets, query)
    }
}

/// Reads a whole body that `provider` passed on: what it says is told as that provider's.
pub(crate) fn read(
    body: Node<'_>,
    delivery: &Delivery<'_>,
    provider: Provider,
    findings: &mut Findings,
) {
    for (path, body) in body.bodies() {
        if findings.is_full() {
            return;
        }
        read_at(body, &path, delivery, provider, findings);
    }
}

/// The same of a value by itself, which is at `path`, under that field; false where nobody has described the field.
pub(crate) fn read_field(
    field: &str,
    (value, path): (Node<'_>, &str),
    delivery: &Delivery<'_>,
    provider: Provider,
    findings: &mut Findings,
) -> bool {
    let is_known = fields::Field::of(Some(field)) != fields::Field::Unknown;
    if is_known {
        let source = Source { delivery, provider };
        envelope::field(Some(field), value, path, source, findings);
    }
    is_known
}

/// The same of one body, which is at `path`.
pub(crate) fn read_at(
    body: Node<'_>,
    path: &str,
    delivery: &Delivery<'_>,
    provider: Provider,
    findings: &mut Findings,
) {
    envelope::read(body, path, Source { delivery, provider }, findings);
}
