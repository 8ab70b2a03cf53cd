//! Meta's WhatsApp Cloud API.
//!
//! A body holds entries (one a business account), an entry changes, and a change a field with its value. The field
//! `messages` carries statuses and messages, both at once too; all other fields tell of other things.

mod content;
mod envelope;
mod errors;
mod fields;
mod inbound;
mod people;
mod status;
mod value;

use crate::format::Webhook;
use crate::json::{self, Node};
use crate::meta;
use crate::reading::{Delivery, Findings, Malformed, Reading};
use crate::secrets::{Secrets, Unverified};

/// The format.
pub(crate) struct MetaWhatsApp;

impl Webhook for MetaWhatsApp {
    fn read(&self, delivery: &Delivery<'_>) -> Result<Reading, Malformed> {
        let body = json::parse(delivery.body)?;
        let mut findings = Findings::default();
        envelope::read(Node::of(&body), delivery, &mut findings);
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
